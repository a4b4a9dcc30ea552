"""What a rehearsal shows while it goes on."""

import io

from rich.console import Console

from orgtrail.rehearsal.show import _Display


def test_a_step_shows_no_count_of_what_it_cannot_count():
    screen = io.StringIO()
    display = _Display(Console(file=screen, force_terminal=True, width=80))
    with display.step("cdktf deploy '*'"):
        display.created("payments", 3, 16)

    assert "None" not in screen.getvalue()
    assert "3/16" in screen.getvalue()
