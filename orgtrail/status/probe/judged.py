"""What a probe makes of the verdict on a pipeline: that of this run, and an earlier one that didn't arrive."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status, order
from orgtrail.status.probe.result import ProbeResult, probed
from orgtrail.status.verdict import alive


def with_results(status: Status, results: Mapping[tuple[str, str], ProbeResult]) -> Status:
    """The status, with what came of each pipeline's probe."""
    found = (judged(one, results[one.pipeline.place], status.now) for one in status.found)
    return replace(status, found=tuple(sorted(found, key=order)))


def with_earlier_probes(status: Status) -> Status:
    """The status, with those probes that didn't arrive, where nothing has arrived since."""
    return replace(status, found=tuple(sorted(map(_remembering, status.found), key=order)))


def judged(found: Found, result: ProbeResult, now: datetime) -> Found:
    """What was found before the probe, and what came of it."""
    kept = probed(result, found.probed, found.arrivals.days, now)
    after = replace(found, verdict=_verdict(found.verdict, result), probe=result, probed=kept)
    return after if result.word == "not arrived" else _remembering(after)


def _remembering(found: Found) -> Found:
    if found.probed is None or not found.is_probe_missing:
        return found
    at = f"{found.probed.called.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    why = f"its last probe, of {at}, didn't arrive, and nothing has since; {found.verdict.why}"
    return replace(found, verdict=Verdict.of("failing", why))


def _verdict(before: Verdict, result: ProbeResult) -> Verdict:
    if result.word == "arrived":
        return alive(before, "a probe came through just now")
    if result.word == "not arrived":
        return Verdict.of("failing", f"the probe: {result.why}; {before.why}")
    if result.word == "not known" and not before.is_trouble:
        return Verdict.of("not known", f"the probe: {result.why}; {before.why}")
    return before
