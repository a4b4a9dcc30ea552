"""Events as CloudTrail records them, as they lie in the archive, and a CloudTrail that only tells its history."""

import gzip
import io
import json
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from orgtrail.names import DELIVERY_STREAM
from tests.builders import ACCOUNT_ID
from tests.listed_bucket import ListedBucket

HOME = "us-east-1"
_PAGE = 50


class Happened(NamedTuple):
    """Something that CloudTrail recorded."""

    id: str
    time: datetime
    account_id: str = ACCOUNT_ID
    region: str = HOME
    source: str = "aws.iam"
    name: str = "CreateAccessKey"
    read_only: bool = False
    changed: tuple[tuple[str, Any], ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """CloudTrail's record."""
        return {
            "eventVersion": "1.11",
            "eventTime": f"{self.time:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": f"{self.source.removeprefix('aws.')}.amazonaws.com",
            "eventName": self.name,
            "awsRegion": self.region,
            "eventID": self.id,
            "readOnly": self.read_only,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account_id,
            **dict(self.changed),
        }

    @property
    def line(self) -> bytes:
        """A line of the archive."""
        event = {
            "version": "0",
            "id": str(UUID(int=hash(self.id) & (1 << 64) - 1)),
            "detail-type": "AWS API Call via CloudTrail",
            "source": self.source,
            "account": self.account_id,
            "time": f"{self.time:%Y-%m-%dT%H:%M:%SZ}",
            "region": self.region,
            "resources": [],
            "detail": self.record,
        }
        return json.dumps(event).encode() + b"\n"


def identity(number: int) -> str:
    """An event id, as CloudTrail makes them."""
    return str(UUID(int=number))


def object_key(at: datetime, account_id: str = ACCOUNT_ID, region: str = HOME, ending: str = "") -> str:
    """Where Firehose puts an object whose oldest event arrived then, in the default layout."""
    name = f"{DELIVERY_STREAM}-1-{at:%Y-%m-%d-%H-%M-%S}-{UUID(int=hash((at, ending)) & (1 << 64) - 1)}"
    return f"{account_id}/{region}/{at:%Y/%m/%d}/{name}"


def trail_key(at: datetime, account_id: str = ACCOUNT_ID, region: str = HOME, organization: str = "") -> str:
    """Where CloudTrail puts a file that it delivers then."""
    folder = f"AWSLogs/{organization}{account_id}/CloudTrail/{region}/{at:%Y/%m/%d}"
    return f"{folder}/{account_id}_CloudTrail_{region}_{at:%Y%m%dT%H%M}Z_Mu0KsOhtH1ar15ZZ.json.gz"


def trail_file(happened: Iterable[Happened]) -> bytes:
    """A file of a trail."""
    return gzip.compress(json.dumps({"Records": [one.record for one in happened]}).encode())


class StoredBucket(ListedBucket):
    """A bucket with content; `failing` keys raise what they are mapped to."""

    def __init__(self, content: dict[str, bytes], now: datetime | None = None, **refused: Any) -> None:
        super().__init__(content, now, **refused)
        self.content = content
        self.failing: dict[str, Exception] = {}
        self.read: list[str] = []

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        key = arguments["Key"]
        self.read.append(key)
        if key in self.failing:
            raise self.failing[key]
        return {"Body": io.BytesIO(self.content[key])}


class ToldHistory:
    """LookupEvents of one account and region: newest first, 50 a page, one attribute at most."""

    def __init__(self, happened: Iterable[Happened]) -> None:
        self.happened = sorted(happened, key=lambda one: one.time, reverse=True)
        self.asked: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._chosen = lru_cache(self._of)

    def lookup_events(self, **arguments: Any) -> dict[str, Any]:
        with self._lock:
            self.asked.append(arguments)
        attributes = arguments.get("LookupAttributes", [])
        assert len(attributes) <= 1
        source = attributes[0]["AttributeValue"] if attributes else ""
        found = self._chosen(arguments["StartTime"], arguments["EndTime"], source)
        start = int(arguments.get("NextToken", 0))
        more = {"NextToken": str(start + _PAGE)} if start + _PAGE < len(found) else {}
        return {"Events": [_told(one) for one in found[start : start + _PAGE]], **more}

    def _of(self, start: datetime, end: datetime, source: str) -> list[Happened]:
        asked = f"aws.{source.removesuffix('.amazonaws.com')}"
        return [one for one in self.happened if start <= one.time <= end and (not source or one.source == asked)]


def _told(one: Happened) -> dict[str, Any]:
    return {
        "EventId": one.id,
        "EventName": one.name,
        "EventTime": one.time.astimezone(UTC),
        "EventSource": one.record["eventSource"],
        "CloudTrailEvent": json.dumps(one.record),
    }


def evenly(count: int, start: datetime, every: timedelta, **fields: Any) -> list[Happened]:
    """So many events, one after the other."""
    return [Happened(identity(number), start + number * every, **fields) for number in range(count)]
