"""Rules for how long the archive keeps what: as S3 demands, and never shorter than its lock.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""

from collections.abc import Iterator
from itertools import pairwise

from orgtrail.settings import model
from orgtrail.settings.archive_model import StorageClass, Transition
from orgtrail.settings.draft import Part
from orgtrail.settings.faults import Key, Problem
from orgtrail.settings.findings import Finding

_INFREQUENT: tuple[StorageClass, ...] = ("STANDARD_IA", "ONEZONE_IA")
_INFREQUENT_DAYS = 30

# Where S3 lets an object go from each class: its "waterfall model".
_ONWARD: dict[StorageClass, tuple[StorageClass, ...]] = {
    "STANDARD_IA": ("INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"),
    "INTELLIGENT_TIERING": ("ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"),
    "ONEZONE_IA": ("GLACIER", "DEEP_ARCHIVE"),
    "GLACIER_IR": ("GLACIER", "DEEP_ARCHIVE"),
    "GLACIER": ("DEEP_ARCHIVE",),
    "DEEP_ARCHIVE": (),
}


def transitions_go_down(archive: Part[model.Archive]) -> Iterator[Finding]:
    """Objects move later and later to colder and colder classes, and expire only after that."""
    if "transitions" in archive.broken:
        return
    key, transitions = (*archive.key, "transitions"), archive.entry.transitions
    for index, transition in enumerate(transitions):
        if transition.storage_class in _INFREQUENT and transition.days < _INFREQUENT_DAYS:
            text = f"is too early for {transition.storage_class}"
            yield Finding((*key, index, "days"), Problem(text, f"{_INFREQUENT_DAYS} or more"))
    for index, (before, after) in enumerate(pairwise(transitions), 1):
        yield from _follows(before, after, (*key, index))
    expire_days = archive.entry.expire_days
    if transitions and expire_days is not None and "expire_days" not in archive.broken:
        last = max(transition.days for transition in transitions)
        if expire_days <= last:
            text = f"is not after the last of transitions, which comes after {last} days"
            yield Finding((*archive.key, "expire_days"), Problem(text, f"{last + 1} or more"))


def _follows(before: Transition, after: Transition, key: Key) -> Iterator[Finding]:
    onward = _ONWARD[before.storage_class]
    if after.storage_class not in onward:
        text = f"can't follow {before.storage_class}: S3 moves objects to colder classes only"
        yield Finding((*key, "storage_class"), Problem(text, ", ".join(onward) or "no further transition"))
        return
    # Within one rule, S3 wants 30 days between an infrequent class and what comes below it.
    is_pause_due = before.storage_class in _INFREQUENT and after.storage_class != "INTELLIGENT_TIERING"
    pause = _INFREQUENT_DAYS if is_pause_due else 1
    if after.days < before.days + pause:
        text = f"is too soon after {before.storage_class}, which comes after {before.days} days"
        yield Finding((*key, "days"), Problem(text, f"{before.days + pause} or more"))


def lock_ends_first(archive: Part[model.Archive]) -> Iterator[Finding]:
    """Nothing is to be deleted while it is locked: S3 would keep it, against what the file says."""
    lock = archive.entry.object_lock
    if lock is None or "object_lock" in archive.broken:
        return
    for field in ("noncurrent_days", "expire_days"):
        days = getattr(archive.entry, field)
        if archive.has(field) and field not in archive.broken and days is not None and days < lock.days:
            text = f"is shorter than the lock: until {lock.days} days have passed nothing can be deleted"
            yield Finding((*archive.key, field), Problem(text, f"{lock.days} or more"))
