"""Work on many things at once, with a bound, in a way that can be stopped."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from orgtrail.concurrency.at_work import AtWork

T = TypeVar("T")
R = TypeVar("R")


class Pool:
    """Works on many things at once.

    `stop` may be set at any time: what runs is finished, nothing new is started. `interrupt` ends what runs at once.
    `at_work` names what runs.
    """

    def __init__(self, interrupt: Callable[[], None] = lambda: None) -> None:
        self.stop = threading.Event()
        self.interrupt = interrupt
        self.at_work = AtWork()

    def map(
        self,
        work: Callable[[T], R],
        items: Iterable[T],
        *,
        at_once: int,
        not_started: Callable[[T], R] | None = None,
        on_result: Callable[[R], None] = lambda result: None,
        name: Callable[[T], str] = str,
    ) -> list[R]:
        """A result for each item, in the order of the items, of which no more than `at_once` are worked on at a time.

        `not_started` makes the result of an item that a stop came before; without it, none is left out. `on_result` is
        told each result as soon as it is there, one at a time. `name` is what `at_work` calls an item.

        What work raises is raised here, and so is KeyboardInterrupt: then what runs is interrupted, and waited for.
        """
        telling = threading.Lock()

        def do(item: T) -> R:
            if not_started and self.stop.is_set():
                result = not_started(item)
            else:
                with self.at_work.on(name(item)):
                    result = work(item)
            # In the worker: a failure must be counted before it takes the next item.
            with telling:
                on_result(result)
            return result

        with ThreadPoolExecutor(at_once) as executor:
            futures = [executor.submit(do, item) for item in items]
            try:
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                executor.shutdown(wait=False, cancel_futures=True)
                self.stop.set()
                self.interrupt()
                raise
        return [future.result() for future in futures]
