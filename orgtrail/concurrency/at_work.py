"""What a run is doing at this moment, and for how long: so that a hang has a name."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SHOWN = 8


class AtWork:
    """The names of what is being worked on, entered by the workers; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """While the block runs, this name is being worked on."""
        with self._lock:
            self._since[name] = self._clock()
        try:
            yield
        finally:
            with self._lock:
                del self._since[name]

    def text(self) -> str:
        """`payments-prod 42 s, data-platform 12 s`: the longest first, the last ones only counted; empty for none."""
        with self._lock:
            since = sorted(self._since.items(), key=lambda item: item[1])
        now = self._clock()
        named = [f"{name} {now - start:.0f} s" for name, start in since[:_SHOWN]]
        return ", ".join(named + ([f"and {len(since) - _SHOWN} more"] if len(since) > _SHOWN else []))
