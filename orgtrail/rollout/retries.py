"""What is tried again on one stack: after passing errors of AWS, and behind locks that are gone by now."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from orgtrail.state import locks
from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.failure import Cause, TerraformFailed

TRIES = 3
_SECONDS_BEFORE_RETRY = 10

_T = TypeVar("_T")


def pause_after(attempt: int) -> float:
    """How many seconds to wait after an attempt that failed."""
    return _SECONDS_BEFORE_RETRY * attempt


class Retries:
    """Tries again what failed on the stack in `folder`; once `stop` is set, nothing is."""

    def __init__(self, terraform: Terraform, folder: Path, stop: threading.Event) -> None:
        self._terraform = terraform
        self._folder = folder
        self._stop = stop

    def patiently(self, work: Callable[[], _T]) -> _T:
        """Repeat work that only reads, as long as AWS's errors are passing ones."""
        for attempt in range(1, TRIES):
            try:
                return work()
            except TerraformFailed as error:
                if error.cause is not Cause.TRANSIENT or self._stop.is_set():
                    raise
                self._stop.wait(pause_after(attempt))
        return work()

    def past_locks(self, work: Callable[[], _T]) -> _T:
        """Do the work again if the lock for which Terraform waited in vain has been released or replaced."""
        for again in (True, False):
            try:
                return work()
            except TerraformFailed as error:
                if error.cause is not Cause.LOCKED:
                    raise
                # Look for the stack's process before the lock: a holder that ended normally has released it.
                explanation = locks.explained(str(error), self._folder)
                look_again = again and not self._stop.is_set()
                if not look_again or self._is_held(locks.id_of(str(error))):
                    raise TerraformFailed(error.command, explanation, error.cause) from error
        raise AssertionError("the second attempt returns or raises")

    def _is_held(self, lock: str | None) -> bool:
        """Whether that lock is still on the stack's state; if that can't be known, it is."""
        try:
            held = self._terraform.held_lock()
        except TerraformFailed:
            return True
        return held is not None and locks.id_of(held) == lock
