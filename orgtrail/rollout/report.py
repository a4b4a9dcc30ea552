"""What a run has found or done, for machines (JSON) and for people (Markdown)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from orgtrail import escape
from orgtrail.documents import RunDocument, RunSummary, WeakerEvidence
from orgtrail.documents.run import Preflight, Status
from orgtrail.rollout.results import Result, failed, failed_first, undone
from orgtrail.weaker import Weakening, alike
from orgtrail.words import counted


def document(
    results: Sequence[Result], weaker: Sequence[Weakening] = (), preflight: Preflight | None = None
) -> RunDocument:
    """The whole report for JSON: totals, what gets weaker, then each stack."""
    return RunDocument(
        summary=RunSummary.model_validate(totals(results)),
        weaker=[WeakerEvidence.model_validate(one._asdict()) for one in weaker],
        stacks=[result.document for result in results],
        preflight=preflight,
    )


def totals(results: Iterable[Result]) -> dict[str, int]:
    """How many stacks ended in which way, and how many resources are added, changed and destroyed."""
    listed = list(results)
    counts = dict.fromkeys(("unchanged", "changes", "applied", "failed", "not started"), 0)
    for result in listed:
        counts[result.status] += 1
    return {
        "stacks": len(listed),
        **counts,
        "add": sum(result.added for result in listed),
        "change": sum(result.changed for result in listed),
        "destroy": sum(result.destroyed for result in listed),
    }


def headline(results: Sequence[Result]) -> str:
    """The totals in one sentence."""
    total = totals(results)
    ended = ", ".join(
        f"{total[status]} {status}"
        for status in ("applied", "changes", "unchanged", "failed", "not started")
        if total[status]
    ).replace("changes", "with changes")
    counts = f"resources: +{total['add']} ~{total['change']} -{total['destroy']}"
    taken_in = sum(change.taken_in for result in results for change in result.changes)
    stacks = counted(total["stacks"], "stack")
    return f"{stacks}: {ended or 'nothing to do'} ({counts}{f', {taken_in} taken in' if taken_in else ''})"


def rollout_markdown(
    results: Sequence[Result], repeat: str, weaker: Sequence[Weakening] = (), preflight: Preflight | None = None
) -> str:
    """What failed and why, what gets weaker, then who got what, when (UTC), in how many seconds, as Markdown."""
    lines = [f"### Orgtrail: {headline(results)}", ""]
    if preflight == "skipped":
        lines += ["**Preflight of new accounts was skipped.**", ""]
    for result in failed(results):
        lines += [f"**{escape.markdown(result.stack)}**", "", escape.code_block(result.error or ""), ""]
    if undone(results):
        lines += [f"Again: {escape.code(repeat)}", ""]
    if weaker:
        lines += ["**Evidence gets weaker**", "", *_weaker(weaker), ""]
    if any(result.wave for result in results):
        lines += [*_waves(results), ""]
    return "\n".join([*lines, *_stacks(results), ""])


def write_report(
    results: Sequence[Result],
    folder: Path,
    repeat: str,
    weaker: Sequence[Weakening],
    preflight: Preflight | None = None,
) -> None:
    """Write `report.json` and `report.md` of a diff or a rollout. Raises OSError."""
    (folder / "report.json").write_text(document(results, weaker, preflight).text(), encoding="utf-8")
    (folder / "report.md").write_text(rollout_markdown(results, repeat, weaker, preflight), encoding="utf-8")


def _weaker(weaker: Sequence[Weakening]) -> Iterator[str]:
    for one, stacks in alike(weaker).items():
        yield f"- {escape.markdown(one.words)}: {escape.markdown(', '.join(stacks))}"


def _waves(results: Sequence[Result]) -> Iterator[str]:
    """How each wave ended, as a table."""
    columns: tuple[Status, ...] = ("applied", "unchanged", "failed", "not started")
    yield from _header("wave", "stacks", *columns)
    waves: dict[str, list[Result]] = {}
    for result in results:
        waves.setdefault(result.wave or "", []).append(result)
    for wave, members in waves.items():
        counts = Counter(result.status for result in members)
        yield _row([escape.markdown(wave), str(len(members)), *(str(counts[column]) for column in columns)])


def _stacks(results: Sequence[Result]) -> Iterator[str]:
    yield from _header("stack", "wave", "ended", "add", "change", "destroy", "began", "seconds", "log")
    for result in failed_first(results):
        began = f"{result.started:%Y-%m-%d %H:%M:%S}" if result.started else ""
        counts = [str(count) for count in (result.added, result.changed, result.destroyed)]
        ended = [escape.markdown(result.stack), escape.markdown(result.wave or ""), result.status]
        log = escape.code(result.log) if result.log else ""
        yield _row([*ended, *counts, began, f"{result.seconds:.0f}", log])


def _header(*columns: str) -> list[str]:
    return [_row(columns), _row(["---"] * len(columns))]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
