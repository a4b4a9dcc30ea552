"""A look at the archive: a verdict on each pipeline, without a call into any other account."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orgtrail.aws import AWS_ERRORS
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.archive import cannot_be_listed
from orgtrail.contents.listing import Listing
from orgtrail.errors import UserError
from orgtrail.events import sources_in
from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Settings
from orgtrail.status.arrivals import Arrivals, Place, arrivals, newest_on
from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status, order
from orgtrail.status.probe.result import Probed
from orgtrail.status.unprocessed import Unprocessed
from orgtrail.status.verdict import judged

AT_ONCE = 32
SECONDS = 60.0


def look(
    settings: Settings,
    pipelines: Sequence[Pipeline],
    listing: Listing,
    *,
    since: timedelta,
    known: Mapping[tuple[str, str], Arrivals],
    questions: Questions,
    probed: Mapping[tuple[str, str], Probed] | None = None,
    on_result: Callable[[Found], None] = lambda _found: None,
) -> Status:
    """The verdict on each pipeline. Raises UserError where the archive can't be listed at all.

    `known` and `probed` are what earlier runs have found.
    """
    try:
        unprocessed = Unprocessed.listed(listing, settings.archive)
    except AWS_ERRORS as error:
        raise UserError(cannot_be_listed(settings.archive, error)) from error
    now = datetime.now(UTC) + timedelta(seconds=listing.clock_is_off)
    asking = _Asking(settings, listing, known, probed or {}, unprocessed, now, since)
    found = questions.ask(asking.found, pipelines, late=_late, on_result=on_result)
    asked, refusal = [one for one in found if one.is_asked], unprocessed.refusal
    if refusal and asked and all(one.verdict.word == "not known" for one in asked):
        raise UserError(cannot_be_listed(settings.archive, refusal))
    notes = [f"whether there are records that couldn't be processed is not known, because {refusal}"] if refusal else []
    notes += listing.notes
    return Status(now, tuple(sorted(found, key=order)), listing.calls, tuple(notes), not refusal)


def _late(pipeline: Pipeline, why: str) -> Found:
    return Found(pipeline, Verdict.of("not known", f"not known, because {why}"))


@dataclass(frozen=True)
class _Asking:
    """What is the same for all pipelines of one look."""

    settings: Settings
    listing: Listing
    known: Mapping[tuple[str, str], Arrivals]
    probed: Mapping[tuple[str, str], Probed]
    unprocessed: Unprocessed
    now: datetime
    since: timedelta

    def found(self, pipeline: Pipeline) -> Found:
        account = pipeline.account
        if account.status != "active":
            return Found(pipeline, Verdict.of("skipped", f"the account is {account.status}"))
        if not account.enabled:
            return Found(pipeline, Verdict.of("skipped", "enabled: false"))
        archive = self.settings.archive
        layouts = dict.fromkeys(archive.delivery_layouts)
        former = [one for one in archive.former_layouts if one not in layouts]
        place = Place(*pipeline.place, tuple(layouts), former)
        try:
            arrived = arrivals(self.listing, place, self.now, self.known.get(pipeline.place))
            errors = self.unprocessed.kinds(*pipeline.place, self.now)
            probed = self._probed(place, arrived)
        except AWS_ERRORS as error:
            return Found(pipeline, Verdict.of("not known", f"not known, because {error}"))
        sources = sources_in(account.events, pipeline.region)
        verdict = judged(arrived, errors, sources=sources, now=self.now, since=self.since, probed=probed)
        return Found(pipeline, verdict, arrived, probed=probed)

    def _probed(self, place: Place, arrived: Arrivals) -> Probed | None:
        """Its last probe, and whether anything else has arrived on the day of that."""
        probed = self.probed.get((place.account_id, place.region))
        ends = {probed.called.date(), probed.written.date()} if probed and probed.written else set()
        if probed is None or not ends & probed.days:
            return probed
        day, newest = max(ends & probed.days), arrived.newest
        if newest and newest.time.date() > day:
            newest = newest_on(self.listing, place, day, self.now)
        return probed.knowing(newest.time if newest and newest.time.date() == day else None)
