"""What was found of several pipelines and days, summed up. An event is of one pipeline and one day, so it counts once.

Objects, and what is malformed or foreign in them, aren't summed up: an object is read for each day that may lie in it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from orgtrail.verify.result import TROUBLE, WORDS, Figures, Verified, Word, told_of
from orgtrail.words import counted, some

K = TypeVar("K")

_SUMMED = ("expected", "delivered", "backfilled", "extra", "unclear", "without_id")


@dataclass(frozen=True)
class Sum:
    """How often each verdict was found, and how many events of each kind; `reasons`: why, of days without figures."""

    verdicts: Mapping[Word, int]
    figures: Figures
    missing: int
    twice: int
    reasons: Mapping[str, Sequence[date]]

    @property
    def word(self) -> Word:
        """The worst verdict of all."""
        return next((word for word in WORDS if self.verdicts[word]), "no events")

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has to look at it."""
        return self.word in TROUBLE

    @property
    def how_many(self) -> str:
        """Of how many the verdict is, and where it is trouble, of how many that were looked at."""
        total, number = sum(self.verdicts.values()), self.verdicts[self.word]
        looked_at = total - self.verdicts["skipped"] or total
        return f"{number:,} of {looked_at:,}" if self.is_trouble and number < looked_at else f"{looked_at:,}"

    @property
    def told_of_pipeline(self) -> str:
        """What else there is to tell of a pipeline on these days, in words."""
        total = sum(self.verdicts.values())
        reasons = (
            why if len(days) == total else f"{some([day.isoformat() for day in days], 3)}: {why}"
            for why, days in self.reasons.items()
        )
        return "; ".join((*told_of(self.figures, self.missing, self.twice), *reasons))

    @property
    def told_of_day(self) -> str:
        """What else there is to tell of a day of these pipelines, in words."""
        unknown = self.verdicts["not known"] if self.word != "not known" else 0
        more = [f"{counted(unknown, 'pipeline')} not known"] if unknown else []
        return "; ".join((*told_of(self.figures, self.missing, self.twice), *more))


def summed(found: Iterable[Verified]) -> Sum:
    """All of it together."""
    verdicts, figures, reasons = Counter[Word](), Counter[str](), defaultdict[str, list[date]](list)
    for one in found:
        verdicts[one.word] += 1
        figures.update(missing=len(one.missing), twice=len(one.twice))
        figures.update({name: getattr(one.figures, name) for name in _SUMMED})
        if one.why:
            reasons[one.why].append(one.day)
    return Sum(
        {word: verdicts[word] for word in WORDS},
        Figures(**{name: figures[name] for name in _SUMMED}),
        figures["missing"],
        figures["twice"],
        {why: sorted(days) for why, days in reasons.items()},
    )


def by_day(found: Iterable[Verified]) -> dict[date, Sum]:
    """Each day, in order."""
    return dict(sorted(_by(lambda one: one.day, found).items()))


def by_pipeline(found: Iterable[Verified]) -> dict[tuple[str, str, str], Sum]:
    """Each pipeline, by its account's name and id and its region, the worst first."""
    sums = _by(lambda one: (one.account, one.account_id, one.region), found)
    return dict(sorted(sums.items(), key=lambda item: (WORDS.index(item[1].word), -item[1].missing, item[0])))


def _by(key: Callable[[Verified], K], found: Iterable[Verified]) -> dict[K, Sum]:
    groups = defaultdict[K, list[Verified]](list)
    for one in found:
        groups[key(one)].append(one)
    return {name: summed(group) for name, group in groups.items()}


def share(delivered: int, expected: int) -> str:
    """In percent, cut off: 100 % is all of them, and nothing else is."""
    if not expected:
        return "-"
    return f"{delivered * 10_000 // expected / 100:.2f} %" if delivered < expected else "100 %"
