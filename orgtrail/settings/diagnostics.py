"""What is wrong with a file, where, and how it is reported."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from orgtrail import escape
from orgtrail.errors import UserError
from orgtrail.words import counted, listing, shown, suggestion

Key: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top of the file: `("accounts", 2, "regions", 0)`."""

REPORTED = 100  # diagnostics: nobody reads on before these are mended


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong. It is made in three steps, each of which adds what it knows.

    A check of a single value says what the `problem` is (a predicate: "has 11 digits"), what is `allowed` and what was
    probably meant; or `choices`, from which the last two come. A rule adds the `key` of the value; `of_key`: the key
    itself is wrong. `load` adds the place, `line` and `column` from 1, and the value as it was `found`.
    """

    problem: str
    allowed: str | None = None
    suggestion: str | None = None
    choices: tuple[str, ...] = ()
    key: Key = ()
    of_key: bool = False
    file: str = ""
    line: int = 1
    column: int = 1
    found: str | None = None

    @property
    def path(self) -> str:
        """The key as people write it: `accounts[2].regions[0]`."""
        return key_text(self.key)

    def at(self, *key: str | int, of_key: bool = False) -> "Diagnostic":
        """The same, of the value at a key, or of the key itself."""
        return replace(self, key=key, of_key=of_key)

    def compared_with(self, value: str) -> "Diagnostic":
        """The same, with what its choices allow and which of them was probably meant.

        To compare takes a millisecond, so this is left to the few that are reported.
        """
        if not self.choices:
            return self
        allowed = self.allowed or listing(self.choices, value)
        return replace(self, allowed=allowed, suggestion=self.suggestion or suggestion(value, self.choices), choices=())

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: "
        what = " ".join(part for part in (self.found, self.problem) if part)
        lines = [where + (f"{self.path}: {what}" if self.key else what)]
        if self.allowed:
            lines.append(f"    allowed: {self.allowed}")
        if self.suggestion:
            lines.append(f"    did you mean {self.suggestion}?")
        return "\n".join(map(escape.line, lines))


class InvalidSettings(UserError):
    """A file that can't be used.

    `diagnostics` are the first hundred in the order of the file, of as many as `count` says (None: of those that are
    given); `str()` is the whole report.
    """

    def __init__(self, path: Path, diagnostics: Iterable[Diagnostic], count: int | None = None) -> None:
        self.path = path
        found = sorted(diagnostics, key=lambda one: (one.line, one.column, one.path))
        self.diagnostics = tuple(found[:REPORTED])
        self.count = len(found) if count is None else count
        total = f"{escape.line(str(path))}: {counted(self.count, 'fault')}"
        if self.count > REPORTED:
            total += f"; {REPORTED} of them are above"
        super().__init__("\n".join([*map(str, self.diagnostics), total]))


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


def not_one_of(choices: Collection[str], what: str) -> Diagnostic:
    """The diagnostic of a value that isn't one of the choices; `what` completes "is not …"."""
    return Diagnostic(f"is not {what}", choices=tuple(choices))
