"""A bucket that only knows how to list: S3's answers to ListObjectsV2, for any number of keys, without their time."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from io import BytesIO
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

_LAST = "\U0010ffff"


def denied(code: str = "AccessDenied", message: str = "no", now: datetime | None = None) -> ClientError:
    """S3's refusal of a listing."""
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": _dated(now)}
    return ClientError(answer, "ListObjectsV2")


def _dated(now: datetime | None) -> dict[str, Any]:
    return {"HTTPHeaders": {"date": format_datetime(now, usegmt=True)} if now else {}}


class ListedBucket:
    """Keys that are listed as S3 does; `now` is what its answers are dated; `refused` prefixes are denied."""

    def __init__(self, keys: Iterable[str], now: datetime | None = None, refused: Iterable[str] = ()) -> None:
        self.keys = sorted(keys)
        self._now = now
        self._refused = tuple(refused)
        self._lock = Lock()
        self.asked: list[dict[str, Any]] = []
        self.listed = 0

    def list_objects_v2(self, **arguments: Any) -> dict[str, Any]:
        prefix, delimiter = arguments["Prefix"], arguments.get("Delimiter")
        with self._lock:
            self.asked.append(arguments)
        if self._refused and prefix.startswith(self._refused):
            raise denied(now=self._now)
        place = bisect_left(self.keys, prefix)
        if token := arguments.get("ContinuationToken") or arguments.get("StartAfter"):
            place = max(place, bisect_right(self.keys, token))
        contents, prefixes, last = list[dict[str, Any]](), list[dict[str, str]](), ""
        while place < len(self.keys) and self.keys[place].startswith(prefix):
            if len(contents) + len(prefixes) == arguments.get("MaxKeys", 1000):
                break
            key = self.keys[place]
            head, found, _tail = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            if found:
                folder = prefix + head + found
                prefixes.append({"Prefix": folder})
                last = folder + _LAST
                place = bisect_left(self.keys, last)
            else:
                contents.append(self._item(key))
                last = key
                place += 1
        more = place < len(self.keys) and self.keys[place].startswith(prefix)
        with self._lock:
            self.listed += len(contents) + len(prefixes)
        return {
            "Contents": contents,
            "CommonPrefixes": prefixes,
            "IsTruncated": more,
            "ResponseMetadata": _dated(self._now),
            **({"NextContinuationToken": last} if more else {}),
        }

    def _item(self, key: str) -> dict[str, Any]:
        return {"Key": key}


class FilledBucket(ListedBucket):
    """A bucket of objects, which can be read too; `unreadable` is what is raised in place of their content."""

    def __init__(self, now: datetime | None = None) -> None:
        super().__init__([], now)
        self._objects: dict[str, tuple[bytes, datetime]] = {}
        self.read: list[str] = []
        self.unreadable: Exception | None = None

    def put(self, key: str, body: bytes, written: datetime) -> None:
        """Write an object, at a time by S3's clock."""
        if key not in self._objects:
            insort(self.keys, key)
        self._objects[key] = body, written

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        if self.unreadable:
            raise self.unreadable
        body = self._objects[arguments["Key"]][0]
        if "Range" not in arguments:
            self.read.append(arguments["Key"])
        return {"Body": StreamingBody(BytesIO(body), len(body))}

    def _item(self, key: str) -> dict[str, Any]:
        return {"Key": key, "LastModified": self._objects[key][1]}
