"""What would be written: for each pipeline and day, the objects of what is missing; or why nothing is."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import NamedTuple, Protocol

from orgtrail.backfill.line import Mark
from orgtrail.backfill.objects import Making
from orgtrail.backfill.spool import Spool, Spooled
from orgtrail.contents.objects import NotKnown
from orgtrail.layout import Layout
from orgtrail.selection.pipelines import Pipeline
from orgtrail.verify.comparison import Comparison, Held


class Waiting(NamedTuple):
    """An object that waits to be written; `body` is in the spool."""

    key: str
    body: Spooled
    events: int


@dataclass(frozen=True)
class Day:
    """What is to be done for a pipeline on a day; `why`: why nothing is, though something may be missing."""

    day: date
    delivered: int = 0
    backfilled: int = 0
    objects: tuple[Waiting, ...] = ()
    refused: tuple[str, ...] = ()
    unclear: int = 0
    why: str = ""

    @property
    def events(self) -> int:
        """How many events are to be written."""
        return sum(one.events for one in self.objects)

    @property
    def is_worth_telling(self) -> bool:
        """Whether anything was missing, or isn't known."""
        return bool(self.objects or self.refused or self.unclear or self.why)


@dataclass(frozen=True)
class Planned:
    """What is to be done for a pipeline."""

    pipeline: Pipeline
    days: tuple[Day, ...]

    @property
    def objects(self) -> Iterator[Waiting]:
        """The objects that are to be written."""
        return (one for day in self.days for one in day.objects)

    @property
    def events(self) -> int:
        """How many events are to be written."""
        return sum(day.events for day in self.days)

    @property
    def problems(self) -> Iterator[str]:
        """What isn't as it should be, day by day."""
        # One reason for ninety days is told once.
        for problems, group in groupby(self.days, _problems):
            days = [one.day for one in group]
            when = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
            yield from (f"{when}: {problem}" for problem in problems)

    @classmethod
    def without(cls, pipeline: Pipeline, days: Sequence[date], why: str) -> "Planned":
        """Nothing, for one reason on all days."""
        return cls(pipeline, tuple(Day(day, why=why) for day in days))


def _problems(day: Day) -> tuple[str, ...]:
    return (
        *((f"nothing is written, because {day.why}",) if day.why else ()),
        *(f"not written: {problem}" for problem in day.refused),
        *((f"{day.unclear:,} of the history's records can't be judged, and aren't written",) if day.unclear else ()),
    )


class Compares(Protocol):
    """What `verify` makes of a pipeline and a day."""

    def comparison(self, pipeline: Pipeline, day: date, held: Held) -> Comparison:
        """The comparison of CloudTrail's history with the archive. Raises NotKnown."""


@dataclass(frozen=True)
class Planner:
    """Plans pipelines. Threads may share it."""

    verifier: Compares
    layout: Layout
    spool: Spool
    mark: Mark
    # Of many pipelines at once, the objects would fill the memory.
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def planned(self, pipeline: Pipeline, days: Sequence[date]) -> Planned:
        """What is missing on these days, as objects. Of a day that isn't known nothing is written. Raises OSError."""
        return Planned(pipeline, tuple(self._day(pipeline, day) for day in days))

    def _day(self, pipeline: Pipeline, day: date) -> Day:
        with Spool() as lines:
            making = Making(self.layout, pipeline, self.mark, lines)
            try:
                compared = self.verifier.comparison(pipeline, day, making.held)
            except NotKnown as error:
                return Day(day, why=str(error))
            with self._one_at_a_time:
                waiting = [
                    Waiting(one.key, self.spool.keep(one.body), one.events) for one in making.objects(compared.missing)
                ]
        return Day(
            day,
            compared.delivered,
            len(compared.backfilled),
            tuple(waiting),
            tuple(making.refused),
            len(compared.unclear),
        )
