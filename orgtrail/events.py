"""Which CloudTrail events a pipeline takes, and in which regions each source can occur."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orgtrail.regions import iam_region, partition_of

IAM_SOURCE = "aws.iam"
_ORGANIZATIONS_SOURCE = "aws.organizations"

API_CALL = "AWS API Call via CloudTrail"

IAM_SOURCES = (IAM_SOURCE,)
IAM_DETAIL_TYPES = (API_CALL,)

IDENTITY_SOURCES = (
    IAM_SOURCE,
    "aws.access-analyzer",
    "aws.identitystore",
    _ORGANIZATIONS_SOURCE,
    "aws.rolesanywhere",
    "aws.signin",
    "aws.sso",
    "aws.sso-directory",
    "aws.sso-oauth",
)

# Where the calls are logged that change a pipeline and the trail behind it, besides IAM for its roles.
TAMPERING_SOURCES = ("aws.cloudtrail", "aws.events", "aws.firehose")

# AWS documents the console sign-in in two spellings, so both are matched:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html ("Signin") and
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
IDENTITY_DETAIL_TYPES = (
    API_CALL,
    "AWS Console Action via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Console Signin via CloudTrail",
    "AWS Service Event via CloudTrail",
)


# Nearly all that these services do is a read-only call to CloudTrail, so that a rule without those sees next to nothing
# of them. AssumeRole of STS is AWS's own example of such a call:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
# The others are those of botocore's services all of whose operations get, list or assume something.
_READ_ONLY_SOURCES = ("aws.controlcatalog", "aws.eks-auth", "aws.pricing", "aws.sts")

# The state of a rule that takes read-only management events too.
READ_ONLY_TOO = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


class UnknownOperator(ValueError):
    """A pattern asks for more than exact values, which `matches` doesn't know."""


@dataclass(frozen=True)
class Events:
    """A selection of events: EventBridge `source` and `detail-type` values, and whether read-only calls count."""

    sources: tuple[str, ...] = IDENTITY_SOURCES
    detail_types: tuple[str, ...] = IDENTITY_DETAIL_TYPES
    include_read_only: bool = False


def home_region(source: str, partition: str) -> str | None:
    """The only region of a partition in which a source occurs, or None for a source that occurs in all.

    Organizations: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html;
    in China its endpoint is in cn-northwest-1, unlike IAM's (botocore's endpoints.json).
    """
    if source == IAM_SOURCE:
        return iam_region(partition)
    if source == _ORGANIZATIONS_SOURCE:
        return "cn-northwest-1" if partition == "aws-cn" else iam_region(partition)
    return None


def sources_in(events: Events, region: str) -> tuple[str, ...]:
    """The selected sources that can occur in a region; empty means that a pipeline there would be dead."""
    partition = partition_of(region)
    if partition is None:
        return ()
    return tuple(source for source in events.sources if home_region(source, partition) in (None, region))


def nearly_silent(events: Events) -> tuple[str, ...]:
    """The selected sources that deliver next to nothing, as their calls are read-only and those aren't selected."""
    return (
        () if events.include_read_only else tuple(source for source in events.sources if source in _READ_ONLY_SOURCES)
    )


def event_pattern(events: Events, region: str) -> dict[str, Any]:
    """The EventBridge pattern of the rule in a region, with only what can occur there."""
    return {"source": list(sources_in(events, region)), "detail-type": list(events.detail_types)}


def rule_state(events: Events) -> str:
    """The rule's state: `ENABLED` rules never see read-only management events.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    return READ_ONLY_TOO if events.include_read_only else "ENABLED"


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event matches a pattern as on EventBridge: each field is, or is a list with, one of the values.

    Knows what `event_pattern` writes: lists of exact values of top-level fields. Raises UnknownOperator for the rest.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
    """
    for field, values in pattern.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise UnknownOperator(f"{field}: {values!r} is not a list of exact values")
    return all(any(item in values for item in _items(event.get(field))) for field, values in pattern.items())


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_read_only(event: Mapping[str, Any]) -> bool:
    """Whether an event is a read-only management event that CloudTrail delivered; other reads are like any event.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
    """
    detail = event["detail"]
    from_cloudtrail = event["detail-type"].endswith(" via CloudTrail")
    return from_cloudtrail and detail.get("readOnly") is True and detail.get("managementEvent") is not False


def admits(state: str, *, read_only: bool) -> bool:
    """Whether a rule in this state is asked about an event at all; `read_only` as in `is_read_only`."""
    return state != "DISABLED" and (state == READ_ONLY_TOO or not read_only)
