"""The files behind the arguments of `orgtrail trace`, opened as streams of plain bytes."""

import gzip
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol, cast

SUFFIXES = (".json", ".jsonl", ".ndjson", ".gz")
STANDARD_INPUT = "-"

_GZIP = b"\x1f\x8b"


class Stream(Protocol):
    """What is read from: a file, standard input, or what either holds compressed."""

    def read1(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


class Input(NamedTuple):
    """A file, or standard input where there is no path."""

    name: str
    path: Path | None


class Missing(NamedTuple):
    """A part of the input that can't be read, and why."""

    name: str
    problem: str


def inputs(arguments: Iterable[str]) -> Iterator[Input | Missing]:
    """What arguments stand for: files, each folder's in order, and standard input for `-`."""
    for argument in arguments:
        if argument == STANDARD_INPUT:
            yield Input("standard input", None)
        elif Path(argument).is_dir():
            yield from _in_folder(Path(argument))
        else:
            yield Input(argument, Path(argument))


def _in_folder(folder: Path) -> Iterator[Input | Missing]:
    unreadable: list[OSError] = []
    found = False
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        for path in (Path(parent, name) for name in sorted(names)):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                found = True
                yield Input(str(path), path)
    for error in unreadable:
        yield Missing(str(error.filename), error.strerror or str(error))
    if not found and not unreadable:
        kinds = ", ".join(f"*{suffix}" for suffix in SUFFIXES)
        yield Missing(str(folder), f"no file in it is called {kinds}; other files can be given by their names")


@contextmanager
def opened(file: Input) -> Iterator[Stream]:
    """An input to read from, decompressed where its content is gzip. Raises OSError."""
    if file.path is None:
        yield plain(cast(Stream, sys.stdin.buffer))
        return
    with file.path.open("rb") as stream:
        yield plain(cast(Stream, stream))


def plain(stream: Stream) -> Stream:
    """A stream, decompressed where its content is gzip."""
    head = stream.read1(len(_GZIP))
    while 0 < len(head) < len(_GZIP) and (more := stream.read1(len(_GZIP) - len(head))):
        head += more
    rest = _Rejoined(head, stream)
    return gzip.GzipFile(fileobj=rest) if rest.head == _GZIP else rest  # type: ignore[call-overload]


class _Rejoined:
    """A stream whose first bytes were read already: standard input can't be wound back."""

    def __init__(self, head: bytes, rest: Stream) -> None:
        self.head = head
        self._pending = head
        self._rest = rest

    def read1(self, size: int, /) -> bytes:
        if self._pending:
            first, self._pending = self._pending[:size], self._pending[size:]
            return first
        return self._rest.read1(size)

    read = read1
