"""How long a pipeline may be quiet: by the days on which something has arrived, and no other knowledge.

The rule, which docs/status.md explains: a day of the week weighs as much as the share of such days in the record on
which something arrived, such as 1 for the Mondays of a pipeline that delivers every Monday, and 0 for its Sundays. A
gap has *missed* the sum over its days. A pipeline is silent once it has missed more than one whole day, and more than
half as much again as it ever did.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise

SHORTEST_RECORD = 14
"""Days of record before which no rhythm is known."""
FEWEST_DAYS = 4
"""Days with arrivals before which no rhythm is known."""
ALLOWED_WITHOUT_RHYTHM = 7
"""Days that a pipeline may be quiet of which no rhythm is known."""

_MOST_MISSED_TIMES = 1.5
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Silence:
    """How much a pipeline has missed since its newest arrival, and how much it may."""

    missed: float
    allowed: float

    @property
    def too_long(self) -> bool:
        """Whether it is longer than the rhythm allows."""
        return self.missed > self.allowed


@dataclass(frozen=True)
class Rhythm:
    """The days on which something arrived, in UTC, of which the first begins the record and the last ends it."""

    days: frozenset[date]

    @classmethod
    def of(cls, days: Iterable[date]) -> "Rhythm":
        """The rhythm of a pipeline with arrivals on these days."""
        return cls(frozenset(days))

    @cached_property
    def length(self) -> int:
        """How many days the record is long."""
        return (max(self.days) - min(self.days)).days + 1 if self.days else 0

    @property
    def is_known(self) -> bool:
        """Whether the record is long enough to tell."""
        return self.length >= SHORTEST_RECORD and len(self.days) >= FEWEST_DAYS

    def silence(self, newest: datetime, now: datetime) -> Silence:
        """The silence since the newest arrival; of the present day counts what has passed of it."""
        if not self.is_known:
            return Silence((now - newest) / _DAY, ALLOWED_WITHOUT_RHYTHM)
        today = now.astimezone(UTC).date()
        since = max(self.days)
        passed = (now - datetime.combine(today, datetime.min.time(), UTC)) / _DAY
        missed = sum(map(self._weight, _between(since, today)))
        missed += self._weight(today) * passed if today > since else 0
        return Silence(missed, max(1.0, _MOST_MISSED_TIMES * self._most_missed))

    def _weight(self, day: date) -> float:
        return self._weights[day.weekday()]

    @cached_property
    def _weights(self) -> tuple[float, ...]:
        first, last = min(self.days), max(self.days)
        all_days = Counter(day.weekday() for day in _between(first - _DAY, last + _DAY))
        arrived = Counter(day.weekday() for day in self.days)
        return tuple(arrived[number] / all_days[number] for number in range(7))

    @cached_property
    def _most_missed(self) -> float:
        """The most that a gap of the record has missed."""
        in_order = sorted(self.days)
        gaps = (sum(map(self._weight, _between(before, after))) for before, after in pairwise(in_order))
        return max(gaps, default=0.0)


def _between(first: date, last: date) -> Iterator[date]:
    """The days between two days, without them."""
    return (first + _DAY * number for number in range(1, (last - first).days))
