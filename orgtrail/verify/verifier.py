"""Compares CloudTrail's history of a pipeline and a day with the archive."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache, partial
from typing import Any, Protocol

from orgtrail.aws import AWS_ERRORS, PERSISTENT, ManyAccounts
from orgtrail.bucket import NamedBucket
from orgtrail.contents.archive import archive_client
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import NotKnown, Objects
from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Settings
from orgtrail.trace import Tracer
from orgtrail.verify.archived import DAY, Reader, midnight
from orgtrail.verify.comparison import Archived, Comparing, Comparison, Held
from orgtrail.verify.lookups import ClientOf, Lookups
from orgtrail.verify.result import Verified, verified
from orgtrail.verify.rule import Rule, Taken, Unclear
from orgtrail.verify.trail_files import TrailFiles

# https://aws.amazon.com/about-aws/whats-new/2013/11/13/announcing-aws-cloudtrail/
_CLOUDTRAIL_BEGAN = date(2013, 11, 13)
_CLIENTS = 128


class History(Protocol):
    """Where CloudTrail's own history comes from."""

    @property
    def described(self) -> str:
        """The source, in a word."""

    @property
    def keeps(self) -> timedelta | None:
        """For how long it is kept there, if that is known."""

    @property
    def late(self) -> timedelta:
        """How long after a day all of it is told, as far as anybody can say."""

    @property
    def calls(self) -> int:
        """How many calls were made for it."""

    def judged(self, rule: Rule) -> Iterator[Taken | Unclear]:
        """What a rule takes of its day. Raises NotKnown."""


@dataclass(frozen=True)
class Verifier:
    """Compares pipelines and days. Threads may share it."""

    settings: Settings
    reader: Reader
    history: History

    def comparison(self, pipeline: Pipeline, day: date, held: Held = lambda one: one) -> Comparison:
        """What is delivered, missing and twice. Raises NotKnown where anything couldn't be read."""
        return self._compared(pipeline, day, held)[0]

    def verified(self, pipeline: Pipeline, day: date) -> Verified:
        """The verdict."""
        account = pipeline.account
        if account.status != "active":
            return Verified.without(pipeline, day, self.now, "skipped", f"the account is {account.status}")
        if not account.enabled:
            return Verified.without(pipeline, day, self.now, "skipped", "enabled: false")
        try:
            return verified(pipeline, *self._compared(pipeline, day, _told), self.now)
        except NotKnown as error:
            return Verified.without(pipeline, day, self.now, "not known", f"not known, because {error}")

    @property
    def now(self) -> datetime:
        """The present, by S3's clock."""
        return datetime.now(UTC) + timedelta(seconds=self.reader.listing.clock_is_off)

    def _compared(self, pipeline: Pipeline, day: date, held: Held) -> tuple[Comparison, Archived]:
        try:
            archived = self.reader.read(pipeline, day, self.now)
            comparing = Comparing(archived, held)
            for one in self.history.judged(Rule(self._tracer, pipeline, day)):
                comparing.add(one)
            if comparing.is_anything_open:
                self.reader.read_rest(archived, pipeline, self.now)
        except AWS_ERRORS as error:
            raise NotKnown(f"the archive can't be listed: {error}") from error
        return comparing.result(), archived

    @cached_property
    def _tracer(self) -> Tracer:
        return Tracer(self.settings)


def _told(one: Taken) -> Taken:
    """What a verdict tells of a record."""
    return one._replace(record={})


def a_verifier(settings: Settings, *, trail: str | None = None, late: int = 1) -> Verifier:
    """A verifier of an archive: by LookupEvents, or by a trail's files at `s3://BUCKET/PREFIX`.

    Raises UserError where there are no credentials for the archive.
    """
    archive = settings.archive
    s3 = archive_client(archive)
    reader = Reader(archive, Listing(s3, archive), Objects(s3, archive), late)
    return Verifier(settings, reader, _of_trail(settings, s3, trail) if trail else Lookups(_clients(settings)))


def _of_trail(settings: Settings, s3: Any, address: str) -> TrailFiles:
    name, _slash, prefix = address.removeprefix("s3://").partition("/")
    ours = settings.trail is not None and settings.trail.bucket == name
    bucket = NamedBucket(name, settings.archive.account_id if ours else None)
    prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    return TrailFiles(Listing(s3, bucket), Objects(s3, bucket), prefix, settings.organization_id)


def _clients(settings: Settings) -> ClientOf:
    many = ManyAccounts(PERSISTENT)
    accounts = {account.account_id: account for account in settings.accounts}

    # Thousands of clients would fill the memory.
    @lru_cache(_CLIENTS)
    def client(account_id: str, region: str, wait: Callable[[], None]) -> Any:
        client = many.session(accounts[account_id], region).client("cloudtrail", region)
        client.meta.events.register("request-created.cloudtrail.LookupEvents", partial(_wait_to_repeat, wait))
        return client

    return lambda pipeline, wait: client(*pipeline.place, wait)


def _wait_to_repeat(wait: Callable[[], None], request: Any, **_event: Any) -> None:
    # What CloudTrail throttles, botocore repeats, and that counts for CloudTrail, too.
    if request.context["retries"]["attempt"] > 1:
        wait()


def refused(day: date, now: datetime, history: History) -> str | None:
    """Why a day can't be verified; None: it can."""
    if day >= now.date():
        return f"{day} isn't over: in UTC it is {now:%Y-%m-%d %H:%M}"
    end = midnight(day + DAY)
    if now < end + history.late:
        known = f"{end + history.late:%H:%M} UTC"
        return f"{day} is only just over, and {history.described} may not tell all of it yet: ask again after {known}"
    if history.keeps is not None and day < (oldest := (now - history.keeps).date() + DAY):
        return f"{day} is too long ago: LookupEvents tells 90 days, back to {oldest}; --trail reads a trail's files"
    if day < _CLOUDTRAIL_BEGAN:
        return f"{day} is before CloudTrail, which began on {_CLOUDTRAIL_BEGAN}"
    return None
