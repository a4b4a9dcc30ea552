"""What came of probing a pipeline."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, get_args

ProbeWord = Literal["not arrived", "not known", "arrived", "unprobed"]
PROBE_WORDS: tuple[ProbeWord, ...] = get_args(ProbeWord)
"""The worst first."""

COUNTS_FOR = timedelta(days=2)
"""How long a probe that came through says that a pipeline delivers: as long as a daily rhythm allows to be silent."""
OWN_EVENTS_WITHIN = timedelta(minutes=15)
"""How long after the event of the probe that of the tag's removal may arrive."""


class Call(NamedTuple):
    """A call that was made: `at` by AWS's clock. `left`: why its tag couldn't be removed again."""

    value: str
    at: datetime
    request_id: str | None
    left: str | None = None


class Arrived(NamedTuple):
    """Where an event was found: `opened` is when the object's first event came, by its name; `written` when S3 had it.

    `called` is when the call was made, by the event itself.
    """

    key: str
    opened: datetime
    written: datetime
    called: datetime


@dataclass(frozen=True)
class ProbeResult:
    """What came of it, and why; `advice` is what to do next. `found_after`: from the call until it was seen.

    `ended_early`: it had less time than its pipeline may take, so it may still arrive.
    """

    word: ProbeWord
    why: str = ""
    advice: str = ""
    call: Call | None = None
    arrived: Arrived | None = None
    found_after: timedelta | None = None
    ended_early: bool = False

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has to look at it."""
        return self.word in ("not arrived", "not known") or bool(self.call and self.call.left)

    def of(self, call: Call, besides: str) -> "ProbeResult":
        """The same of a call, with something to tell besides."""
        return replace(self, call=call, why="; ".join(filter(None, [self.why, besides])))

    @property
    def latency(self) -> timedelta | None:
        """From the call to the object."""
        return max(timedelta(0), self.arrived.written - self.arrived.called) if self.arrived else None


@dataclass(frozen=True)
class Probed:
    """What is kept of a pipeline's last probe: when it was called, and written.

    Without `written`, it `is_lost`, or that isn't known. `days` are those on which, as far as is known, nothing arrived
    but what probes had caused.
    """

    called: datetime
    written: datetime | None
    days: frozenset[date] = frozenset()
    is_lost: bool = False

    def is_missing(self, newest: datetime | None) -> bool:
        """Whether it didn't arrive, and nothing has arrived since; the newest object was opened then."""
        return self.is_lost and (newest is None or newest <= self.called)

    def counts(self, now: datetime) -> bool:
        """Whether it still says that the pipeline delivers."""
        return self.written is not None and now - self.written <= COUNTS_FOR

    def is_own(self, opened: datetime) -> bool:
        """Whether an object that was opened then may hold its own events and nothing else."""
        return self.written is not None and self.called <= opened <= self.written + OWN_EVENTS_WITHIN

    def shared(self, day: date) -> bool:
        """Whether something else is known to have arrived on the day of the call."""
        return day == self.called.date() and day not in self.days

    def knowing(self, newest_of_last_day: datetime | None) -> "Probed":
        """With what is known now of the day on which it arrived: the newest object was opened then."""
        if newest_of_last_day is None or self.written is None or self.is_own(newest_of_last_day):
            return self
        return replace(self, days=self.days - {newest_of_last_day.date()})


def probed(result: ProbeResult, before: Probed | None, arrived_before: Set[date], now: datetime) -> Probed | None:
    """What is to be kept of a pipeline that was probed again; on the days `arrived_before` anything had arrived."""
    days = before.days if before else frozenset[date]()
    if result.word == "not arrived" and not result.ended_early:
        # Where nothing is deployed there was nothing to call.
        return Probed(result.call.at if result.call else now, None, days, is_lost=True)
    if result.call is None or (result.arrived is None and before and before.is_lost):
        return before
    if result.arrived is None:
        return Probed(result.call.at, None, days)
    called, opened = result.arrived.called, result.arrived.opened
    day = opened.date()
    # What opened an object before the call was another event.
    alone = opened >= called and (day in days or day not in arrived_before)
    return Probed(called, result.arrived.written, days | {day} if alone else days - {day})
