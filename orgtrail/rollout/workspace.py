"""The folder of one run: synthesized stacks, saved plans, logs, journal and report."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from orgtrail.files.file_lock import FileLock
from orgtrail.files.private import private_folder
from orgtrail.rollout.journal import JOURNAL

# Below the working directory, as Terraform's own files are.
RUNS = Path(".orgtrail") / "runs"

_KEPT = 10
_LOCK = "lock"
_NAME = re.compile(r"run-(\d+)-")


class RunAtWork(Exception):
    """The run of a folder is still at work; the text names its process."""


class Workspace:
    """Where everything of one run is; `new` makes one, and forgets the oldest.

    Runs are numbered: clocks go backwards, numbers don't. The process at work on a run holds a lock in its folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def new(cls, runs: Path = RUNS) -> "Workspace":
        """An empty workspace. Raises OSError where the disk refuses it, or its filesystem knows no locks."""
        runs = runs.absolute()
        for private in (runs.parent, runs):
            private_folder(private)
        with FileLock.waited_for(runs / _LOCK):
            number = max((_number(folder) for folder in _ordered(runs)), default=0) + 1
            folder = runs / f"run-{number:06}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
            for kind in ("plans", "logs"):
                (folder / kind).mkdir(parents=True)
            workspace = cls.take(folder)
            _forget_old(runs)
        return workspace

    @classmethod
    def take(cls, folder: Path) -> "Workspace":
        """The workspace of a run whose process has ended, for this one to work on until it ends itself.

        Raises RunAtWork where it hasn't ended, and OSError.
        """
        if FileLock.take(folder / _LOCK) is None:
            process = (folder / _LOCK).read_text(encoding="utf-8", errors="replace")
            raise RunAtWork(f"process {process or 'unknown'}")
        return cls(folder)

    @staticmethod
    def rollouts() -> list[Path]:
        """The folders with a journal: those of deploys, the newest first."""
        return [folder for folder in reversed(_ordered(RUNS.absolute())) if (folder / JOURNAL).exists()]

    def stack(self, name: str) -> Path:
        """The synthesized folder of a stack, in which Terraform runs."""
        return self.folder / "stacks" / name

    def init_cache(self, name: str) -> Path:
        """Where the `terraform init` of a stack is cached for the next runs."""
        return self.folder.parent.parent / "initialized" / name

    def plan(self, name: str) -> Path:
        """The saved plan of a stack."""
        return self.folder / "plans" / f"{name}.tfplan"

    def log(self, name: str) -> Path:
        """All that Terraform printed for a stack."""
        return self.folder / "logs" / f"{name}.log"


def _number(folder: Path) -> int:
    """The number of a run; 0 for a folder that an earlier version named after its time."""
    name = _NAME.match(folder.name)
    return int(name[1]) if name else 0


def _ordered(runs: Path) -> list[Path]:
    """The folders of all runs, the oldest first."""
    folders = (path for path in runs.iterdir() if path.is_dir()) if runs.is_dir() else ()
    return sorted(folders, key=lambda folder: (_number(folder), folder.name))


def _forget_old(runs: Path) -> None:
    """Remove all but the last deploys and the last diffs, and those at work."""
    # Prune diffs and deploys separately: diffs must not remove the journal that a rollout resumes from.
    folders = _ordered(runs)
    rollouts = [folder for folder in folders if (folder / JOURNAL).exists()]
    diffs = [folder for folder in folders if folder not in rollouts]
    for old in rollouts[:-_KEPT] + diffs[:-_KEPT]:
        if lock := FileLock.take(old / _LOCK):
            shutil.rmtree(old, ignore_errors=True)
            lock.release()
