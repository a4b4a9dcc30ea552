"""The output of a rehearsal: progress while it runs, then the results."""

import shlex
import time
from pathlib import Path

from rich.console import Console

from orgtrail.console.display import Display
from orgtrail.console.interrupts import told_on_ctrl_c
from orgtrail.console.output import a_table, print_table, results_console
from orgtrail.documents import NamedQuery, ProvenPipeline, RehearseDocument
from orgtrail.errors import UserError
from orgtrail.rehearsal.keep import played_cloudtrail
from orgtrail.rehearsal.rollout import Answer, Pipeline, Rehearsal, rehearsal
from orgtrail.settings import Settings
from orgtrail.terraform.provider import Provider

_KEPT = """\
The emulated AWS runs until Ctrl-C, and calls now become events, as if a trail logged them. In each pipeline, one event
of yesterday is lost: `bin/orgtrail verify --day yesterday` finds it, `backfill` writes it.
In another terminal, for bin/orgtrail, cdktf, Terraform and the AWS CLI:
"""


def rehearse_and_show(settings: Settings, provider: Provider, workdir: Path, *, keep: bool, as_json: bool) -> None:
    """Rehearse, print what was found, and with `keep` go on until Ctrl-C. Raises UserError where something failed."""
    display = Display()
    with told_on_ctrl_c("Stopped; what the rehearsal started has ended."), rehearsal(settings, workdir) as run:
        display.say(f"Rehearsing {settings.path} with AWS provider {provider.version}; log: {run.cdktf.log}")
        pipelines, answers = _rehearse(run, display)
        show_results(settings, pipelines, answers, as_json=as_json)
        if keep:
            _keep_running(run, pipelines, display)


def _rehearse(run: Rehearsal, display: Display) -> tuple[list[Pipeline], list[Answer]]:
    settings = run.settings
    with display.step("state bucket") as step:
        step.done(f"{len(run.make_state_bucket())} steps of `orgtrail bootstrap`, on {run.url}")
    with display.step("cdktf deploy '*'") as step:
        run.deploy(lambda stack, made, expected: step.part(stack, made, expected, "resource"))
        step.done(f"{len(run.made)} stacks, {sum(run.made.values())} resources")
    for stack in _to_diff(settings):
        with display.step(f"cdktf diff {stack}") as step:
            diff = run.cdktf.diff(stack)
            if not diff.no_changes:
                raise UserError(f"{stack} still has changes after it was deployed:\n{diff.text}")
            step.done("No changes")
    pipelines = []
    with display.step("events into each pipeline") as step:
        for account in settings.active:
            pipelines += [run.verify_delivery(account, region) for region in account.regions if account.enabled]
        events = sum(len(pipeline.events) for pipeline in pipelines)
        step.done(f"{events} of {events} arrived in s3://{settings.archive.bucket}")
    with display.step("the named queries") as step:
        answers = run.ask_named_queries()
        step.done(f"{len(answers)} asked" if answers else "no catalog")
    return pipelines, answers


def _to_diff(settings: Settings) -> list[str]:
    """The first account of one region and the first of several."""
    of_one = [account.name for account in settings.active if len(account.regions) == 1]
    of_several = [account.name for account in settings.active if len(account.regions) > 1]
    return of_one[:1] + of_several[:1]


def show_results(settings: Settings, pipelines: list[Pipeline], answers: list[Answer], *, as_json: bool) -> None:
    """Print what was found."""
    if as_json:
        queries = [NamedQuery(name=answer.query, rows=answer.rows) for answer in answers]
        print(RehearseDocument(pipelines=[_document(pipeline) for pipeline in pipelines], queries=queries).text())
        return
    console = results_console()
    columns = ("account", "region", "rule", "stream", "queue", "log", "events that arrived")
    table = a_table(*columns, whole=("account", "region"))
    for pipeline in pipelines:
        table.add_row(
            pipeline.account,
            pipeline.region,
            "on, reads too" if pipeline.takes_reads else pipeline.rule_state.lower(),
            pipeline.stream_status.lower(),
            _tick(pipeline.dead_letter_queue),
            _tick(pipeline.delivery_log),
            _events(pipeline),
        )
    print_table(console, table)
    if answers:
        _show_answers(console, answers)
    if pipelines:
        _show_object(console, settings, pipelines[0])


def _events(pipeline: Pipeline) -> str:
    first = pipeline.events[0]["detail"]["eventName"]
    return first if len(pipeline.events) == 1 else f"{first} and {len(pipeline.events) - 1} more"


def _show_answers(console: Console, answers: list[Answer]) -> None:
    table = a_table("named query", "rows", "the first one", whole=("named query", "rows"))
    for answer in answers:
        first = " ".join(str(value) for value in list(answer.rows[0].values())[:5]) if answer.rows else ""
        table.add_row(answer.query, str(len(answer.rows)), first)
    print_table(console, table)


def _show_object(console: Console, settings: Settings, pipeline: Pipeline) -> None:
    line = pipeline.delivered.text.splitlines()[0]
    event = f"{pipeline.events[0]['detail']['eventName']} in {pipeline.account} ({pipeline.region})"
    console.print(f"{event} became the first line of this object:")
    console.print(f"s3://{settings.archive.bucket}/{pipeline.delivered.key}", soft_wrap=True)
    console.print(line, soft_wrap=True)


def _document(pipeline: Pipeline) -> ProvenPipeline:
    return ProvenPipeline(
        account=pipeline.account,
        account_id=pipeline.account_id,
        region=pipeline.region,
        rule_state=pipeline.rule_state,
        stream_status=pipeline.stream_status,
        dead_letter_queue=pipeline.dead_letter_queue,
        delivery_log=pipeline.delivery_log,
        event_ids=[event["id"] for event in pipeline.events],
        bucket=pipeline.delivered.bucket,
        key=pipeline.delivered.key,
    )


def _tick(there: bool) -> str:
    return "yes" if there else "MISSING"


def _keep_running(run: Rehearsal, pipelines: list[Pipeline], display: Display) -> None:
    with played_cloudtrail(pipeline.events for pipeline in pipelines):
        display.say(_KEPT)
        for name, value in run.environment().items():
            display.say(f"export {name}={shlex.quote(value)}")
        while True:
            time.sleep(3600)
