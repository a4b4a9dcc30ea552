"""The terraform binary on one synthesized stack."""

import json
import re
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Any, NamedTuple

from orgtrail.errors import UserError
from orgtrail.terraform.binary import terraform_binary
from orgtrail.terraform.plugin_cache import own_plugin_cache
from orgtrail.terraform.processes import Processes, TimeLimitExceeded
from orgtrail.weaker.kinds import Loss

# How long Terraform waits for a lock that somebody else holds.
_LOCK_TIMEOUT = "90s"
# Looking whether there is a lock needs the state's backend alone, and no provider.
_SECONDS_TO_LOOK = 60

# Terraform and its provider, both written in Go, spend their time on the provider's schemas, and much of that on
# collecting garbage. Collecting it later takes 11 % less processor time of a plan, and 24 % more memory.
# https://pkg.go.dev/runtime#hdr-Environment_Variables
_GARBAGE_PERCENT = "400"

# `remove` leaves the resource as it is, and forgets it; a saved plan has that as `forget`.
_ACTIONS = {
    **{action: action for action in ("create", "update", "delete", "replace", "import")},
    **dict.fromkeys(("remove", "forget"), "forget"),
}

# Transient errors of AWS: throttling, outages, and IAM's eventual consistency
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
_TRANSIENT = re.compile(
    r"Throttl|Rate exceeded|RequestLimitExceeded|TooManyRequests|SlowDown|ServiceUnavailable|InternalFailure|"
    r"InternalError|StatusCode: (?:5\d\d|429)|connection reset|connection refused|i/o timeout|TLS handshake timeout|"
    r"unable to assume role|security token included in the request is invalid\. Ensure|ConcurrentModification|"
    # Answers that stop half-way, as Go's net/http puts it.
    r"(?:: |unexpected )EOF\b|connection closed|use of closed network connection|server closed idle connection|"
    r"broken pipe|GOAWAY|client connection (?:lost|force closed)|stream error: stream ID|"
    r"OperationAborted",
    re.IGNORECASE,
)
_END = 250_000  # characters
# Somebody holds the lock if `ID:` follows, or one of these where Terraform didn't write that lock. Otherwise the lock
# couldn't be written.
_LOCKED = re.compile(
    r"Error acquiring the state lock.*(^\s*ID:|PreconditionFailed|into LockInfo struct)", re.DOTALL | re.MULTILINE
)
_LOCK_KEPT = "Error releasing the state lock"
# Terraform prints this after a second interrupt: it exits at once, and releases nothing.
_ENDED_AT_ONCE = "Two interrupts received"
_NO_STATE = "No state file was found"
_STALE = "Saved plan is stale"
# https://developer.hashicorp.com/terraform/cli/state/recover
ERRORED_STATE = "errored.tfstate"
_UNSAVED = re.compile(rf"{re.escape(ERRORED_STATE)}|Failed to (save|persist) state")
_UNINITIALIZED = re.compile(r"(?:terraform|tofu) init\b")
# The error codes of IAM, CloudWatch Logs, Firehose, SQS, S3, Glue, KMS and Athena.
_EXISTS = re.compile(
    r"Already ?Exists|\balready exists|AlreadyOwnedByYou|QueueNameExists|is already created", re.IGNORECASE
)

# What has no machine-readable output (`init`, `state`) begins its error so, after what it did until then.
_ERROR_IN_WORDS = re.compile(r"^Error: ", re.MULTILINE)

_APPLIED = ("create", "update", "delete")
# A run in HCP Terraform says it in words: `aws_iam_role.it: Creation complete after 1s [id=it]`.
_APPLIED_IN_WORDS = re.compile(r"^(\S+): (Creation|Modifications|Destruction) complete after")
_ACTION_IN_WORDS = {"Creation": "create", "Modifications": "update", "Destruction": "delete"}


class Cause(Enum):
    """Why Terraform failed, as far as it matters for what to do next."""

    LOCKED = "locked"
    STALE = "stale plan"
    UNSAVED = "unsaved state"
    UNINITIALIZED = "not initialized"
    TIME_LIMIT = "time limit"
    EXISTS = "exists already"
    TRANSIENT = "transient"
    OTHER = "other"


class TerraformFailed(UserError):
    """A terraform command failed; `str()` is what it said, without frames and colours.

    `lock_kept`: it probably ended without releasing its lock on the state.
    """

    def __init__(self, command: str, text: str, cause: Cause, *, lock_kept: bool = False) -> None:
        super().__init__(text)
        self.command = command
        self.cause = cause
        self.lock_kept = lock_kept


class Attribute(NamedTuple):
    """An attribute that changes, and its values, as they are shown."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What a plan does to one resource: `create`, `update`, `delete`, `replace`, `import` (nothing but to take it into
    the state) or `forget` (nothing but to take it out).

    `attributes` and `losses`, what gets weaker by it, are known where the saved plan was read. `imported` is the id by
    which it is taken into the state first.
    """

    address: str
    action: str
    attributes: tuple[Attribute, ...] = ()
    losses: tuple[Loss, ...] = ()
    imported: str | None = None

    @property
    def taken_in(self) -> bool:
        """Whether the state gets to know something that exists."""
        return self.action == "import" or self.imported is not None

    @property
    def destroys(self) -> bool:
        """Whether something that exists is lost."""
        return self.action in ("delete", "replace")


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
            return _planned(self.show(file))
        changes = (_change(message["change"]) for message in messages if message.get("type") == "planned_change")
        return tuple(change for change in changes if change is not None)

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
        done: dict[str, str] = {}
        try:
            with self._log.open(encoding="utf-8", errors="replace") as log:
                for address, action in _completed(log):
                    before = done.setdefault(address, action)
                    # Terraform reports a replacement as its two halves.
                    done[address] = (
                        action if before == action else "replace" if "delete" in (before, action) else before
                    )
        except OSError:
            return ()
        return tuple(Change(address, action) for address, action in done.items())

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
            # Print it while holding the lock, whether or not the state exists.
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
            messages, end = _read(output)
        if status == 0 and not late:
            return messages
        raise _failure(command, status, _errors(messages) or end, late)


def _failure(command: str, status: int, said: str, late: TimeLimitExceeded | None) -> TerraformFailed:
    """Why a command failed, from its exit status and what it said; `late`: it was ended at its time limit."""
    killed = status < 0 or _ENDED_AT_ONCE in said
    lock_kept = killed or _LOCK_KEPT in said
    if late:
        return TerraformFailed(command, str(late), Cause.TIME_LIMIT, lock_kept=lock_kept)
    if status < 0:
        said = f"terraform {command} was ended by {signal.Signals(-status).name}\n{said}".strip()
    cause = _cause(_ends(said))
    # A retry would only wait for the lock that this try left.
    passing = cause is not Cause.TRANSIENT or not lock_kept
    text = said or f"{command} ended with status {status}"
    return TerraformFailed(command, text, cause if passing else Cause.OTHER, lock_kept=lock_kept)


def _read(lines: Iterable[str]) -> tuple[list[dict[str, Any]], str]:
    """The messages among some lines, and the last lines, from the error on, for when no message says why."""
    messages: list[dict[str, Any]] = []
    end: deque[str] = deque(maxlen=15)
    for line in lines:
        message = _message(line)
        end.append(str((message or {}).get("@message", line.rstrip())))
        if message:
            messages.append(message)
    text = "\n".join(end).strip()
    error = _ERROR_IN_WORDS.search(text)
    return messages, text[error.start() :] if error else text


def _completed(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Address and action of each change that was completed, in their order."""
    for line in lines:
        message = _message(line)
        if message is None:
            if told := _APPLIED_IN_WORDS.match(line):
                yield told[1], _ACTION_IN_WORDS[told[2]]
        elif message.get("type") == "apply_complete" and message["hook"]["action"] in _APPLIED:
            yield message["hook"]["resource"]["addr"], message["hook"]["action"]


def _message(line: str) -> dict[str, Any] | None:
    """A line of Terraform's machine-readable output.

    https://developer.hashicorp.com/terraform/internals/machine-readable-ui
    """
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _change(change: dict[str, Any]) -> Change | None:
    action = _ACTIONS.get(change["action"])
    return Change(change["resource"]["addr"], action, imported=_imported(change)) if action else None


def _planned(plan: dict[str, Any]) -> tuple[Change, ...]:
    """The changes of a plan as `terraform show -json` has it, where a replacement is a deletion and a creation."""
    changes = {change["address"]: change["change"] for change in plan.get("resource_changes", [])}
    named = {address: _action(change) for address, change in changes.items()}
    return tuple(
        Change(address, _ACTIONS[action], imported=_imported(changes[address]))
        for address, action in named.items()
        if action in _ACTIONS
    )


def _imported(change: dict[str, Any]) -> str | None:
    return (change.get("importing") or {}).get("id")


def _action(change: dict[str, Any]) -> str:
    listed = change["actions"]
    if listed == ["no-op"] and change.get("importing"):
        return "import"
    return "replace" if len(listed) == 2 else str(listed[0])


def _errors(messages: list[dict[str, Any]]) -> str:
    diagnostics = (message["diagnostic"] for message in messages if message.get("type") == "diagnostic")
    texts = [
        f"{diagnostic['summary']}\n{diagnostic.get('detail', '')}".strip()
        for diagnostic in diagnostics
        if diagnostic["severity"] == "error"
    ]
    at_once = [_ENDED_AT_ONCE for message in messages if _ENDED_AT_ONCE in str(message.get("@message"))]
    return "\n".join(dict.fromkeys(at_once + texts))


def _ends(text: str) -> str:
    """What a text begins and ends with: patterns take 20 seconds for 50 MB, and the reason isn't in the midst of it."""
    return text if len(text) <= 2 * _END else f"{text[:_END]}\n{text[-_END:]}"


def _cause(text: str) -> Cause:
    # Checked first: its cause looks transient, but a retry would create everything twice.
    if _UNSAVED.search(text):
        return Cause.UNSAVED
    if _LOCKED.search(text):
        return Cause.LOCKED
    if _STALE in text:
        return Cause.STALE
    if _UNINITIALIZED.search(text):
        return Cause.UNINITIALIZED
    # Even beside a transient error: a retry doesn't get past this one.
    if _EXISTS.search(text):
        return Cause.EXISTS
    return Cause.TRANSIENT if _TRANSIENT.search(text) else Cause.OTHER
