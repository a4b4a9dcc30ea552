"""The command as the user types it: one place that knows how Orgtrail was called."""

import shlex
import shutil
import sys
from pathlib import Path

from orgtrail.paths import REPOSITORY

_LAUNCHER = REPOSITORY / "bin" / "orgtrail"


def program() -> str:
    """What to type in place of `orgtrail`, in the current folder: as this process was called.

    Where it wasn't called as a command (main.py, a script of CI), `bin/orgtrail`, as seen from the repository.
    """
    called = sys.argv[0]
    if Path(called).parts[-2:] == ("orgtrail", "__main__.py"):
        return "python -m orgtrail"
    if Path(called).resolve() != _LAUNCHER:
        return "bin/orgtrail"
    name = Path(called).name
    on_path = shutil.which(name)
    return shlex.quote(name if on_path and Path(on_path).samefile(called) else called)


def command_line(*arguments: str) -> str:
    """A command to paste into a shell, such as `bin/orgtrail diff 'payments-*'`."""
    return " ".join([program(), *map(shlex.quote, arguments)])
