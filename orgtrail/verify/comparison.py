"""CloudTrail's history against the lines of the archive, by event id: plain values in, plain values out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from orgtrail.trace import NotAnEvent, event_of, instant
from orgtrail.verify.rule import Taken, Unclear

_NAMED = 5  # of what is foreign or malformed


class Line(NamedTuple):
    """An event in the archive. `id` is CloudTrail's, not that of EventBridge's envelope; empty: it has none."""

    id: str
    time: datetime
    name: str
    source: str


class Twice(NamedTuple):
    """An event of which the archive has more than one line: so many, deliveries and backfills together."""

    line: Line
    copies: int


@dataclass
class Archived:
    """What the archive has of a day, in UTC: how often each event, by its id; and what was met on the way."""

    day: date
    delivered: dict[str, int] = field(default_factory=dict)
    backfilled: dict[str, int] = field(default_factory=dict)
    again: dict[str, Line] = field(default_factory=dict)
    objects: int = 0
    lines: int = 0
    without_id: int = 0
    malformed: int = 0
    malformed_places: list[str] = field(default_factory=list)
    foreign: int = 0
    foreign_keys: list[str] = field(default_factory=list)

    def add(self, lines: Iterable[Line], *, backfilled: bool = False) -> None:
        """Count lines of one object; those of other days don't count."""
        counts = self.backfilled if backfilled else self.delivered
        for line in lines:
            if line.time.date() != self.day:
                continue
            if not line.id:
                self.without_id += 1
                continue
            if line.id in self.delivered or line.id in self.backfilled:
                self.again.setdefault(line.id, line)
            counts[line.id] = counts.get(line.id, 0) + 1

    def add_malformed(self, place: str) -> None:
        """Count a line that is no event."""
        self.malformed += 1
        self.malformed_places += [place] if self.malformed <= _NAMED else []

    def add_foreign(self, key: str) -> None:
        """Count an object that no delivery stream has written."""
        self.foreign += 1
        self.foreign_keys += [key] if self.foreign <= _NAMED else []

    def copies(self, identity: str) -> int:
        """How many lines an event has."""
        return self.delivered.get(identity, 0) + self.backfilled.get(identity, 0)


@dataclass(frozen=True)
class Comparison:
    """What came of the events that CloudTrail knows.

    `delivered` of them a delivery stream has written; of the rest, `backfilled` (their ids) were added later, and
    `missing` are nowhere. `extra` are ids in the archive that the history doesn't know. Of `unclear` records can't be
    told whether they should be there.
    """

    delivered: int
    backfilled: tuple[str, ...]
    missing: tuple[Taken, ...]
    twice: tuple[Twice, ...]
    extra: tuple[str, ...]
    unclear: tuple[Unclear, ...]

    @property
    def expected(self) -> int:
        """How many events must be in the archive."""
        return self.delivered + len(self.backfilled) + len(self.missing)


def line_of(value: Any) -> Line | None:
    """The event that a line of the archive holds; None: it holds none."""
    try:
        event = event_of(value)
    except NotAnEvent:
        return None
    detail = value.get("detail")
    if not isinstance(detail, dict) or event.time is None:
        return None
    identity = detail.get("eventID")
    identity = identity if isinstance(identity, str) else ""
    return Line(identity, _event_time(detail) or event.time, event.name or "", event.source)


def _event_time(detail: Mapping[str, Any]) -> datetime | None:
    try:
        return instant(detail["eventTime"])
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


def compare(history: Iterable[Taken | Unclear], archived: Archived) -> Comparison:
    """The comparison of a whole history with the archive."""
    comparing = Comparing(archived)
    for one in history:
        comparing.add(one)
    return comparing.result()


Held: TypeAlias = Callable[[Taken], Taken]
"""What is held in memory of a record that the archive doesn't have yet; a whole day's whole records would fill it."""


class Comparing:
    """A comparison under way. Of the history it holds, as `held` says, only what the archive doesn't have yet."""

    def __init__(self, archived: Archived, held: Held = lambda one: one) -> None:
        self._archived = archived
        self._held = held
        self._known: set[str] = set()
        self._open: dict[str, Taken] = {}
        self._unclear: list[Unclear] = []

    def add(self, one: Taken | Unclear) -> None:
        """One more record of the history; what it tells twice is counted once."""
        if isinstance(one, Unclear):
            self._unclear.append(one)
        elif one.id not in self._known:
            self._known.add(one.id)
            if one.id not in self._archived.delivered:
                self._open[one.id] = self._held(one)

    @property
    def is_anything_open(self) -> bool:
        """Whether the archive, as far as it was read, lacks anything."""
        return any(not self._archived.copies(identity) for identity in self._open) or bool(self._unclear)

    def result(self) -> Comparison:
        """What is known now, of the archive as it was read until now."""
        archived = self._archived
        clear = {one.id for one in self._unclear if one.id in archived.delivered}
        known = self._known | {identity for identity in clear if identity}
        later = {identity: one for identity, one in self._open.items() if identity not in archived.delivered}
        missing = [one for one in later.values() if not archived.copies(one.id)]
        twice = (Twice(line, archived.copies(identity)) for identity, line in archived.again.items())
        return Comparison(
            delivered=len(known) - len(later),
            backfilled=tuple(sorted(later.keys() & archived.backfilled.keys())),
            missing=tuple(sorted(missing, key=lambda one: (one.time, one.id))),
            twice=tuple(sorted(twice, key=lambda one: (one.line.time, one.line.id))),
            extra=tuple(sorted((archived.delivered.keys() | archived.backfilled.keys()) - known)),
            unclear=tuple(one for one in self._unclear if one.id not in clear),
        )
