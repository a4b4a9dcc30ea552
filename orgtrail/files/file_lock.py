"""Locks between the processes of one machine: the kernel releases them when their holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """A file that this process holds until `release`, or until it ends. The file says which process holds it.

    It isn't released when this object is deleted. Children don't inherit it, so a Terraform that outlives this process
    doesn't keep it.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> "FileLock | None":
        """Take a lock; None where another process has it.

        Raises OSError where the disk refuses it, or the filesystem knows no locks.
        """
        return cls._take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @classmethod
    @contextmanager
    def waited_for(cls, path: Path) -> Iterator[None]:
        """Hold a lock while the block runs, and wait for it before. Raises OSError as `take` does."""
        lock = cls._take(path, fcntl.LOCK_EX)
        assert lock is not None
        try:
            yield
        finally:
            lock.release()

    @classmethod
    def _take(cls, path: Path, how: int) -> "FileLock | None":
        # Without O_TRUNC: the file names its holder, who may not be us. With O_NOFOLLOW: a link may come with a
        # checkout, and lead to anybody's file.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, how)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise OSError(f"{path} can't be locked: {error.strerror}") from error
        return cls(descriptor)

    def release(self) -> None:
        """Let it go."""
        os.close(self._descriptor)
