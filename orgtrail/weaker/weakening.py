"""One way in which a change weakens the evidence of a stack."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from orgtrail.weaker.kinds import Loss

Source = Literal["settings", "plan"]


class Weakening(NamedTuple):
    """What gets weaker in a stack, before and after, in words; `known_from` names the sources."""

    stack: str
    what: str
    before: str
    after: str
    known_from: tuple[Source, ...]

    @classmethod
    def of(cls, stack: str, loss: Loss, source: Source) -> "Weakening":
        """A loss of one stack."""
        return cls(stack, loss.what, loss.before, loss.after, (source,))

    @property
    def words(self) -> str:
        """`events are deleted: never → after 30 days`"""
        return f"{self.what}: {self.before} → {self.after}"


def merged(weakenings: Iterable[Weakening]) -> tuple[Weakening, ...]:
    """The same, what several sources tell only once."""
    found: dict[tuple[str, str, str, str], Weakening] = {}
    for one in weakenings:
        known = found[one[:4]].known_from if one[:4] in found else ()
        found[one[:4]] = one._replace(known_from=tuple(dict.fromkeys((*known, *one.known_from))))
    return tuple(found.values())


def alike(weakenings: Iterable[Weakening]) -> dict[Weakening, list[str]]:
    """The stacks that get weaker in the same way, by that way, whose own stack is the first of them."""
    found: dict[tuple[object, ...], list[Weakening]] = {}
    for one in weakenings:
        found.setdefault(one[1:], []).append(one)
    return {same[0]: [one.stack for one in same] for same in found.values()}
