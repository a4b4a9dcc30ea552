"""What earlier runs have found, in a small file: a rhythm can be learned from it, and fewer months are listed.

Nothing depends on it. Without the file, or with one that can't be read, all is looked up again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from orgtrail.files.file_lock import FileLock
from orgtrail.files.whole import write_whole
from orgtrail.status.arrivals import Arrivals, Newest
from orgtrail.status.found import Status

RECORD = Path(".orgtrail") / "status.json"
KEPT_DAYS = 180

_VERSION = 1


class RecordUnreadable(Exception):
    """The file holds something else; the text says what."""


@dataclass(frozen=True)
class Record:
    """What is known of each pipeline of one bucket, by account id and region."""

    bucket: str
    pipelines: Mapping[tuple[str, str], Arrivals]

    @classmethod
    def read(cls, path: Path, bucket: str) -> "Record":
        """The record of a bucket; empty where there is no file. Raises RecordUnreadable."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["version"] != _VERSION:
                raise RecordUnreadable(f"it is of version {document['version']!r}")
            if document["bucket"] != bucket:
                raise RecordUnreadable(f"it is of s3://{document['bucket']}")
            pipelines = {_place(name): _arrivals(written) for name, written in document["pipelines"].items()}
        except FileNotFoundError:
            return cls(bucket, {})
        except (OSError, UnicodeError) as error:
            raise RecordUnreadable(str(error)) from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise RecordUnreadable("it isn't a record of `status`") from error
        return cls(bucket, pipelines)

    @classmethod
    def add(cls, path: Path, bucket: str, found: Status) -> None:
        """Add to a file what a look has found; what other runs add meanwhile stays. Raises OSError."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock.waited_for(path.with_name(f".{path.name}.lock")):
            try:
                record = cls.read(path, bucket)
            except RecordUnreadable:
                record = cls(bucket, {})
            record.with_all_of(found).written(path)

    def with_all_of(self, found: Status) -> "Record":
        """With what a look has found; what it couldn't know, and what it didn't ask for, stays as it was."""
        news = {one.pipeline.place: one.arrivals for one in found.found if one.arrivals.newest}
        return Record(self.bucket, {**self.pipelines, **news})

    def written(self, path: Path) -> None:
        """Write it, whole or not at all. Raises OSError."""
        pipelines = {"/".join(place): _document(found) for place, found in sorted(self.pipelines.items())}
        text = json.dumps({"version": _VERSION, "bucket": self.bucket, "pipelines": pipelines}, separators=(",", ":"))
        write_whole(path, text)


def _place(name: str) -> tuple[str, str]:
    account_id, region = name.split("/")
    return account_id, region


def _document(found: Arrivals) -> dict[str, Any]:
    newest = {"key": found.newest.key, "time": found.newest.time.isoformat()} if found.newest else None
    if not found.days:
        return {"newest": newest, "last": None, "days": "0"}
    last = max(found.days)
    return {"newest": newest, "last": last.isoformat(), "days": f"{as_bits(found.days, last, KEPT_DAYS):x}"}


def _arrivals(written: Mapping[str, Any]) -> Arrivals:
    newest = written["newest"]
    known = Newest(str(newest["key"]), datetime.fromisoformat(newest["time"])) if newest else None
    if known and known.time.tzinfo is None:
        raise ValueError(newest["time"])
    if written["last"] is None:
        return Arrivals(known)
    last, bits = date.fromisoformat(written["last"]), int(written["days"], 16)
    days = (last - timedelta(days=number) for number in range(KEPT_DAYS) if bits >> number & 1)
    return Arrivals(known, frozenset(days))


def as_bits(days: frozenset[date], last: date, length: int) -> int:
    """Days as a number: bit 0 is `last`, bit 1 the day before it, and so on."""
    ages = ((last - day).days for day in days)
    return sum(1 << age for age in ages if 0 <= age < length)
