"""Where commands write: results on standard output, progress and errors on standard error."""

from typing import Any

from rich.console import Console
from rich.text import Text

from orgtrail.escape import terminal

# Nobody cuts a log's lines to the 80 columns that rich takes a pipe to have.
_PIPE_COLUMNS = 200


class _Plain(Console):
    """Takes every string for text, as paths and messages are: no markup in it, and nothing that steers a terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(terminal(text), **options)


def results_console() -> Console:
    """For what a command was asked for: tables and sentences."""
    console = _Plain()
    return console if console.is_terminal else _Plain(width=_PIPE_COLUMNS)


def progress_console() -> Console:
    """For what happens meanwhile, and for errors; lines are never cut."""
    return _Plain(stderr=True, soft_wrap=True)


def counted(number: int, noun: str) -> str:
    """`1 account`, `2 accounts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
