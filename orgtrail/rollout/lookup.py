"""What a lookup of an existing resource is: a function for each type of resource, from what a plan says of it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from orgtrail.aws import AccountSession
from orgtrail.names import MANAGED_BY, MANAGED_BY_US

Planned = Mapping[str, Any]
"""The attributes of a resource as a plan has them, without those that only the apply makes known."""


class Existing(NamedTuple):
    """A resource that exists: its import id, and the tags of it or, where it can have none, of what it belongs to."""

    import_id: str
    tags: Mapping[str, str]

    @property
    def is_ours(self) -> bool:
        """Whether Orgtrail made it."""
        return self.tags.get(MANAGED_BY) == MANAGED_BY_US


class Undecided(Exception):
    """It isn't known whether a resource exists, or which one it is; the text says why, and what to do."""


Lookup = Callable[[Planned, AccountSession, str], Existing | None]
"""Finds a planned resource in a region; None where nothing has its name.

Raises Undecided, WrongAccount, or botocore's errors, among them those that say that nothing is there.
"""


def listed(tags: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags from the list in which most services have them."""
    return {tag[key]: tag[value] for tag in tags}
