"""What a rollout has done so far, on disk, so that another process can go on after a crash."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from orgtrail.errors import UserError

JOURNAL = "journal.jsonl"

_Line = TypeVar("_Line", bound=BaseModel)


class JournalUnusable(UserError):
    """The journal can't be written, or there is none to go on from; the text says which and why."""


class Journal:
    """A file with one JSON object a line. Each is on disk before the step that it describes begins."""

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
        self.write("started", accounts=str(accounts.absolute()), stacks=list(stacks))


class _Started(BaseModel):
    event: Literal["started"]
    accounts: str
    stacks: tuple[str, ...]


class _Done(BaseModel):
    event: Literal["applied", "unchanged"]
    stack: str


@dataclass(frozen=True)
class Earlier:
    """An earlier rollout: what it was asked for, and what is left of it."""

    folder: Path
    accounts: str
    stacks: tuple[str, ...]
    done: frozenset[str]

    @property
    def left(self) -> tuple[str, ...]:
        """The stacks that it did not bring to an end."""
        return tuple(stack for stack in self.stacks if stack not in self.done)


def earlier(folder: Path) -> Earlier | None:
    """The rollout whose journal is in a folder; None for a folder without one, or whose rollout never began.

    An unreadable line counts as missing: at worst its stack is planned again. Raises JournalUnusable where
    the first one can't be read, which says what the rollout was of.
    """
    path = folder / JOURNAL
    try:
        first, *lines = path.read_bytes().splitlines() or [b""]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalUnusable(f"{path}: {error.strerror}") from error
    if (started := _as(_Started, first)) is None:
        if not lines:
            # Cut off by a crash or a full disk: nothing is begun before this line is on disk.
            return None
        raise JournalUnusable(
            f"{path}: line 1 can't be read, so what that rollout was of isn't known. Deploy by name, or all: "
            "what is deployed already stays as it is"
        )
    done = {ended.stack for line in lines if (ended := _as(_Done, line))}
    return Earlier(folder, started.accounts, started.stacks, frozenset(done))


def _as(model: type[_Line], line: bytes) -> _Line | None:
    """The entry in a line; None if it is another kind of entry, or can't be read."""
    try:
        return model.model_validate_json(line)
    except ValidationError:
        return None
