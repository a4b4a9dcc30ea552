"""Questions to many at once, where one that hangs costs itself alone."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Generic, NamedTuple, TypeVar

from orgtrail.concurrency.at_work import AtWork

T = TypeVar("T")
R = TypeVar("R")


class _Asked(NamedTuple, Generic[T]):
    item: T
    until: float
    at_work: ExitStack


class _Answer(NamedTuple, Generic[R]):
    number: int
    result: R | None
    error: BaseException | None


class Questions:
    """Asks many things at once, each for `seconds` at most.

    Unlike a Pool's work, a question needs no end: what has no answer in time, or runs when Ctrl-C comes, is left
    behind in a thread that doesn't keep the process alive. So ask only what changes nothing. `at_work` names what is
    being asked; `clock` counts seconds.
    """

    def __init__(self, *, at_once: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_work = AtWork()
        self._at_once = at_once
        self._seconds = seconds
        self._clock = clock

    def ask(
        self,
        question: Callable[[T], R],
        items: Iterable[T],
        *,
        late: Callable[[T, str], R],
        on_result: Callable[[R], None] = lambda result: None,
        name: Callable[[T], str] = str,
    ) -> list[R]:
        """An answer for each item, in the order of the items.

        `late` makes that of an item whose question hangs, from why it isn't known: `no answer within 30 s`.
        `on_result` is told each as soon as it is there, by the calling thread. `name` is what `at_work` calls an item.
        What a question raises is raised here.
        """
        waiting = deque(enumerate(items))
        asked: dict[int, _Asked[T]] = {}
        answers: queue.SimpleQueue[_Answer[R]] = queue.SimpleQueue()
        results: dict[int, R] = {}

        def end(number: int, result: R) -> None:
            asked.pop(number).at_work.close()
            results[number] = result
            on_result(result)

        while waiting or asked:
            while waiting and len(asked) < self._at_once:
                number, item = waiting.popleft()
                asked[number] = self._begin(number, item, name(item), question, answers)
            answer = self._next(answers, min(one.until for one in asked.values()))
            # The answer to what was given up is nobody's any more.
            if answer and answer.number in asked:
                if answer.error:
                    raise answer.error
                end(answer.number, answer.result)  # type: ignore[arg-type]
            now = self._clock()
            for number in [number for number, one in asked.items() if one.until <= now]:
                end(number, late(asked[number].item, f"no answer within {self._seconds:.0f} s"))
        return [results[number] for number in sorted(results)]

    def _begin(
        self, number: int, item: T, name: str, question: Callable[[T], R], answers: "queue.SimpleQueue[_Answer[R]]"
    ) -> _Asked[T]:
        def run() -> None:
            try:
                answers.put(_Answer(number, question(item), None))
            except BaseException as error:
                answers.put(_Answer(number, None, error))

        at_work = ExitStack()
        at_work.enter_context(self.at_work.on(name))
        threading.Thread(target=run, name=name, daemon=True).start()
        return _Asked(item, self._clock() + self._seconds, at_work)

    def _next(self, answers: "queue.SimpleQueue[_Answer[R]]", until: float) -> _Answer[R] | None:
        """The next answer; None if there is none until then."""
        try:
            return answers.get(timeout=max(0.0, until - self._clock()))
        except queue.Empty:
            return None
