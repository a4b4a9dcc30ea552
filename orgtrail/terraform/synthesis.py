"""main.py, run for a selection of stacks; split over processes where one would take too long or too much memory."""

import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from orgtrail.concurrency.pool import Pool
from orgtrail.console.startup import STACKS_VARIABLE
from orgtrail.selection.stack import Stack
from orgtrail.settings import Settings
from orgtrail.terraform.cdktf_cli import REPOSITORY
from orgtrail.terraform.processes import Processes

# Starting Node and loading the bindings takes as long as some 150 pipelines do; a second process must be worth that.
_WORTH_A_PROCESS = 150
# jsii never frees memory: its 4 GB are full at some 14,000 pipelines, whose stacks are then all lost.
_CARRIED_BY_A_PROCESS = 3_000


# What Node, jsii and Python say of a folder for temporary files that can't take them.
_NO_ROOM = re.compile(r"ENOSPC|No space left on device|No usable temporary directory|EDQUOT|Disk quota exceeded")


class SynthesisError(Exception):
    """main.py failed; the text is what it said."""


def synthesize(settings: Settings, stacks: Sequence[Stack], folder: Path) -> None:
    """Make `folder/stacks/<name>/cdk.tf.json` for each of `stacks`, the same as a single run of main.py makes.

    Raises SynthesisError.
    """
    parts = _parts(stacks)
    built = folder / "stacks"
    built.mkdir(parents=True, exist_ok=True)
    processes = Processes()

    def build(part: tuple[int, list[str]]) -> Path:
        return _synthesize_part(settings, part[1], folder / f"part-{part[0]}", processes)

    for part in Pool(processes.stop).map(build, parts, at_once=os.cpu_count() or 1):
        for stack in (part / "stacks").iterdir():
            shutil.move(stack, built / stack.name)
        shutil.rmtree(part)
    if missing := [stack.name for stack in stacks if not (built / stack.name / "cdk.tf.json").is_file()]:
        raise SynthesisError(f"{_changed(settings.path)}: {', '.join(missing[:10])} not built.")


def _parts(stacks: Sequence[Stack]) -> list[tuple[int, list[str]]]:
    """The stacks' names, dealt out to as many processes as are worth it; the order doesn't show in the result."""
    names = [stack.name for stack in stacks]
    total = sum(len(stack.account.regions) for stack in stacks if stack.account)
    worth = min(os.cpu_count() or 1, max(1, total // _WORTH_A_PROCESS))
    count = max(worth, math.ceil(total / _CARRIED_BY_A_PROCESS))
    return [(index, list(names[index::count])) for index in range(count) if names[index::count]]


def _synthesize_part(settings: Settings, names: list[str], folder: Path, processes: Processes) -> Path:
    folder.mkdir(parents=True)
    # A file: the names of thousands of stacks don't fit into a variable.
    stacks = folder / "names"
    stacks.write_text("\n".join(names), encoding="utf-8")
    lines: list[str] = []
    status = processes.run(
        # -O leaves out jsii's checks of types, which the tests have made: a third of the time.
        [sys.executable, "-O", str(REPOSITORY / "main.py")],
        cwd=Path.cwd(),
        env={
            **os.environ,
            "ORGTRAIL_ACCOUNTS": str(settings.path.absolute()),
            STACKS_VARIABLE: str(stacks.absolute()),
            "CDKTF_OUTDIR": str(folder.absolute()),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        },
        on_line=lines.append,
    )
    if status != 0:
        raise SynthesisError(_explained("\n".join(lines[-40:]), settings.path))
    # Nothing to build is made of an accounts file that lost all that was asked for.
    (folder / "stacks").mkdir(exist_ok=True)
    return folder


def _explained(text: str, accounts: Path) -> str:
    """What main.py said, with what it comes from where that is known."""
    if not accounts.is_file():
        return f"{_changed(accounts)}: it is gone.\n{text}"
    if _NO_ROOM.search(text):
        return (
            f"There is no room for temporary files in {os.environ.get('TMPDIR') or tempfile.gettempdir()}, or for the "
            f"stacks in the working directory: make some, or name another folder with TMPDIR.\n{text}"
        )
    return text


def _changed(accounts: Path) -> str:
    return f"{accounts} has changed while its stacks were built, so run this again"
