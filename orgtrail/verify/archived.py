"""What the archive has of a day: the lines of the day's folder, and of those in which its events may lie, too."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from orgtrail.contents.folders import Folders
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import Objects
from orgtrail.layout import Layout
from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Archive
from orgtrail.trace import Record, Unreadable
from orgtrail.verify.comparison import Archived, Line, line_of

DAY = timedelta(days=1)

# EventBridge retries for 24 hours, Firehose for 24 more, and a day ends with its last event.
MAY_COME = 3  # days

# An object is named, and put into a folder, after the arrival of its oldest event: the first events after midnight may
# be behind older ones. Firehose waits for 15 minutes at most, if it is in time; before anything is called missing, the
# whole day before is read.
_BEFORE_MIDNIGHT = timedelta(hours=2)


@dataclass(frozen=True)
class Reader:
    """Reads the archive; of `late` days after a day, everything is read in any case."""

    archive: Archive
    listing: Listing
    objects: Objects
    late: int

    def read(self, pipeline: Pipeline, day: date, now: datetime) -> Archived:
        """What there is of a day, but for what `read_rest` reads. Raises NotKnown and botocore's errors."""
        archived = Archived(day)
        start = midnight(day)
        self._read_day(archived, pipeline, day - DAY, lambda at: at >= start - _BEFORE_MIDNIGHT)
        self._read_days(archived, pipeline, range(self.late + 1), now)
        for layout in self._layouts:
            for key in self._keys(Folders(layout.backfill, *pipeline.place), day):
                archived.add(self._lines(archived, key), backfilled=True)
        return archived

    def read_rest(self, archived: Archived, pipeline: Pipeline, now: datetime) -> None:
        """Add what came with much older events, or later than most. Raises as `read` does."""
        start = midnight(archived.day)
        self._read_day(archived, pipeline, archived.day - DAY, lambda at: at < start - _BEFORE_MIDNIGHT)
        self._read_days(archived, pipeline, range(self.late + 1, MAY_COME + 1), now)

    @property
    def _layouts(self) -> Iterable[Layout]:
        return dict.fromkeys((*self.archive.delivery_layouts, *self.archive.former_layouts))

    def _read_days(self, archived: Archived, pipeline: Pipeline, numbers: range, now: datetime) -> None:
        """Read the days that come so many days after the archived one, if they have begun."""
        for number in numbers:
            if (one := archived.day + number * DAY) <= now.date():
                self._read_day(archived, pipeline, one)

    def _read_day(
        self,
        archived: Archived,
        pipeline: Pipeline,
        day: date,
        is_wanted: Callable[[datetime], bool] = lambda _at: True,
    ) -> None:
        for layout in self._layouts:
            folders = Folders(layout, *pipeline.place)
            for key in self._keys(folders, day):
                if (at := folders.time_of(key)) is None:
                    archived.add_foreign(key)
                elif is_wanted(at):
                    archived.add(self._lines(archived, key))

    def _keys(self, folders: Folders, day: date) -> Iterator[str]:
        for prefix in folders.day(day):
            yield from self.listing.keys(prefix)

    def _lines(self, archived: Archived, key: str) -> list[Line]:
        found, malformed = self.objects.read(key, _lines)
        archived.objects += 1
        archived.lines += len(found) + len(malformed)
        for line in malformed:
            archived.add_malformed(f"{self.objects.name(key)} line {line}")
        return found


def _lines(values: Iterator[Record | Unreadable]) -> tuple[list[Line], list[int]]:
    """The events of an object, and the numbers of the lines that hold none."""
    found, malformed = list[Line](), list[int]()
    for value in values:
        line = line_of(value.value) if isinstance(value, Record) else None
        if line:
            found.append(line)
        else:
            malformed.append(value.line)
    return found, malformed


def midnight(day: date) -> datetime:
    """The instant at which a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)
