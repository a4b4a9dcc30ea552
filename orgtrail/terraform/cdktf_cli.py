"""The cdktf CLI, as this repository installs it, run on the synthesized stacks."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from orgtrail.errors import UserError
from orgtrail.paths import REPOSITORY
from orgtrail.terraform import processes
from orgtrail.terraform.app import optimization
from orgtrail.terraform.environment import terraform_environment
from orgtrail.terraform.provider import provider_in_use

# https://github.com/open-constructs/cdk-terrain: `engines` of its CLI.
NODE_OF_CDKTN = (22, 19)

# Its terminal library is ready-made for Node.js up to 22; for later ones, npm would have to be allowed to compile it.
_NO_TERMINAL = re.compile(r"Cannot find module .*pty\.node")

_NO_CHANGES = "No changes."
_PLAN = re.compile(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")

OnLine = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """How a cdktf command ended, and what it printed."""

    command: str
    status: int
    lines: list[str]

    @property
    def text(self) -> str:
        """All that it printed."""
        return "\n".join(self.lines)


class CdktfCli:
    """`cdktf` on the stacks of one accounts file, in a working folder of its own."""

    def __init__(self, workdir: Path, accounts: Path) -> None:
        self._workdir = workdir
        self._accounts = accounts
        self.log = workdir / "cdktf.log"

    def deploy_all(self, parallelism: int, on_line: OnLine) -> None:
        """Deploy every stack without asking. Raises UserError with the end of what cdktf printed."""
        self._check(self.run("deploy", "*", "--auto-approve", "--parallelism", str(parallelism), on_line=on_line))

    def diff(self, stack: str) -> "Diff":
        """What a deploy of a stack would change. Raises UserError with the end of what cdktf printed."""
        return Diff(self._check(self.run("diff", stack)).text)

    def run(self, *arguments: str, on_line: OnLine = lambda line: None) -> Run:
        """Run one cdktf command and log what it prints. Raises UserError where cdktf isn't installed."""
        lines: list[str] = []
        python = shlex.join([sys.executable, *optimization()])
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ cdktf {' '.join(arguments)}\n")

            def keep(line: str) -> None:
                line = Text.from_ansi(line).plain.rstrip()
                lines.append(line)
                log.write(line + "\n")
                on_line(line)

            status = processes.run(
                [_executable(), *arguments, "--app", f"{python} {shlex.quote(str(REPOSITORY / 'main.py'))}"],
                cwd=self._workdir,
                env=self._environment(),
                on_line=keep,
            )
        return Run(f"cdktf {' '.join(arguments)}", status, lines)

    def _check(self, run: Run) -> Run:
        if run.status != 0:
            if _NO_TERMINAL.search(run.text):
                raise UserError(
                    f"the cdktf CLI brings no library for terminals for this Node.js ({_node_version()}): "
                    "run it with Node.js 20 or 22, or move to CDK Terrain's CLI (docs/decisions/cdktf.md)"
                )
            tail = "\n".join(line for line in run.lines[-40:] if line.strip())
            raise UserError(f"{run.command} ended with status {run.status}:\n{tail}\n(all of it: {self.log})")
        return run

    def _environment(self) -> dict[str, str]:
        # CI: cdktf prints each line once, instead of a screen that it paints over and over.
        return {
            **os.environ,
            **terraform_environment(provider_in_use()),
            "ORGTRAIL_ACCOUNTS": str(self._accounts.absolute()),
            "CI": "1",
        }


class Diff:
    """What `cdktf diff` printed for one stack."""

    def __init__(self, text: str) -> None:
        self.text = text

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
    """The CLI of CDK for Terraform, else that of CDK Terrain: either drives either app. Raises UserError."""
    folder = REPOSITORY / "node_modules" / ".bin"
    for name in ("cdktf", "cdktn"):
        local = folder / name
        if executable := str(local) if local.exists() else shutil.which(name):
            if name == "cdktn":
                _check_node()
            return executable
    raise UserError("the cdktf CLI isn't installed: `make setup` does it")


def _check_node() -> None:
    """Raises UserError where Node.js is too old: there, cdktn dies with `markAsUncloneable is not a function`."""
    version = _node_version()
    if [int(part) for part in re.findall(r"\d+", version)[:2]] < list(NODE_OF_CDKTN):
        least = ".".join(str(part) for part in NODE_OF_CDKTN)
        raise UserError(f"the cdktn CLI needs Node.js {least} or newer; this is {version}")


def _node_version() -> str:
    """The version of Node.js on PATH, as it says itself."""
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "no version"
