"""What differs between two versions of the accounts file, found by looking at as little of them as is safe."""

from collections.abc import Mapping
from dataclasses import replace

from orgtrail.affected.compare import Written, compare, with_reasons
from orgtrail.affected.outline import Entry, Outline
from orgtrail.affected.result import Affected, Reason
from orgtrail.affected.version import Version, settings_of
from orgtrail.settings import InvalidSettings, Settings
from orgtrail.weaker.settings import weaker_settings


def changes(base: Version, head: Version) -> Affected:
    """What differs. Raises InvalidSettings for faults of `head` in what differs; others are `check`'s business.

    A `base` with faults says nothing about what it stood for, so all may have changed.
    """
    if base.raw == head.raw:
        return Affected()
    return changes_at_a_glance(base, head) or changes_in_full(base, head)


def changes_in_full(base: Version, head: Version) -> Affected:
    """What differs, after looking at all accounts of both. Raises InvalidSettings."""
    now = head.settings
    try:
        before = base.settings
    except InvalidSettings as invalid:
        fault = str(invalid.faults[0]).splitlines()[0]
        return with_reasons(Affected(weaker=None), now, (Reason("unknown", f"can't be compared: {fault}"),))
    return _compared(before, now, base, head)


def changes_at_a_glance(base: Version, head: Version) -> Affected | None:
    """The same from the entries that differ alone, or None where only reading all of both is safe.

    The same, that is, whenever `head` as a whole is valid.
    """
    differing = _differing(base.outline, head.outline)
    if differing is None:
        return None
    before, now = (settings_of(whole, entries, without_rollout=True) for whole, entries in differing)
    if before is None or now is None:
        return None  # the whole file will tell, with lines as they are numbered there
    if before.organization_id is None or now.organization_id is None:
        return None  # the archive's policy lists accounts in the order of the file
    if not set(before.archived_regions) <= set(now.archived_regions):
        return None  # another account may keep a region in the archive's tables
    return _compared(before, now, base, head)


def _compared(before: Settings, now: Settings, base: Version, head: Version) -> Affected:
    return replace(compare(before, now, _written(base, head)), weaker=weaker_settings(before, now))


_Part = tuple[Outline, list[Entry]]


def _differing(base: Outline | None, head: Outline | None) -> tuple[_Part, _Part] | None:
    """The entries that the other file doesn't have word for word, or None where others may differ, too.

    Files of these alone differ as the whole ones do, whenever the whole ones are valid.
    """
    if base is None or head is None or base.rest != head.rest or not (base.is_sound and head.is_sound):
        return None
    common = {entry.text for entry in base.entries} & {entry.text for entry in head.entries}
    before, now = ([entry for entry in whole.entries if entry.text not in common] for whole in (base, head))
    return (base, before), (head, now)


def _written(base: Version, head: Version) -> Written:
    """The keys of each account's entry in either file, as far as both can be told."""
    keys = [_keys(version.outline) for version in (base, head)]
    return {account: keys[0][account] | keys[1][account] for account in keys[0].keys() & keys[1].keys()}


def _keys(whole: Outline | None) -> Mapping[str, frozenset[str]]:
    return {entry.values.get("account_id", ""): frozenset(entry.values) for entry in whole.entries} if whole else {}
