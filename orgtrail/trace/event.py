"""From a JSON value to the event it stands for, or everything that is wrong with it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from orgtrail.events import is_read_only
from orgtrail.words import shown

Fields: TypeAlias = Mapping[str, tuple[str, str]]

# The key of each field, and what it looks like: in EventBridge's envelope, and in a record of CloudTrail's.
_ENVELOPE: Fields = {
    "source": ("source", "aws.iam"),
    "detail-type": ("detail-type", "AWS API Call via CloudTrail"),
    "account": ("account", "333333333333"),
    "region": ("region", "us-east-1"),
    "time": ("time", "2026-11-23T08:15:30Z"),
}
_RECORD: Fields = {
    "source": ("eventSource", "iam.amazonaws.com"),
    "detail-type": ("eventType", "AwsApiCall"),
    "account": ("recipientAccountId", "333333333333"),
    "region": ("awsRegion", "us-east-1"),
    "time": ("eventTime", "2026-11-23T08:15:30Z"),
}
_FLAGS = ("readOnly", "managementEvent")

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html; the sign-in is spelt as
# in the sample events of CloudTrail's guide.
_DETAIL_TYPES = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsCloudTrailInsight": "AWS Insight via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsVpceEvent": "AWS Network Activity Event via CloudTrail",
}
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


class NotAnEvent(ValueError):
    """A value that isn't an event; the text says everything that is wrong with it, and what would be right."""


class Event(NamedTuple):
    """What matters of an event. `name` is the call's, such as `CreateUser`; `time` None: the event doesn't say."""

    id: str | None
    source: str
    detail_type: str
    account_id: str
    region: str
    time: datetime | None
    name: str | None
    read_only: bool


def event_of(value: Any, *, needs_time: bool = True) -> Event:
    """The event that a value is: EventBridge's, or a record of CloudTrail's. Raises NotAnEvent."""
    if not isinstance(value, dict):
        raise NotAnEvent(f"is {_kind(value)}; an event is an object with source, detail-type, account, region, detail")
    is_record = "eventSource" in value and "source" not in value and "detail" not in value
    fields: Fields = _RECORD if is_record else _ENVELOPE
    detail: Any = value if is_record else value.get("detail")
    problems = _problems(value, fields, detail, needs_time)
    if problems:
        raise NotAnEvent("; ".join(problems))
    source, detail_type, account_id, region = (
        value[fields[name][0]] for name in ("source", "detail-type", "account", "region")
    )
    if is_record:
        source, detail_type = f"aws.{source.partition('.amazonaws.com')[0]}", _DETAIL_TYPES[detail_type]
    identity = value.get("eventID" if is_record else "id")
    name = detail.get("eventName")
    return Event(
        identity if isinstance(identity, str) else None,
        source,
        detail_type,
        account_id,
        region,
        _instant_or_none(value.get(fields["time"][0])),
        name if isinstance(name, str) else None,
        is_read_only({"detail-type": detail_type, "detail": detail}),
    )


def instant(text: str) -> datetime:
    """An instant in ISO 8601, in UTC where it names no zone. Raises ValueError."""
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{shown(text)} is no instant such as 2026-11-23T08:15:30Z") from error


def _instant_or_none(found: Any) -> datetime | None:
    try:
        return instant(found) if isinstance(found, str) else None
    except ValueError:
        return None


def _problems(value: Mapping[str, Any], fields: Fields, detail: Any, timed: bool) -> list[str]:
    problems = []
    for name, (key, example) in fields.items():
        found = value.get(key)
        if name == "time" and not timed:
            continue
        if not isinstance(found, str) or not found:
            problems.append(_wrong(key, value, f'text such as "{example}"'))
    if not isinstance(detail, dict):
        problems.append(_wrong("detail", value, 'an object, the record of the call: {"eventName": "CreateUser", …}'))
    return problems or [*_bad_time(value, fields["time"][0], timed), *_bad_record(value, fields, detail)]


def _bad_time(value: Mapping[str, Any], key: str, timed: bool) -> list[str]:
    try:
        if timed:
            instant(value[key])
    except ValueError as error:
        return [f'"{key}": {error}']
    return []


def _bad_record(value: Mapping[str, Any], fields: Fields, detail: Mapping[str, Any]) -> list[str]:
    problems = [
        f'"{key}" is {_kind(detail[key])}; it should be true or false'
        for key in _FLAGS
        if not isinstance(detail.get(key, True), bool)
    ]
    if fields is _RECORD and value["eventType"] not in _DETAIL_TYPES:
        problems.append(f'"eventType" is {shown(value["eventType"])}; known are {", ".join(_DETAIL_TYPES)}')
    return problems


def _wrong(key: str, value: Mapping[str, Any], right: str) -> str:
    if key not in value:
        return f'no "{key}"; it should be {right}'
    return f'"{key}" is {_kind(value[key])}; it should be {right}'


def _kind(value: Any) -> str:
    return "empty" if value in ("", None) else _KINDS.get(type(value), "something else")
