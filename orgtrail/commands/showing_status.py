"""What `status` prints: for people, and as JSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from orgtrail.commands.probing import probe_document, show_probes
from orgtrail.console.output import a_table, print_how_many_more, print_table, progress_console, results_console
from orgtrail.documents import PipelineFinding, PipelineStatus, StatusDocument
from orgtrail.settings import Settings
from orgtrail.words import counted

if TYPE_CHECKING:
    from orgtrail.status.found import Found, Status

_ROWS = 100  # more than that nobody reads


def status_document(found: "Status", settings: Settings) -> StatusDocument:
    """What --json prints."""
    return StatusDocument(
        now=found.now.isoformat(timespec="seconds"),
        bucket=settings.archive.bucket,
        calls=found.calls,
        notes=list(found.notes),
        pipelines=[_pipeline(one) for one in found.found],
    )


def _pipeline(one: "Found") -> PipelineStatus:
    newest = one.arrivals.newest
    return PipelineStatus(
        account=one.pipeline.account.name,
        account_id=one.pipeline.account.account_id,
        region=one.pipeline.region,
        verdict=one.verdict.word,
        why=one.verdict.why,
        trouble=one.verdict.is_trouble,
        newest=newest.time.isoformat() if newest else None,
        key=newest.key if newest else None,
        days=sorted(day.isoformat() for day in one.arrivals.days),
        foreign=list(one.arrivals.foreign),
        findings=[PipelineFinding(kind=finding.kind, text=finding.text) for finding in one.findings],
        probe=probe_document(one.probe),
    )


def show_status(found: "Status", settings: Settings) -> None:
    """A table, the worst first, a line that sums it up, and what to do next."""
    from orgtrail.status.next_steps import next_steps

    console = results_console()
    for note in found.notes:
        progress_console().print(f"Note: {note}")
    if found.found:
        print_table(console, _table(found.found[:_ROWS]))
    print_how_many_more(console, len(found.found) - _ROWS)
    if any(one.probe for one in found.found):
        show_probes(console, found.found, _ROWS)
    console.print(_summary(Counter(one.verdict.word for one in found.found), settings), soft_wrap=True)
    for step in next_steps(found):
        console.print(f"  {step}", soft_wrap=True)


def _table(found: Sequence["Found"]) -> Table:
    table = a_table("account", "region", "verdict", "why", whole=("region", "verdict"))
    for one in found:
        table.add_row(one.pipeline.account.name, one.pipeline.region, one.verdict.word, one.verdict.why)
    return table


def _summary(counts: Mapping[str, int], settings: Settings) -> str:
    from orgtrail.status.finding import WORDS

    told = ", ".join(f"{counts[word]:,} {word}" for word in WORDS if counts.get(word))
    return f"s3://{settings.archive.bucket}: {counted(sum(counts.values()), 'pipeline')}" + (
        f": {told}" if told else ""
    )
