"""The objects that missing events become: named after what is in them, so that the same events are the same object."""

import gzip
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from orgtrail import firehose_prefix
from orgtrail.backfill.line import Mark, Refused, line_of
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
    """Makes the objects of a pipeline; `refused` says which events aren't in any of them, and why."""

    layout: Layout
    pipeline: Pipeline
    mark: Mark
    most_bytes: int = MOST_BYTES
    refused: list[str] = field(default_factory=list)

    def objects(self, missing: Sequence[Taken]) -> Iterator[Object]:
        """The objects of these events, which are sorted by time; each once."""
        prefix = self.layout.backfill.prefix(*self.pipeline.place)
        # Of events of one day, those of an hour have the same folder.
        for folder, events in groupby(missing, key=lambda one: firehose_prefix.evaluate(prefix, one.time)):
            for ids, lines in self._parts(events):
                yield self._object(folder, ids, lines)

    def _parts(self, events: Iterator[Taken]) -> Iterator[tuple[list[str], list[bytes]]]:
        ids, lines, size = list[str](), list[bytes](), 0
        for event in events:
            try:
                line = line_of(event, *self.pipeline.place, self.mark)
            except Refused as error:
                self.refused.append(str(error))
                continue
            if lines and size + len(line) > self.most_bytes:
                yield ids, lines
                ids, lines, size = [], [], 0
            ids.append(event.id)
            lines.append(line)
            size += len(line)
        if lines:
            yield ids, lines

    def _object(self, folder: str, ids: Sequence[str], lines: Sequence[bytes]) -> Object:
        name = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:_NAMED_BY]
        suffix, packed = _FORMATS[self.pipeline.account.compression]
        return Object(f"{folder}backfill-{name}.jsonl{suffix}", packed(b"".join(lines)), len(ids))


def _gzipped(data: bytes) -> bytes:
    # Without a time in it, the same data is the same object.
    return gzip.compress(data, mtime=0)


_FORMATS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "UNCOMPRESSED": ("", bytes),
    "GZIP": (".gz", _gzipped),
}
