"""Where commands write: results on standard output, progress and errors on standard error."""

from collections.abc import Collection
from typing import Any

from rich.box import SIMPLE
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orgtrail.escape import terminal

# rich assumes 80 columns for a pipe; don't wrap logs.
_PIPE_COLUMNS = 200
_NARROWEST = 8  # columns of what may be folded


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


def a_table(*columns: str, whole: Collection[str]) -> Table:
    """A table for `print_table`; `whole` names the columns whose values are never cut nor folded: ids, to be copied."""
    table = Table(box=SIMPLE)
    for name in columns:
        table.add_column(name, no_wrap=name in whole, overflow="fold")
    return table


def print_table(console: Console, table: Table) -> None:
    """Print a table as wide as the terminal, or as its whole columns need: then the terminal breaks its lines."""
    widths = [max(map(cell_len, [str(column.header), *map(str, column.cells)])) for column in table.columns]
    least = [
        width if column.no_wrap else min(width, _NARROWEST) for column, width in zip(table.columns, widths, strict=True)
    ]
    before = console.width
    # Two spaces around each value, and what SIMPLE draws between and around columns.
    console.width = max(before, sum(least) + 3 * len(least) + 1)
    console.print(table)
    console.width = before
