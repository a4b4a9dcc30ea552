"""Numbers, times, lists and quoted text in sentences; and the word that was probably meant."""

import difflib
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from operator import itemgetter

_SHOWN = 80  # characters of a text that are worth showing
_LISTED = 20  # choices that are worth listing
_NEAREST = 8  # those that are, where there are more
_CLOSE = 0.6  # likeness, from 0 to 1, of a misspelt word to the word
_COMPARABLE = 64  # characters: comparing text takes time that grows with the square of its length


def some(names: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more there are: `alice, bob and 3 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: int, noun: str) -> str:
    """`1 account`, `2 accounts`, `5,000 accounts`."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def ago(age: timedelta) -> str:
    """`12 minutes`, `5 hours`, `3 days`: the largest unit, rounded down; at least a minute."""
    minutes = max(1, int(age.total_seconds() // 60))
    if minutes < 60:
        return counted(minutes, "minute")
    return counted(minutes // 60, "hour") if minutes < 2 * 24 * 60 else counted(minutes // (24 * 60), "day")


def shown(text: str, most: int = _SHOWN) -> str:
    """Text of any length and any characters, as one short quoted piece of a line."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")


@lru_cache(maxsize=1024)
def suggestion(value: str, choices: tuple[str, ...]) -> str | None:
    """The choice that was probably meant, or None when none is close."""
    if len(value) > _COMPARABLE or not choices:
        return None
    likeness, meant = max(((_likeness(value, choice), choice) for choice in choices), key=itemgetter(0))
    return meant if likeness >= _CLOSE else None


def _likeness(value: str, choice: str) -> float:
    return difflib.SequenceMatcher(None, value.lower(), choice.lower()).ratio()


@lru_cache(maxsize=1024)
def listing(choices: tuple[str, ...], near: str) -> str:
    """The choices, or where they are too many to list, those nearest to a value and how many there are."""
    if len(choices) <= _LISTED:
        return ", ".join(choices)
    nearest = difflib.get_close_matches(near[:_COMPARABLE], choices, n=_NEAREST, cutoff=0)
    return ", ".join(sorted(nearest)) + f", … ({len(choices)} in all)"
