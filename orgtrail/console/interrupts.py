"""Ctrl-C during a run: once, and what runs is finished; twice, and it is interrupted."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from orgtrail.console.run_display import RunDisplay
from orgtrail.rollout.engine import Engine


@contextmanager
def finish_on_ctrl_c(engine: Engine, display: RunDisplay) -> Iterator[None]:
    """While the block runs, Ctrl-C (or SIGTERM, as CI systems send it) stops the engine."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # Before it is said: standard error may be closed.
        if engine.stop.is_set():
            engine.processes.stop()
            display.say("Interrupting what runs; Terraform writes its states before it ends.")
        else:
            engine.stop.set()
            display.say("Nothing new is started; what runs is finished. Ctrl-C again to interrupt it.")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
