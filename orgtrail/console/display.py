"""Progress on standard error."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from orgtrail.concurrency.at_work import AtWork
from orgtrail.console.output import progress_console
from orgtrail.escape import terminal
from orgtrail.words import counted


def _another_minute(over: threading.Event) -> bool:
    return not over.wait(60)


class Display:
    """A bar with what is at work on a terminal; elsewhere lines, and each minute one that says what is still at work.

    `another_minute` waits for a minute, or until the event is set, and then is false.
    """

    def __init__(self, another_minute: Callable[[threading.Event], bool] = _another_minute) -> None:
        self._console: Console = progress_console()
        self._another_minute = another_minute

    def say(self, text: str) -> None:
        """Tell something at once."""
        self._console.print(text)

    @contextmanager
    def step(self, title: str, *, total: int | None = None, at_work: AtWork | None = None) -> Iterator["Step"]:
        """Show progress while the block runs: `total` things, one by one, or something uncounted.

        `at_work` names what is at work on it; without it, `title` does.
        """
        if total is None and not self._console.is_terminal:
            self.say(title)
        # Below a progress bar, repeating the title adds nothing.
        named, busy = (nullcontext(), at_work) if at_work else ((own := AtWork()).on(title), own)
        with named, self._bars(at_work or AtWork()) as bars, self._each_minute(busy):
            yield Step(self, bars, title, total)

    def _bars(self, at_work: AtWork) -> Progress:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), _Count(), TimeElapsedColumn())
        is_terminal = self._console.is_terminal
        return _Bars(*columns, at_work=at_work, console=self._console, disable=not is_terminal, transient=True)

    @contextmanager
    def _each_minute(self, at_work: AtWork) -> Iterator[None]:
        """While the block runs, say each minute what is still at work, where no bar shows it."""
        if self._console.is_terminal:
            yield
            return
        over = threading.Event()

        def tell() -> None:
            while self._another_minute(over):
                if text := at_work.text():
                    self.say(f"Still at work: {text}")

        thread = threading.Thread(target=tell, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


class Step:
    """A step with its progress; made by `Display.step`."""

    def __init__(self, display: Display, bars: Progress, title: str, total: int | None) -> None:
        self._display = display
        self._bars = bars
        self._title = title
        self._total = total
        self._task = bars.add_task(title, total=total)
        self._parts: dict[str, TaskID] = {}
        self._started = time.monotonic()
        self._ended = 0

    def ended(self, line: str, *, failed: bool = False) -> None:
        """One of the `total` things has ended; on a terminal, only those that failed get a line."""
        self._ended += 1
        self._bars.advance(self._task)
        if failed or self._bars.disable:
            self._display.say(f"[{self._ended}/{self._total}] {line}")

    def advance(self) -> None:
        """One of the `total` things has ended, of which there are too many to give each a line."""
        self._ended += 1
        self._bars.advance(self._task)

    def part(self, name: str, done: int, total: int, noun: str) -> None:
        """How far a part of it is: a bar of its own, or a line once it is whole, such as `  payments: 16 resources`."""
        if self._bars.disable:
            if done == total:
                self._display.say(f"  {name}: {counted(done, noun)}")
            return
        if name not in self._parts:
            self._parts[name] = self._bars.add_task(f"  {name}", total=total)
        self._bars.update(self._parts[name], completed=done)

    def done(self, result: str) -> None:
        """It has ended, and this is what came of it."""
        self._display.say(f"{self._title:<32} {result}  ({time.monotonic() - self._started:.0f} s)")


class _Count(ProgressColumn):
    """How many of how many, where that is known."""

    def render(self, task: Task) -> Text:
        return Text("" if task.total is None else f"{task.completed:.0f}/{task.total:.0f}")


class _Bars(Progress):
    """Bars, and below them what is at work."""

    def __init__(self, *columns: ProgressColumn, at_work: AtWork, console: Console, disable: bool, transient: bool):
        self._at_work = at_work
        super().__init__(*columns, console=console, disable=disable, transient=transient)

    def get_renderables(self) -> Iterator[RenderableType]:
        yield from super().get_renderables()
        if text := self._at_work.text():
            yield Text(terminal(text), overflow="ellipsis", no_wrap=True)
