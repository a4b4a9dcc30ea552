"""What main.py and its caller exchange: how it is started, which stacks to build, and the progress."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from orgtrail.selection.stack import Stack, stacks_of
from orgtrail.settings import Settings

STACKS_VARIABLE = "ORGTRAIL_STACKS"

_SECONDS = 5
_SHARE = 10  # a tenth

PREFIX = "Synthesis: "


def stacks_to_build(settings: Settings) -> tuple[Stack, ...]:
    """The stacks that main.py builds: those named in the file that ORGTRAIL_STACKS names, a line each; else all."""
    stacks, listed = stacks_of(settings), os.environ.get(STACKS_VARIABLE)
    if listed is None:
        return stacks
    names = set(Path(listed).read_text(encoding="utf-8").splitlines())
    return tuple(stack for stack in stacks if stack.name in names)


def optimization() -> list[str]:
    """Python's -O, which leaves out jsii's checks of types (the tests have made them), where it saves time.

    It needs bytecode of its own. Where Python mustn't keep any (PYTHONDONTWRITEBYTECODE, common in containers), each
    start would compile the bindings again: 1.3 s, as long as the checks of some 140 kinds of accounts take (calculated
    from runs of 1 and 300: docs/performance.md). The cdktf CLI decides likewise, by cdktf.json.
    """
    return [] if sys.dont_write_bytecode else ["-O"]


def _print(line: str) -> None:
    print(line, flush=True)


class Progress:
    """Prints a line after each tenth of `total` stacks, but none within five seconds of the one before or the start.

    On standard output: the cdktf CLI shows standard error as an error.
    """

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
