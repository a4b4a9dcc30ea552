"""The folders and object names of one pipeline in the archive: what to list there, and what a listed key says.

Firehose names an object after its stream, the stream's version and the time:
https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from orgtrail.layout import Layout
from orgtrail.names import DELIVERY_STREAM

_NAME = re.compile(rf"{DELIVERY_STREAM}-\d{{1,9}}-(?P<time>\d{{4}}(-\d\d){{5}})-[^/]+")
_HOUR = timedelta(hours=1)
_DIGITS = {"yyyy": r"\d{4}", "MM": r"\d\d", "dd": r"\d\d", "HH": r"\d\d"}


class Month(NamedTuple):
    """A month of the calendar."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that a day is in."""
        return cls(day.year, day.month)

    @property
    def before(self) -> "Month":
        """The month before it."""
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)


@dataclass(frozen=True)
class Folders:
    """Where the objects of one pipeline are in one layout."""

    layout: Layout
    account_id: str
    region: str

    @cached_property
    def whole(self) -> str:
        """What every key of the pipeline begins with."""
        return self._filled(self._until("yyyy"))

    @cached_property
    def is_shared(self) -> bool:
        """Whether the region stands behind the day: then `whole` and `month` hold the account's other regions too."""
        return "{region}" not in self._until("yyyy")

    def month(self, month: Month) -> str:
        """What the keys of a month begin with; up to the next `/` follows the day."""
        return self._filled(self._until("dd"), yyyy=f"{month.year:04}", MM=f"{month.number:02}")

    def day(self, day: date) -> Sequence[str]:
        """What the keys of a day begin with: one prefix, or one an hour (if the region is behind it), latest first."""
        times = {"yyyy": f"{day:%Y}", "MM": f"{day:%m}", "dd": f"{day:%d}"}
        until_hour = self._until("HH")
        if "{region}" in until_hour:
            return [self._filled(until_hour, **times)]
        return [self._filled(self.layout.template, **times, HH=f"{hour:02}") for hour in reversed(range(24))]

    def between(self, start: datetime, end: datetime) -> Sequence[str]:
        """The folders, in full, of the objects that were opened in a time; both ends are in UTC."""
        hours = range(int((end - start) / _HOUR) + 1)
        times = [*(start + number * _HOUR for number in hours), end]
        filled = (
            self._filled(self.layout.template, yyyy=f"{at:%Y}", MM=f"{at:%m}", dd=f"{at:%d}", HH=f"{at:%H}")
            for at in times
        )
        return list(dict.fromkeys(filled))

    def day_of(self, folder: str, month: Month) -> date | None:
        """The day of a folder below `month`; None: it fits no day of the layout."""
        found = self._day.match(folder.removeprefix(self.month(month)))
        try:
            return date(month.year, month.number, int(found[1])) if found else None
        except ValueError:
            return None

    @property
    def has_hours(self) -> bool:
        """Whether a day has folders of hours."""
        return "{HH}" in self.layout.template

    def is_hour(self, folder: str) -> bool:
        """Whether it is the folder of an hour."""
        return self._hour.fullmatch(folder) is not None

    def is_astray(self, key: str) -> bool:
        """Whether an object has the name that a delivery stream gives, and is in no folder of the layout."""
        folder, _slash, name = key.rpartition("/")
        return _NAME.fullmatch(name) is not None and not self._folder.fullmatch(f"{folder}/")

    def time_of(self, key: str) -> datetime | None:
        """The time in an object's name, in UTC; None: no delivery stream of Orgtrail has written it here."""
        folder, _slash, name = key.rpartition("/")
        named = _NAME.fullmatch(name)
        if named is None or not self._folder.fullmatch(f"{folder}/"):
            return None
        try:
            return datetime.strptime(named["time"], "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC)
        except ValueError:
            return None

    @cached_property
    def _folder(self) -> re.Pattern[str]:
        return self._pattern(self.layout.template)

    @cached_property
    def _day(self) -> re.Pattern[str]:
        behind = self.layout.template.partition("{dd}")[2].partition("/")[0] + "/"
        return re.compile(f"({_DIGITS['dd']})" + self._pattern(behind).pattern)

    @cached_property
    def _hour(self) -> re.Pattern[str]:
        until, _hour, behind = self.layout.template.partition("{HH}")
        return self._pattern(until + "{HH}" + behind.partition("/")[0] + "/")

    def _pattern(self, template: str) -> re.Pattern[str]:
        escaped = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
        return re.compile(escaped.format(account_id=self.account_id, region=re.escape(self.region), **_DIGITS))

    def _until(self, placeholder: str) -> str:
        return self.layout.template.partition(f"{{{placeholder}}}")[0]

    def _filled(self, template: str, **times: str) -> str:
        return template.format(account_id=self.account_id, region=self.region, **times)


def stream_version(part: str) -> int:
    """The version in `…orgtrail-iam-events-12-`; -1: there is none."""
    number = part.rpartition(f"{DELIVERY_STREAM}-")[2].removesuffix("-")
    return int(number) if re.fullmatch(r"\d{1,9}", number) else -1
