"""What differs between two versions of the accounts file, found by reading as little of them as is safe."""

import gc
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from orgtrail.affected.compare import Written, compare, with_reasons
from orgtrail.affected.outline import Outline, outline, shortened
from orgtrail.affected.result import Affected
from orgtrail.settings import InvalidSettings, Settings, load


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
    def settings(self) -> Settings:
        """The settings in it. Raises InvalidSettings."""
        with tempfile.TemporaryDirectory() as folder, _no_garbage_collection():
            copy = Path(folder) / "accounts.yaml"
            copy.write_bytes(self.raw)
            try:
                return load(copy)
            except InvalidSettings as invalid:
                faults = [replace(fault, file=str(self.path)) for fault in invalid.faults]
                raise InvalidSettings(self.path, faults) from None


def changes(base: Version, head: Version) -> Affected:
    """What differs. Raises InvalidSettings for faults of `head` in what differs; others are `check`'s business.

    A `base` with faults says nothing about what it stood for, so all may have changed.
    """
    if base.raw == head.raw:
        return Affected()
    return changes_at_a_glance(base, head) or changes_in_full(base, head)


def changes_in_full(base: Version, head: Version) -> Affected:
    """What differs, after reading both files from their first to their last line. Raises InvalidSettings."""
    now = head.settings
    try:
        before = base.settings
    except InvalidSettings as invalid:
        fault = str(invalid.faults[0]).splitlines()[0]
        return with_reasons(Affected(), now, (f"can't be compared: {fault}",))
    return compare(before, now, _written(base, head))


def changes_at_a_glance(base: Version, head: Version) -> Affected | None:
    """The same from the entries that differ alone, or None where only reading all of both is safe.

    The same, that is, whenever `head` as a whole is valid.
    """
    texts = shortened(base.outline, head.outline)
    if texts is None:
        return None
    try:
        before, now = (Version(head.path, text.encode()).settings for text in texts)
    except InvalidSettings:
        return None  # the whole file will tell, with lines as they are numbered there
    if before.organization_id is None or now.organization_id is None:
        return None  # the archive's policy lists accounts in the order of the file
    return compare(before, now, _written(base, head))


def _written(base: Version, head: Version) -> Written:
    """The keys of each account's entry in either file, as far as both can be told."""
    keys = [_keys(version.outline) for version in (base, head)]
    return {account: keys[0][account] | keys[1][account] for account in keys[0].keys() & keys[1].keys()}


def _keys(whole: Outline | None) -> Mapping[str, frozenset[str]]:
    return {entry.values.get("account_id", ""): frozenset(entry.values) for entry in whole.entries} if whole else {}


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Reading makes a million objects and no garbage; looking for some takes as long as the reading."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
