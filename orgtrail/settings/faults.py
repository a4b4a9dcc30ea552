"""What is wrong with a file, where, and how it is told."""

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TypeAlias

from orgtrail import escape
from orgtrail.errors import UserError

Key: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top of the file: `("accounts", 2, "regions", 0)`."""

REPORTED = 100  # faults: nobody reads on before these are mended
_SHOWN = 80  # characters of a value that are worth showing
_LISTED = 20  # choices that are worth listing
_NEAREST = 8  # those that are, where there are more
_CLOSE = 0.6  # likeness, from 0 to 1, of a misspelt word to the word
_COMPARABLE = 64  # characters: comparing text takes time that grows with the square of its length


class Choice(NamedTuple):
    """A value that isn't one of the choices. To compare it with them takes a millisecond: only for what is reported."""

    value: str
    choices: tuple[str, ...]


class Problem(NamedTuple):
    """What is wrong with one value: a predicate ("has 11 digits"), what is allowed, what was meant.

    With a `choice`, the last two come from it where they aren't given.
    """

    text: str
    allowed: str | None = None
    suggestion: str | None = None
    choice: Choice | None = None

    def compared(self) -> "Problem":
        """The same, with what its choice allows and what was probably meant."""
        if self.choice is None:
            return self
        value, choices = self.choice
        return Problem(
            self.text, self.allowed or listing(choices, value), self.suggestion or suggestion(value, choices)
        )


@dataclass(frozen=True)
class Fault:
    """A problem and its place; `line` and `column` count from 1, `key` reads `accounts[2].regions[0]`."""

    file: str
    line: int
    column: int
    key: str
    problem: str
    found: str | None = None
    allowed: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: "
        what = " ".join(part for part in (self.found, self.problem) if part)
        lines = [where + (f"{self.key}: {what}" if self.key else what)]
        if self.allowed:
            lines.append(f"    allowed: {self.allowed}")
        if self.suggestion:
            lines.append(f"    did you mean {self.suggestion}?")
        return "\n".join(map(escape.line, lines))


class InvalidSettings(UserError):
    """A file that can't be used.

    `faults` are the first hundred in the order of the file, of as many as `count` says (None: of those that are given);
    `str()` is the whole report.
    """

    def __init__(self, path: Path, faults: Iterable[Fault], count: int | None = None) -> None:
        self.path = path
        found = sorted(faults, key=lambda fault: (fault.line, fault.column, fault.key))
        self.faults = tuple(found[:REPORTED])
        self.count = len(found) if count is None else count
        total = f"{escape.line(str(path))}: {self.count:,} fault" + ("s" if self.count != 1 else "")
        if self.count > REPORTED:
            total += f"; {REPORTED} of them are above"
        super().__init__("\n".join([*map(str, self.faults), total]))


def key_text(key: Key) -> str:
    """A key as people write it."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w-]{1,60}", part):
            text += f".{part}" if text else part
        else:
            text += f"[{shown(part)}]"
    return text


def shown(text: str) -> str:
    """Text of any length and any characters, as one short quoted piece of a line."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


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


def not_one_of(value: str, choices: Collection[str], what: str) -> Problem:
    """The problem of a value that isn't one of the choices; `what` completes "is not …"."""
    return Problem(f"is not {what}", choice=Choice(value, tuple(choices)))
