"""main.py, run for a selection of stacks."""

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from orgtrail.errors import UserError
from orgtrail.paths import REPOSITORY
from orgtrail.selection.stack import Stack
from orgtrail.settings import Settings
from orgtrail.terraform import processes
from orgtrail.terraform.app import PREFIX, STACKS_VARIABLE, optimization
from orgtrail.terraform.processes import OnLine

# cdktf's own, for `cdktf synth --hcl`: what is read here is JSON.
_HCL = "SYNTH_HCL_OUTPUT"

# What Node, jsii and Python say of a folder for temporary files that can't take them.
_NO_ROOM = re.compile(r"ENOSPC|No space left on device|No usable temporary directory|EDQUOT|Disk quota exceeded")


class SynthesisError(UserError):
    """main.py failed; the text is what it said."""


def synthesize(settings: Settings, stacks: Sequence[Stack], folder: Path, tell: OnLine = lambda line: None) -> None:
    """Make `folder/stacks/<name>/cdk.tf.json` for each of `stacks`; `tell` gets a line now and then if it takes long.

    Raises SynthesisError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # In a file: the names of thousands of stacks don't fit into an environment variable.
    names = folder / "names"
    names.write_text("\n".join(stack.name for stack in stacks), encoding="utf-8")
    lines: list[str] = []

    def keep(line: str) -> None:
        lines.append(line)
        if line.startswith(PREFIX):
            tell(line)

    status = processes.run(
        [sys.executable, *optimization(), str(REPOSITORY / "main.py")],
        cwd=Path.cwd(),
        env={
            **{name: value for name, value in os.environ.items() if name != _HCL},
            "ORGTRAIL_ACCOUNTS": str(settings.path.absolute()),
            STACKS_VARIABLE: str(names.absolute()),
            "CDKTF_OUTDIR": str(folder.absolute()),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        },
        on_line=keep,
    )
    if status != 0:
        raise SynthesisError(_explained("\n".join(lines[-40:]), settings.path))
    built = folder / "stacks"
    if missing := [stack.name for stack in stacks if not (built / stack.name / "cdk.tf.json").is_file()]:
        raise SynthesisError(f"{_changed(settings.path)}: {', '.join(missing[:10])} not built.")


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
