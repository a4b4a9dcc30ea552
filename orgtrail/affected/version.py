"""One version of the accounts file: where its entries are, and the settings of all or some of them."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from orgtrail.affected.memory import no_garbage_collection
from orgtrail.affected.outline import Entry, Outline, outline
from orgtrail.settings import InvalidSettings, Settings, load, load_with
from orgtrail.settings.plain import NotPlain


@dataclass(frozen=True)
class Version:
    """One version of the accounts file; `path` is what its faults are told under."""

    path: Path
    raw: bytes

    @cached_property
    def outline(self) -> Outline | None:
        """Where its entries are, or None where that can't be told without reading all of it."""
        try:
            return outline(self.raw.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return None

    @cached_property
    @no_garbage_collection()
    def settings(self) -> Settings:
        """The settings in it. Raises InvalidSettings."""
        # What is wrong, and on which line, is told by reading all of it.
        return (settings_of(self.outline, self.outline.entries) if self.outline else None) or self.read_in_full()

    def read_in_full(self) -> Settings:
        """The same, by reading the file from its first to its last line. Raises InvalidSettings."""
        with _as_a_file(self.raw) as copy:
            try:
                return load(copy)
            except InvalidSettings as invalid:
                faults = [replace(fault, file=str(self.path)) for fault in invalid.faults]
                raise InvalidSettings(self.path, faults) from None


def settings_of(whole: Outline, entries: Sequence[Entry], *, without_rollout: bool = False) -> Settings | None:
    """The settings of a file with some of its entries, or None where they have faults or aren't plain.

    What an entry says is known from the events of its outline; places, which only faults need, take twice as long.
    """
    text = whole.without_accounts(without_rollout=without_rollout)
    with _as_a_file(text.encode()) as file:
        try:
            return load_with(file, [entry.data for entry in entries])
        except NotPlain:
            return None


@contextmanager
def _as_a_file(raw: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.yaml"
        file.write_bytes(raw)
        yield file
