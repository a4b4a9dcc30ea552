"""The kinds of weaker evidence, each a comparison of two values that gives words, or nothing.

A new kind is one line here, and one in `settings` or `plan` (or both) that says which values it compares.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from orgtrail.events import READ_ONLY_TOO
from orgtrail.words import counted, some

NONE = "none"
# https://docs.aws.amazon.com/athena/latest/ug/creating-tables.html: objects in these classes are ignored.
UNREADABLE_CLASSES = ("GLACIER", "DEEP_ARCHIVE")

_LISTED = 10


class Loss(NamedTuple):
    """What gets weaker, how it was, and how it will be, in words."""

    what: str
    before: str
    after: str

    def within(self, place: str) -> "Loss":
        """The same, of one region or one bucket of several."""
        return self._replace(what=f"{self.what} in {place}")

    def of(self, name: str) -> "Loss":
        """The same, of one table of several."""
        return self._replace(what=f"{self.what}, {name}")


Kind = Callable[[Any, Any], Iterator[Loss]]


def sooner(what: str) -> Kind:
    """Something happens to events after so many days (None: never), and now sooner."""

    def compare(old: int | None, new: int | None) -> Iterator[Loss]:
        if new is not None and (old is None or new < old):
            yield Loss(what, *("never" if days is None else f"after {counted(days, 'day')}" for days in (old, new)))

    return compare


def shorter(what: str, unit: str = "day") -> Kind:
    """Something is kept for so long (None: forever), and now for less."""

    def compare(old: int | None, new: int | None) -> Iterator[Loss]:
        if new is not None and (old is None or new < old):
            yield Loss(what, *("forever" if kept is None else counted(kept, unit) for kept in (old, new)))

    return compare


def later(what: str) -> Kind:
    """Something happens after so many hours, and now after more; that it never does any more is for `gone` to say."""

    def compare(old: int | None, new: int | None) -> Iterator[Loss]:
        if old is not None and new is not None and new > old:
            yield Loss(what, *(f"after {counted(hours, 'hour')}" for hours in (old, new)))

    return compare


def gone(what: str) -> Kind:
    """It was set (not None), and no longer is."""

    def compare(old: object, new: object) -> Iterator[Loss]:
        if old is not None and new is None:
            yield Loss(what, "there", "removed")

    return compare


def other(what: str, without: str = NONE) -> Kind:
    """It was set (not None), and now is something else, or `without` it."""

    def compare(old: object, new: object) -> Iterator[Loss]:
        if old is not None and new != old:
            yield Loss(what, str(old), without if new is None else str(new))

    return compare


def lower(what: str, ranks: Mapping[Any, str]) -> Kind:
    """A value has a rank, and now a lower one. `ranks` has their words, the lowest first; others rank below it."""

    def compare(old: object, new: object) -> Iterator[Loss]:
        order = list(ranks)
        before, after = (order.index(value) if value in ranks else -1 for value in (old, new))
        if after < before:
            yield Loss(what, ranks[old], ranks[order[max(after, 0)]])

    return compare


def fewer(what: str) -> Kind:
    """Some values are among several, and now are not."""

    def compare(old: Collection[str], new: Collection[str]) -> Iterator[Loss]:
        if lost := sorted(set(old) - set(new)):
            yield Loss(what, some(lost, _LISTED), "no longer")

    return compare


def more(what: str) -> Kind:
    """Patterns of those that may do something, and now there are some that none of the old ones covers."""

    def compare(old: Collection[str], new: Collection[str]) -> Iterator[Loss]:
        if gained := sorted(one for one in new if not any(fnmatchcase(one, pattern) for pattern in old)):
            more_of_them = some(gained, _LISTED)
            yield Loss(what, *((some(sorted(old), _LISTED), f"{more_of_them} too") if old else (NONE, more_of_them)))

    return compare


def lock(old: tuple[str, int] | None, new: tuple[str, int] | None) -> Iterator[Loss]:
    """Objects are locked in a mode (`governance`, `compliance`) for some days, and now less strictly or for less."""
    if old and (new is None or new[1] < old[1] or (old[0], new[0]) == ("compliance", "governance")):
        yield Loss("lock of objects", *(f"{one[0]}, {counted(one[1], 'day')}" if one else NONE for one in (old, new)))


_ON: Mapping[Any, str] = {False: "off", True: "on"}


def switched_off(what: str) -> Kind:
    """Something is on (True), and now is not."""
    return lower(what, _ON)


def boundary(role: str) -> Kind:
    """A role's permissions boundary is taken away, or replaced by another."""
    return other(f"permissions boundary of {role}")


EVENTS_EXPIRE = sooner("events are deleted")
VERSIONS_EXPIRE = sooner("replaced and deleted versions are deleted for good")
UNREADABLE = sooner("events move to a class that Athena can't read")
LOCK = lock
KEY = other("KMS key", without="S3's own keys")
ENCRYPTION = lower(
    "encryption", {None: NONE, "AES256": "S3's own keys", "aws:kms": "KMS", "aws:kms:dsse": "KMS, twice"}
)
KEY_STAYS = shorter("time to change one's mind after the key's deletion")
BREAK_GLASS = other("role without which nothing is deleted")
READERS = more("roles that may read their own account's events")
ORGANIZATION = other("organization whose accounts may deliver")
MANAGED = lower("bucket and its protections", {False: "left as they are", True: "managed by Orgtrail"})
POLICY_MANAGED = lower("bucket policy", {False: "left as it is", True: "managed by Orgtrail"})
BUCKET = other("bucket that new events go to")
ARCHIVE_ACCOUNT = other("account of the archive")
ARCHIVE_REGION = other("region of the archive")
LAYOUT = other("where in the bucket events lie")
CATALOG = gone("tables in Athena")
TABLE = gone("table in Athena")
TABLE_LOCATION = other("where a table finds events")
TABLE_ACCOUNTS = fewer("accounts that a table finds")
TABLE_REGIONS = fewer("regions that a table finds")
TRAIL = gone("trail that hands events to EventBridge")
TRAIL_CALLS = lower(
    "calls that the trail logs", {"ReadOnly": "read-only ones", "WriteOnly": "all that change something", "All": "all"}
)
TRAIL_EXPIRES = sooner("files of the trail are deleted")
ACCESS_LOGS = gone("access logs of the bucket")
VERSIONING = lower("versioning", {None: "off", "Suspended": "suspended", "Enabled": "on"})
OWNERSHIP = lower("owner of all objects", {None: "whoever writes", "BucketOwnerEnforced": "the archive's account"})
ACCOUNT = lower(
    "account", {None: "removed from the file", "closed": "closed", "suspended": "suspended", "active": "active"}
)
PIPELINE = gone("pipeline")
DEAD_LETTERS = gone("dead-letter queue of the rule")
DEAD_LETTERS_KEPT = shorter("time that dead letters are kept", "second")
RETRIES = shorter("time that a delivery is tried again", "second")
SOURCES = fewer("sources taken")
DETAIL_TYPES = fewer("detail types taken")
CALLS = lower(
    "calls taken", {"DISABLED": NONE, "ENABLED": "all that change something", READ_ONLY_TOO: "read-only ones too"}
)
SILENCE_TOLD = later("alarm that nothing comes")
LOG_KEPT = shorter("time that the delivery log is kept")
