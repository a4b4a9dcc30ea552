"""Plans and writes many pipelines at once."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from orgtrail.backfill.plan import Planned, Planner, Waiting
from orgtrail.backfill.spool import Spool
from orgtrail.backfill.write import Outcome, Writer, Written
from orgtrail.concurrency.pool import Pool
from orgtrail.concurrency.questions import Questions
from orgtrail.selection.pipelines import Pipeline
from orgtrail.verify.archived import DAY, MAY_COME, midnight
from orgtrail.words import counted

# CloudTrail limits each account and region by itself, so the more at once, the better.
LOOKS_AT_ONCE = 64
# A day of a busy region takes minutes at two calls a second, and ninety of them hours.
LOOK_SECONDS = 12 * 3600.0
WRITES_AT_ONCE = 16


@dataclass(frozen=True)
class Backfilled:
    """What was planned, and what came of each object, by its key; an object that isn't there was only planned."""

    planned: Sequence[Planned]
    written: Mapping[str, Written] = field(default_factory=dict)

    @property
    def outcomes(self) -> Counter[str]:
        """How many events are in objects of each outcome."""
        counts = Counter[str]()
        for one in (waiting for planned in self.planned for waiting in planned.objects):
            counts[self.outcome(one)] += one.events
        return counts

    def outcome(self, waiting: Waiting) -> Literal["planned"] | Outcome:
        """What came of an object."""
        found = self.written.get(waiting.key)
        return found.outcome if found else "planned"

    def why(self, waiting: Waiting) -> str:
        """Why an object failed; empty where it hasn't."""
        found = self.written.get(waiting.key)
        return found.why if found else ""

    def problems(self, planned: Planned) -> Iterator[str]:
        """What isn't as it should be with a pipeline."""
        yield from planned.problems
        for one in planned.objects:
            if why := self.why(one):
                yield f"{counted(one.events, 'event')} not written: {why}"

    def notes(self, now: datetime) -> Iterator[str]:
        """What to know before it is written."""
        since = now - MAY_COME * DAY
        if any(day.objects and midnight(day.day) > since for planned in self.planned for day in planned.days):
            yield (
                "what is missing of the last days may still come, because EventBridge and Firehose each retry for 24 "
                "hours; then it will be there twice"
            )

    @property
    def unknown(self) -> int:
        """For how many pipelines and days it isn't known what is missing."""
        return sum(1 for planned in self.planned for day in planned.days if day.why)

    @property
    def is_trouble(self) -> bool:
        """Whether anything isn't as it should be."""
        return any(True for planned in self.planned for _problem in self.problems(planned))


def plan_all(
    planner: Planner,
    pipelines: Sequence[Pipeline],
    days: Sequence[date],
    questions: Questions,
    on_result: Callable[[Planned], None] = lambda _one: None,
) -> list[Planned]:
    """What is to be done for each pipeline. Raises OSError where the spool is full."""
    return questions.ask(
        lambda pipeline: planner.planned(pipeline, days),
        pipelines,
        late=lambda pipeline, why: Planned.without(pipeline, days, f"there was {why}"),
        on_result=on_result,
    )


def write_all(
    writer: Writer,
    planned: Sequence[Planned],
    spool: Spool,
    pool: Pool,
    on_result: Callable[[Written], None] = lambda _one: None,
) -> Backfilled:
    """Write what was planned."""
    waiting = [one for each in planned for one in each.objects]
    found = pool.map(
        lambda one: writer.write(one.key, spool.taken(one.body)),
        waiting,
        at_once=WRITES_AT_ONCE,
        on_result=on_result,
        name=lambda one: one.key,
    )
    return Backfilled(planned, {one.key: written for one, written in zip(waiting, found, strict=True)})
