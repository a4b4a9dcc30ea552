"""Where commands write: results on standard output, progress and errors on standard error."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from rich.box import SIMPLE
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orgtrail.escape import terminal

# rich assumes 80 columns for a pipe; don't wrap logs.
_PIPE_COLUMNS = 200
_NARROWEST = 8  # columns of what may be folded
_NARROW = 80  # columns, in which tables are made to fit; in fewer, rows may be told line by line
_MANY = 1_000  # rows; rich takes a millisecond for each


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


def print_how_many_more(console: Console, left: int) -> None:
    """Below a table that was cut off: how many rows aren't in it."""
    if left > 0:
        console.print(f"… {left:,} more; --json prints every one\n")


def print_table(console: Console, table: Table) -> None:
    """Print a table as wide as the terminal, or as its whole columns need: then the terminal breaks its lines.

    On a narrow terminal, a table that doesn't fit has a line for each value instead. Thousands of rows are for a
    search or a pager: a line each, whatever the terminal's width.
    """
    columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
    if table.row_count > _MANY:
        for row in _lines(columns, "-" if console.options.ascii_only else "─"):
            print(row, file=console.file)
        return
    widths = [max(map(cell_len, column)) for column in columns]
    least = [
        width if column.no_wrap else min(width, _NARROWEST) for column, width in zip(table.columns, widths, strict=True)
    ]
    before = console.width
    # Two spaces around each value, and what SIMPLE draws between and around columns.
    needed = sum(least) + 3 * len(least) + 1
    if before < min(needed, _NARROW):
        _print_values(console, table)
        return
    console.width = max(before, needed)
    console.print(table)
    console.width = before


def _print_values(console: Console, table: Table) -> None:
    """A table as a line for each value, below that of the row's first; an empty one has none."""
    console.print()
    for row in zip(*(column.cells for column in table.columns), strict=True):
        for number, (column, cell) in enumerate(zip(table.columns, map(str, row), strict=True)):
            if cell:
                _print_value(console, str(column.header), cell, margin=2 if number else 0, whole=column.no_wrap)
    console.print()


def _print_value(console: Console, header: str, cell: str, *, margin: int, whole: bool) -> None:
    label, padding = f"{header}: " if header else "", (0, 0, 0, margin)
    if whole and margin + cell_len(label + cell) > console.width:
        console.print(Padding(label, padding, expand=False))
        console.print(" " * margin + cell, soft_wrap=True)
    else:
        console.print(Padding(label + cell, padding, expand=False))


def _lines(columns: list[list[str]], rule: str) -> Iterator[str]:
    """A table as SIMPLE draws it, with each value on one line."""
    shown = [[terminal(cell).replace("\n", "; ") for cell in column] for column in columns]
    widths = [max(map(cell_len, column)) for column in shown]
    header, *rows = (_line(cells, widths) for cells in zip(*shown, strict=True))
    yield from ("", header, " " + rule * (sum(widths) + 3 * len(widths) - 1), *rows, "")


def _line(cells: Sequence[str], widths: list[int]) -> str:
    padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return ("  " + "   ".join(padded)).rstrip()
