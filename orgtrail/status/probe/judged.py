"""What a probe makes of the verdict on a pipeline."""

from collections.abc import Mapping
from dataclasses import replace

from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status, order
from orgtrail.status.probe.result import ProbeResult, probed
from orgtrail.status.verdict import alive


def with_results(status: Status, results: Mapping[tuple[str, str], ProbeResult]) -> Status:
    """The status, with what came of each pipeline's probe."""
    found = (judged(one, results[one.pipeline.place]) for one in status.found)
    return replace(status, found=tuple(sorted(found, key=order)))


def judged(found: Found, result: ProbeResult) -> Found:
    """What was found before the probe, and what came of it."""
    kept = probed(result, found.probed, found.arrivals.days)
    return replace(found, verdict=_verdict(found.verdict, result), probe=result, probed=kept)


def _verdict(before: Verdict, result: ProbeResult) -> Verdict:
    if result.word == "arrived":
        return alive(before, "a probe came through just now")
    if result.word == "not arrived":
        return Verdict.of("failing", f"the probe: {result.why}; {before.why}")
    if result.word == "not known" and not before.trouble:
        return Verdict.of("not known", f"the probe: {result.why}; {before.why}")
    return before
