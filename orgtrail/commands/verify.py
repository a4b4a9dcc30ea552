"""`orgtrail verify`"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from orgtrail.commands.histories import Late, To, Trail, a_day, trail_address
from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors, Shard
from orgtrail.commands.selecting import NO_PIPELINES, selected
from orgtrail.console.command_line import command_line
from orgtrail.console.display import Display
from orgtrail.console.interrupts import told_on_ctrl_c
from orgtrail.console.output import a_table, print_how_many_more, print_table, progress_console, results_console
from orgtrail.console.startup import load_settings
from orgtrail.documents import VerifiedPipeline, VerifyDocument
from orgtrail.errors import UserError
from orgtrail.settings import Account, Settings
from orgtrail.words import counted

if TYPE_CHECKING:
    from orgtrail.verify.result import Named, Verified
    from orgtrail.verify.run import Run
    from orgtrail.verify.verifier import Verifier

Day = Annotated[str, typer.Option("--day", metavar="DAY", help="The day in UTC, such as 2026-11-27; or yesterday.")]
Again = Annotated[bool, typer.Option("--again", help="Don't go on with an interrupted run, but begin anew.")]

_ROWS = 100  # pipelines; more than that nobody reads
_EVENTS = 20  # of each pipeline
_PIPELINES = 10  # whose events are listed
_NAMES = 5  # of accounts in a command


def verify(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    shard: Shard = None,
    day: Day = "yesterday",
    to: To = None,
    late: Late = 1,
    trail: Trail = None,
    again: Again = False,
    as_json: Json = False,
) -> int:
    """Compare CloudTrail's own history of a day with the archive, by event id: delivered, missing, twice.

    Asks each account's LookupEvents, as its own role, or reads a trail's files; and reads the archive's objects, as the
    archive's. Changes nothing. A run that was interrupted goes on where it was.

    Exit status: 0 nothing is missing, 1 something is, or isn't known. What is twice is told, and no fault.

    Example: bin/orgtrail verify 'payments-*' --day 2026-11-27
    """
    settings = load_settings(accounts)
    asked = selected(settings, selectors, exclude, shard).all_accounts
    if not asked:
        progress_console().print(NO_PIPELINES)
    days = _days(day, to)
    address = trail_address(trail, settings)
    with told_on_ctrl_c("Interrupted: what was found is kept, and the same command goes on."):
        verifier, found = _run(settings, asked, days, address, late, again)
    if as_json:
        print(_document(verifier, found, late).text())
    else:
        _show(results_console(), settings, found, len(days) > 1, _to_backfill(accounts, trail, late))
    return 1 if found.is_trouble else 0


def _days(first: str, last: str | None) -> list[date]:
    begin = a_day(first, "--day")
    end = begin if last is None else a_day(last, "--to")
    if end < begin:
        raise typer.BadParameter(f"{end} is before {begin}", param_hint="--to")
    return [begin + timedelta(days=number) for number in range((end - begin).days + 1)]


def _run(
    settings: Settings, accounts: Sequence[Account], days: Sequence[date], trail: str | None, late: int, again: bool
) -> "tuple[Verifier, Run]":
    # Imported here: boto3 takes longer to load than wrong usage takes to tell.
    from orgtrail.concurrency.questions import Questions
    from orgtrail.selection.pipelines import pipelines_of
    from orgtrail.verify import run, verifier
    from orgtrail.verify.kept import Kept

    verifying = verifier.a_verifier(settings, trail=trail, late=late)
    run.look(verifying)
    for day in days:
        if why := verifier.refused(day, verifying.now, verifying.history):
            raise UserError(why)
    pairs = [run.Pair(pipeline, day) for pipeline in pipelines_of(accounts) for day in days]
    questions = Questions(at_once=run.AT_ONCE, seconds=run.SECONDS)
    kept = Kept(settings, history=verifying.history.described, late=late)
    if again:
        kept.forget(pairs)
    with Display().step("Comparing", total=len(pairs), at_work=questions.at_work) as step:
        return verifying, run.run(verifying, pairs, kept, questions, lambda _found: step.advance())


def _document(verifier: "Verifier", found: "Run", late: int) -> VerifyDocument:
    return VerifyDocument(
        bucket=verifier.settings.archive.bucket,
        history=verifier.history.described,
        late=late,
        calls=found.calls,
        listings=found.listings,
        notes=list(found.notes),
        pipelines=[VerifiedPipeline.of(one) for one in found.found],
    )


def _show(console: Console, settings: Settings, run: "Run", has_days: bool, to_backfill: Sequence[str]) -> None:
    for note in run.notes:
        progress_console().print(f"Note: {note}")
    if run.found:
        print_table(console, _table(run.found[:_ROWS], has_days))
    print_how_many_more(console, len(run.found) - _ROWS)
    for one in [one for one in run.found if one.missing or one.twice][:_PIPELINES]:
        _show_events(console, one)
    if lost := [one for one in run.found if one.missing]:
        progress_console().print(f"What is missing can be added, marked: {_backfill(lost, to_backfill)}")
    console.print(_summary(run, settings), soft_wrap=True)


def _table(found: "Sequence[Verified]", has_days: bool) -> Table:
    days = ("day",) if has_days else ()
    whole = ("account", "region", *days, "verdict", "delivered")
    table = a_table("account", "region", *days, "verdict", "delivered", "and", whole=whole)
    for one in found:
        told = [one.day.isoformat()] if has_days else []
        share = _share(one.figures.delivered, one.figures.expected)
        table.add_row(one.account, one.region, *told, one.word, share, one.told)
    return table


def _share(delivered: int, expected: int) -> str:
    """In percent, cut off: 100 % is all of them, and nothing else is."""
    if not expected:
        return "-"
    return f"{delivered * 10_000 // expected / 100:.2f} %" if delivered < expected else "100 %"


def _show_events(console: Console, one: "Verified") -> None:
    parts = [part for part in (_part(one.missing, "missing"), _part(one.twice, "twice")) if part]
    console.print(f"{one.account} {one.region}, {one.day}: {', '.join(parts)}")
    table = a_table("lines", "UTC", "event", "id", whole=("lines", "UTC", "id"))
    rows = list(_rows(one))
    for row in rows[:_EVENTS]:
        table.add_row(*row)
    print_table(console, table)
    print_how_many_more(console, len(rows) - _EVENTS)


def _part(events: "Sequence[Named]", what: str) -> str:
    return f"{len(events):,} {what}" if events else ""


def _rows(one: "Verified") -> Iterator[tuple[str, str, str, str]]:
    for event in (*one.missing, *one.twice):
        yield str(event.copies), f"{event.time:%H:%M:%S}", event.name, event.id


def _to_backfill(accounts: Path | None, trail: str | None, late: int) -> list[str]:
    """What `backfill` must be told to find the same missing."""
    given = {"--accounts": accounts, "--trail": trail, "--late": late if late > 1 else None}
    return [part for option, value in given.items() if value is not None for part in (option, str(value))]


def _backfill(lost: "Sequence[Verified]", options: Sequence[str]) -> str:
    """The command that shows what would be added; many accounts aren't named, but all are asked."""
    days, names = sorted({one.day.isoformat() for one in lost}), sorted({one.account for one in lost})
    to = ("--to", days[-1]) if len(days) > 1 else ()
    named = names if len(names) <= _NAMES else ()
    return command_line("backfill", *named, "--day", days[0], *to, *options, "--dry-run")


def _summary(run: "Run", settings: Settings) -> str:
    from orgtrail.verify.result import WORDS

    counts = Counter(one.word for one in run.found)
    verdicts = ", ".join(f"{counts[word]:,} {word}" for word in WORDS if counts[word])
    pipelines = counted(len({(one.account_id, one.region) for one in run.found}), "pipeline")
    return f"s3://{settings.archive.bucket}: {pipelines}: {verdicts or 'none'}; {_events(run.found)}"


def _events(found: "Sequence[Verified]") -> str:
    """How many were compared. None, where nothing could be read, would be a count of what isn't known."""
    compared = [one for one in found if one.is_compared]
    if found and not compared:
        return "nothing was compared"
    expected, delivered = (sum(getattr(one.figures, name) for one in compared) for name in ("expected", "delivered"))
    share = f", {delivered:,} delivered ({_share(delivered, expected)})" if expected else ""
    twice = sum(len(one.twice) for one in compared)
    told = ", ".join([f"{counted(expected, 'event')}{share}", *([f"{twice:,} twice"] if twice else [])])
    return told if all(one.is_compared or one.word == "skipped" for one in found) else f"of what could be read, {told}"
