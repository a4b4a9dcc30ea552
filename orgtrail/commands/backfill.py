"""`orgtrail backfill`"""

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from orgtrail.commands.histories import Day, Late, Latest, To, Trail, trail_address, wanted
from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors, Yes
from orgtrail.commands.selecting import NO_PIPELINES, selected
from orgtrail.console.display import Display
from orgtrail.console.interrupts import told_on_ctrl_c
from orgtrail.console.output import a_table, print_how_many_more, print_table, results_console
from orgtrail.console.question import ask
from orgtrail.console.startup import load_settings, refuse_plan_only
from orgtrail.documents import BackfillDocument
from orgtrail.errors import UserError
from orgtrail.selection.select import Selection
from orgtrail.settings import Account, Settings
from orgtrail.words import counted

if TYPE_CHECKING:
    from orgtrail.backfill.line import Origin
    from orgtrail.backfill.run import Backfilled
    from orgtrail.backfill.spool import Spool
    from orgtrail.verify.verifier import Verifier

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")]

_ROWS = 100  # more than that nobody reads
_SAID = {
    "planned": "would be written",
    "written": "written",
    "there": "written by another run meanwhile",
    "failed": "not written",
}


def backfill(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    day: Day = None,
    to: To = None,
    days: Latest = None,
    late: Late = 3,
    trail: Trail = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Write into the archive what verify finds missing: below backfill/, marked, and over no object.

    Shows what it would write, and asks. Run it again at any time: what is there, delivered or backfilled, isn't written
    again. Accounts with enabled: false are left out unless a selector names them.

    Exit status: 0 nothing is missing any more, 1 something isn't known or couldn't be written, 2 with --dry-run:
    something would be written.

    Example: bin/orgtrail backfill ledger-prod --days 90
    """
    if not dry_run:
        refuse_plan_only()
    if as_json and not (yes or dry_run):
        raise UserError("--json shows nothing to agree to: give --yes or --dry-run too")
    when = wanted(day, to, days)
    settings, display = load_settings(accounts), Display()
    asked = _accounts(selected(settings, selectors, exclude), named=bool(selectors), of_trail=trail is not None)
    if not asked:
        display.say(NO_PIPELINES)
    settings, address = _with(settings, asked), trail_address(trail, settings)
    # Imported here: boto3 takes longer to load than wrong usage takes to tell.
    from orgtrail.backfill.spool import Spool

    verifier = _verifier(settings, address, late)
    looked_at = when.days(verifier.history, verifier.now, settings.archive.expire_days)
    look = _Look(settings, looked_at.days, trail, dry_run).noting(looked_at.notes, display)
    with Spool() as spool:
        with told_on_ctrl_c("Interrupted: nothing was written."):
            found = _planned(look, asked, verifier, spool, display)
        look = look.noting(found.notes(verifier.now), display)
        if found.outcomes and not dry_run:
            _agree(look, found, yes, as_json)
            with told_on_ctrl_c("Interrupted: what was written is whole; run it again to write the rest."):
                found = _written(look, found, spool, display)
    if as_json:
        document = BackfillDocument.of(
            found, settings.archive, look.days, origin=look.origin, dry_run=dry_run, notes=look.notes
        )
        print(document.text())
    else:
        _report(look, found)
    return 1 if found.is_trouble else 2 if dry_run and found.outcomes else 0


class _Look(NamedTuple):
    """What is looked at, and how."""

    settings: Settings
    days: Sequence[date]
    trail: str | None
    dry_run: bool
    notes: tuple[str, ...] = ()

    def noting(self, notes: Iterable[str], display: Display) -> "_Look":
        """The same with more notes, which are told at once."""
        more = tuple(notes)
        for note in more:
            display.say(f"Note: {note}")
        return self._replace(notes=(*self.notes, *more))

    @property
    def origin(self) -> "Origin":
        return "trail" if self.trail else "cloudtrail-lookup"

    @property
    def folder(self) -> str:
        archive = self.settings.archive
        return f"s3://{archive.bucket}/{archive.layout.backfill_root}"


def _accounts(selection: Selection, *, named: bool, of_trail: bool) -> list[Account]:
    """The accounts that were asked for. What a trail has of an account that was suspended can still be read."""
    accounts = selection.all_accounts if named and of_trail else selection.accounts
    return [replace(one, enabled=True, status="active") for one in accounts if named or one.enabled]


def _with(settings: Settings, accounts: Sequence[Account]) -> Settings:
    """The settings with these accounts as they are here: what their rules take, if they had any."""
    changed = {one.account_id: one for one in accounts}
    return replace(settings, accounts=tuple(changed.get(one.account_id, one) for one in settings.accounts))


def _verifier(settings: Settings, trail: str | None, late: int) -> "Verifier":
    """What compares, which knows S3's clock. Raises UserError where the archive doesn't answer."""
    from orgtrail.verify import run
    from orgtrail.verify.verifier import a_verifier

    verifier = a_verifier(settings, trail=trail, late=late)
    run.look(verifier)
    return verifier


def _planned(
    look: _Look, accounts: Sequence[Account], verifier: "Verifier", spool: "Spool", display: Display
) -> "Backfilled":
    from orgtrail.backfill import run
    from orgtrail.backfill.line import Mark
    from orgtrail.backfill.plan import Planner
    from orgtrail.concurrency.questions import Questions
    from orgtrail.selection.pipelines import pipelines_of

    planner = Planner(verifier, look.settings.archive.layout, spool, Mark(verifier.now, look.origin))
    questions = Questions(at_once=run.LOOKS_AT_ONCE, seconds=run.LOOK_SECONDS)
    pipelines = pipelines_of(accounts)
    try:
        with display.step("Looking for what is missing", total=len(pipelines), at_work=questions.at_work) as step:
            planned = run.plan_all(planner, pipelines, look.days, questions, lambda _one: step.advance())
    except OSError as error:
        where = tempfile.gettempdir()
        raise UserError(f"What would be written can't be kept in {where}: {error.strerror or error}") from error
    return run.Backfilled(planned)


def _agree(look: _Look, found: "Backfilled", yes: bool, as_json: bool) -> None:
    """Show what would be written, and ask. Raises UserError where the answer is no."""
    if not as_json:
        _show(look, found)
    if not yes:
        ask("Write this?")


def _written(look: _Look, found: "Backfilled", spool: "Spool", display: Display) -> "Backfilled":
    from orgtrail.aws import AccountSession
    from orgtrail.backfill import run
    from orgtrail.backfill.write import Writer
    from orgtrail.concurrency.pool import Pool

    _forget(found)
    archive, pool = look.settings.archive, Pool()
    writer = Writer(AccountSession(archive, archive.region).client("s3"), archive)
    total = sum(1 for one in found.planned for _object in one.objects)
    with display.step("Writing", total=total, at_work=pool.at_work) as step:
        return run.write_all(writer, found.planned, spool, pool, lambda _one: step.advance())


def _forget(found: "Backfilled") -> None:
    """What an interrupted `verify` has kept of these days is that events are missing, which won't be so any more."""
    from orgtrail.verify.kept import forget

    with suppress(OSError):
        forget((one.pipeline, day.day) for one in found.planned for day in one.days if day.objects)


def _show(look: _Look, found: "Backfilled") -> None:
    """What would be written, the most first."""
    rows = sorted((one for one in found.planned if one.events), key=lambda one: -one.events)
    table = a_table("account", "region", "days", "events", "objects", "bytes", whole=("account", "region"))
    for one in rows[:_ROWS]:
        days = sum(1 for day in one.days if day.objects)
        sizes = [waiting.body.size for waiting in one.objects]
        figures = (days, one.events, len(sizes), sum(sizes))
        table.add_row(one.pipeline.account.name, one.pipeline.region, *(f"{number:,}" for number in figures))
    console = results_console()
    print_table(console, table)
    print_how_many_more(console, len(rows) - _ROWS)
    objects = sum(1 for one in rows for _object in one.objects)
    events = sum(one.events for one in rows)
    told = f"{counted(events, 'event')} missing, to be written as {counted(objects, 'object')} below {look.folder}"
    console.print(told, soft_wrap=True)


def _report(look: _Look, found: "Backfilled") -> None:
    """What has come of it."""
    console, outcomes = results_console(), found.outcomes
    if look.dry_run and outcomes:
        _show(look, found)
    problems = [(one, problem) for one in found.planned for problem in found.problems(one)]
    if problems:
        table = a_table("account", "region", "trouble", whole=("account", "region"))
        for one, problem in problems[:_ROWS]:
            table.add_row(one.pipeline.account.name, one.pipeline.region, problem)
        print_table(console, table)
    print_how_many_more(console, len(problems) - _ROWS)
    pipelines, days = len(found.planned), len(look.days)
    told = [f"{counted(outcomes[word], 'event')} {said}" for word, said in _SAID.items() if outcomes[word]]
    told = told or ["nothing written" if problems else "nothing was missing" if pipelines else "nothing looked at"]
    if found.unknown:
        told.append(f"{found.unknown:,} of {pipelines * days:,} not known")
    where = f"{look.folder}: {counted(pipelines, 'pipeline')}, {counted(days, 'day')}"
    console.print(f"{where}: {', '.join(told)}", soft_wrap=True)
