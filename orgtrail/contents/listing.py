"""Listings of a bucket, counted. What they hold in memory is bounded, whatever lies there."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from orgtrail.bucket import Bucket, owned
from orgtrail.words import ago

_PAGES = 20  # a thousand each: a month has at most 31 days of 24 hours
_CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True)
class Page:
    """The first keys below a prefix, sorted; `whole`: there are no more."""

    keys: tuple[str, ...]
    whole: bool


class Item(NamedTuple):
    """An object, and when S3 had it whole."""

    key: str
    written: datetime


class Listing:
    """Lists the archive, or another bucket, with an S3 client, and counts the calls. Threads may share it.

    Its methods raise botocore's errors where S3 refuses.
    """

    def __init__(self, s3: Any, bucket: Bucket) -> None:
        self._s3 = s3
        self._bucket = owned(bucket)
        self._lock = threading.Lock()
        self._offset: float | None = None
        self.calls = 0

    def page(self, prefix: str) -> Page:
        """Up to a thousand keys below a prefix."""
        answer = self._list(Prefix=prefix)
        return Page(tuple(item["Key"] for item in answer.get("Contents", [])), not answer.get("IsTruncated"))

    def has_any(self, prefix: str) -> bool:
        """Whether there is any key below a prefix."""
        return bool(self.first(prefix))

    def first(self, prefix: str, most: int = 1) -> tuple[str, ...]:
        """The first keys below a prefix."""
        return tuple(item["Key"] for item in self._list(Prefix=prefix, MaxKeys=most).get("Contents", []))

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key below a prefix, sorted, of which a thousand are held at a time."""
        for answer in self._pages(None, Prefix=prefix):
            yield from (item["Key"] for item in answer.get("Contents", []))

    def behind(self, prefix: str, key: str) -> Iterator[Item]:
        """What is below a prefix and behind a key, sorted: up to twenty thousand."""
        for answer in self._pages(_PAGES, Prefix=prefix, StartAfter=key):
            yield from (Item(item["Key"], item["LastModified"]) for item in answer.get("Contents", []))

    def folders(self, prefix: str, delimiter: str = "/") -> list[str]:
        """What keys below a prefix have in common up to the next delimiter, sorted, of any number of objects."""
        pages = self._pages(_PAGES, Prefix=prefix, Delimiter=delimiter)
        return [one["Prefix"] for answer in pages for one in answer.get("CommonPrefixes", [])]

    def _pages(self, most: int | None, **arguments: str) -> Iterator[dict[str, Any]]:
        """The answers for a listing, `most` at most; None: all."""
        asked = arguments
        for _page in count() if most is None else range(most):
            answer = self._list(**asked)
            yield answer
            if not answer.get("IsTruncated"):
                return
            first = {name: value for name, value in arguments.items() if name != "StartAfter"}
            asked = {**first, "ContinuationToken": answer["NextContinuationToken"]}

    def _list(self, **arguments: str | int) -> dict[str, Any]:
        with self._lock:
            self.calls += 1
        try:
            answer: dict[str, Any] = self._s3.list_objects_v2(**self._bucket, **arguments)
        except ClientError as error:
            self._compare_clocks(error.response)
            raise
        self._compare_clocks(answer)
        return answer

    def _compare_clocks(self, answer: Mapping[str, Any]) -> None:
        if self._offset is None and (date := date_of(answer)):
            self._offset = (date - datetime.now(UTC)).total_seconds()

    @property
    def clock_is_off(self) -> float:
        """By how many seconds S3's clock is ahead of this machine's; 0 as long as it hasn't answered."""
        return self._offset or 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads a report must know of it: that clocks are far apart."""
        apart = timedelta(seconds=abs(self.clock_is_off))
        return (f"this machine's clock and S3's are {ago(apart)} apart; S3's counts",) if apart > _CLOCKS_APART else ()


def date_of(answer: Mapping[str, Any]) -> datetime | None:
    """When AWS has answered, by its own clock."""
    text = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None
