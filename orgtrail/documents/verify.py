"""`verify --json`"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pydantic import Field

from orgtrail.documents.document import Document, Part
from orgtrail.verify.result import Named, Verified, Word
from orgtrail.verify.sums import Sum, by_day, by_pipeline, summed


class VerifiedEvent(Part):
    """An event, by CloudTrail's own words. What is in its record isn't told."""

    id: str = Field(description="CloudTrail's eventID.")
    time: str = Field(description="When it occurred, as ISO 8601, UTC.")
    name: str
    source: str = Field(description="As in EventBridge's envelope, such as aws.iam.")
    copies: int = Field(description="How many lines the archive has of it.")

    @classmethod
    def of(cls, one: Named) -> "VerifiedEvent":
        """The event."""
        return cls(id=one.id, time=one.time.isoformat(), name=one.name, source=one.source, copies=one.copies)


class VerifiedPipeline(Part):
    """How complete the events of one pipeline and one day are."""

    account: str
    account_id: str
    region: str
    day: str = Field(description="The day on which the events occurred, UTC, as ISO 8601.")
    verdict: Word
    why: str = Field(description="The reason, or what else there is to tell, in words.")
    trouble: bool = Field(description="Whether something is missing, or isn't known.")
    at: str = Field(description="When it was looked at, as ISO 8601; an interrupted run's result may be older.")
    expected: int = Field(description="Events of CloudTrail's history that the rule takes.")
    delivered: int = Field(description="Of those: written by a delivery stream.")
    backfilled: int = Field(description="Of those: not delivered, but added by `backfill`.")
    missing: list[VerifiedEvent] = Field(description="Of those: neither. Every one.")
    twice: list[VerifiedEvent] = Field(description="Events with more than one line. Every one.")
    extra: int = Field(description="Events of the day in the archive that the history doesn't know.")
    extra_ids: list[str] = Field(description="The ids of the first 100 of them.")
    unclear: int = Field(description="Records of which can't be told whether the rule takes them.")
    unclear_problems: list[str] = Field(description="What is wrong with them.")
    objects: int = Field(description="Objects that were read.")
    lines: int = Field(description="Lines in them, of other days too.")
    without_id: int = Field(description="Lines of the day whose event has no eventID of CloudTrail's.")
    malformed: int = Field(description="Lines that hold no event.")
    malformed_places: list[str] = Field(description="A few of them.")
    foreign: int = Field(description="Objects in the folders that no delivery stream of Orgtrail has written.")
    foreign_keys: list[str] = Field(description="A few of them.")

    @classmethod
    def of(cls, one: Verified) -> "VerifiedPipeline":
        """What was found of it."""
        return cls(
            account=one.account,
            account_id=one.account_id,
            region=one.region,
            day=one.day.isoformat(),
            verdict=one.word,
            why=one.told,
            trouble=one.is_trouble,
            at=one.at.isoformat(timespec="seconds"),
            **asdict(one.figures),
            missing=[VerifiedEvent.of(event) for event in one.missing],
            twice=[VerifiedEvent.of(event) for event in one.twice],
            extra_ids=list(one.extra_ids),
            unclear_problems=list(one.unclear_problems),
            malformed_places=list(one.malformed_places),
            foreign_keys=list(one.foreign_keys),
        )


class VerifiedSum(Part):
    """Several pipelines and days together; each event counts once."""

    verdict: Word = Field(description="The worst one.")
    trouble: bool = Field(description="Whether something is missing, or isn't known.")
    verdicts: dict[Word, int] = Field(description="How many pipelines and days have each verdict.")
    expected: int = Field(description="Events of CloudTrail's history that the rule takes.")
    delivered: int = Field(description="Of those: written by a delivery stream.")
    backfilled: int = Field(description="Of those: not delivered, but added by `backfill`.")
    missing: int = Field(description="Of those: neither.")
    twice: int = Field(description="Events with more than one line.")
    extra: int = Field(description="Events in the archive that the history doesn't know.")
    unclear: int = Field(description="Records of which can't be told whether the rule takes them.")


class VerifiedDay(VerifiedSum):
    """A day of all pipelines."""

    day: str = Field(description="UTC, as ISO 8601.")


class VerifiedOverDays(VerifiedSum):
    """A pipeline on all days."""

    account: str
    account_id: str
    region: str


class VerifyDocument(Document):
    """How complete the archive is, the worst first."""

    bucket: str
    history: str = Field(description="Where CloudTrail's history comes from: LookupEvents, or a trail's files.")
    late: int = Field(description="Days after a day that were read in any case, because its events may be late.")
    calls: int = Field(description="Calls made for the history: lookups, or listings of the trail's files.")
    listings: int = Field(description="Listings of the archive.")
    notes: list[str] = Field(description="What holds for all of it, a sentence each.")
    total: VerifiedSum
    by_day: list[VerifiedDay] = Field(description="Each day that was looked at, in order.")
    by_pipeline: list[VerifiedOverDays] = Field(description="Each account and region, the worst first.")
    pipelines: list[VerifiedPipeline] = Field(description="Each account, region and day, the worst first.")

    @classmethod
    def of(
        cls,
        found: Sequence[Verified],
        *,
        bucket: str,
        history: str,
        late: int,
        calls: int,
        listings: int,
        notes: list[str],
    ) -> "VerifyDocument":
        """The document of what was found."""
        return cls(
            bucket=bucket,
            history=history,
            late=late,
            calls=calls,
            listings=listings,
            notes=notes,
            total=VerifiedSum(**_sum(summed(found))),
            by_day=[VerifiedDay(day=day.isoformat(), **_sum(one)) for day, one in by_day(found).items()],
            by_pipeline=[
                VerifiedOverDays(account=account, account_id=account_id, region=region, **_sum(one))
                for (account, account_id, region), one in by_pipeline(found).items()
            ],
            pipelines=[VerifiedPipeline.of(one) for one in found],
        )


def _sum(one: Sum) -> dict[str, Any]:
    return {
        "verdict": one.word,
        "trouble": one.is_trouble,
        "verdicts": one.verdicts,
        **{name: getattr(one.figures, name) for name in ("expected", "delivered", "backfilled", "extra", "unclear")},
        "missing": one.missing,
        "twice": one.twice,
    }
