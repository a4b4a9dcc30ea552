"""The words that choose stacks, on the command line and in the waves of accounts.yaml: their grammar alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Literal, TypeAlias

from orgtrail.names import ARCHIVE_STACK

Kind: TypeAlias = Literal["name", "tag", "wave", "region", "affected"]

_PREFIXES: Final[Mapping[Kind, str]] = {
    "tag": "tag:key=value",
    "wave": "wave:NAME",
    "region": "region:REGION",
    "affected": "affected:REVISION",
}
# The characters of names, and of globs of names.
_NAME: Final = re.compile(r"[A-Za-z0-9_*?\[\]!-]+")
_GLOB: Final = re.compile(r"[*?\[]")


class BadSelector(ValueError):
    """A text that is no selector; `str()` says what would be one."""


@dataclass(frozen=True)
class Selector:
    """One choice of stacks: `value` is a name, an account id, a wave, a revision, or a glob of names or regions.

    `key` is that of a tag, whose value is the glob `value`; `excludes`: what it matches is left out.
    """

    text: str
    kind: Kind
    value: str
    key: str = ""
    excludes: bool = False

    @property
    def is_archive(self) -> bool:
        """Whether this is the archive's stack, which no glob matches: it is chosen by its name or not at all."""
        return self.is_called(ARCHIVE_STACK)

    def is_called(self, stack: str) -> bool:
        """Whether it is the name of this stack itself."""
        return self.kind == "name" and self.value == stack

    @property
    def is_glob(self) -> bool:
        """Whether it may stand for several values."""
        return bool(_GLOB.search(self.value))

    def fits(self, value: str) -> bool:
        """Whether a name, a region or a tag's value is one that `value` stands for."""
        return fnmatchcase(value, self.value)


def parse(text: str, *, excludes: bool = False) -> Selector:
    """The selector that a text is; `!` before it excludes. Raises BadSelector."""
    bare = text.removeprefix("!")
    excludes = excludes or bare != text
    prefix, colon, rest = bare.partition(":")
    if not colon:
        if not _NAME.fullmatch(bare):
            raise BadSelector(f"{text!r} is no selector; a name, an account id, a glob such as payments-*, {forms()}")
        return Selector(text, "name", bare, excludes=excludes)
    kind = next((kind for kind in _PREFIXES if kind == prefix), None)
    if kind is None:
        raise BadSelector(f"{text!r}: {prefix}: is not known; there are {forms()}")
    key, equals, value = rest.partition("=") if kind == "tag" else ("", "=", rest)
    if not equals or not value or (kind == "tag" and not key):
        raise BadSelector(f"{text!r} is incomplete; it is written {_PREFIXES[kind]}")
    return Selector(text, kind, value, key, excludes)


def problems(text: str) -> list[str]:
    """What keeps a text from being a selector; empty for one that is, whether it matches anything or not."""
    try:
        parse(text)
    except BadSelector as error:
        return [str(error)]
    return []


def forms() -> str:
    """How selectors with a prefix are written, for help and messages."""
    return ", ".join(_PREFIXES.values())
