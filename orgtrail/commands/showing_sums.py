"""What `verify` shows of several days: a row for each pipeline, and one for each day."""

from collections.abc import Sequence

from rich.console import Console

from orgtrail.console.output import a_table, print_how_many_more, print_table
from orgtrail.verify.result import Verified
from orgtrail.verify.sums import Sum, by_day, by_pipeline, share

_ROWS = 100  # more than that nobody reads


def show_sums(console: Console, found: Sequence[Verified]) -> None:
    """Pipelines over all days, the worst first; then the days over all pipelines, in order."""
    pipelines, days = by_pipeline(found), by_day(found)
    of_pipelines = [
        (account, region, one.how_many, one.word, _delivered(one), one.told_of_pipeline)
        for (account, _id, region), one in pipelines.items()
    ]
    of_days = [(day.isoformat(), one.how_many, one.word, _delivered(one), one.told_of_day) for day, one in days.items()]
    for names, rows in ((("account", "region", "days"), of_pipelines), (("day", "pipelines"), of_days)):
        whole = (*names, "verdict", "delivered")
        table = a_table(*whole, "and", whole=whole)
        for row in rows[:_ROWS]:
            table.add_row(*row)
        print_table(console, table)
        print_how_many_more(console, len(rows) - _ROWS)


def _delivered(one: Sum) -> str:
    return share(one.figures.delivered, one.figures.expected)
