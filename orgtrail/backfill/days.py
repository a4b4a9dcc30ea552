"""Which days are backfilled."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from orgtrail.errors import UserError
from orgtrail.verify.verifier import History, refused
from orgtrail.words import counted

_DAY = timedelta(days=1)
_MOST = 3_660  # days; a trail's files may tell of ten years


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
            return _latest(_between(now.date() - self.number * _DAY, now.date() - _DAY), refusal)
        if self.last < self.first:
            raise UserError(f"{self.first} is after {self.last}: the first day comes first")
        for day in (self.last, self.first):
            if why := refusal(day):
                raise UserError(why)
        return Days(_between(self.first, self.last))


def _latest(days: Sequence[date], refusal: Callable[[date], str | None]) -> Days:
    reasons = {day: why for day in days if (why := refusal(day))}
    left = [day for day in days if day not in reasons]
    if not left:
        raise UserError(next(reversed(reasons.values())))
    # The oldest day has the reason that is of use: how far back this can go.
    notes = [f"{counted(len(reasons), 'day')} left out: {next(iter(reasons.values()))}"] if reasons else []
    return Days(left, notes)


def _expired(day: date, now: datetime, expire_days: int | None) -> str | None:
    """Why the tables would never show a day; None: they would."""
    if expire_days is None or now.date() - day <= expire_days * _DAY:
        return None
    oldest = now.date() - expire_days * _DAY
    return f"{day} is too long ago: archive.expire_days is {expire_days}, so the tables go back to {oldest}"


def _between(first: date, last: date) -> list[date]:
    days = (last - first).days + 1
    if days > _MOST:
        raise UserError(f"{first} to {last} are {days:,} days; {_MOST:,} are allowed")
    return [first + number * _DAY for number in range(days)]
