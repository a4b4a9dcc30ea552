"""LookupEvents over records: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Record = dict[str, Any]

_MOST = 50
_KEPT = timedelta(days=90)


class LookupRefused(Exception):
    """CloudTrail refuses a lookup; `code` is its error's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def lookup(records: Sequence[Record], request: dict[str, Any]) -> dict[str, Any]:
    """A page of what the request asks for, the newest first. Raises LookupRefused."""
    most = request.get("MaxResults", _MOST)
    if not 1 <= most <= _MOST:
        raise LookupRefused("InvalidMaxResultsException", f"MaxResults is {most}; it may be 1 to {_MOST}")
    chosen = _chosen(records, request)
    # A token goes on behind a record, not behind a number of records: new ones come in front.
    token, behind = request.get("NextToken"), 0
    asked = _asked(request)
    if token:
        by_token = {_token(asked, one): number for number, one in enumerate(chosen, 1)}
        if token not in by_token:
            raise LookupRefused("InvalidNextTokenException", "The token is not of this request")
        behind = by_token[token]
    page = chosen[behind : behind + most]
    more = {"NextToken": _token(asked, page[-1])} if behind + most < len(chosen) else {}
    return {"Events": [_event(one) for one in page], **more}


def _chosen(records: Sequence[Record], request: dict[str, Any]) -> list[Record]:
    now = datetime.now(UTC)
    start = max(_time(request.get("StartTime"), now - _KEPT), now - _KEPT)
    end = _time(request.get("EndTime"), datetime.max.replace(tzinfo=UTC))
    if end < start:
        raise LookupRefused("InvalidTimeRangeException", "The start time must come before the end time")
    has = _attribute(request.get("LookupAttributes") or [])
    return [one for one in _newest_first(records) if start <= _when(one) <= end and has(one)]


def _newest_first(records: Sequence[Record]) -> list[Record]:
    # Not reverse=True: of those that have the same second, the one that came last is the newest.
    return sorted(records, key=_when)[::-1]


def _attribute(attributes: Sequence[dict[str, str]]) -> Callable[[Record], bool]:
    """Whether a record has the one attribute that may be asked for."""
    if not attributes:
        return lambda _record: True
    key, value = attributes[0].get("AttributeKey"), attributes[0].get("AttributeValue")
    known: dict[str, Callable[[Record], str | None]] = {
        "AccessKeyId": lambda one: one["userIdentity"].get("accessKeyId"),
        "EventId": lambda one: one["eventID"],
        "EventName": lambda one: one["eventName"],
        "EventSource": lambda one: one["eventSource"],
        "ReadOnly": _read_only,
        "Username": _user_name,
    }
    if len(attributes) > 1 or key not in known:
        raise LookupRefused("InvalidLookupAttributesException", "One attribute may be given, of those that are known")
    return lambda record: known[key](record) == value


def _event(record: Record) -> dict[str, Any]:
    """An event of the answer; what is only in the record, as on AWS, is in its text."""
    told = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": _read_only(record),
        "AccessKeyId": record["userIdentity"].get("accessKeyId"),
        "EventTime": _when(record).timestamp(),
        "EventSource": record["eventSource"],
        "Username": _user_name(record),
    }
    given = {name: value for name, value in told.items() if value is not None}
    return {**given, "Resources": [], "CloudTrailEvent": json.dumps(record, separators=(",", ":"))}


def _read_only(record: Record) -> str:
    return str(bool(record.get("readOnly"))).lower()


def _user_name(record: Record) -> str | None:
    """A user's name, the session's name of an assumed role, `root`."""
    identity = record["userIdentity"]
    if identity.get("type") == "Root":
        return "root"
    if identity.get("type") == "AssumedRole":
        return str(identity["arn"].rpartition("/")[2])
    name: str | None = identity.get("userName")
    return name


def _when(record: Record) -> datetime:
    return datetime.fromisoformat(record["eventTime"])


def _time(value: float | None, default: datetime) -> datetime:
    return default if value is None else datetime.fromtimestamp(value, UTC)


def _asked(request: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in request.items() if name not in ("NextToken", "MaxResults")})


def _token(asked: str, record: Record) -> str:
    return hashlib.sha256(f"{asked} {record['eventID']}".encode()).hexdigest()
