"""`orgtrail deploy`"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from orgtrail.archive.access import access_to_existing
from orgtrail.aws import AWS_ERRORS
from orgtrail.commands.options import AccountsFile, Exclude, FailOnOption, Json, Selectors, Shard, Yes
from orgtrail.commands.selecting import selected
from orgtrail.console.display import Display
from orgtrail.console.interrupts import told_on_ctrl_c
from orgtrail.console.question import ask
from orgtrail.console.startup import find_provider, load_settings, refuse_plan_only
from orgtrail.documents.run import Preflight
from orgtrail.errors import UserError
from orgtrail.preflight.before_deploy import Looked, look_at_new
from orgtrail.rollout.archive_guard import objections
from orgtrail.rollout.deploy import Callbacks, Deploy
from orgtrail.rollout.display import Repeat, again, built, kept_report, show, watched
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.gates import failures, weaker_evidence
from orgtrail.rollout.journal import Journal, JournalUnusable
from orgtrail.rollout.results import Result, failed, undone
from orgtrail.rollout.resume import left_undone
from orgtrail.rollout.waves import Waves, waves_of
from orgtrail.selection.stack import Stack
from orgtrail.settings import Settings
from orgtrail.state.orphans import StatesUnreadable, renamed
from orgtrail.state.ways_out import moved
from orgtrail.terraform.app_code import inputs_digest
from orgtrail.weaker import Weakening, merged

Resume = Annotated[bool, typer.Option("--resume", help="Do what the last rollout left undone.")]

_NOTHING = "So nothing was deployed."


class Report(NamedTuple):
    """What is told of a rollout besides its results; `go_on` is the command that does the rest."""

    folder: Path
    weaker: Sequence[Weakening]
    preflight: Preflight
    go_on: str


AcceptGap = Annotated[
    bool,
    typer.Option("--accept-gap", help="Deploy even where archived events would be hidden, or deliveries refused."),
]

Adopt = Annotated[
    bool,
    typer.Option("--adopt", help="Take into the states what exists of their stacks with the tag ManagedBy=orgtrail."),
]

SkipPreflight = Annotated[
    bool,
    typer.Option("--skip-preflight", help="Deploy accounts that have no state yet without looking at them first."),
]


def deploy(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    shard: Shard = None,
    yes: Yes = False,
    resume: Resume = False,
    as_json: Json = False,
    fail_on: FailOnOption = None,
    accept_gap: AcceptGap = False,
    adopt: Adopt = False,
    skip_preflight: SkipPreflight = False,
) -> int:
    """Roll out: show the diff, ask, and apply exactly that; the archive first, then wave after wave.

    Accounts without a state are looked at first, as preflight does; one with an error fails, and the others go on.

    Exit status: 0 all is deployed, 1 something failed or was not started.

    Example: bin/orgtrail deploy wave:canary --yes
    """
    refuse_plan_only()
    settings, provider, display = load_settings(accounts), find_provider(), Display()
    with told_on_ctrl_c("Interrupted before anything was applied: nothing was deployed."):
        if resume and (selectors or exclude or shard):
            raise UserError("--resume does all that was left undone, and takes no selectors, --exclude or --shard")
        stacks = left_undone(settings) if resume else selected(settings, selectors, exclude, shard).stacks
        waves = waves_of(settings, stacks)
        _refuse_renamed(settings, stacks, display)
        digest = inputs_digest(settings.path)
        looked = look_at_new(settings, stacks, display, skip=skip_preflight)
        engine = built(settings, stacks, provider, display)
        planned = _plan(engine, stacks, looked, display)
        if adopt:
            planned = _adopt(engine, planned, display)
        weaker = weaker_evidence(settings, selectors or (), planned, display.say)
        _show_diff(planned, weaker, yes, as_json, repeat=lambda stacks: again(accounts, "diff", *stacks))
        _guard([*objections(engine, settings, planned), *_refusals(settings, stacks, display)], accept_gap, display)
        if causes := failures(planned, weaker, fail_on or ()):
            raise UserError("\n".join([*causes, _NOTHING]))
        _agree(waves, planned, yes, display)
        if digest != inputs_digest(settings.path):
            raise UserError("the accounts file or the code has changed since the diff was made; deploy again")
    results = _apply(engine, settings, waves, planned, display)
    go_on = again(accounts, "deploy", "--resume", *(["--adopt"] if adopt else []))
    report = Report(engine.workspace.folder, _come_about(weaker, results), looked.preflight, go_on)
    _report(results, report, as_json, display)
    return 1 if undone(results) else 0


def _refuse_renamed(settings: Settings, stacks: Sequence[Stack], display: Display) -> None:
    """Raises UserError where the state of a stack is still under a former name of its account."""
    names = {stack.name for stack in stacks}
    try:
        found = [moved(orphan) for orphan in renamed(settings) if orphan.account in names]
    except StatesUnreadable as error:
        # Terraform may still be able to read its state: it needn't list the states.
        display.say(f"Whether an account has been renamed, and its state not, isn't known: {error}")
        return
    if found:
        raise UserError("\n".join([*found, _NOTHING]))


def _plan(engine: Engine, stacks: Sequence[Stack], looked: Looked, display: Display) -> list[Result]:
    """Plan every stack but those that preflight refuses, which have failed. Raises UserError where that was stopped."""
    to_plan = [stack for stack in stacks if stack.name not in looked.refused]
    results = {name: Result(name, "failed", error=why) for name, why in looked.refused.items()}
    with watched(engine, display, "Planning", len(to_plan)) as ended:
        results |= {result.stack: result for result in engine.plan_all(to_plan, ended)}
    planned = [results[stack.name] for stack in stacks]
    if engine.pool.stop.is_set():
        raise UserError("stopped while planning; nothing was deployed")
    return planned


def _adopt(engine: Engine, planned: list[Result], display: Display) -> list[Result]:
    """The plans, with what exists already taken in. Raises UserError where that was stopped."""
    with watched(engine, display, "Looking", len(planned)) as ended:
        adopted = {result.stack: result for result in engine.adopt_all(planned, ended)}
    if engine.pool.stop.is_set():
        raise UserError("stopped while looking for what exists; nothing was deployed")
    return [adopted.get(result.stack, result) for result in planned]


def _show_diff(planned: list[Result], weaker: Sequence[Weakening], yes: bool, as_json: bool, repeat: Repeat) -> None:
    if not (weaker or any(result.changes for result in planned)):
        return
    if not as_json:
        show(planned, as_json=False, as_markdown=False, repeat=repeat, weaker=weaker)
    elif not yes:
        raise UserError("--json shows no diff to agree to: give --yes too")


def _refusals(settings: Settings, stacks: Sequence[Stack], display: Display) -> list[str]:
    """What the policy of an existing bucket refuses of the deliveries; doubts about it are only said."""
    if all(stack.account is None for stack in stacks):
        return []
    try:
        access = access_to_existing(settings)
    except AWS_ERRORS as error:
        display.say(f"Whether s3://{settings.archive.bucket} lets deliveries in isn't known: {error}")
        return []
    told = "\n".join(access.told(settings))
    if told and not access.refused:
        display.say(told)
    return [told] if access.refused else []


def _guard(objections: list[str], accepted: bool, display: Display) -> None:
    """Raises UserError where the archive would hide events or refuse deliveries, unless that is accepted."""
    for objection in objections:
        display.say(objection)
    if objections and not accepted:
        raise UserError("so nothing was deployed; --accept-gap deploys anyway")


def _agree(waves: Waves, planned: list[Result], yes: bool, display: Display) -> None:
    """Ask whether to do this, in this order. Raises UserError."""
    if yes or not any(result.changes for result in planned):
        return
    for line in waves.in_words(planned):
        display.say(line)
    ask("Deploy this?")


def _come_about(weaker: Sequence[Weakening], results: Sequence[Result]) -> Sequence[Weakening]:
    """What really got weaker, of what was going to."""
    left = {result.stack for result in undone(results)}
    whole = [one for one in weaker if one.stack not in left]
    return merged([*whole, *(one for result in failed(results) for one in result.weaker)])


def _apply(engine: Engine, settings: Settings, waves: Waves, planned: list[Result], display: Display) -> list[Result]:
    journal = Journal(engine.workspace.folder)
    journal.begin(settings.path, [result.stack for result in planned])
    changing = sum(result.status == "changes" for result in planned)
    with watched(engine, display, "Applying", changing) as ended:
        callbacks = Callbacks(say=display.say, ended=ended)
        results = Deploy(engine, settings.rollout, waves, journal, callbacks).run(planned)
        with suppress(JournalUnusable):
            # The work is done; without this line, a resume would find nothing left to do.
            journal.write("finished")
    return results


def _report(results: list[Result], report: Report, as_json: bool, display: Display) -> None:
    # Before printing: the file is what remains.
    kept = kept_report(results, report.folder, report.go_on, report.weaker, report.preflight)
    show(
        results,
        as_json=as_json,
        as_markdown=False,
        repeat=lambda _failed: report.go_on,
        weaker=report.weaker,
        preflight=report.preflight,
    )
    display.say(kept)
