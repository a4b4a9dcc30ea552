"""The objects that missing events become: named after what is in them, so that the same events are the same object."""

import gzip
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from orgtrail import firehose_prefix
from orgtrail.backfill.line import Mark, Refused, line_of
from orgtrail.backfill.spool import Spool, Spooled
from orgtrail.layout import Layout
from orgtrail.selection.pipelines import Pipeline
from orgtrail.verify.rule import Taken

# An object is held in memory while it is made; Athena reads one of this size in a second or two.
MOST_BYTES = 32 << 20
_NAMED_BY = 32  # characters of the hash


class Object(NamedTuple):
    """An object that is to be written, and how many events are in it."""

    key: str
    body: bytes
    events: int


@dataclass
class Making:
    """Makes the objects of a pipeline; `refused` says which events aren't in any of them, and why.

    Until then the lines wait in a spool of its own, so that no more of them is in memory than one object takes.
    """

    layout: Layout
    pipeline: Pipeline
    mark: Mark
    lines: Spool
    most_bytes: int = MOST_BYTES
    refused: list[str] = field(default_factory=list)
    _kept: dict[str, Spooled | Refused] = field(default_factory=dict)

    def held(self, event: Taken) -> Taken:
        """What has to be held of an event to make an object with it later; its line is kept. Raises OSError."""
        try:
            self._kept[event.id] = self.lines.keep(line_of(event, *self.pipeline.place, self.mark))
        except Refused as error:
            self._kept[event.id] = error
        return event._replace(record={})

    def objects(self, missing: Sequence[Taken]) -> Iterator[Object]:
        """The objects of these events, which are held and sorted by time; each once."""
        prefix = self.layout.backfill.prefix(*self.pipeline.place)
        # Of events of one day, those of an hour have the same folder.
        for folder, events in groupby(missing, key=lambda one: firehose_prefix.evaluate(prefix, one.time)):
            for part in self._parts(events):
                yield self._object(folder, part)

    def _parts(self, events: Iterator[Taken]) -> Iterator[dict[str, Spooled]]:
        part, size = dict[str, Spooled](), 0
        for event in events:
            line = self._kept[event.id]
            if isinstance(line, Refused):
                self.refused.append(str(line))
                continue
            if part and size + line.size > self.most_bytes:
                yield part
                part, size = {}, 0
            part[event.id] = line
            size += line.size
        if part:
            yield part

    def _object(self, folder: str, part: Mapping[str, Spooled]) -> Object:
        name = hashlib.sha256("\n".join(sorted(part)).encode()).hexdigest()[:_NAMED_BY]
        suffix, packed = _FORMATS[self.pipeline.account.compression]
        lines = bytearray()
        for line in part.values():
            lines += self.lines.taken(line)
        return Object(f"{folder}backfill-{name}.jsonl{suffix}", packed(lines), len(part))


def _gzipped(data: bytearray) -> bytes:
    # Without a time in it, the same data is the same object.
    return gzip.compress(data, mtime=0)


_FORMATS: dict[str, tuple[str, Callable[[bytearray], bytes]]] = {
    "UNCOMPRESSED": ("", bytes),
    "GZIP": (".gz", _gzipped),
}
