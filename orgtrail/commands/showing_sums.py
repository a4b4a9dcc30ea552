"""What `verify` shows of several days: a row for each pipeline, and one for each day."""

from collections.abc import Sequence

from rich.console import Console

from orgtrail.console.output import a_table, print_how_many_more, print_table
from orgtrail.verify.result import Verified
from orgtrail.verify.sums import Sum, by_day, by_pipeline, share
from orgtrail.words import counted

_ROWS = 100  # more than that nobody reads


def show_sums(console: Console, found: Sequence[Verified]) -> None:
    """Pipelines over all days, the worst first; then over all pipelines the days with events or trouble, in order."""
    pipelines, days = by_pipeline(found), by_day(found)
    told = {day: one for day, one in days.items() if one.word not in ("no events", "skipped")}
    of_pipelines = [
        (account, region, one.how_many, one.word, _delivered(one), one.told_of_pipeline)
        for (account, _id, region), one in pipelines.items()
    ]
    of_days = [(str(day), one.how_many, one.word, _delivered(one), one.told_of_day) for day, one in told.items()]
    _show(console, ("account", "region", "days"), of_pipelines)
    _show(console, ("day", "pipelines"), of_days)
    if quiet := sum(1 for one in days.values() if one.word == "no events"):
        console.print(f"No events on {counted(quiet, 'more day' if told else 'day')}\n")


def _show(console: Console, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    whole = (*names, "verdict", "delivered")
    table = a_table(*whole, "and", whole=whole)
    for row in rows[:_ROWS]:
        table.add_row(*row)
    if rows:
        print_table(console, table)
    print_how_many_more(console, len(rows) - _ROWS)


def _delivered(one: Sum) -> str:
    return share(one.figures.delivered, one.figures.expected)
