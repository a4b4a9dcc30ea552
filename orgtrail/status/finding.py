"""What is said of a pipeline: a finding, and the verdict."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Kind = Literal["failing", "outdated", "not known", "warning"]
"""`warning`: nothing fails yet, but somebody has to look at it soon."""

Word = Literal["failing", "never", "silent", "outdated", "not known", "quiet", "arriving", "skipped"]
WORDS: tuple[Word, ...] = get_args(Word)
"""The worst first."""

_TROUBLE = frozenset({"failing", "never", "silent", "outdated", "not known"})


class Finding(NamedTuple):
    """What is wrong with a pipeline, or couldn't be read, in words; `absent` names a part that isn't there."""

    kind: Kind
    text: str
    absent: str | None = None


NOT_DEPLOYED = Finding("failing", "it isn't deployed")
"""In place of all that isn't there."""


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a pipeline, and why; `is_trouble`: somebody has to look at it."""

    word: Word
    why: str
    is_trouble: bool = False

    @classmethod
    def of(cls, word: Word, why: str) -> "Verdict":
        """A verdict that is trouble if its word is."""
        return cls(word, why, word in _TROUBLE)
