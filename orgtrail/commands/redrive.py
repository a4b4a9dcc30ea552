"""`orgtrail redrive`"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors, Yes
from orgtrail.commands.selecting import NO_PIPELINES, selected
from orgtrail.console.command_line import command_line
from orgtrail.console.display import Display
from orgtrail.console.interrupts import told_on_ctrl_c
from orgtrail.console.output import progress_console, results_console
from orgtrail.console.question import ask
from orgtrail.console.startup import load_settings, refuse_plan_only
from orgtrail.errors import Interrupted, UserError
from orgtrail.selection.select import Selection
from orgtrail.words import counted, listing, suggestion

if TYPE_CHECKING:
    from orgtrail.concurrency.pool import Pool
    from orgtrail.redrive.look import Look
    from orgtrail.redrive.run import Redrive
    from orgtrail.redrive.send import Sent
    from orgtrail.selection.pipelines import Pipeline

Regions = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="REGION", help="Only the pipelines in this region; repeatable."),
]
_NAMED = 5  # accounts that are named in a command to paste

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show them, and why EventBridge gave them up.")]


def redrive(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    regions: Regions = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Send dead letters back onto the stream of their pipeline, or show them with --dry-run.

    Shows EventBridge's reasons, asks, and deletes a letter only after Firehose has taken its event. Where that was
    interrupted, the next run goes on. A letter stays where its stream wouldn't deliver it, or isn't where it belongs.

    Exit status: 0 no letters are left, 1 some are, or that isn't known.

    Example: bin/orgtrail redrive 'payments-*' --dry-run
    """
    refuse_plan_only()
    settings, display = load_settings(accounts), Display()
    chosen = _pipelines(selected(settings, selectors, exclude), regions or ())
    if not chosen:
        display.say(NO_PIPELINES)
    # Imported here: boto3 takes longer to load than wrong usage takes to tell.
    from orgtrail.concurrency.pool import Pool
    from orgtrail.redrive.report import document, show_looks, show_results, unsent
    from orgtrail.redrive.run import Redrive

    pool = Pool(interrupt=lambda: display.say("What is at work ends its batch of letters; nothing new is begun."))
    redriving, now = Redrive(settings, chosen, pool), datetime.now(UTC)
    with told_on_ctrl_c("Interrupted: nothing was sent."):
        looks = _look(redriving, pool, len(chosen), display)
        ready = [] if dry_run else [look for look in looks if look.can_be_sent]
        if not as_json or (ready and not yes):
            console = progress_console() if as_json else results_console()
            show_looks(console, looks, now, each=dry_run)
        if ready and not yes:
            ask(f"Send the letters of {counted(len(ready), 'pipeline')} back onto their streams?")
    results = {look.pipeline: unsent(look) for look in looks}
    results |= {one.pipeline: one for one in _send(redriving, pool, ready, display)}
    if as_json:
        print(document(looks, results, now, dry_run).text())
    else:
        show_results(results_console(), list(results.values()), dry_run=dry_run)
    if any(one.sent for one in results.values()):
        display.say(_when([one.pipeline for one in results.values() if one.sent]))
    if pool.stop.is_set():
        raise Interrupted("Interrupted: what is left is still in the queues. Run this again.")
    return 1 if any(one.is_trouble for one in results.values()) else 0


def _pipelines(selection: Selection, regions: Sequence[str]) -> "list[Pipeline]":
    """The pipelines of the accounts that are selected, in these regions. Raises UserError for a region without any."""
    from orgtrail.selection.pipelines import pipelines_of

    found = pipelines_of([one for one in selection.accounts if one.enabled])
    known = tuple(sorted({one.region for one in found}))
    for region in regions:
        if region not in known:
            meant = suggestion(region, known)
            hint = f"; did you mean {meant}?" if meant else f": they are in {listing(known, region)}" if known else ""
            raise UserError(f"no pipeline that is selected is in {region!r}{hint}")
    return [one for one in found if not regions or one.region in regions]


def _look(redriving: "Redrive", pool: "Pool", total: int, display: Display) -> "list[Look]":
    with display.step("Looking at the dead letters", total=total, at_work=pool.at_work) as step:
        return redriving.look(lambda _look: step.advance())


def _send(redriving: "Redrive", pool: "Pool", ready: "Sequence[Look]", display: Display) -> "list[Sent]":
    """What became of the letters of each pipeline, of those too that Ctrl-C came before."""
    from orgtrail.redrive.send import Sent

    results: dict[Pipeline, Sent] = {}
    if not ready:
        return []
    with display.step("Sending them", total=len(ready), at_work=pool.at_work) as step:

        def ended(sent: Sent) -> None:
            results[sent.pipeline] = sent
            step.advance()

        try:
            redriving.send(ready, ended)
        except KeyboardInterrupt:
            pool.stop.set()
    # Of some of these, a batch is at work: Ctrl-C came twice.
    why = "it was interrupted; what it has sent by now, the next run tells"
    none = (Sent(look.pipeline, more=len(look.letters), ended=why) for look in ready)
    return [results.get(one.pipeline, one) for one in none]


def _when(pipelines: "Sequence[Pipeline]") -> str:
    """When what was sent is in the archive, and how to see it."""
    seconds = max(one.account.buffering.interval_seconds for one in pipelines)
    names = list(dict.fromkeys(one.account.name for one in pipelines))
    again = command_line("status", *(names if len(names) <= _NAMED else []))
    return f"Firehose writes them within about {seconds} seconds, into the folders of this day (UTC). Then: {again}"
