"""The cdktf CLI, as this repository installs it, run on the synthesized stacks."""

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from orgtrail import processes
from orgtrail.provider import provider_in_use, terraform_environment

REPOSITORY = Path(__file__).resolve().parent.parent

_NO_CHANGES = "No changes."
_PLAN = re.compile(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")

OnLine = Callable[[str], None]


class CdktfError(Exception):
    """The cdktf CLI isn't there, or failed; the text holds the end of what it printed."""


class CdktfCli:
    """`cdktf` on the stacks of one accounts file, in a working folder of its own."""

    def __init__(self, workdir: Path, accounts: Path) -> None:
        self._workdir = workdir
        self._accounts = accounts
        self.log = workdir / "cdktf.log"

    def deploy_all(self, parallelism: int, on_line: OnLine) -> None:
        """Deploy every stack without asking. Raises CdktfError."""
        self._run("deploy", "*", "--auto-approve", "--parallelism", str(parallelism), on_line=on_line)

    def diff(self, stack: str) -> "Diff":
        """What a deploy of a stack would change. Raises CdktfError."""
        return Diff(self._run("diff", stack))

    def _run(self, *arguments: str, on_line: OnLine = lambda line: None) -> list[str]:
        lines: list[str] = []
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ cdktf {' '.join(arguments)}\n")

            def keep(line: str) -> None:
                line = Text.from_ansi(line).plain.rstrip()
                lines.append(line)
                log.write(line + "\n")
                on_line(line)

            status = processes.run(
                [_executable(), *arguments, "--app", f'"{sys.executable}" "{REPOSITORY / "main.py"}"'],
                cwd=self._workdir,
                env=self._environment(),
                on_line=keep,
            )
        if status != 0:
            tail = "\n".join(line for line in lines[-40:] if line.strip())
            raise CdktfError(
                f"cdktf {' '.join(arguments)} ended with status {status}:\n{tail}\n(all of it: {self.log})"
            )
        return lines

    def _environment(self) -> dict[str, str]:
        # CI: cdktf prints each line once, instead of a screen that it paints over and over.
        return {
            **os.environ,
            **terraform_environment(provider_in_use(), workdir=REPOSITORY),
            "ORGTRAIL_ACCOUNTS": str(self._accounts.absolute()),
            "CI": "1",
        }


class Diff:
    """What `cdktf diff` printed for one stack."""

    def __init__(self, lines: list[str]) -> None:
        self.text = "\n".join(lines)

    @property
    def no_changes(self) -> bool:
        """Whether the deployed stack is as its configuration says."""
        return _NO_CHANGES in self.text

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many resources it would add, change and destroy."""
        plan = _PLAN.search(self.text)
        return (0, 0, 0) if plan is None else (int(plan[1]), int(plan[2]), int(plan[3]))


def _executable() -> str:
    local = REPOSITORY / "node_modules" / ".bin" / "cdktf"
    executable = str(local) if local.exists() else shutil.which("cdktf")
    if executable is None:
        raise CdktfError("the cdktf CLI isn't installed: `make setup` does it")
    return executable
