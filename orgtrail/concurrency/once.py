"""What many threads want, and is asked once."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Once(Generic[K, V]):
    """Answers by what they are about: the first who wants one asks, and those who want the same wait.

    A question that hangs holds up nobody who asks another. One that raises an error is asked by the next again.
    """

    def __init__(self) -> None:
        self._answers: dict[K, V] = {}
        self._turns: dict[K, threading.Lock] = {}
        self._finding = threading.Lock()

    def answer(self, about: K, ask: Callable[[], V]) -> V:
        """What was answered before, or is now."""
        with self._finding:
            turn = self._turns.setdefault(about, threading.Lock())
        with turn:
            if about not in self._answers:
                self._answers[about] = ask()
            return self._answers[about]
