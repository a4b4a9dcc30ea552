"""What `status --probe` does and shows besides."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console

from orgtrail.console.display import Display
from orgtrail.console.output import a_table, print_how_many_more, print_table
from orgtrail.documents import PipelineProbe
from orgtrail.errors import Interrupted
from orgtrail.names import PROBE_TAG
from orgtrail.settings import Settings
from orgtrail.words import counted

if TYPE_CHECKING:
    from orgtrail.contents.listing import Listing
    from orgtrail.status.found import Found, Status
    from orgtrail.status.probe.result import ProbeResult

_REMOVING = "Interrupted: tags that were put are being removed. Ctrl-C again doesn't wait for that."
_REMOVED = "Interrupted. Tags that were put are removed again, unless it says otherwise above."


def probed(
    settings: Settings, status: "Status", listing: "Listing", timeout: timedelta | None, display: Display
) -> "Status":
    """The status, with what came of a probe of each pipeline; `timeout` None: as long as each needs at most."""
    # Imported here: boto3 takes longer to load than wrong usage takes to tell.
    from orgtrail.concurrency.pool import Pool
    from orgtrail.concurrency.questions import Questions
    from orgtrail.contents.archive import archive_client
    from orgtrail.contents.objects import Objects
    from orgtrail.status.probe import run
    from orgtrail.status.probe.judged import with_results

    archive, pool = settings.archive, Pool(interrupt=lambda: display.say(_REMOVING))
    objects = Objects(archive_client(archive), archive)
    probing = run.Probing(archive, listing, objects, timeout)
    chosen = probing.choose(status)
    try:
        with display.step("Probing: calling", total=len(chosen), at_work=pool.at_work) as step:
            probing.call_all(chosen, pool, step.advance, display.say)
        questions = Questions(at_once=run.AT_ONCE, seconds=run.SECONDS)
        with display.step("Probing: awaiting", total=probing.awaited, at_work=probing.awaited_now) as step:
            probing.follow(questions, step.advance)
    except KeyboardInterrupt:
        # What is still under way wasn't waited for: Ctrl-C came twice.
        left = pool.at_work.text()
        stayed = f"Interrupted. The tag {PROBE_TAG} may have stayed ({left}): the next probe removes it."
        raise Interrupted(stayed if left else _REMOVED) from None
    return replace(with_results(status, probing.results), calls=listing.calls + objects.calls)


def show_probes(console: Console, found: Sequence["Found"], most: int) -> None:
    """A table of the probes, the worst first, and a line that sums them up."""
    from orgtrail.status.probe.result import PROBE_WORDS

    results = [(one, one.probe) for one in found if one.probe]
    results.sort(key=lambda one: PROBE_WORDS.index(one[1].word))
    table = a_table("account", "region", "probe", "what came of it", whole=("region", "probe"))
    for one, result in results[:most]:
        table.add_row(one.pipeline.account.name, one.pipeline.region, result.word, _told(result))
    if results:
        print_table(console, table)
    print_how_many_more(console, len(results) - most)
    console.print(_summary([result for _one, result in results]), soft_wrap=True)


def probe_document(result: "ProbeResult | None") -> PipelineProbe | None:
    """What came of a probe, for `--json`."""
    if result is None:
        return None
    call, arrived = result.call, result.arrived
    return PipelineProbe(
        result=result.word,
        why=result.why,
        advice=result.advice,
        trouble=result.is_trouble,
        value=call.value if call else None,
        called=(arrived.called if arrived else call.at).isoformat() if call else None,
        written=arrived.written.isoformat() if arrived else None,
        key=arrived.key if arrived else None,
        seconds_until_written=_seconds(result.latency),
        seconds_until_found=_seconds(result.found_after),
    )


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else round(time.total_seconds(), 1)


def _told(result: "ProbeResult") -> str:
    times = [("written", result.latency), ("found", result.found_after)]
    after = ", ".join(f"{what} after {_short(time.total_seconds())}" for what, time in times if time is not None)
    return "; ".join(filter(None, [after, result.why]))


def _short(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def _summary(results: Sequence["ProbeResult"]) -> str:
    from orgtrail.status.probe.result import PROBE_WORDS

    counts = Counter(result.word for result in results)
    told = ", ".join(f"{counts[word]:,} {word}" for word in PROBE_WORDS if counts[word])
    seconds = sorted(result.latency.total_seconds() for result in results if result.latency is not None)
    return f"{counted(len(results), 'probe')}: {told}{_written(seconds)}\n"


def _written(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return f"; written after {_short(seconds[0])}" if seconds else ""
    return f"; written after {_short(median(seconds))} (median), {_short(seconds[-1])} at most"
