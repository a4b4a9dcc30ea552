"""How far synthesis is, in plain lines on standard output: the cdktf CLI shows standard error as an error."""

import time
from collections.abc import Callable

_SECONDS = 5
_SHARE = 10  # a tenth

PREFIX = "Synthesis: "


def _print(line: str) -> None:
    print(line, flush=True)


class Progress:
    """Prints a line after each tenth of `total` stacks, but none within five seconds of the one before or the start."""

    def __init__(
        self,
        total: int,
        say: Callable[[str], object] = _print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._say, self._clock = total, say, clock
        self._done = self._said = 0
        self._last = clock()

    def step(self) -> None:
        """Count one stack more."""
        self._done += 1
        if (self._done - self._said) * _SHARE >= self._total and self._clock() - self._last >= _SECONDS:
            self._say(f"{PREFIX}{self._done:,} of {self._total:,} stacks")
            self._said, self._last = self._done, self._clock()
