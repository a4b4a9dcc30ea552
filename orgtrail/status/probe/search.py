"""The event of one probe, looked for in the archive."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ResponseStreamingError

from orgtrail.contents.folders import Folders
from orgtrail.contents.listing import Item, Listing
from orgtrail.contents.objects import NotKnown, Objects
from orgtrail.names import DELIVERY_STREAM
from orgtrail.status.probe.result import Arrived, Call
from orgtrail.trace import Record

# An object is named after its first event, which may have come before the probe's: Firehose buffers for 15 minutes at
# most, https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html
_BUFFERED = timedelta(minutes=15)
_APART = timedelta(minutes=1)  # by which clocks of AWS may differ


@dataclass
class Search:
    """Looks for the event of a call in the folders of its pipeline; no object is read twice."""

    listing: Listing
    objects: Objects
    folders: Sequence[Folders]
    name: str  # of the call
    call: Call
    _read: set[str] = field(default_factory=set)

    def look(self, now: datetime) -> Arrived | None:
        """Where the event is, if it has come. Raises botocore's errors and NotKnown where the archive can't be read."""
        broken: ResponseStreamingError | NotKnown | None = None
        for folders, item in self._newer(now):
            opened = folders.time_of(item.key)
            if opened is None or item.key in self._read or item.written < self.call.at - _APART:
                continue
            try:
                if called := self._called_in(item.key):
                    return Arrived(item.key, opened, item.written, called)
            except (ResponseStreamingError, NotKnown) as error:
                broken = error
                continue
            self._read.add(item.key)
        if broken:
            raise broken
        return None

    def _called_in(self, key: str) -> datetime | None:
        """When the call was made, if an object has its event."""
        values = (one.value for one in self.objects.values(key) if isinstance(one, Record))
        return next((called for value in values if (called := self._called(value))), None)

    def _newer(self, now: datetime) -> Iterator[tuple[Folders, Item]]:
        """What may have been written since the call."""
        start, end = self.call.at - _BUFFERED - _APART, max(now, self.call.at) + _APART
        for folders in self.folders:
            for folder in folders.between(start, end):
                # A name begins with the stream's version, which isn't known here.
                for version in self.listing.folders(f"{folder}{DELIVERY_STREAM}-", "-"):
                    behind = self.listing.behind(version, f"{version}{start:%Y-%m-%d-%H-%M-%S}")
                    yield from ((folders, item) for item in behind)

    def _called(self, value: Any) -> datetime | None:
        """When the call was made, if a value is its event."""
        detail = value.get("detail") if isinstance(value, Mapping) else None
        if not isinstance(detail, Mapping) or detail.get("eventName") != self.name:
            return None
        is_ours = detail.get("requestID") == self.call.request_id is not None
        if not is_ours and self.call.value not in json.dumps(detail.get("requestParameters")):
            return None
        try:
            at = datetime.fromisoformat(str(detail.get("eventTime")))
        except ValueError:
            return self.call.at
        return at if at.tzinfo else at.replace(tzinfo=UTC)
