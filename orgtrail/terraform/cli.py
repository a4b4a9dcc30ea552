"""The terraform binary on one synthesized stack."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Any

from orgtrail.terraform import changes
from orgtrail.terraform.binary import terraform_binary
from orgtrail.terraform.changes import Change
from orgtrail.terraform.failure import Cause, TerraformFailed, failure
from orgtrail.terraform.messages import error_text, read_messages
from orgtrail.terraform.plugin_cache import own_plugin_cache
from orgtrail.terraform.processes import Processes, TimeLimitExceeded

# How long Terraform waits for a lock that somebody else holds.
_LOCK_TIMEOUT = "90s"
# Looking whether there is a lock needs the state's backend alone, and no provider.
_SECONDS_TO_LOOK = 60
_NO_STATE = "No state file was found"

# Terraform and its provider, both written in Go, spend their time on the provider's schemas, and much of that on
# collecting garbage. Collecting it later takes 11 % less processor time of a plan, and 24 % more memory.
# https://pkg.go.dev/runtime#hdr-Environment_Variables
_GARBAGE_PERCENT = "400"


class Terraform:
    """`terraform` in the folder of one stack; everything it prints goes to `log`.

    `time_limit` is in seconds and for each command. All methods raise TerraformFailed.
    """

    def __init__(
        self, folder: Path, log: Path, *, environment: Mapping[str, str], processes: Processes, time_limit: float
    ) -> None:
        self._folder = folder
        self._log = log
        self._environment = {"GOGC": _GARBAGE_PERCENT, **environment, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        self._processes = processes
        self._time_limit = time_limit

    def init(self, *, linked: bool = False) -> None:
        """Get the provider and connect to the state's backend; `linked`: the provider is linked to, in a mirror."""
        with ExitStack() as stack:
            variables = stack.enter_context(own_plugin_cache(self._folder)) if linked else {}
            self._run("init", "-no-color", variables=variables)

    def plan(self, file: Path, *, lock: bool = True) -> tuple[Change, ...]:
        """Save a plan in `file`; returns what it changes, refreshes and outputs left out.

        Without the lock nothing is written into the state's backend; a plan made while another run applies may show
        what that run is about to do.
        """
        locking = f"-lock-timeout={_LOCK_TIMEOUT}" if lock else "-lock=false"
        messages = self._run("plan", "-json", f"-out={file}", locking)
        if not any(message.get("type") == "change_summary" for message in messages):
            # HCP Terraform prints its log for people, even with -json; the saved plan has the changes.
            return changes.saved(self.show(file))
        return changes.announced(messages)

    def show(self, file: Path) -> dict[str, Any]:
        """A saved plan as JSON: https://developer.hashicorp.com/terraform/internals/json-format

        It can hold secrets, so it isn't logged.
        """
        messages = self._run("show", "-json", str(file), logged=False)
        return next(message for message in messages if "format_version" in message)

    def apply(self, file: Path) -> None:
        """Apply a saved plan, exactly as it is."""
        self._run("apply", "-json", f"-lock-timeout={_LOCK_TIMEOUT}", str(file))

    def applied(self) -> tuple[Change, ...]:
        """What Terraform reported as completed in all applies of the log, however they ended."""
        try:
            with self._log.open(encoding="utf-8", errors="replace") as log:
                return changes.applied(log)
        except OSError:
            return ()

    def held_lock(self) -> str | None:
        """What Terraform says of a lock that is on the state at this moment; None where there is none.

        A dry run takes the lock, if it can, and gives it back.
        """
        try:
            arguments = ("rm", "-no-color", "-dry-run", "-lock-timeout=0s", "orgtrail.nothing")
            self._run("state", *arguments, time_limit=_SECONDS_TO_LOOK)
        except TerraformFailed as error:
            if error.cause is Cause.LOCKED:
                return str(error)
            # Where there is no state, Terraform says so only after it has taken the lock: nobody held it.
            if _NO_STATE not in str(error):
                raise
        return None

    def _run(
        self,
        command: str,
        *arguments: str,
        time_limit: float | None = None,
        logged: bool = True,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> list[dict[str, Any]]:
        binary = terraform_binary()
        # To a file: if we died, a pipe would break and kill Terraform before it saves its state.
        late: TimeLimitExceeded | None = None
        with self._log.open("a+", encoding="utf-8", errors="replace") as log, ExitStack() as stack:
            log.write(f"$ {binary} {command} {' '.join(arguments)}\n")
            log.flush()
            output = log if logged else stack.enter_context(TemporaryFile("w+", encoding="utf-8", errors="replace"))
            start = output.tell()
            try:
                status = self._processes.run(
                    [binary, command, *arguments],
                    cwd=self._folder,
                    env={**self._environment, **variables},
                    output=output,
                    time_limit=time_limit or self._time_limit,
                )
            except TimeLimitExceeded as error:
                status, late = error.status, error
            output.seek(start)
            messages, end = read_messages(output)
        if status == 0 and not late:
            return messages
        raise failure(command, status, error_text(messages) or end, late)
