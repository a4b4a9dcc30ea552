"""Work on many things at once. Threads meet at barriers and events; nothing waits for the clock."""

import threading

import pytest

from orgtrail.concurrency.at_work import AtWork
from orgtrail.concurrency.pool import Pool
from tests.waiting import LONG


def test_each_item_has_its_result_in_the_order_of_the_items_whichever_ended_first():
    second_ended = threading.Event()

    def work(item):
        if item == "first":
            assert second_ended.wait(LONG)
        else:
            second_ended.set()
        return item.upper()

    assert Pool().map(work, ["first", "second"], at_once=2) == ["FIRST", "SECOND"]


def test_as_many_are_worked_on_at_once_as_the_bound_says_and_no_more():
    together, running, most, counting = threading.Barrier(3), 0, 0, threading.Lock()

    def work(_item):
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        together.wait(LONG)
        with counting:
            running -= 1

    Pool().map(work, range(9), at_once=3)

    assert most == 3


def test_a_result_is_told_before_the_next_item_is_taken_up():
    pool = Pool()
    told = []

    def tell(result):
        told.append(result)
        pool.stop.set()

    results = pool.map(str, [1, 2, 3], at_once=1, not_started=lambda item: f"not {item}", on_result=tell)

    assert results == told == ["1", "not 2", "not 3"]


def test_without_a_result_for_what_was_not_started_a_stop_leaves_nothing_out():
    pool = Pool()
    pool.stop.set()

    assert pool.map(str, [1, 2], at_once=1) == ["1", "2"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_work_raises_interrupts_what_runs_and_is_raised_once_that_has_ended(error):
    interrupted, ended = threading.Event(), threading.Event()

    def work(item):
        if item == "fails":
            raise error
        assert interrupted.wait(LONG)
        ended.set()

    with pytest.raises(error):
        Pool(interrupted.set).map(work, ["runs", "fails", "not started"], at_once=2)
    assert ended.is_set()


def test_what_runs_is_named():
    pool = Pool()
    pool.at_work = AtWork(lambda: 0.0)

    assert pool.map(lambda _item: pool.at_work.text(), [7], at_once=1, name=lambda item: f"item {item}") == [
        "item 7 0 s"
    ]
