"""Ctrl-C during a run: once, and what runs is finished; twice, and it is interrupted."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from orgtrail.concurrency.pool import Pool
from orgtrail.errors import Interrupted


@contextmanager
def finish_on_ctrl_c(pool: Pool, say: Callable[[str], None]) -> Iterator[None]:
    """While the block runs, Ctrl-C (or SIGTERM, as CI systems send it) stops the pool, and `say` prints that."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # Before `say`: standard error may be closed.
        if pool.stop.is_set():
            pool.interrupt()
            say("Interrupting what runs; Terraform writes its states before it ends.")
        else:
            pool.stop.set()
            say("Nothing new is started; what runs is finished. Ctrl-C again to interrupt it.")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def told_on_ctrl_c(text: str) -> Iterator[None]:
    """Raise Interrupted with this text where Ctrl-C, or SIGTERM, ends the block."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(text) from None
