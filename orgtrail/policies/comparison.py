"""What differs between two policy documents, statement by statement, and whether it weakens what they protect.

Who may do what is compared and not how it is written: neither order, Sids nor a split of a statement count.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import product
from typing import Any, NamedTuple

from orgtrail.policies.document import Document, Statement

_LISTED = 5  # values of one element that are shown
_ELEMENTS = ("Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource")
_ROOT = re.compile(r"arn:[\w-]+:iam::(\d{12}):root")
_ID = r"\1"
_NOT = "not "
# In each pair, the second operator is less strict than the first.
_TIGHTER = {"StringEquals": "StringLike", "ArnEquals": "ArnLike", "ArnLike": "ArnEquals"}
_PATTERNS = ("StringLike", "ArnLike", "ArnEquals")

Values = frozenset[str]


class StatementChange(NamedTuple):
    """A statement that is new, gone or different, in words; `before` and `after` are empty where there is none.

    `is_weaker`: it allows what nothing allowed before, or what it refused is refused no longer.
    """

    sid: str
    before: str
    after: str
    is_weaker: bool
    statement: Statement | None


def compare(before: Document, after: Document, accounts: Collection[str] = ()) -> tuple[StatementChange, ...]:
    """The statements that differ, those of `before` first.

    `accounts` are ids that may all be principals: adding one of them widens nothing.
    """
    pairs = list(_pairs(_statements(before), _statements(after)))
    old, new = _of(before, "Deny", accounts), _of(after, "Deny", accounts)
    lost = [one.statement for one in old if not one.is_covered_by(new)]
    old, new = _of(before, "Allow", accounts), _of(after, "Allow", accounts)
    gained = [one.statement for one in new if not one.is_covered_by(old)]
    return tuple(
        StatementChange(
            sid=str((was or now or {}).get("Sid", "without a Sid")),
            before=_text(was, now),
            after=_text(now, was),
            is_weaker=was in lost or now in gained,
            statement=now,
        )
        for was, now in pairs
    )


def missing(needed: Document, present: Document) -> list[Statement]:
    """The statements of `needed` whose meaning none of `present` covers, however that is written."""
    return [
        one.statement
        for effect in ("Allow", "Deny")
        for one in _of(needed, effect, ())
        if not one.is_covered_by(_of(present, effect, ()))
    ]


class _Meaning:
    """What one statement says, in parts that can be compared with those of another."""

    def __init__(self, statement: Statement, accounts: Collection[str]) -> None:
        self.statement = statement
        self.conditions = _conditions(statement)
        parts = [_about(statement, element) for element in ("Principal", "Action", "Resource")]
        principals = {"an account of the file" if one.removeprefix("AWS:") in accounts else one for one in parts[0]}
        self.atoms = list(product(principals, parts[1], parts[2]))

    def is_covered_by(self, others: Iterable["_Meaning"]) -> bool:
        """Whether one of the others covers everything that it is about."""
        wider = [other for other in others if _narrows(self.conditions, other.conditions)]
        return all(any(_covers(theirs, atom) for other in wider for theirs in other.atoms) for atom in self.atoms)


def _of(policy: Document, effect: str, accounts: Collection[str]) -> list[_Meaning]:
    return [_Meaning(one, accounts) for one in _statements(policy) if one.get("Effect") == effect]


def _statements(policy: Document) -> list[Statement]:
    listed = policy.get("Statement", [])
    return listed if isinstance(listed, list) else [listed]


def _named(statement: Statement, element: str) -> set[str]:
    """The values of an element, such as actions; principals with their kind, as in `Service:firehose.amazonaws.com`."""
    value = statement.get(element, [])
    if isinstance(value, dict):
        pairs = {f"{kind}:{_ROOT.sub(_ID, one)}" for kind, listed in value.items() for one in _list(listed)}
        return {"*" if one == "AWS:*" else one for one in pairs}
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html: case doesn't count.
    return {one.lower() if "Action" in element else one for one in _list(value)}


def _list(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _conditions(statement: Statement) -> dict[tuple[str, str], Values]:
    # Values of operators can be booleans, which AWS treats like their text.
    return {
        (operator, key): frozenset(one.lower() if one in ("True", "False") else one for one in _list(values))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    }


def _narrows(narrow: dict[tuple[str, str], Values], wide: dict[tuple[str, str], Values]) -> bool:
    """Whether requests that meet all of the first conditions meet the second, too."""
    return all(
        any(_implies(*mine, operator, key, values) for mine in narrow.items())
        for (operator, key), values in wide.items()
    )


def _implies(mine: tuple[str, str], my_values: Values, operator: str, key: str, values: Values) -> bool:
    if mine[1].lower() != key.lower() or operator not in (mine[0], _TIGHTER.get(mine[0])):
        return False
    if "Not" in operator:
        return values <= my_values
    if operator in _PATTERNS:
        return all(any(_matches(pattern, one) for pattern in values) for one in my_values)
    return my_values <= values


def _about(statement: Statement, element: str) -> set[str]:
    """The values of an element; of its `Not…` form one text, which only itself or everything covers."""
    if excepted := _named(statement, f"Not{element}"):
        return {f"{_NOT}{' '.join(sorted(excepted))}"}
    return _named(statement, element) or {""}


def _covers(wide: tuple[str, str, str], narrow: tuple[str, str, str]) -> bool:
    # Of principals, `*` is everybody and no other pattern is known.
    is_principal = wide[0] in ("*", narrow[0])
    return is_principal and all(_matches(*pair) for pair in zip(wide[1:], narrow[1:], strict=True))


def _matches(pattern: str, text: str) -> bool:
    """Whether an IAM pattern covers a text, or all that another pattern covers."""
    if pattern == text or pattern.startswith(_NOT):
        return pattern == text
    parts = {"*": ".*", "?": "[^*]"}
    return bool(re.fullmatch("".join(parts.get(one, re.escape(one)) for one in pattern), text, re.DOTALL))


def _pairs(before: list[Statement], after: list[Statement]) -> Iterator[tuple[Statement | None, Statement | None]]:
    """Statements that differ, with those that took their place: the ones of the same Sid."""
    same = [_content(one) for one in before]
    others = [_content(one) for one in after]
    old = [one for one in before if _content(one) not in others]
    new = [one for one in after if _content(one) not in same]
    for statement in old:
        place = next((one for one in new if "Sid" in one and one["Sid"] == statement.get("Sid")), None)
        new = [one for one in new if one is not place]
        yield statement, place
    yield from ((None, statement) for statement in new)


def _content(statement: Statement) -> tuple[Any, ...]:
    elements = tuple(frozenset(_named(statement, element)) for element in _ELEMENTS)
    return statement.get("Effect"), elements, tuple(sorted(_conditions(statement).items(), key=lambda item: item[0]))


def _text(statement: Statement | None, other: Statement | None) -> str:
    """A statement in words; where another took its place, only what that one has not."""
    if statement is None:
        return ""
    parts = [statement["Effect"]] if other is None or statement["Effect"] != other["Effect"] else []
    for element in _ELEMENTS:
        if own := _named(statement, element) - (_named(other, element) if other else set()):
            parts.append(f"{element} {_some(own)}")
    theirs = _conditions(other) if other else {}
    for (operator, key), values in _conditions(statement).items():
        if own := set(values - theirs.get((operator, key), frozenset())):
            parts.append(f"Condition {operator} {key} {_some(own)}")
    return ", ".join(parts)


def _some(values: set[str]) -> str:
    listed = sorted(values)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return " ".join(listed[:_LISTED]) + more
