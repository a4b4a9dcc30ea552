"""Questions to many at once. Threads meet at barriers and events; the clock is told the time."""

import itertools
import threading

import pytest

from orgtrail.concurrency.at_work import AtWork
from orgtrail.concurrency.questions import Questions
from tests.waiting import LONG


def late(item, why):
    return f"{item}: {why}"


def test_each_item_has_its_answer_in_the_order_of_the_items_whichever_came_first():
    second_answered = threading.Event()

    def question(item):
        if item == "first":
            assert second_answered.wait(LONG)
        return item.upper()

    def told(result):
        if result == "SECOND":
            second_answered.set()

    questions = Questions(at_once=2, seconds=LONG)

    assert questions.ask(question, ["first", "second"], late=late, on_result=told) == ["FIRST", "SECOND"]


def test_as_many_are_asked_at_once_as_the_bound_says_and_no_more():
    together, running, most, counting = threading.Barrier(3), 0, 0, threading.Lock()

    def question(_item):
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        together.wait(LONG)
        with counting:
            running -= 1

    Questions(at_once=3, seconds=LONG).ask(question, range(9), late=late)

    assert most == 3


class TestOneThatHangs:
    """The others are answered while it hangs, and then its time is over."""

    @pytest.fixture
    def over(self):
        event = threading.Event()
        yield event
        event.set()

    @pytest.fixture
    def asked(self, over):
        told: list[str] = []
        questions = Questions(at_once=2, seconds=20, clock=lambda: 60.0 if len(told) >= 3 else 0.0)

        def question(item):
            if item == "hangs":
                over.wait()
            return item

        results = questions.ask(question, ["hangs", "a", "b", "c"], late=late, on_result=told.append)
        return questions, results, told

    def test_a_question_that_hangs_costs_its_own_answer_alone(self, asked):
        _, results, told = asked

        assert results == ["hangs: no answer within 20 s", "a", "b", "c"]
        assert told == ["a", "b", "c", "hangs: no answer within 20 s"]

    def test_it_isnt_at_work_any_more(self, asked):
        questions, _, _ = asked

        assert questions.at_work.text() == ""


def test_those_that_hang_keep_nobody_from_being_asked():
    over, clock = threading.Event(), itertools.count(0, 100)
    items = ["1", "2", "3", "4", "5"]

    results = Questions(at_once=1, seconds=50, clock=lambda: next(clock)).ask(
        lambda _item: str(over.wait(LONG)), items, late=late
    )
    over.set()

    assert results == [f"{item}: no answer within 50 s" for item in items]


def test_an_answer_that_comes_too_late_is_nobodys():
    given_up, answered_late = threading.Event(), threading.Event()

    def question(item):
        if item == "slow":
            assert given_up.wait(LONG)
            answered_late.set()
        else:
            assert answered_late.wait(LONG)
        return item

    def told(result):
        if result.startswith("slow"):
            given_up.set()

    clock = iter([0.0])
    questions = Questions(at_once=1, seconds=20, clock=lambda: next(clock, 60.0))

    assert questions.ask(question, ["slow", "next"], late=late, on_result=told) == [
        "slow: no answer within 20 s",
        "next",
    ]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_a_question_raises_is_raised_at_once_whatever_else_hangs(error):
    over = threading.Event()

    def question(item):
        if item == "fails":
            raise error
        over.wait()

    with pytest.raises(error):
        Questions(at_once=2, seconds=LONG).ask(question, ["hangs", "fails"], late=late)
    over.set()


def test_what_is_being_asked_is_named():
    questions = Questions(at_once=1, seconds=LONG)
    questions.at_work = AtWork(lambda: 0.0)

    answers = questions.ask(lambda _item: questions.at_work.text(), [7], late=late, name=lambda item: f"item {item}")
    assert answers == ["item 7 0 s"]
