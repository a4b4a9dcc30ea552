"""The line of an event that no delivery stream has written: EventBridge's envelope, rebuilt and marked."""

import json
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias

from orgtrail.verify.rule import Taken

Origin: TypeAlias = Literal["cloudtrail-lookup", "trail"]
"""Where the record comes from: CloudTrail's LookupEvents, or a trail's files."""

# EventBridge's own, of every event until now.
_VERSION = "0"


class Mark(NamedTuple):
    """What tells a line from a delivery: when it was written, and where its record comes from."""

    written: datetime
    origin: Origin


class Refused(ValueError):
    """An event that isn't written, and why."""


def line_of(taken: Taken, account_id: str, region: str, mark: Mark) -> bytes:
    """One line, with its end. Raises Refused where the event isn't that account's and region's, or no JSON.

    EventBridge's own id isn't known, so CloudTrail's stands in its place: it is the same however often this is made.
    """
    _refuse_others(taken, account_id, region)
    envelope = {
        "version": _VERSION,
        "id": taken.id,
        "detail-type": taken.detail_type,
        "source": taken.source,
        "account": account_id,
        "time": _instant(taken.time),
        "region": region,
        "resources": [],
        "detail": taken.record,
        "backfill": {"written": _instant(mark.written), "origin": mark.origin},
    }
    try:
        # In ASCII, whatever the record holds: nothing in it can end the line, or be no UTF-8.
        return json.dumps(envelope, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError) as error:
        raise Refused(f"{taken.id} can't be written as JSON: {error}") from error


def _refuse_others(taken: Taken, account_id: str, region: str) -> None:
    """Raises Refused for a record of another account, region or event: nothing is written in another's name."""
    for key, expected in (("recipientAccountId", account_id), ("awsRegion", region), ("eventID", taken.id)):
        if (found := taken.record.get(key)) != expected:
            raise Refused(f"{taken.id} is not what was asked for: its {key} is {found!r}, not {expected!r}")


def _instant(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
