"""Which Orgtrail this is."""

import subprocess
from pathlib import Path

from orgtrail import __version__
from orgtrail.paths import REPOSITORY


def version() -> str:
    """`orgtrail 0.1.0 (commit …)`; without the commit where this is no clone, or there is no git."""
    commit = _commit(REPOSITORY)
    return f"orgtrail {__version__}" + (f" (commit {commit})" if commit else "")


def _commit(folder: Path) -> str | None:
    """The clone's commit, with `-dirty` behind it where files differ from it."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
