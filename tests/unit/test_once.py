"""What many threads want, and is asked once."""

import threading

import pytest

from orgtrail.concurrency.once import Once
from orgtrail.concurrency.pool import Pool
from tests.waiting import LONG


def test_that_there_is_none_is_an_answer_too():
    once, asked = Once[str, None](), list[str]()

    def ask():
        asked.append("one")

    assert [once.answer("one", ask) for _ in range(2)] == [None, None]
    assert asked == ["one"]


def test_who_asks_something_else_does_not_wait():
    once, answered = Once[str, bool](), threading.Event()

    def ask(about):
        if about == "second":
            answered.set()
        return answered.wait(LONG)

    def wanted(about):
        return once.answer(about, lambda: ask(about))

    assert Pool().map(wanted, ["first", "second"], at_once=2, name=str) == [True, True]


def test_what_raised_an_error_is_asked_again():
    once = Once[str, int]()

    with pytest.raises(ZeroDivisionError):
        once.answer("one", lambda: 1 // 0)

    assert once.answer("one", lambda: 2) == 2
