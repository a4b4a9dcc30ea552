"""Which trails reach a pipeline's region, and whether its events are among what they log; judged on plain answers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from orgtrail.events import IAM_SOURCE
from orgtrail.preflight.finding import Fault, not_known
from orgtrail.preflight.selectors import Logged, Selectors, logged
from orgtrail.words import some

_MAKE_ONE = (
    "Let Orgtrail make one: write `trail` into accounts.yaml (docs/trail.md). Or make a trail for all regions that "
    "logs write management events: "
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html"
)
_SOME_MEND = (
    "See in the trail's advanced event selectors whether a field such as eventName leaves out a call that you need"
)


class Trail(NamedTuple):
    """A trail as an account sees it. What couldn't be read is a text that says why."""

    description: Mapping[str, Any]
    status: Mapping[str, Any] | str
    selectors: Selectors | str

    @property
    def arn(self) -> str:
        """The full ARN, by which alone a shadow trail, or an organization's trail, can be asked about."""
        return str(self.description["TrailARN"])

    @property
    def region(self) -> str:
        """Its home region."""
        return str(self.description.get("HomeRegion") or self.arn.split(":")[3])

    @property
    def owner(self) -> str:
        """The account that it is in; of an organization's trail, its members are others."""
        return self.arn.split(":")[4]

    @property
    def name(self) -> str:
        """Its name for people, with whose it is."""
        whose = "the organization's trail" if self.description.get("IsOrganizationTrail") else "trail"
        return f"{whose} {self.arn.rpartition('/')[2]}"

    def reaches(self, region: str) -> bool:
        """Whether it is there in a region."""
        return bool(self.description.get("IsMultiRegionTrail")) or self.region == region


class Wanted(NamedTuple):
    """What a pipeline takes: sources, in a region, with their read-only events or without."""

    region: str
    sources: Sequence[str]
    read_only: bool


def judge(trails: Sequence[Trail], wanted: Wanted) -> Iterator[Fault]:
    """What keeps the events of a pipeline from EventBridge: one fault for its write events, one for its reads."""
    reaching = [trail for trail in trails if trail.reaches(wanted.region)]
    if not reaching:
        elsewhere = "; " + some([f"{one.name} is in {one.region} alone" for one in trails]) if trails else ""
        told = f"no trail reaches the region{elsewhere}"
        yield Fault(told, _MAKE_ONE)
        return
    for read_only in (False, True) if wanted.read_only else (False,):
        yield from _judge_kind(reaching, wanted, read_only)


def _judge_kind(trails: Sequence[Trail], wanted: Wanted, read_only: bool) -> Iterator[Fault]:
    """Of the write events, or of the read-only ones."""
    best = {source: max(_logs(trail, source, read_only) for trail in trails) for source in wanted.sources}
    unread = [f"{trail.name}: {why}" for trail in trails if (why := _unread(trail))]
    # Of a source whose calls are chosen one by one, nobody but the operator knows whether those left out matter.
    for most in (Logged.NONE, Logged.SOME):
        found = [source for source, logged_ in best.items() if logged_ is most]
        kind = f"{'read-only' if read_only else 'write'} events"
        whose = kind if len(found) == len(wanted.sources) else f"{kind} of {some(found)}"
        reasons = [f"{trail.name} {_why_not(trail, found, read_only)}" for trail in trails if not _unread(trail)]
        if found and unread:
            yield not_known(f"whether {whose} are logged can't be read: {some(unread)}", _ask_the_owner(trails))
        elif found and most is Logged.SOME:
            yield not_known(f"whether all {whose} are logged depends on the call: {some(reasons)}", _SOME_MEND)
        elif found:
            yield Fault(f"{whose} aren't logged: {some(reasons)}", _mend(trails, found))


def _logs(trail: Trail, source: str, read_only: bool) -> Logged:
    """What is known to be logged; nothing of what couldn't be read."""
    if isinstance(trail.status, str) or isinstance(trail.selectors, str) or not trail.status.get("IsLogging"):
        return Logged.NONE
    if _leaves_out_global(trail, source):
        return Logged.NONE
    return logged(trail.selectors, source, read_only=read_only)


def _leaves_out_global(trail: Trail, source: str) -> bool:
    """IAM is a global service, whose events a trail may leave out."""
    return source == IAM_SOURCE and trail.description.get("IncludeGlobalServiceEvents") is False


def _unread(trail: Trail) -> str | None:
    """Why it isn't known what a trail logs; a trail that is off logs nothing, whatever its selectors."""
    if isinstance(trail.status, str):
        return trail.status
    if trail.status.get("IsLogging") and isinstance(trail.selectors, str):
        return trail.selectors
    return None


def _why_not(trail: Trail, missing: Sequence[str], read_only: bool) -> str:
    if isinstance(trail.status, Mapping) and not trail.status.get("IsLogging"):
        return "is switched off"
    if all(_leaves_out_global(trail, source) for source in missing):
        return "leaves out the events of global services"
    partly = any(_logs(trail, source, read_only) is Logged.SOME for source in missing)
    return "logs some of them only, by its selectors" if partly else "leaves them out, by its selectors"


def _mend(trails: Sequence[Trail], missing: Sequence[str]) -> str:
    trail = trails[0]
    command = f"aws cloudtrail {{}} --region {trail.region}"
    if isinstance(trail.status, Mapping) and not trail.status.get("IsLogging"):
        return f"{command.format('start-logging')} --name {trail.arn}"
    if all(_leaves_out_global(trail, source) for source in missing):
        return f"{command.format('update-trail')} --name {trail.arn} --include-global-service-events"
    selectors = """'[{"ReadWriteType":"All","IncludeManagementEvents":true}]'"""
    return (
        f"Let a selector take them, for example {command.format('put-event-selectors')} --trail-name {trail.arn} "
        f"--event-selectors {selectors} (it replaces the trail's selectors)"
    )


def _ask_the_owner(trails: Sequence[Trail]) -> str:
    owners = [trail.owner for trail in trails if _unread(trail)]
    return f"Look with credentials of account {owners[0]}, which owns the trail, or allow the role to read it"


def delivery_errors(trails: Sequence[Trail], region: str) -> Iterator[Fault]:
    """What CloudTrail couldn't deliver to a trail's own bucket, of the trails that reach a region and are on."""
    for trail in trails:
        if trail.reaches(region) and not isinstance(trail.status, str) and trail.status.get("IsLogging"):
            error = trail.status.get("LatestDeliveryError")
            if error:
                bucket = trail.description.get("S3BucketName", "its bucket")
                told = f"{trail.name} couldn't deliver to s3://{bucket}: {error}"
                yield Fault(told, f"Let CloudTrail write there: see the policy and the key of s3://{bucket}")
