"""Accounts of one shape: their stacks are the same text but for texts of their own, such as id, name and tags' values.

One stack of a shape is built with stand-ins, and the stacks of the others are stamped from it. It must come out as if
each had been built, whatever a construct does:

* `_with_texts` says in which texts accounts of a shape may differ. Every other field is part of the shape, a new one
  too.
* A construct may place a stand-in, as it is or inside another text. It may compare it: an account for which the answer
  would be another one doesn't fit. What else it asks of a stand-in (its length, a part of it, its order) is refused.
* A shape is built twice, with stand-ins that differ in length, case, order and characters. What a construct makes of
  texts that it has put together (a hash, a cut, an escape, a sorted list) differs between the two.

Where there is doubt there is no stamp, and the account is built. One thing can't be seen from here: a function that
takes a stand-in as an argument and looks into it without asking, such as `re.match("prod", name)` or `name in "a,b"`.
That is why some accounts of each shape are built and compared with their stamps: see builds.py.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from itertools import count
from typing import Any, Literal, Self

from orgtrail.settings import Account

# What no encoding on the way into a stack changes or escapes: JSON, JSON in JSON, Terraform's templates.
_PLAIN = re.compile(r"[\w.:/=+@, -]+")

_Kind = Literal["id", "name", "text"]
_Change = Callable[[str, _Kind], str]


class Unfit(Exception):
    """Accounts of this shape have to be built; the text says why."""


class _Unread:
    """In place of values of any kind that no construct reads."""

    def _refuse(self, *_: object) -> Any:
        raise Unfit("a construct reads what is only for the settings and commands, such as vars")

    __bool__ = __contains__ = __eq__ = __getattr__ = __getitem__ = __hash__ = __iter__ = __len__ = _refuse

    def __repr__(self) -> str:
        return "unread"


_UNREAD: Any = _Unread()


def _with_texts(account: Account, change: _Change) -> Account:
    """The account with other texts: everything in which accounts of one shape may differ."""

    def optional(text: str | None) -> str | None:
        return change(text, "text") if text else text

    return replace(
        account,
        account_id=change(account.account_id, "id"),
        name=change(account.name, "name"),
        email=optional(account.email),
        display_name=optional(account.display_name),
        org_id=optional(account.org_id),
        roles=tuple(change(role, "text") for role in account.roles),
        plan_roles=_UNREAD,
        external_id=optional(account.external_id),
        session_name=change(account.session_name, "text"),
        profile=optional(account.profile),
        tags={key: change(value, "text") for key, value in account.tags.items()},
        permissions_boundary=optional(account.permissions_boundary),
        vars=_UNREAD,
        written=None if account.written is None else _UNREAD,
    )


@dataclass(frozen=True)
class Outline:
    """What accounts of one shape have in common, and the texts of one of them, each once.

    Texts that are equal in one account are equal in all of its shape: constructs may compare them with each other.
    """

    shape: str
    texts: tuple[str, ...]

    @classmethod
    def of(cls, account: Account) -> Self:
        """The outline of an account."""
        texts: dict[str, str] = {}

        def number(text: str, _kind: _Kind) -> str:
            return texts.setdefault(text, f"text {len(texts)}") if _PLAIN.fullmatch(text) else text

        common = _with_texts(account, number)
        # As text, which tells apart what `==` doesn't, such as the order of a mapping. Field by field, because `==` and
        # `repr` of an account leave some out.
        return cls(repr([getattr(common, field.name) for field in fields(common)]), tuple(texts))


class _StandIn(str):
    """A text that may be placed and compared; `compared` collects with what."""

    number: int
    compared: set[tuple[int, str]]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str) and not isinstance(other, _StandIn):
            self.compared.add((self.number, other))
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __bool__(self) -> bool:
        return True

    def __format__(self, specification: str) -> str:
        if specification:
            raise Unfit(f"a construct formats a text with {specification!r}")
        return str.__str__(self)

    def __str__(self) -> str:
        return self

    def replace(self, old: str, new: str, *_: Any) -> str:
        """Escapes it. A construct that replaces any other part looks into the text, and is refused."""
        if old not in _ESCAPED:
            raise Unfit(f"a construct replaces {old!r} in a text")
        return str.replace(self, old, new)


def _refused(method: str) -> Any:
    def refuse(*_: object, **__: object) -> Any:
        raise Unfit(f"a construct calls {method} of a text")

    return refuse


# The starts of a template in Terraform's JSON: a text of an outline has none.
_ESCAPED = ("${", "%{")
# What a construct may do with a stand-in: compare it, and place it, which gives an ordinary text.
_PLACES = {"__add__", "__bool__", "__eq__", "__format__", "__ne__", "__repr__", "__str__", "replace"}
for _method in {*dir(str)} - {*dir(object)} - _PLACES | {
    "__hash__",
    "__int__",
    "__float__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
}:
    setattr(_StandIn, _method, _refused(_method))


@dataclass(frozen=True)
class Probe:
    """An account with stand-ins, of which its shape's stack is built; `compared` fills up meanwhile."""

    account: Account
    stand_ins: tuple[str, ...]
    compared: set[tuple[int, str]]


class StandIns:
    """Stand-ins that don't occur in `settings`, the text of all settings."""

    def __init__(self, settings: str) -> None:
        self._salt = next(salt for salt in count() if not any(mark in settings for mark in _marks(salt)))

    def probes(self, account: Account) -> tuple[Probe, Probe]:
        """The account in two disguises that have nothing in common."""
        return self._probe(account, _short), self._probe(account, _long)

    def _probe(self, account: Account, disguise: Callable[[_Kind, int, int], str]) -> Probe:
        stand_ins: dict[str, _StandIn] = {}
        compared: set[tuple[int, str]] = set()

        def stand_in(text: str, kind: _Kind) -> str:
            if not _PLAIN.fullmatch(text):
                return text
            if text not in stand_ins:
                made = stand_ins[text] = _StandIn(disguise(kind, self._salt, len(stand_ins)))
                made.number, made.compared = len(stand_ins) - 1, compared
            return stand_ins[text]

        disguised = _with_texts(account, stand_in)
        return Probe(disguised, tuple(str.__str__(one) for one in stand_ins.values()), compared)


def _marks(salt: int) -> tuple[str, ...]:
    return _short("id", salt, 0), _long("id", salt, 0), f"z{salt}qj", f"Q-{salt}_Zj"


# The two lie at the ends of the order: whatever is sorted between them comes out in another order. One id is odd, the
# other even. No id can be found at a wrong place, such as behind other digits: its first digit is nowhere else in it.
def _short(kind: _Kind, salt: int, number: int) -> str:
    return f"9{0o31640275153 + salt:011o}" if kind == "id" else f"z{salt}qj{number}x"


def _long(kind: _Kind, salt: int, number: int) -> str:
    if kind == "id":
        return f"0{0o05723164022 + salt:011o}".replace("0", "8").replace("8", "0", 1)
    # Numbered the other way round: texts that are sorted come out in another order.
    mark = f"0Q-{salt}_Zj{999_999 - number}_"
    if kind == "name":
        return (mark + "Aa-_9Zz" * 9)[:63]
    # The letters: one that changes when it is normalized, and one that takes two of UTF-16's units.
    return f" {mark}.:/=+@,{'Aa-_9 Zz' * 24}\N{ANGSTROM SIGN}\N{MATHEMATICAL SCRIPT CAPITAL X} "


@dataclass(frozen=True)
class Stamp:
    """The text of a shape's stack, cut where an account's own texts belong."""

    pieces: tuple[str, ...]
    numbers: tuple[int, ...]
    compared: frozenset[tuple[int, str]]

    @classmethod
    def of(cls, probes: tuple[Probe, Probe], texts: tuple[str, str]) -> Self:
        """The stamp of a shape, from the stack of each probe. Raises Unfit."""
        (pieces, numbers), other = (_cut(probe, text) for probe, text in zip(probes, texts, strict=True))
        if (pieces, numbers) != other:
            raise Unfit("a construct makes something else of a text than a part of a longer one")
        return cls(pieces, numbers, frozenset(probes[0].compared | probes[1].compared))

    def fits(self, outline: Outline) -> bool:
        """Whether an account of the shape gives the same answers as the stand-ins to every comparison."""
        return not any(outline.texts[number] == other for number, other in self.compared)

    def fill(self, outline: Outline) -> str:
        """The stack of an account of the shape."""
        filled = [self.pieces[0]]
        for number, piece in zip(self.numbers, self.pieces[1:], strict=True):
            filled += (outline.texts[number], piece)
        return "".join(filled)


def _cut(probe: Probe, text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    stand_in = re.compile("|".join(map(re.escape, probe.stand_ins)))
    if any(stand_in.search(other) for _number, other in probe.compared):
        raise Unfit("a construct compares a text with one that it has put together")

    def check(pairs: list[tuple[str, object]]) -> None:
        if len(pairs) > 1 and any(stand_in.search(key) for key, _value in pairs):
            raise Unfit("a construct makes a key of a text, and keys are sorted")

    json.loads(text, object_pairs_hook=check)
    pieces, end, numbers = [], 0, []
    for found in stand_in.finditer(text):
        pieces.append(text[end : found.start()])
        numbers.append(probe.stand_ins.index(found[0]))
        end = found.end()
    return (*pieces, text[end:]), tuple(numbers)
