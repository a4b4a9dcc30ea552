"""`orgtrail deploy`"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from orgtrail.commands.interrupts import finish_on_ctrl_c
from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors, Shard
from orgtrail.commands.run_display import RunDisplay, diff_again, show
from orgtrail.commands.selecting import selection_or_exit
from orgtrail.names import ARCHIVE_STACK
from orgtrail.provider import ProviderError
from orgtrail.rollout.deploy import Callbacks, Deploy, waves_of
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.journal import Journal, JournalUnusable, earlier
from orgtrail.rollout.prepare import engine_for, inputs_digest
from orgtrail.rollout.report import as_dict, rollout_markdown
from orgtrail.rollout.results import Result
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection import SelectionError
from orgtrail.settings import Settings
from orgtrail.startup import provider_or_exit, settings_or_exit
from orgtrail.synthesis import SynthesisError
from orgtrail.terraform import TerraformFailed

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Resume = Annotated[bool, typer.Option("--resume", help="Do what the last rollout left undone.")]


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
) -> None:
    """Roll out: show the diff, ask, and apply exactly that; the archive first, then wave after wave.

    Exit status: 0 all is deployed, 1 something failed or was not started.

    Example: python -m orgtrail deploy wave:canary --yes
    """
    settings = settings_or_exit(accounts)
    provider = provider_or_exit()
    display = RunDisplay()
    try:
        stacks = _left(settings) if resume else list(selection_or_exit(settings, selectors, exclude, shard).names)
        waves_of(settings, stacks)
        digest = inputs_digest(settings)
        workspace = Workspace.new()
        engine = engine_for(settings, stacks, provider, workspace)
        with finish_on_ctrl_c(engine, display):
            planned = _plan(engine, stacks, display)
        if engine.stop.is_set():
            raise Refused("stopped while planning; nothing was deployed")
        _agree(planned, yes, as_json)
        if digest != inputs_digest(settings):
            raise Refused("the accounts file or the code has changed since the diff was made; deploy again")
        with finish_on_ctrl_c(engine, display):
            results = _apply(engine, settings, planned, display)
    except (Refused, SelectionError, SynthesisError, TerraformFailed, ProviderError, JournalUnusable, OSError) as error:
        display.say(str(error))
        raise SystemExit(1) from error
    try:
        _report(results, workspace.folder)
    except OSError as error:
        display.say(f"The report can't be written: {error}")
    show(results, as_json=as_json, as_markdown=False, repeat=lambda _stacks: "python -m orgtrail deploy --resume")
    display.say(f"Report: {workspace.folder / 'report.md'} and report.json")
    raise SystemExit(0 if all(result.status in ("applied", "unchanged") for result in results) else 1)


def _left(settings: Settings) -> list[str]:
    """What the last rollout left undone. Raises Refused where there is none to go on from."""
    workspace = Workspace.latest()
    before = earlier(workspace.folder) if workspace else None
    if before is None:
        raise Refused("there is no earlier rollout to resume")
    if before.accounts != str(settings.path.absolute()):
        raise Refused(f"the last rollout was one of {before.accounts}, not of {settings.path}")
    if not before.finished and before.is_running:
        raise Refused(f"that rollout is still running, as process {before.process[0]}")
    if not before.left:
        raise Refused("the last rollout left nothing undone")
    known = {ARCHIVE_STACK, *(account.name for account in settings.active)}
    return [stack for stack in before.left if stack in known]


def _plan(engine: Engine, stacks: list[str], display: RunDisplay) -> list[Result]:
    with display.counting("Planning", len(stacks)) as ended:
        return engine.plan_all(stacks, ended)


def _agree(planned: list[Result], yes: bool, as_json: bool) -> None:
    """Show the diff, and ask. Raises Refused where the answer is no."""
    changes = any(result.changes for result in planned)
    if as_json and changes and not yes:
        raise Refused("--json shows no diff to agree to: give --yes too")
    if changes and not as_json:
        show(planned, as_json=False, as_markdown=False, repeat=diff_again)
    if not changes or yes:
        return
    try:
        agreed = typer.confirm("Deploy this?", err=True)
    except typer.Abort:
        raise Refused("nobody answered, so nothing was deployed; --yes deploys without asking") from None
    if not agreed:
        raise Refused("Nothing was deployed.")


def _apply(engine: Engine, settings: Settings, planned: list[Result], display: RunDisplay) -> list[Result]:
    journal = Journal(engine.workspace.folder)
    journal.begin(settings.path, [result.stack for result in planned])
    changing = sum(result.status == "changes" for result in planned)
    with display.counting("Applying", changing) as ended:
        callbacks = Callbacks(say=display.say, started=lambda stack: None, ended=ended)
        budget = settings.rollout.max_failures.allowed(len(planned))
        results = Deploy(engine, settings, journal, budget, callbacks).run(planned)
    with suppress(JournalUnusable):
        # What was done has been done; without this line, a resume finds nothing left.
        journal.write("finished")
    return results


def _report(results: list[Result], folder: Path) -> None:
    (folder / "report.json").write_text(json.dumps(as_dict(results), indent=2), encoding="utf-8")
    (folder / "report.md").write_text(rollout_markdown(results, "python -m orgtrail deploy --resume"), encoding="utf-8")
