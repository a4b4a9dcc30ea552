"""Which letters of a pipeline were put onto its stream, on disk before and after each put.

It has ids of messages and nothing of events. What it is for: a letter that was put, and is still in the queue because
the run was killed, is not put again.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from time import time

from orgtrail import names
from orgtrail.files.private import private_folder

# No letter is older than that.
_KEPT_SECONDS = names.DEAD_LETTERS_KEPT_SECONDS + 86_400
_ABOUT, _PUT, _REFUSED = "about to put", "put", "refused"


class Journal:
    """The journal of one pipeline. Raises OSError where the disk refuses it."""

    def __init__(self, path: Path) -> None:
        private_folder(path.parent)
        if path.is_symlink():
            raise OSError(f"{path} is a symbolic link to {path.readlink()}, where notes would be written: remove it")
        self._path = path
        self._states: dict[str, str] = {}
        try:
            if path.stat().st_mtime < time() - _KEPT_SECONDS:
                path.unlink()
            lines = path.read_bytes().split(b"\n")
        except FileNotFoundError:
            lines = [b""]
        # A crash may have cut the last line off: what follows must not become part of it.
        self._begin = b"\n" if lines[-1] else b""
        for line in lines:
            self._read(line)

    def was_put(self, letter_id: str) -> bool:
        """Whether Firehose has taken a letter."""
        return self._states.get(letter_id) == _PUT

    def may_be_put(self, letter_id: str) -> bool:
        """Whether a put of the letter was begun, and nothing is known of its end."""
        return self._states.get(letter_id) == _ABOUT

    def about_to_put(self, ids: Iterable[str]) -> None:
        """Before a put."""
        self._write(_ABOUT, ids)

    def put(self, ids: Iterable[str]) -> None:
        """After a put, of the letters that Firehose has taken."""
        self._write(_PUT, ids)

    def refused(self, ids: Iterable[str]) -> None:
        """After a put, of the letters that Firehose has not taken."""
        self._write(_REFUSED, ids)

    def _read(self, line: bytes) -> None:
        """An unreadable line counts as missing: at worst, its letters are put again."""
        try:
            entry = json.loads(line)
            self._states.update({str(one): str(entry["event"]) for one in entry["letters"]})
        except (ValueError, LookupError, TypeError, RecursionError):
            return

    def _write(self, event: str, ids: Iterable[str]) -> None:
        letters = list(ids)
        if not letters:
            return
        is_new = not self._path.exists()
        entry = json.dumps({"event": event, "letters": letters}).encode()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._begin + entry + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(self._path.parent)
        self._begin = b""
        self._states.update(dict.fromkeys(letters, event))


def _sync_folder(folder: Path) -> None:
    """Put a new file's name on disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
