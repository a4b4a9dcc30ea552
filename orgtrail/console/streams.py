"""Standard streams that never fail: what can't be written is lost, and the command continues."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _Tolerant(io.FileIO):
    """A standard stream; `error` is why something could not be written to it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.error: OSError | None = None

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.error = error
            return memoryview(data).nbytes


@contextmanager
def never_failing() -> Iterator[None]:
    """While the block runs, a full disk, a closed stream or a reader that has gone loses output, and nothing else.

    A command whose result couldn't be written ends with status 1 and says so: SystemExit is raised in place of the
    block's own. A reader that stops reading (`| head`) doesn't count.
    """
    _open_what_is_closed()
    before = sys.stdout, sys.stderr
    out, err = _Tolerant(1), _Tolerant(2)
    sys.stdout = _text(out, before[0], line_buffering=out.isatty())
    sys.stderr = _text(err, before[1], line_buffering=True)
    ended: SystemExit | None = None
    try:
        yield
    except SystemExit as end:
        ended = end
    finally:
        sys.stdout.flush()
        lost = out.error if out.error and out.error.errno != errno.EPIPE else None
        if lost:
            print(f"Standard output can't be written: {lost.strerror}", file=sys.stderr)
        sys.stderr.flush()
        sys.stdout, sys.stderr = before
    if lost:
        raise SystemExit(1) from ended
    if ended:
        raise ended


def lost(stream: TextIO) -> OSError | None:
    """Why output to a standard stream was lost; None if none is known to be lost."""
    stream.flush()
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw.error if isinstance(raw, _Tolerant) else None


def _open_what_is_closed() -> None:
    """Open something under the number of each closed standard stream.

    Otherwise a journal would be opened under that number, and get the output of children. It is opened for reading, so
    that writing there still fails.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # Gets the lowest free number, which is this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def _text(raw: _Tolerant, before: TextIO | None, *, line_buffering: bool) -> io.TextIOWrapper:
    # Escape characters that the encoding lacks: an ASCII locale must not fail.
    encoding = getattr(before, "encoding", None)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=line_buffering
    )
