"""Names of accounts as names of stacks."""

import re
from collections.abc import Collection

from orgtrail.names import ARCHIVE_STACK, TRAIL_STACK
from orgtrail.settings import Settings

_LONGEST = 63


def entry_name(template: str, *, name: str, account_id: str) -> str:
    """The name that a template gives an account, in the characters of a stack's name."""
    filled = template.format(name=name, account_id=account_id)
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", filled).strip("-_").lower()[:_LONGEST].rstrip("-_")
    # Of a name in other letters, such as kanji, nothing is left.
    return plain if plain and plain != ARCHIVE_STACK else f"account-{account_id}"


def with_id(name: str, account_id: str) -> str:
    """A name that no other account can have."""
    return f"{name[: _LONGEST - 13].rstrip('-_')}-{account_id}"


def free_name(name: str, account_id: str, taken: Collection[str]) -> str:
    """The name, or if another account has it, in whatever case, the one with the account's id."""
    return with_id(name, account_id) if name.lower() in taken else name


def is_named(entry: str, name: str, account_id: str) -> bool:
    """Whether an entry has this name, in whatever case, or the one with the id."""
    return entry.lower() in (name.lower(), with_id(name, account_id).lower())


def taken_names(settings: Settings) -> set[str]:
    """The names of stacks, in small letters: they become folders, and some file systems ignore case."""
    trail = {TRAIL_STACK} if settings.trail else set()
    return trail | {account.name.lower() for account in settings.accounts}
