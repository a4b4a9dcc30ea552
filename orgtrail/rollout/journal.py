"""What a rollout has done so far, on disk, so that another process can go on after a crash."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

JOURNAL = "journal.jsonl"


class JournalUnusable(Exception):
    """The journal can't be written, or there is none to go on from; the text says which and why."""


class Journal:
    """A file of one JSON object a line, each safely on disk before what it tells of goes on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL

    def write(self, event: str, **fields: Any) -> None:
        """Add a line. Raises JournalUnusable, on a full disk for example."""
        entry = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **fields}
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalUnusable(f"{self._path}: {error.strerror}") from error

    def begin(self, accounts: Path, stacks: Sequence[str]) -> None:
        """The first line: what this process is about to roll out. Raises JournalUnusable."""
        process = psutil.Process()
        self.write(
            "started",
            accounts=str(accounts.absolute()),
            stacks=list(stacks),
            process=[process.pid, process.create_time()],
        )

    def entries(self) -> Iterator[dict[str, Any]]:
        """What was written, oldest first; a last line that a crash cut off is left out."""
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                return


@dataclass(frozen=True)
class Earlier:
    """An earlier rollout: what it was asked for, and what is left of it."""

    folder: Path
    accounts: str
    stacks: tuple[str, ...]
    done: frozenset[str]
    finished: bool
    process: tuple[int, float]

    @property
    def left(self) -> tuple[str, ...]:
        """The stacks that it did not bring to an end."""
        return tuple(stack for stack in self.stacks if stack not in self.done)

    @property
    def is_running(self) -> bool:
        """Whether the process that does it is still alive; a number that was given to another one doesn't count."""
        pid, started = self.process
        try:
            process = psutil.Process(pid)
            return process.create_time() == started and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def earlier(folder: Path) -> Earlier | None:
    """The rollout whose journal is in a folder, or None for a folder without one."""
    entries = list(Journal(folder).entries())
    if not entries:
        return None
    started = entries[0]
    done = {entry["stack"] for entry in entries if entry["event"] in ("applied", "unchanged")}
    finished = any(entry["event"] == "finished" for entry in entries)
    pid, created = started["process"]
    return Earlier(folder, started["accounts"], tuple(started["stacks"]), frozenset(done), finished, (pid, created))
