"""In which order stacks are rolled out, and how many may fail: the archive, the trail, then wave after wave."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orgtrail.rollout.results import Result, failed
from orgtrail.selection.select import select
from orgtrail.selection.stack import Stack
from orgtrail.settings import Settings

_REST = "the rest"


@dataclass(frozen=True)
class Wave:
    """Stacks that are applied together; more than `budget` failures of them stop the rollout (None: no such limit)."""

    name: str
    stacks: tuple[Stack, ...]
    budget: int | None = None

    @property
    def is_archive(self) -> bool:
        """Whether this is the archive, without which no account can deliver."""
        return any(stack.is_archive for stack in self.stacks)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its stacks."""
        return tuple(stack.name for stack in self.stacks)


@dataclass(frozen=True)
class Waves:
    """The waves of a rollout in their order; `budget` is how many of all stacks may fail."""

    waves: tuple[Wave, ...]
    budget: int

    def in_words(self, planned: Sequence[Result]) -> Iterator[str]:
        """In which order planned stacks are applied, and how many of them may fail, for people: a line for each."""
        to_apply = {result.stack for result in planned if result.status == "changes"}
        without_plan = {result.stack for result in failed(planned)}
        yield "In this order:"
        for wave in self.waves:
            unplanned = sum(stack in without_plan for stack in wave.names)
            if wave.budget is not None and unplanned > wave.budget:
                yield f"  {wave.name}: {unplanned} could not be planned, so nothing of it is applied, nor what follows"
                return
            if count := len(to_apply.intersection(wave.names)):
                allowed = "" if wave.budget is None else f", of which {wave.budget or 'none'} may fail"
                yield f"  {wave.name}: {count} of {len(wave.stacks)} to apply{allowed}"
        yield f"Of all together {self.budget or 'none'} may fail."


def waves_of(settings: Settings, stacks: Sequence[Stack]) -> Waves:
    """The stacks in waves: the archive, the trail, the waves of the settings, then those that are in none.

    Raises SelectionError for a wave whose selectors match no account of the file.
    """
    waves = [Wave(stack.name, (stack,)) for stack in stacks if stack.is_archive]
    # An account's own trail can't be made before its bucket.
    waves += [Wave(stack.name, (stack,), budget=0) for stack in stacks if stack.is_trail]
    left = [stack for stack in stacks if stack.account]
    for wave in settings.rollout.waves:
        names = set(select(settings, wave.selectors).names)
        ours = tuple(stack for stack in left if stack.name in names)
        budget = wave.max_failures.allowed(len(ours)) if wave.max_failures else None
        waves.append(Wave(wave.name, ours, budget))
        left = [stack for stack in left if stack.name not in names]
    waves.append(Wave(_REST, tuple(left)))
    budget = settings.rollout.max_failures.allowed(len(stacks))
    return Waves(tuple(wave for wave in waves if wave.stacks), budget)
