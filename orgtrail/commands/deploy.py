"""`orgtrail deploy`"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from orgtrail.archive.access import access_to_existing
from orgtrail.aws import WrongAccount
from orgtrail.commands.gates import failures, weaker_evidence
from orgtrail.commands.options import AccountsFile, Exclude, FailOnOption, Json, Selectors, Shard, Yes
from orgtrail.commands.orphans import moved
from orgtrail.commands.selecting import selection_or_exit
from orgtrail.console.question import NotAgreed, ask
from orgtrail.console.run_display import Repeat, RunDisplay, again, kept_report, show, watched
from orgtrail.console.startup import provider_or_exit, settings_or_exit
from orgtrail.rollout.archive_guard import objections
from orgtrail.rollout.deploy import Callbacks, Deploy
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.journal import Journal, JournalUnusable
from orgtrail.rollout.prepare import engine_for, inputs_digest
from orgtrail.rollout.results import Result, failed, undone
from orgtrail.rollout.resume import CannotResume, left_undone
from orgtrail.rollout.waves import Wave, in_words, waves_of
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.select import SelectionError
from orgtrail.selection.stack import Stack
from orgtrail.settings import Settings
from orgtrail.state.orphans import UNREADABLE, renamed
from orgtrail.terraform.cli import TerraformFailed
from orgtrail.terraform.provider import ProviderError
from orgtrail.terraform.synthesis import SynthesisError
from orgtrail.weaker import Weakening, merged
from orgtrail.words import counted

Resume = Annotated[bool, typer.Option("--resume", help="Do what the last rollout left undone.")]

AcceptGap = Annotated[
    bool,
    typer.Option("--accept-gap", help="Deploy even where archived events would be hidden, or deliveries refused."),
]

Adopt = Annotated[
    bool,
    typer.Option("--adopt", help="Take into the states what exists of their stacks with the tag ManagedBy=orgtrail."),
]


class Refused(Exception):
    """A rollout that must not start; the text says why, and what to do."""


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
) -> None:
    """Roll out: show the diff, ask, and apply exactly that; the archive first, then wave after wave.

    Exit status: 0 all is deployed, 1 something failed or was not started.

    Example: bin/orgtrail deploy wave:canary --yes
    """
    settings = settings_or_exit(accounts)
    provider = provider_or_exit()
    display = RunDisplay()
    try:
        if resume and (selectors or exclude or shard):
            raise Refused("--resume does all that was left undone, and takes no selectors, --exclude or --shard")
        stacks = left_undone(settings) if resume else selection_or_exit(settings, selectors, exclude, shard).stacks
        waves, budget = waves_of(settings, stacks), settings.rollout.max_failures.allowed(len(stacks))
        _refuse_renamed(settings, stacks, display)
        digest = inputs_digest(settings)
        with display.working(f"Building {counted(len(stacks), 'stack')}"):
            engine = engine_for(settings, stacks, provider, Workspace.new(), tell=display.say)
        planned = _plan(engine, stacks, display)
        if adopt:
            planned = _adopt(engine, planned, display)
        weaker = weaker_evidence(settings, selectors or (), planned, display.say)
        _show_diff(planned, weaker, yes, as_json, repeat=lambda stacks: again(accounts, "diff", *stacks))
        _guard([*objections(engine, settings, planned), *_refusals(settings, stacks, display)], accept_gap, display)
        if causes := failures(planned, weaker, fail_on or ()):
            raise Refused("\n".join([*causes, "So nothing was deployed."]))
        _agree(in_words(waves, planned, budget), planned, yes, display)
        if digest != inputs_digest(settings):
            raise Refused("the accounts file or the code has changed since the diff was made; deploy again")
        results = _apply(engine, settings, waves, planned, budget, display)
    except (
        Refused,
        NotAgreed,
        CannotResume,
        SelectionError,
        JournalUnusable,
        SynthesisError,
        TerraformFailed,
        ProviderError,
        OSError,
    ) as error:
        display.say(str(error))
        raise SystemExit(1) from error
    go_on = again(accounts, "deploy", "--resume")
    # Before anything is printed: it is what remains.
    got_weaker = _come_about(weaker, results)
    report = kept_report(results, engine.workspace.folder, go_on, got_weaker)
    show(results, as_json=as_json, as_markdown=False, repeat=lambda _failed: go_on, weaker=got_weaker)
    display.say(report)
    raise SystemExit(1 if undone(results) else 0)


def _refuse_renamed(settings: Settings, stacks: Sequence[Stack], display: RunDisplay) -> None:
    """Raises Refused where the state of a stack is still under a former name of its account."""
    names = {stack.name for stack in stacks}
    try:
        found = [moved(orphan) for orphan in renamed(settings) if orphan.account in names]
    except UNREADABLE as error:
        # Terraform may be able to read its state all the same: it may not need to list them.
        display.say(f"Whether an account has been renamed, and its state not, isn't known: {error}")
        return
    if found:
        raise Refused("\n".join([*found, "So nothing was deployed."]))


def _plan(engine: Engine, stacks: Sequence[Stack], display: RunDisplay) -> list[Result]:
    """Plan every stack. Raises Refused where that was stopped."""
    with watched(engine, display, "Planning", len(stacks)) as ended:
        planned = engine.plan_all(stacks, ended)
    if engine.pool.stop.is_set():
        raise Refused("stopped while planning; nothing was deployed")
    return planned


def _adopt(engine: Engine, planned: list[Result], display: RunDisplay) -> list[Result]:
    """The plans, with what exists already taken in. Raises Refused where that was stopped."""
    with watched(engine, display, "Looking", len(planned)) as ended:
        adopted = {result.stack: result for result in engine.adopt_all(planned, ended)}
    if engine.pool.stop.is_set():
        raise Refused("stopped while looking for what exists; nothing was deployed")
    return [adopted.get(result.stack, result) for result in planned]


def _show_diff(planned: list[Result], weaker: Sequence[Weakening], yes: bool, as_json: bool, repeat: Repeat) -> None:
    if not (weaker or any(result.changes for result in planned)):
        return
    if not as_json:
        show(planned, as_json=False, as_markdown=False, repeat=repeat, weaker=weaker)
    elif not yes:
        raise Refused("--json shows no diff to agree to: give --yes too")


def _refusals(settings: Settings, stacks: Sequence[Stack], display: RunDisplay) -> list[str]:
    """What the policy of an existing bucket refuses of the deliveries; doubts about it are only said."""
    if all(stack.is_archive for stack in stacks):
        return []
    try:
        access = access_to_existing(settings)
    except (BotoCoreError, ClientError, WrongAccount) as error:
        display.say(f"Whether s3://{settings.archive.bucket} lets deliveries in isn't known: {error}")
        return []
    told = "\n".join(access.told(settings))
    if told and not access.refused:
        display.say(told)
    return [told] if access.refused else []


def _guard(objections: list[str], accepted: bool, display: RunDisplay) -> None:
    """Raises Refused where the archive would hide events or refuse deliveries, unless that is accepted."""
    for objection in objections:
        display.say(objection)
    if objections and not accepted:
        raise Refused("so nothing was deployed; --accept-gap deploys all the same")


def _agree(order: Iterable[str], planned: list[Result], yes: bool, display: RunDisplay) -> None:
    """Ask whether to do this, in this order. Raises NotAgreed."""
    if yes or not any(result.changes for result in planned):
        return
    for line in order:
        display.say(line)
    ask("Deploy this?")


def _come_about(weaker: Sequence[Weakening], results: Sequence[Result]) -> Sequence[Weakening]:
    """What really got weaker, of what was going to."""
    left = {result.stack for result in undone(results)}
    whole = [one for one in weaker if one.stack not in left]
    return merged([*whole, *(one for result in failed(results) for one in result.weaker)])


def _apply(
    engine: Engine, settings: Settings, waves: Sequence[Wave], planned: list[Result], budget: int, display: RunDisplay
) -> list[Result]:
    journal = Journal(engine.workspace.folder)
    journal.begin(settings.path, [result.stack for result in planned])
    changing = sum(result.status == "changes" for result in planned)
    with watched(engine, display, "Applying", changing) as ended:
        callbacks = Callbacks(say=display.say, ended=ended)
        results = Deploy(engine, settings.rollout, journal, budget, callbacks).run(waves, planned)
    with suppress(JournalUnusable):
        # What was done has been done; without this line, a resume finds nothing left.
        journal.write("finished")
    return results
