"""What was found of a pipeline and a day: a verdict, figures, and the events that are missing or there twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, get_args

from orgtrail.words import counted

# The documents have these shapes, and who only prints them needs no botocore.
if TYPE_CHECKING:
    from orgtrail.selection.pipelines import Pipeline
    from orgtrail.verify.comparison import Archived, Comparison

Word = Literal["missing", "not known", "complete", "no events", "skipped"]
WORDS: tuple[Word, ...] = get_args(Word)
TROUBLE: frozenset[Word] = frozenset({"missing", "not known"})

_NAMED = 100  # ids that the history doesn't know


@dataclass(frozen=True)
class Named:
    """An event, as it is told; `copies` in the archive."""

    id: str
    time: datetime
    name: str
    source: str
    copies: int


@dataclass(frozen=True)
class Figures:
    """What was counted.

    Of `expected` events, which the rule takes of the history, `delivered` are in the archive, `backfilled` were only
    added later. `extra` are in the archive and not in the history, `unclear` records couldn't be judged.
    """

    expected: int = 0
    delivered: int = 0
    backfilled: int = 0
    extra: int = 0
    unclear: int = 0
    objects: int = 0
    lines: int = 0
    without_id: int = 0
    malformed: int = 0
    foreign: int = 0


@dataclass(frozen=True)
class Verified:
    """What was found of a pipeline, by its account's name and id and its region, and a day; `at`: when."""

    account: str
    account_id: str
    region: str
    day: date
    at: datetime
    word: Word
    why: str = ""
    figures: Figures = Figures()
    missing: tuple[Named, ...] = ()
    twice: tuple[Named, ...] = ()
    extra_ids: tuple[str, ...] = ()
    unclear_problems: tuple[str, ...] = ()
    malformed_places: tuple[str, ...] = ()
    foreign_keys: tuple[str, ...] = ()
    is_kept: bool = field(default=False, compare=False)

    @classmethod
    def without(cls, pipeline: "Pipeline", day: date, at: datetime, word: Word, why: str) -> "Verified":
        """What wasn't, or couldn't be, compared."""
        return cls(pipeline.account.name, *pipeline.place, day=day, at=at, word=word, why=why)

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has to look at it."""
        return self.word in TROUBLE

    @property
    def is_compared(self) -> bool:
        """Whether the history and the archive could be read."""
        return not self.why

    @property
    def told(self) -> str:
        """The reason, or what else there is to tell, in words."""
        return self.why or "; ".join(told_of(self.figures, len(self.missing), len(self.twice)))

    def kept(self) -> "Verified":
        """The same, found by an earlier run."""
        return replace(self, is_kept=True)


def told_of(figures: Figures, missing: int, twice: int) -> Iterator[str]:
    """What there is to tell of figures, in words."""
    if missing:
        yield f"{missing:,} of {figures.expected:,} missing"
    elif figures.expected:
        yield counted(figures.expected, "event")
    if figures.unclear:
        yield f"{counted(figures.unclear, 'record')} of the history can't be judged"
    if twice:
        yield f"{twice:,} twice"
    if figures.backfilled:
        yield f"{figures.backfilled:,} backfilled"
    if figures.extra:
        yield f"{figures.extra:,} that the history doesn't know"
    if figures.malformed:
        yield f"{counted(figures.malformed, 'line')} malformed"
    if figures.foreign:
        yield counted(figures.foreign, "foreign object")


def verified(pipeline: "Pipeline", compared: "Comparison", archived: "Archived", at: datetime) -> Verified:
    """The verdict on a comparison."""
    return Verified(
        pipeline.account.name,
        *pipeline.place,
        day=archived.day,
        at=at,
        word=_word(compared),
        figures=Figures(
            expected=compared.expected,
            delivered=compared.delivered,
            backfilled=len(compared.backfilled),
            extra=len(compared.extra),
            unclear=len(compared.unclear),
            objects=archived.objects,
            lines=archived.lines,
            without_id=archived.without_id,
            malformed=archived.malformed,
            foreign=archived.foreign,
        ),
        missing=tuple(Named(one.id, one.time, one.name, one.source, 0) for one in compared.missing),
        twice=tuple(Named(*line, copies) for line, copies in compared.twice),
        extra_ids=compared.extra[:_NAMED],
        unclear_problems=tuple(dict.fromkeys(one.problem for one in compared.unclear))[:_NAMED],
        malformed_places=tuple(archived.malformed_places),
        foreign_keys=tuple(archived.foreign_keys),
    )


def _word(compared: "Comparison") -> Word:
    if compared.missing:
        return "missing"
    if compared.unclear:
        return "not known"
    return "complete" if compared.expected else "no events"


def order(one: Verified) -> tuple[int, int, str, str, date]:
    """To sort by: the worst first."""
    return WORDS.index(one.word), -len(one.missing), one.account, one.region, one.day
