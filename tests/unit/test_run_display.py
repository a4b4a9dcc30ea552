"""What a run shows while it goes on."""

import io

import pytest
from rich.console import Console

from orgtrail.concurrency.at_work import AtWork
from orgtrail.console import run_display
from orgtrail.console.run_display import RunDisplay


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
        with RunDisplay(minutes(2)).counting("Planning", 1, at_work):
            pass

    assert capsys.readouterr().err.splitlines() == ["Still at work: payments-prod 60 s"] * 2


def test_a_log_has_no_such_line_where_nothing_is_at_work(clock, capsys):
    with RunDisplay(minutes(2)).counting("Planning", 1, AtWork(clock)):
        pass

    assert capsys.readouterr().err == ""


def test_a_log_says_what_is_being_built_each_minute(capsys):
    with RunDisplay(minutes(1)).working("Building 2 stacks"):
        pass

    begun, still = capsys.readouterr().err.splitlines()
    assert begun == "Building 2 stacks"
    assert still.startswith("Still at work: Building 2 stacks ")


def test_a_terminal_shows_what_is_at_work_below_the_bar(clock, monkeypatch):
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=80)
    monkeypatch.setattr(run_display, "progress_console", lambda: terminal)
    at_work = AtWork(clock)
    with at_work.on("payments-prod"), RunDisplay(minutes(1)).counting("Planning", 1, at_work):
        clock.now = 42

    assert "payments-prod 42 s" in screen.getvalue()
    assert "Still at work" not in screen.getvalue()
