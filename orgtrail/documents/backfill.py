"""`backfill --json`"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from orgtrail.documents.document import Document, Part

if TYPE_CHECKING:
    from orgtrail.backfill.line import Origin
    from orgtrail.backfill.plan import Day, Planned
    from orgtrail.backfill.run import Backfilled
    from orgtrail.settings import Archive


class BackfillObject(Part):
    """An object, and what came of it."""

    key: str
    events: int
    bytes: int = Field(description="Its size, compressed where the account's objects are.")
    outcome: Literal["planned", "written", "there", "failed"] = Field(
        description="`planned`: with --dry-run. `there`: the same events were written meanwhile."
    )
    why: str = Field(default="", description="Of `failed`, the reason.")


class BackfillDay(Part):
    """A pipeline on a day, in UTC."""

    day: str
    delivered: int = Field(description="Events of the history that a delivery stream has written.")
    backfilled: int = Field(description="Events that were backfilled before.")
    missing: int = Field(description="Events that were in neither, and that the objects hold.")
    objects: list[BackfillObject]
    refused: list[str] = Field(description="Events that aren't written, and why, a sentence each.")
    unclear: int = Field(description="Records of the history of which can't be told whether the rule takes them.")
    why: str = Field(default="", description="Why nothing is written, though something may be missing.")


class BackfilledPipeline(Part):
    """A pipeline; days on which all is well and nothing was missing are left out."""

    account: str
    account_id: str
    region: str
    trouble: bool
    days: list[BackfillDay]


class BackfillDocument(Document):
    """What was missing in the archive, and what has been written."""

    bucket: str
    folder: str = Field(description="What the keys of all that is backfilled begin with.")
    origin: Literal["cloudtrail-lookup", "trail"] = Field(description="Where the records come from.")
    days: list[str] = Field(description="The days that were looked at, UTC, as ISO 8601.")
    dry_run: bool
    notes: list[str] = Field(description="What was left out in general, and what to know, a sentence each.")
    events: int = Field(description="Events that were written, or with --dry-run would be.")
    pipelines: list[BackfilledPipeline]

    @classmethod
    def of(
        cls,
        found: "Backfilled",
        archive: "Archive",
        days: Sequence[date],
        *,
        origin: "Origin",
        dry_run: bool,
        notes: Sequence[str],
    ) -> "BackfillDocument":
        """The document of what was found and written."""
        return cls(
            bucket=archive.bucket,
            folder=archive.layout.backfill_root,
            origin=origin,
            days=[day.isoformat() for day in days],
            dry_run=dry_run,
            notes=list(notes),
            events=sum(found.outcomes[word] for word in ("planned", "written")),
            pipelines=[_pipeline(one, found) for one in found.planned],
        )


def _pipeline(planned: "Planned", found: "Backfilled") -> BackfilledPipeline:
    account = planned.pipeline.account
    return BackfilledPipeline(
        account=account.name,
        account_id=account.account_id,
        region=planned.pipeline.region,
        trouble=any(True for _problem in found.problems(planned)),
        days=[_day(day, found) for day in planned.days if day.is_worth_telling],
    )


def _day(day: "Day", found: "Backfilled") -> BackfillDay:
    return BackfillDay(
        day=day.day.isoformat(),
        delivered=day.delivered,
        backfilled=day.backfilled,
        missing=day.events,
        objects=[
            BackfillObject(
                key=one.key,
                events=one.events,
                bytes=one.body.size,
                outcome=found.outcome(one),
                why=found.why(one),
            )
            for one in day.objects
        ],
        refused=list(day.refused),
        unclear=day.unclear,
        why=day.why,
    )
