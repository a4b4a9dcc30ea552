"""What finished comparisons of a run have found, on disk: a run that was interrupted goes on where it was.

A run that came to its end keeps nothing if all was known. Else it keeps the answers that aren't trouble, and the next
run compares all others anew.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from orgtrail.files.private import private_folder
from orgtrail.files.whole import write_whole
from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Settings
from orgtrail.verify.result import Verified

FOLDER = Path(".orgtrail") / "verify"


@dataclass(frozen=True)
class _Page:
    """A file: what was asked, as a digest, and the answer."""

    asked: str
    found: Verified


_FILE = TypeAdapter(_Page)


def forget(known: Iterable[tuple[Pipeline, date]], folder: Path = FOLDER) -> None:
    """Keep nothing of these pipelines and days any longer, whatever was asked. Raises OSError."""
    paths = [_path(folder, *pipeline.place, day) for pipeline, day in known]
    for path in paths:
        path.unlink(missing_ok=True)
    for of_day in {path.parent for path in paths}:
        if of_day.is_dir() and not any(of_day.iterdir()):
            of_day.rmdir()


def _path(folder: Path, account_id: str, region: str, day: date) -> Path:
    return folder / day.isoformat() / f"{account_id}-{region}.json"


class Kept:
    """A file for each pipeline and day, below a folder. It counts only for the same question.

    `problem`: why nothing can be kept there; a run works all the same.
    """

    def __init__(self, settings: Settings, *, history: str, late: int, folder: Path = FOLDER) -> None:
        archive = settings.archive
        layouts = [one.template for one in (*archive.delivery_layouts, *archive.former_layouts)]
        self._asked = [archive.bucket, layouts, history, late]
        self._folder = folder
        self.problem = ""

    def read(self, pipeline: Pipeline, day: date) -> Verified | None:
        """What an earlier run has found; None: nothing, or it can't be read."""
        try:
            page = _FILE.validate_json(self._path(*pipeline.place, day).read_bytes())
        except (OSError, ValidationError):
            return None
        return page.found.kept() if page.asked == self._digest(pipeline, day) else None

    def write(self, pipeline: Pipeline, found: Verified) -> None:
        """Keep what was found, unless it is that something isn't known or was skipped."""
        if found.word in ("not known", "skipped") or self.problem:
            return
        path = self._path(*pipeline.place, found.day)
        try:
            for folder in (self._folder, path.parent):
                private_folder(folder)
            write_whole(path, _FILE.dump_json(_Page(self._digest(pipeline, found.day), found)).decode())
        except OSError as error:
            self.problem = str(error)

    def forget(self, known: Iterable[tuple[Pipeline, date]]) -> None:
        """Keep these no longer."""
        try:
            forget(known, self._folder)
        except OSError as error:
            self.problem = str(error)

    def _path(self, account_id: str, region: str, day: date) -> Path:
        return _path(self._folder, account_id, region, day)

    def _digest(self, pipeline: Pipeline, day: date) -> str:
        asked = [*self._asked, *pipeline.place, day.isoformat(), pipeline.account.events]
        return hashlib.sha256(repr(asked).encode()).hexdigest()
