"""Objects that wait for an answer: in a file without a name, which nobody else can open, and which ends with us."""

import os
import tempfile
import threading
from typing import NamedTuple


class Spooled(NamedTuple):
    """Where in the spool something is."""

    at: int
    size: int


class Spool:
    """Keeps bytes that are too many for the memory. Threads may share it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed in __exit__)
        self._lock = threading.Lock()
        self._end = 0

    def keep(self, data: bytes) -> Spooled:
        """Put something in. Raises OSError."""
        with self._lock:
            at, self._end = self._end, self._end + len(data)
        view = memoryview(data)
        while view:
            view = view[os.pwrite(self._file.fileno(), view, at + len(data) - len(view)) :]
        return Spooled(at, len(data))

    def taken(self, kept: Spooled) -> bytes:
        """What was put in."""
        data = bytearray()
        while len(data) < kept.size:
            data += os.pread(self._file.fileno(), kept.size - len(data), kept.at + len(data))
        return bytes(data)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()
