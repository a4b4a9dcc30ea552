"""`orgtrail diff`"""

from collections.abc import Sequence
from typing import Annotated

import typer

from orgtrail.commands.options import AccountsFile, Exclude, FailOnOption, Json, Selectors, Shard, at_most_one
from orgtrail.commands.selecting import selected
from orgtrail.console.display import Display
from orgtrail.console.startup import find_provider, load_settings
from orgtrail.rollout.archive_guard import objections
from orgtrail.rollout.display import again, built, kept_report, show, watched
from orgtrail.rollout.gates import failures, weaker_evidence
from orgtrail.rollout.results import undone
from orgtrail.settings import Settings
from orgtrail.state.ways_out import in_a_comment, tell

NoLock = Annotated[
    bool, typer.Option("--no-lock", help="Take no lock of a state: nothing is written where the states are kept.")
]

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
) -> int:
    """Show what a deploy would change, for any number of stacks at once.

    Evidence gets weaker where events are deleted sooner, can be seen or deleted by more, or are no longer collected.
    The plans tell; where affected:REVISION selects the stacks, so do the settings of that revision.

    Exit status: 0 no changes, 2 changes, 1 errors (also if only some stacks failed), or what --fail-on found.

    Example: bin/orgtrail diff 'payments-*' tag:env=prod --exclude payments-legacy
    """
    at_most_one({"--json": as_json, "--markdown": as_markdown})
    settings, provider, display = load_settings(accounts), find_provider(), Display()
    selection = selected(settings, selectors, exclude, shard)
    engine = built(settings, selection.stacks, provider, display, lock=not no_lock)
    with watched(engine, display, "Planning", len(selection.stacks)) as ended:
        results = engine.plan_all(selection.stacks, ended)
    weaker = weaker_evidence(settings, selectors or (), results, display.say)

    def repeat(stacks: Sequence[str]) -> str:
        return again(accounts, "diff", *stacks)

    # Before printing: the file is what remains.
    report = kept_report(results, engine.workspace.folder, repeat([one.stack for one in undone(results)]), weaker)
    notes = in_a_comment(settings) if as_markdown else ()
    show(
        results,
        as_json=as_json,
        as_markdown=as_markdown,
        repeat=repeat,
        weaker=weaker,
        reasons=selection.reasons,
        notes=notes,
    )
    has_renamed = _tell(objections(engine, settings, results), settings, display)
    display.say(report)
    causes = failures(results, weaker, fail_on or ())
    for cause in causes:
        display.say(cause)
    if undone(results) or has_renamed or causes:
        return 1
    return 2 if any(result.changes for result in results) else 0


def _tell(objections: Sequence[str], settings: Settings, display: Display) -> bool:
    """Say what stands against these plans, and which states no account claims; whether one of those was renamed."""
    for objection in objections:
        display.say(objection)
    return tell(settings, display.say)
