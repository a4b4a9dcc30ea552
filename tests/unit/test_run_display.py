"""What a run shows while it goes on."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from orgtrail.concurrency.at_work import AtWork
from orgtrail.console import display
from orgtrail.console.display import Display


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def minutes(count):
    """So many minutes that pass at once, and then no more."""
    left = iter([True] * count)
    return lambda _over: next(left, False)


def test_what_is_at_work_is_named_with_its_seconds_the_longest_first(clock):
    at_work = AtWork(clock)
    with at_work.on("payments-prod"):
        clock.now = 30
        with at_work.on("data-platform"):
            clock.now = 42

            assert at_work.text() == "payments-prod 42 s, data-platform 12 s"
        assert at_work.text() == "payments-prod 42 s"
    assert at_work.text() == ""


def test_of_many_at_work_the_last_are_counted(clock):
    at_work = AtWork(clock)
    works = [at_work.on(f"account-{number:02}") for number in range(10)]
    for work in works:
        work.__enter__()

    assert at_work.text().endswith("account-07 0 s, and 2 more")


def test_a_log_has_a_line_each_minute_that_says_what_is_still_at_work(clock, capsys):
    at_work = AtWork(clock)
    with at_work.on("payments-prod"):
        clock.now = 60
        with Display(minutes(2)).step("Planning", total=1, at_work=at_work):
            pass

    assert capsys.readouterr().err.splitlines() == ["Still at work: payments-prod 60 s"] * 2


def test_a_log_has_no_such_line_where_nothing_is_at_work(clock, capsys):
    with Display(minutes(2)).step("Planning", total=1, at_work=AtWork(clock)):
        pass

    assert capsys.readouterr().err == ""


def test_a_log_says_what_is_being_built_each_minute(capsys):
    with Display(minutes(1)).step("Building 2 stacks"):
        pass

    begun, still = capsys.readouterr().err.splitlines()
    assert begun == "Building 2 stacks"
    assert still.startswith("Still at work: Building 2 stacks ")


@pytest.fixture
def screen(monkeypatch):
    """What a terminal of 80 columns shows."""
    written = io.StringIO()
    terminal = Console(file=written, force_terminal=True, width=80, markup=False, highlight=False)
    monkeypatch.setattr(display, "progress_console", lambda: terminal)
    return written


def test_a_terminal_shows_what_is_at_work_below_the_bar(clock, screen):
    at_work = AtWork(clock)
    with at_work.on("payments-prod"), Display(minutes(1)).step("Planning", total=1, at_work=at_work):
        clock.now = 42

    assert "payments-prod 42 s" in screen.getvalue()
    assert "Still at work" not in screen.getvalue()


def test_a_terminal_has_a_bar_for_each_part_and_no_count_of_what_it_cannot_count(screen):
    with Display(minutes(0)).step("cdktf deploy '*'") as step:
        step.part("payments", 3, 16, "resource")

    assert "None" not in screen.getvalue()
    assert "3/16" in screen.getvalue()


def test_a_log_has_a_line_for_each_part_that_is_whole_and_one_for_what_came_of_it(clock, capsys, monkeypatch):
    monkeypatch.setattr(display, "time", SimpleNamespace(monotonic=clock))
    with Display(minutes(0)).step("cdktf deploy '*'") as step:
        step.part("payments", 3, 16, "resource")
        step.part("payments", 16, 16, "resource")
        clock.now = 7
        step.done("1 stack")

    begun, part, done = capsys.readouterr().err.splitlines()
    assert (begun, part) == ("cdktf deploy '*'", "  payments: 16 resources")
    assert done.split() == ["cdktf", "deploy", "'*'", "1", "stack", "(7", "s)"]


def test_of_what_ended_a_terminal_tells_failures_alone_and_a_log_all(screen, capsys, monkeypatch):
    with Display(minutes(0)).step("Planning", total=2) as step:
        step.ended("alice: unchanged")
        step.ended("bob: failed", failed=True)

    assert "alice: unchanged" not in screen.getvalue()
    assert "[2/2] bob: failed" in screen.getvalue()
    monkeypatch.undo()
    with Display(minutes(0)).step("Planning", total=2) as step:
        step.ended("alice: unchanged")
    assert capsys.readouterr().err == "[1/2] alice: unchanged\n"
