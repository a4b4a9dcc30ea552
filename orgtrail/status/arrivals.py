"""What has arrived from one pipeline: its newest object, and the days on which there was any.

Folders of days are listed, not objects: a folder of a million objects costs what one of two thousand does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from orgtrail.contents.folders import Folders, Month, stream_version
from orgtrail.contents.listing import Listing
from orgtrail.layout import Layout
from orgtrail.names import DELIVERY_STREAM
from orgtrail.status.rhythm import FEWEST_DAYS

_RECENT = 2  # months that are always looked at
_FOR_A_RHYTHM = 6  # months, if fewer have too few days to tell
_FARTHEST = 24  # months, if there is nothing newer
_LEVELS = 4  # the hour's folder; by name the hour, the minute, the second
_UNTIL_HOUR = 5  # parts of a name: version, year, month, day, hour
_NAMED = 5  # foreign keys that are worth naming
_APART = timedelta(hours=1)  # by which clocks may differ


class Newest(NamedTuple):
    """The newest object of a pipeline, and when its first event arrived, by its name."""

    key: str
    time: datetime


@dataclass(frozen=True)
class Arrivals:
    """What a pipeline has delivered.

    `newest` None: nothing was found, from `looked_back_to` on. `foreign`: some keys that no delivery stream wrote.
    `astray`: some that one wrote, but in another layout; they are looked for where there is nothing else.
    """

    newest: Newest | None = None
    days: frozenset[date] = frozenset()
    looked_back_to: date | None = None
    foreign: tuple[str, ...] = ()
    astray: tuple[str, ...] = ()

    def joined(self, other: "Arrivals") -> "Arrivals":
        """Both together; `looked_back_to` is that of this one."""
        both = filter(None, (self.newest, other.newest))
        newest = max(both, key=lambda one: one.time, default=None)
        foreign = (*self.foreign, *other.foreign)[:_NAMED]
        astray = (*self.astray, *other.astray)[:_NAMED]
        return Arrivals(newest, self.days | other.days, self.looked_back_to, foreign, astray)


@dataclass(frozen=True)
class Place:
    """Where a pipeline delivers, or may have delivered before."""

    account_id: str
    region: str
    layouts: Sequence[Layout]
    former_layouts: Sequence[Layout] = ()


def arrivals(listing: Listing, place: Place, now: datetime, known: Arrivals | None = None) -> Arrivals:
    """What has arrived from a pipeline until `now`. Raises botocore's errors.

    `known` is what an earlier look has found; months before its last day aren't looked at again.
    """
    found = known = known if known and known.days and not _is_ahead(known, now) else None
    for layout in place.layouts:
        one = _Look(listing, Folders(layout, place.account_id, place.region), now).arrivals(known)
        found = one.joined(found) if found else one
    if known is None and (found is None or _is_short(found)):
        for layout in place.former_layouts:
            one = _Look(listing, Folders(layout, place.account_id, place.region), now).arrivals(None)
            found = found.joined(one) if found else one
    return found or Arrivals()


def newest_on(listing: Listing, place: Place, day: date, now: datetime) -> Newest | None:
    """The newest object of a pipeline on a day. Raises botocore's errors."""
    looks = (_Look(listing, Folders(layout, place.account_id, place.region), now) for layout in place.layouts)
    found = (newest for look in looks if (newest := look.newest({day})))
    return max(found, key=lambda one: one.time, default=None)


def _is_ahead(known: Arrivals, now: datetime) -> bool:
    """Whether a record tells of what can't have happened yet: it would hide a silence."""
    latest = (now + _APART).date()
    return max(known.days) > latest or (known.newest is not None and known.newest.time > now + _APART)


def _is_short(found: Arrivals) -> bool:
    """Whether another layout may tell of days before those that were found."""
    start = found.looked_back_to
    return len(found.days) < FEWEST_DAYS or start is None or min(found.days) > start + timedelta(days=7)


@dataclass
class _Look:
    """A look at the folders of one pipeline in one layout."""

    listing: Listing
    folders: Folders
    now: datetime
    foreign: list[str] = field(default_factory=list)
    beginning: tuple[str, ...] = ()

    def arrivals(self, known: Arrivals | None) -> Arrivals:
        """The newest object, and the days of as many months as it takes to know a rhythm."""
        until = Month.of(max(known.days)) if known else None
        month, days = Month.of(self.now.date()), self._days(Month.of(self.now.date()))
        for number in range(1, _FARTHEST):
            if month <= until if until else self._is_enough(number, len(days)):
                break
            month = month.before
            days |= self._days(month)
        newest = self.newest(days)
        astray = () if newest else tuple(filter(self.folders.is_astray, self.beginning))
        return Arrivals(newest, frozenset(days), date(*month, 1), tuple(self.foreign[:_NAMED]), astray)

    def _is_enough(self, months: int, days: int) -> bool:
        if months < _RECENT:
            return False
        if days or self.folders.is_shared:
            return days >= FEWEST_DAYS or months >= _FOR_A_RHYTHM or self.folders.is_shared
        # Once, after the recent months: whether there is anything at all to look for.
        if months == _RECENT:
            self.beginning = self.listing.first(self.folders.whole, _NAMED)
        return not self.beginning

    def _days(self, month: Month) -> set[date]:
        found = set[date]()
        for folder in self.listing.folders(self.folders.month(month)):
            day = self.folders.day_of(folder, month)
            if day is None or day > (self.now + _APART).date():
                self.foreign.append(folder)
            elif not self.folders.is_shared or any(map(self.listing.has_any, self.folders.day(day))):
                found.add(day)
        return found

    def newest(self, days: set[date]) -> Newest | None:
        """The newest object; days behind it that hold nothing of ours are taken out."""
        for day in sorted(days, reverse=True):
            for prefix in self.folders.day(day):
                if newest := self._newest_below(prefix):
                    return newest
            days.discard(day)
        return None

    def _newest_below(self, prefix: str) -> Newest | None:
        page = self.listing.page(prefix)
        for _level in range(_LEVELS):
            if page.whole or (part := self._last_part(prefix)) is None:
                break
            prefix = part
            page = self.listing.page(prefix)
        times = {key: self.folders.time_of(key) for key in page.keys}
        ours = [Newest(key, time) for key, time in times.items() if time and time <= self.now + _APART]
        self.foreign += [key for key in page.keys if key not in {one.key for one in ours}][:_NAMED]
        return max(ours, key=lambda one: one.time, default=None)

    def _last_part(self, prefix: str) -> str | None:
        """The latest part of a prefix with too many objects: an hour's folder, then by name version and time."""
        is_name = DELIVERY_STREAM in prefix.rpartition("/")[2]
        hours = self.listing.folders(prefix) if self.folders.has_hours and not is_name else []
        if hours := [one for one in hours if self.folders.is_hour(one)]:
            return max(hours)
        part: str | None = prefix if is_name else f"{prefix}{DELIVERY_STREAM}-"
        for _part in range(1 if is_name else _UNTIL_HOUR):
            parts = self.listing.folders(part, "-") if part else []
            part = max(parts, key=lambda one: (stream_version(one), one), default=None)
        return part
