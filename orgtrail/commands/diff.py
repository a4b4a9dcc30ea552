"""`orgtrail diff`"""

from typing import Annotated

import typer

from orgtrail import escape
from orgtrail.commands.gates import failures, weaker_evidence
from orgtrail.commands.options import AccountsFile, Exclude, FailOnOption, Json, Selectors, Shard, at_most_one
from orgtrail.commands.orphans import ways_out
from orgtrail.commands.selecting import selection_or_exit
from orgtrail.console.run_display import RunDisplay, again, kept_report, show, watched
from orgtrail.console.startup import provider_or_exit, settings_or_exit
from orgtrail.rollout.archive_guard import objections
from orgtrail.rollout.prepare import engine_for
from orgtrail.rollout.results import undone
from orgtrail.rollout.workspace import Workspace
from orgtrail.settings import Settings
from orgtrail.state.orphans import UNREADABLE, orphans
from orgtrail.terraform.cli import TerraformFailed
from orgtrail.terraform.provider import ProviderError
from orgtrail.terraform.synthesis import SynthesisError
from orgtrail.words import counted

NoLock = Annotated[
    bool, typer.Option("--no-lock", help="Take no lock of a state: nothing is written where the states are kept.")
]
_LISTED = 50

Markdown = Annotated[bool, typer.Option("--markdown", help="Print a comment for a pull request.")]


def diff(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    shard: Shard = None,
    as_json: Json = False,
    as_markdown: Markdown = False,
    fail_on: FailOnOption = None,
    no_lock: NoLock = False,
) -> None:
    """Show what a deploy would change, for any number of stacks at once.

    Evidence gets weaker where events are deleted sooner, can be seen or deleted by more, or are no longer collected.
    The plans tell; where affected:REVISION selects the stacks, so do the settings of that revision.

    Exit status: 0 no changes, 2 changes, 1 errors (also if only some stacks failed), or what --fail-on found.

    Example: bin/orgtrail diff 'payments-*' tag:env=prod --exclude payments-legacy
    """
    at_most_one({"--json": as_json, "--markdown": as_markdown})
    settings = settings_or_exit(accounts)
    provider = provider_or_exit()
    selection = selection_or_exit(settings, selectors, exclude, shard)
    display = RunDisplay()
    try:
        with display.working(f"Building {counted(len(selection.names), 'stack')}"):
            engine = engine_for(
                settings, selection.stacks, provider, Workspace.new(), lock=not no_lock, tell=display.say
            )
    except (SynthesisError, TerraformFailed, ProviderError, OSError) as error:
        display.say(str(error))
        raise SystemExit(1) from error
    with watched(engine, display, "Planning", len(selection.names)) as ended:
        results = engine.plan_all(selection.stacks, ended)
    weaker = weaker_evidence(settings, selectors or (), results, display.say)
    # Before anything is printed: it is what remains.
    repeat = again(accounts, "diff", *(one.stack for one in undone(results)))
    report = kept_report(results, engine.workspace.folder, repeat, weaker)
    show(
        results,
        as_json=as_json,
        as_markdown=as_markdown,
        repeat=lambda stacks: again(accounts, "diff", *stacks),
        weaker=weaker,
        reasons=selection.reasons,
        notes=orphan_notes(settings) if as_markdown else (),
    )
    for objection in objections(engine, settings, results):
        display.say(objection)
    has_renamed = tell_orphans(settings, display)
    display.say(report)
    incomplete = undone(results) or has_renamed
    causes = failures(results, weaker, fail_on or ())
    for cause in causes:
        display.say(cause)
    if incomplete or causes:
        raise SystemExit(1)
    raise SystemExit(2 if any(result.changes for result in results) else 0)


def orphan_notes(settings: Settings) -> list[str]:
    """What a comment says of states that no account claims: those of removed accounts, whatever removed them."""
    try:
        found = orphans(settings)
    except UNREADABLE as error:
        return [f"Whether there are states without an account isn't known: {escape.markdown(str(error))}", ""]
    if not found:
        return []
    keys = ", ".join(escape.code(orphan.key) for orphan in found[:_LISTED]) + (" …" if len(found) > _LISTED else "")
    ways = " ".join(map(escape.markdown, ways_out(found)))
    return [f"**{counted(len(found), 'state')} without an account** in the accounts file: {keys}. {ways}", ""]


def tell_orphans(settings: Settings, display: RunDisplay) -> bool:
    """Say which states no account claims, or why that isn't known; returns whether one is that of a renamed account."""
    try:
        found = orphans(settings)
    except UNREADABLE as error:
        display.say(f"Whether there are states without an account isn't known: {error}")
        return False
    if found:
        display.say(f"States without an account: {', '.join(orphan.key for orphan in found)}.")
        for way_out in ways_out(found):
            display.say(way_out)
    return any(orphan.account for orphan in found)
