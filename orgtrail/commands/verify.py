"""`orgtrail verify`"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from orgtrail.commands.histories import Day, Late, Latest, To, Trail, trail_address, wanted
from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors, Shard
from orgtrail.commands.selecting import NO_PIPELINES, selected
from orgtrail.commands.showing_sums import show_sums
from orgtrail.console.command_line import command_line
from orgtrail.console.display import Display
from orgtrail.console.interrupts import told_on_ctrl_c
from orgtrail.console.output import a_table, print_how_many_more, print_table, progress_console, results_console
from orgtrail.console.startup import load_settings
from orgtrail.documents import VerifyDocument
from orgtrail.settings import Account, Settings
from orgtrail.verify.sums import share, summed
from orgtrail.words import counted

if TYPE_CHECKING:
    from orgtrail.verify.days import Wanted
    from orgtrail.verify.result import Named, Verified
    from orgtrail.verify.run import Run
    from orgtrail.verify.verifier import Verifier

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
    day: Day = None,
    to: To = None,
    days: Latest = None,
    late: Late = 1,
    trail: Trail = None,
    again: Again = False,
    as_json: Json = False,
) -> int:
    """Compare CloudTrail's own history of days with the archive, by event id: delivered, missing, twice.

    Asks each account's LookupEvents, as its own role, or reads a trail's files; and reads the archive's objects, as the
    archive's. Changes nothing. Several days are summed up. A run that was interrupted goes on where it was.

    Exit status: 0 nothing is missing, 1 something is, or isn't known. What is twice is told, and no fault.

    Without --day and --days: yesterday.

    Example: bin/orgtrail verify 'payments-*' --days 7
    """
    when = wanted(day, to, days, otherwise=1)
    settings = load_settings(accounts)
    asked = selected(settings, selectors, exclude, shard).all_accounts
    if not asked:
        progress_console().print(NO_PIPELINES)
    address = trail_address(trail, settings)
    with told_on_ctrl_c("Interrupted: what was found is kept, and the same command goes on."):
        verifier, found = _run(settings, asked, when, address, late, again)
    if as_json:
        print(_document(verifier, found, late).text())
    else:
        _show(results_console(), settings, found, _to_backfill(accounts, trail, late))
    return 1 if found.is_trouble else 0


def _run(
    settings: Settings, accounts: Sequence[Account], when: "Wanted", trail: str | None, late: int, again: bool
) -> "tuple[Verifier, Run]":
    # Imported here: boto3 takes longer to load than wrong usage takes to tell.
    from orgtrail.concurrency.questions import Questions
    from orgtrail.selection.pipelines import pipelines_of
    from orgtrail.verify import run, verifier
    from orgtrail.verify.kept import Kept

    verifying = verifier.a_verifier(settings, trail=trail, late=late)
    run.look(verifying)
    chosen = when.days(verifying.history, verifying.now, settings.archive.expire_days)
    pairs = [run.Pair(pipeline, day) for pipeline in pipelines_of(accounts) for day in chosen.days]
    questions = Questions(at_once=run.AT_ONCE, seconds=run.SECONDS)
    kept = Kept(settings, history=verifying.history.described, late=late)
    if again:
        kept.forget(pairs)
    with Display().step("Comparing", total=len(pairs), at_work=questions.at_work) as step:
        found = run.run(verifying, pairs, kept, questions, lambda _found: step.advance())
    return verifying, replace(found, notes=(*chosen.notes, *found.notes))


def _document(verifier: "Verifier", found: "Run", late: int) -> VerifyDocument:
    return VerifyDocument.of(
        found.found,
        bucket=verifier.settings.archive.bucket,
        history=verifier.history.described,
        late=late,
        calls=found.calls,
        listings=found.listings,
        notes=list(found.notes),
    )


def _show(console: Console, settings: Settings, run: "Run", to_backfill: Sequence[str]) -> None:
    for note in run.notes:
        progress_console().print(f"Note: {note}")
    if len({one.day for one in run.found}) > 1:
        show_sums(console, run.found)
    elif run.found:
        print_table(console, _table(run.found[:_ROWS]))
        print_how_many_more(console, len(run.found) - _ROWS)
    _show_events(console, [one for one in run.found if one.missing or one.twice])
    if lost := [one for one in run.found if one.missing]:
        progress_console().print(f"What is missing can be added, marked: {_backfill(lost, to_backfill)}")
    console.print(_summary(run, settings), soft_wrap=True)


def _table(found: "Sequence[Verified]") -> Table:
    whole = ("account", "region", "verdict", "delivered")
    table = a_table(*whole, "and", whole=whole)
    for one in found:
        delivered = share(one.figures.delivered, one.figures.expected)
        table.add_row(one.account, one.region, one.word, delivered, one.told)
    return table


def _show_events(console: Console, found: "Sequence[Verified]") -> None:
    for one in found[:_PIPELINES]:
        _show_events_of(console, one)
    if (left := len(found) - _PIPELINES) > 0:
        console.print(f"… and {left:,} more with events that are missing or twice; --json prints every one\n")


def _show_events_of(console: Console, one: "Verified") -> None:
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
    verdicts = ", ".join(f"{number:,} {word}" for word, number in summed(run.found).verdicts.items() if number)
    pipelines = counted(len({(one.account_id, one.region) for one in run.found}), "pipeline")
    days = len({one.day for one in run.found})
    looked_at = f"{pipelines}, {days:,} days" if days > 1 else pipelines
    return f"s3://{settings.archive.bucket}: {looked_at}: {verdicts or 'none'}; {_events(run.found)}"


def _events(found: "Sequence[Verified]") -> str:
    """How many were compared. None, where nothing could be read, would be a count of what isn't known."""
    compared = [one for one in found if one.is_compared]
    if found and not compared:
        return "nothing was compared"
    total = summed(compared)
    expected, delivered = total.figures.expected, total.figures.delivered
    part = f", {delivered:,} delivered ({share(delivered, expected)})" if expected else ""
    told = f"{counted(expected, 'event')}{part}" + (f", {total.twice:,} twice" if total.twice else "")
    return told if all(one.is_compared or one.word == "skipped" for one in found) else f"of what could be read, {told}"
