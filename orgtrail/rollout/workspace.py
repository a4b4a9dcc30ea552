"""The folder of one run: synthesized stacks, saved plans, logs, journal and report."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import psutil

from orgtrail.rollout.journal import JOURNAL

# Below the working directory, as Terraform's own files are.
RUNS = Path(".orgtrail") / "runs"

_KEPT = 10


def _is_at_work(folder: Path) -> bool:
    """Whether the process that a folder is named after may still use it."""
    number = folder.name.rpartition("-")[2]
    return number.isdecimal() and psutil.pid_exists(int(number))


class Workspace:
    """Where everything of one run is; `new` makes one, and forgets the oldest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def new(cls, runs: Path = RUNS) -> "Workspace":
        """An empty workspace. Raises OSError where the disk refuses it."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
        folder = runs.absolute() / name
        for kind in ("plans", "logs"):
            (folder / kind).mkdir(parents=True)
        # Apart from each other: a day of diffs must not take away the journal that a rollout is resumed from.
        rollouts = [path for path in sorted(runs.iterdir()) if (path / JOURNAL).exists()]
        diffs = [path for path in sorted(runs.iterdir()) if path.is_dir() and path not in rollouts]
        for old in rollouts[:-_KEPT] + diffs[:-_KEPT]:
            if not _is_at_work(old):
                shutil.rmtree(old, ignore_errors=True)
        return cls(folder)

    @staticmethod
    def rollouts(runs: Path = RUNS) -> list[Path]:
        """The folders with a journal: those of deploys, the newest first."""
        return sorted((path.parent for path in runs.absolute().glob(f"*/{JOURNAL}")), reverse=True)

    def stack(self, name: str) -> Path:
        """The synthesized folder of a stack, in which Terraform runs."""
        return self.folder / "stacks" / name

    def kept_init(self, name: str) -> Path:
        """Where what `terraform init` has made for a stack outlives the run."""
        return self.folder.parent.parent / "initialized" / name

    def plan(self, name: str) -> Path:
        """The saved plan of a stack."""
        return self.folder / "plans" / f"{name}.tfplan"

    def log(self, name: str) -> Path:
        """All that Terraform printed for a stack."""
        return self.folder / "logs" / f"{name}.log"
