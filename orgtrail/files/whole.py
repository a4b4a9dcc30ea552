"""Files that get another content: all of it, or none."""

import os
import tempfile
from pathlib import Path

from orgtrail.errors import UserError


class FileChanged(UserError):
    """The file is no longer what was read, so it is left as it is."""


def write_whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all; it is its owner's alone. Raises OSError."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise


def replace_content(path: Path, before: bytes, after: bytes) -> None:
    """Put a content in the place of the one that was read; the file keeps its mode, and a symbolic link its target.

    Raises FileChanged where it isn't `before` that is there, and UserError where the folder or the disk refuses.
    """
    target = path.resolve()
    try:
        if target.read_bytes() != before:
            raise FileChanged(f"{path} was changed meanwhile, and is left as it is now: run this again")
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(after)
                file.flush()
                os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as error:
        raise UserError(
            f"{path} can't be written, and is as it was: {(error.strerror or str(error)).lower()}"
        ) from error
