"""The verdict on one pipeline, from what has arrived in the archive."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from orgtrail.events import IAM_SOURCE
from orgtrail.status.arrivals import Arrivals
from orgtrail.status.finding import Verdict, Word
from orgtrail.status.probe.result import Probed
from orgtrail.status.rhythm import ALLOWED_WITHOUT_RHYTHM, Rhythm
from orgtrail.words import ago, counted, some

_RHYTHM_DAYS = timedelta(days=60)


def judged(
    found: Arrivals,
    errors: Sequence[str],
    *,
    sources: Sequence[str],
    now: datetime,
    since: timedelta,
    probed: Probed | None = None,
) -> Verdict:
    """The verdict from the archive alone.

    `errors` are the kinds of records that Firehose could not process of late; `sources` what the pipeline takes;
    `probed` is its last probe.
    """
    if errors:
        return Verdict.of("failing", f"records that Firehose couldn't process are below errors/: {', '.join(errors)}")
    verdict = _by_arrivals(found, sources, now, since, probed)
    if probed and probed.written and probed.counts(now):
        return alive(verdict, f"a probe came through {ago(now - probed.written)} ago")
    return verdict


def alive(verdict: Verdict, why: str) -> Verdict:
    """The verdict on a pipeline that is known to deliver: its silence is none."""
    return Verdict.of("quiet", f"{why}; {verdict.why}") if verdict.word in ("never", "silent") else verdict


def _by_arrivals(
    found: Arrivals, sources: Sequence[str], now: datetime, since: timedelta, probed: Probed | None
) -> Verdict:
    if found.newest is None:
        return _never(found, sources)
    age = now - found.newest.time
    if age <= since and probed and probed.is_own(found.newest.time):
        return _after_a_probe(found.newest.time, probed, now, since)
    if age <= since:
        return Verdict.of("arriving", f"the newest is {ago(age)} old")
    # Days on which only probes arrived tell nothing of the account's own rhythm.
    own = found.days - probed.days if probed else found.days
    return _quiet_or_silent(rhythm_of(own), found.newest.time, now)


def _after_a_probe(newest: datetime, probed: Probed, now: datetime, since: timedelta) -> Verdict:
    """Of a pipeline whose newest object may hold a probe's events and nothing else."""
    told = f"the newest, {ago(now - newest)} old, may be a probe's"
    if not probed.shared(newest.date()):
        return Verdict.of("quiet", f"nothing is known to have come but a probe, {ago(now - newest)} ago")
    if now - datetime.combine(newest, time.min, newest.tzinfo) <= since:
        return Verdict.of("arriving", f"{told}, and something else came on the same day")
    return Verdict.of("quiet", f"{told}; something else came on the same day, perhaps longer ago than --since")


def _never(found: Arrivals, sources: Sequence[str]) -> Verdict:
    back_to = f" since {found.looked_back_to:%Y-%m-%d}" if found.looked_back_to else ""
    foreign = f"; only what no delivery stream wrote, such as {some(found.foreign, 2)}" if found.foreign else ""
    if found.astray:
        foreign = f"; but streams deliver in another layout than the file's, such as {found.astray[0]}"
    if IAM_SOURCE in sources or found.astray:
        return Verdict("never", f"nothing was delivered{back_to}{foreign}", is_trouble=True)
    told = (
        f"nothing was delivered{back_to}, and no IAM event occurs in this region: it may be that nothing has happened"
    )
    return Verdict("never", told + foreign)


def _quiet_or_silent(rhythm: Rhythm, newest: datetime, now: datetime) -> Verdict:
    silence, age = rhythm.silence(newest, now), ago(now - newest)
    word: Word = "silent" if silence.too_long else "quiet"
    if not rhythm.is_known:
        few = f"{counted(len(rhythm.days), 'day')} of arrivals in {counted(rhythm.length, 'day')} make no rhythm yet"
        return Verdict.of(word, f"nothing for {age}; {few}, and without one {ALLOWED_WITHOUT_RHYTHM} days are allowed")
    missed = f"of its usual days it has missed {silence.missed:.1f}, and {silence.allowed:.1f} are allowed"
    return Verdict.of(word, f"nothing for {age}; {missed}")


def rhythm_of(days: frozenset[date]) -> Rhythm:
    """The rhythm of the last two months of a record; of all of it, if those have too few days."""
    last = max(days, default=None)
    recent = Rhythm(frozenset(day for day in days if last and last - day <= _RHYTHM_DAYS))
    return recent if recent.is_known else Rhythm(days)
