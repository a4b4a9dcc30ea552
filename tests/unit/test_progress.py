"""How far synthesis is: nothing for a short one, few lines for a long one."""

import pytest

from orgtrail.terraform.app import Progress


def said(total, seconds_a_step):
    """What is said while `total` stacks take so long each."""
    now = 0.0
    lines: list[str] = []
    progress = Progress(total, lines.append, clock=lambda: now)
    for _step in range(total):
        now += seconds_a_step
        progress.step()
    return lines


@pytest.mark.parametrize(("total", "seconds_a_step"), [(1, 4), (40, 0.1), (5000, 0.0009)])
def test_nothing_is_said_of_what_takes_less_than_five_seconds(total, seconds_a_step):
    assert said(total, seconds_a_step) == []


def test_a_line_comes_every_five_seconds():
    assert said(2048, 2**-7)[:2] == ["Synthesis: 640 of 2,048 stacks", "Synthesis: 1,280 of 2,048 stacks"]


def test_no_more_than_one_line_comes_for_each_tenth():
    assert said(100, 60) == [f"Synthesis: {done} of 100 stacks" for done in range(10, 101, 10)]
