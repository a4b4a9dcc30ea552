"""How long the archive keeps what: as S3 demands, and never shorter than its lock.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, TypeAlias

from pydantic import Field

from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.section import Part, StrictModel
from orgtrail.settings.values import ListOf

LockMode: TypeAlias = Literal["governance", "compliance"]
StorageClass: TypeAlias = Literal[
    "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"
]

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


class ObjectLock(StrictModel):
    """S3 Object Lock: no version of an object can be deleted or overwritten for some days after it was written."""

    mode: LockMode = Field(
        description="How strict: `governance` can be bypassed by who may, `compliance` by nobody, root included"
    )
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html: at most 100 years.
    days: int = Field(ge=1, le=36_500, description="Days that each object is locked")


class Transition(StrictModel):
    """A move to a cheaper storage class."""

    days: int = Field(ge=0, description="Days after which an object moves")
    storage_class: StorageClass = Field(
        description="Storage class it moves to; Athena reads nothing from `GLACIER` and `DEEP_ARCHIVE`"
    )


class Retention(StrictModel):
    """How long the archive keeps what."""

    noncurrent_days: int = Field(
        default=30,
        ge=1,
        description="Days after which replaced or deleted objects are gone for good; "
        "not written: `object_lock.days` where those are more",
    )
    expire_days: int | None = Field(
        default=None, ge=1, description="Days after which events are deleted; not written: never"
    )
    object_lock: ObjectLock | None = Field(
        default=None, description="Objects can't be deleted or overwritten for some days; not written: they can"
    )
    transitions: ListOf[Transition] = Field(
        default=(), description="Moves to cheaper storage classes; S3 leaves objects below 128 KB where they are"
    )


def noncurrent_days(written: Retention) -> int:
    """Days after which S3 removes replaced or deleted objects. If not written, at least as long as they are locked."""
    if written.object_lock is None or "noncurrent_days" in written.model_fields_set:
        return written.noncurrent_days
    return max(written.noncurrent_days, written.object_lock.days)


def transitions_go_down(archive: Part[Retention]) -> Iterator[Diagnostic]:
    """Objects move later and later to colder and colder classes, and expire only after that."""
    if "transitions" in archive.broken:
        return
    key, transitions = (*archive.key, "transitions"), archive.entry.transitions
    for index, transition in enumerate(transitions):
        if transition.storage_class in _INFREQUENT and transition.days < _INFREQUENT_DAYS:
            text = f"is too early for {transition.storage_class}"
            yield Diagnostic(text, f"{_INFREQUENT_DAYS} or more", key=(*key, index, "days"))
    for index, (before, after) in enumerate(pairwise(transitions), 1):
        yield from _follows(before, after, (*key, index))
    expire_days = archive.entry.expire_days
    if transitions and expire_days is not None and "expire_days" not in archive.broken:
        last = max(transition.days for transition in transitions)
        if expire_days <= last:
            text = f"is not after the last of transitions, which comes after {last} days"
            yield Diagnostic(text, f"{last + 1} or more", key=(*archive.key, "expire_days"))


def _follows(before: Transition, after: Transition, key: Key) -> Iterator[Diagnostic]:
    onward = _ONWARD[before.storage_class]
    if after.storage_class not in onward:
        text = f"can't follow {before.storage_class}: S3 moves objects to colder classes only"
        yield Diagnostic(text, ", ".join(onward) or "no further transition", key=(*key, "storage_class"))
        return
    # Within one rule, S3 wants 30 days between an infrequent class and what comes below it.
    is_pause_due = before.storage_class in _INFREQUENT and after.storage_class != "INTELLIGENT_TIERING"
    pause = _INFREQUENT_DAYS if is_pause_due else 1
    if after.days < before.days + pause:
        text = f"is too soon after {before.storage_class}, which comes after {before.days} days"
        yield Diagnostic(text, f"{before.days + pause} or more", key=(*key, "days"))


def lock_ends_first(archive: Part[Retention]) -> Iterator[Diagnostic]:
    """Nothing is to be deleted while it is locked: S3 would keep it, against what the file says."""
    lock = archive.entry.object_lock
    if lock is None or "object_lock" in archive.broken:
        return
    for field in ("noncurrent_days", "expire_days"):
        days = getattr(archive.entry, field)
        if archive.has(field) and field not in archive.broken and days is not None and days < lock.days:
            text = f"is shorter than the lock: until {lock.days} days have passed nothing can be deleted"
            yield Diagnostic(text, f"{lock.days} or more", key=(*archive.key, field))
