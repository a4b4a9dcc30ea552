"""Which days are compared, by `verify` and by `backfill`."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from orgtrail.errors import UserError
from orgtrail.verify.archived import DAY
from orgtrail.verify.verifier import History, refused
from orgtrail.words import counted


class Days(NamedTuple):
    """The days to look at, in order, and what is to be told of those that were left out."""

    days: Sequence[date]
    notes: Sequence[str] = ()


class Wanted(NamedTuple):
    """The days that somebody asks for: all from one to another, or without those, the last `number` that are over."""

    first: date | None = None
    last: date | None = None
    number: int = 0

    def days(self, history: History, now: datetime, expire_days: int | None) -> Days:
        """Those days. Of the last ones, those that can't be looked at are left out, and told.

        Raises UserError where none is left, and where any day that was named can't be looked at.
        """

        def refusal(day: date) -> str | None:
            return refused(day, now, history) or _expired(day, now, expire_days)

        if self.first is None or self.last is None:
            return _latest(_between(now.date() - self.number * DAY, now.date() - DAY), refusal)
        for day in (self.last, self.first):
            if why := refusal(day):
                raise UserError(why)
        return Days(_between(self.first, self.last))


def _latest(days: Sequence[date], refusal: Callable[[date], str | None]) -> Days:
    reasons = {day: why for day in days if (why := refusal(day))}
    left = [day for day in days if day not in reasons]
    if not left:
        raise UserError(reasons[days[-1]])
    # Of those that are too long ago, the oldest has the reason that is of use: how far back this can go.
    ends = [day for day in reasons if day < left[0]], [day for day in reasons if day > left[-1]]
    return Days(left, [f"{counted(len(end), 'day')} left out: {reasons[end[0]]}" for end in ends if end])


def _expired(day: date, now: datetime, expire_days: int | None) -> str | None:
    """Why the archive doesn't have a day any more, so that all of it would look missing; None: it does."""
    if expire_days is None or now.date() - day <= expire_days * DAY:
        return None
    oldest = now.date() - expire_days * DAY
    return f"{day} is too long ago: archive.expire_days is {expire_days}, so the archive goes back to {oldest}"


def _between(first: date, last: date) -> list[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]
