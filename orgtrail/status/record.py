"""What earlier runs have found, in a small file: a rhythm can be learned from it, and fewer months are listed.

Nothing depends on it. Without the file, or with one that can't be read, all is looked up again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from orgtrail.files.file_lock import FileLock
from orgtrail.files.whole import write_whole
from orgtrail.status.arrivals import Arrivals, Newest
from orgtrail.status.found import Status
from orgtrail.status.probe.result import Probed

RECORD = Path(".orgtrail") / "status.json"
KEPT_DAYS = 180

_VERSION = 1


class RecordUnreadable(Exception):
    """The file holds something else; the text says what."""


def set_aside(path: Path) -> Path:
    """Where a file goes that something else was in: a name that was mistyped costs nobody a file."""
    return path.with_name(f"{path.name}.old")


@dataclass(frozen=True)
class Record:
    """What is known of each pipeline of one bucket, and of its last probe, by account id and region."""

    bucket: str
    pipelines: Mapping[tuple[str, str], Arrivals]
    probes: Mapping[tuple[str, str], Probed] = field(default_factory=dict)

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
            probes = {_place(name): _probed(written) for name, written in document.get("probes", {}).items()}
        except FileNotFoundError:
            return cls(bucket, {})
        except (OSError, UnicodeError) as error:
            raise RecordUnreadable(str(error)) from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise RecordUnreadable("it isn't a record of `status`") from error
        return cls(bucket, pipelines, probes)

    @classmethod
    def add(cls, path: Path, bucket: str, found: Status) -> None:
        """Add to a file what a look has found; what other runs add meanwhile stays. Raises OSError.

        What isn't a record of this bucket is set aside.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock.waited_for(path.with_name(f".{path.name}.lock")):
            try:
                record = cls.read(path, bucket)
            except RecordUnreadable:
                record = cls(bucket, {})
                # A folder isn't ours to move: writing the file refuses it.
                if path.is_file():
                    path.replace(set_aside(path))
            record.with_all_of(found).written(path)

    def with_all_of(self, found: Status) -> "Record":
        """With what a look has found; what it couldn't know, and what it didn't ask for, stays as it was."""
        news = {one.pipeline.place: one.arrivals for one in found.found if one.arrivals.newest}
        probes = {one.pipeline.place: self._last(one.pipeline.place, one.probed) for one in found.found if one.probed}
        return Record(self.bucket, {**self.pipelines, **news}, {**self.probes, **probes})

    def _last(self, place: tuple[str, str], probed: Probed) -> Probed:
        """A probe, or the later one that another run has made meanwhile."""
        known = self.probes.get(place)
        return known if known and known.called > probed.called else probed

    def written(self, path: Path) -> None:
        """Write it, whole or not at all. Raises OSError."""
        pipelines = {"/".join(place): _document(found) for place, found in sorted(self.pipelines.items())}
        probes = {"/".join(place): _document_of_probe(probed) for place, probed in sorted(self.probes.items())}
        document = {"version": _VERSION, "bucket": self.bucket, "pipelines": pipelines, "probes": probes}
        text = json.dumps(document, separators=(",", ":"))
        write_whole(path, text)


def _place(name: str) -> tuple[str, str]:
    account_id, region = name.split("/")
    return account_id, region


def _document(found: Arrivals) -> dict[str, Any]:
    newest = {"key": found.newest.key, "time": found.newest.time.isoformat()} if found.newest else None
    return {"newest": newest, **_document_of_days(found.days)}


def _arrivals(written: Mapping[str, Any]) -> Arrivals:
    newest = written["newest"]
    known = Newest(str(newest["key"]), _time(newest["time"])) if newest else None
    return Arrivals(known, _days(written))


def _document_of_probe(probed: Probed) -> dict[str, Any]:
    written = probed.written.isoformat() if probed.written else None
    called, days = probed.called.isoformat(), _document_of_days(probed.days)
    return {"called": called, "written": written, "lost": probed.is_lost, **days}


def _probed(document: Mapping[str, Any]) -> Probed:
    written = document["written"]
    # Records of before have no `lost`.
    lost = document.get("lost") is True
    return Probed(_time(document["called"]), _time(written) if written else None, _days(document), lost)


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time


def _document_of_days(days: frozenset[date]) -> dict[str, Any]:
    if not days:
        return {"last": None, "days": "0"}
    last = max(days)
    return {"last": last.isoformat(), "days": f"{as_bits(days, last, KEPT_DAYS):x}"}


def _days(written: Mapping[str, Any]) -> frozenset[date]:
    if written["last"] is None:
        return frozenset()
    last, bits = date.fromisoformat(written["last"]), int(written["days"], 16)
    return frozenset(last - timedelta(days=number) for number in range(KEPT_DAYS) if bits >> number & 1)


def as_bits(days: frozenset[date], last: date, length: int) -> int:
    """Days as a number: bit 0 is `last`, bit 1 the day before it, and so on."""
    ages = ((last - day).days for day in days)
    return sum(1 << age for age in ages if 0 <= age < length)
