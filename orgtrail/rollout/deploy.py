"""A rollout: the archive first, then wave after wave, until all is done or too much has failed."""

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orgtrail.names import ARCHIVE_STACK
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.journal import Journal, JournalUnusable
from orgtrail.rollout.results import Result, failed
from orgtrail.selection.select import select
from orgtrail.settings import Settings
from orgtrail.terraform.processes import TimeLimitExceeded

_REST = "the rest"
_NO_ARCHIVE = "the archive failed, and no account can deliver without it"


@dataclass(frozen=True)
class Wave:
    """Stacks that are applied together; more than `budget` failures of them stop the rollout (None: no such limit)."""

    name: str
    stacks: tuple[str, ...]
    budget: int | None = None


@dataclass(frozen=True)
class Callbacks:
    """What a rollout tells while it goes on."""

    say: Callable[[str], None]
    ended: Callable[[Result], None]


def waves_of(settings: Settings, stacks: Sequence[str]) -> list[Wave]:
    """The stacks in waves: the archive alone, the waves of the settings, then those that are in none of them.

    Raises SelectionError for a wave whose selectors match no account of the file.
    """
    waves = [Wave(ARCHIVE_STACK, (ARCHIVE_STACK,))] if ARCHIVE_STACK in stacks else []
    left = [stack for stack in stacks if stack != ARCHIVE_STACK]
    for wave in settings.rollout.waves:
        names = set(select(settings, wave.selectors).names)
        ours = tuple(stack for stack in left if stack in names)
        budget = wave.max_failures.allowed(len(ours)) if wave.max_failures else None
        waves.append(Wave(wave.name, ours, budget))
        left = [stack for stack in left if stack not in names]
    waves.append(Wave(_REST, tuple(left)))
    return [wave for wave in waves if wave.stacks]


def in_waves(settings: Settings, planned: Sequence[Result]) -> Iterator[str]:
    """In which order planned stacks are applied, and how many of them may fail, for people: a line for each wave."""
    to_apply = {result.stack for result in planned if result.status == "changes"}
    without_plan = {result.stack for result in failed(planned)}
    yield "In this order:"
    for wave in waves_of(settings, [result.stack for result in planned]):
        unplanned = sum(stack in without_plan for stack in wave.stacks)
        if wave.budget is not None and unplanned > wave.budget:
            yield f"  {wave.name}: {unplanned} could not be planned, so nothing of it is applied, nor what follows"
            return
        if count := len(to_apply.intersection(wave.stacks)):
            budget = "" if wave.budget is None else f", of which {wave.budget or 'none'} may fail"
            yield f"  {wave.name}: {count} of {len(wave.stacks)} to apply{budget}"
    yield f"Of all together {settings.rollout.max_failures.allowed(len(planned)) or 'none'} may fail."


class Deploy:
    """Applies planned stacks wave by wave. `budget` is how many accounts may fail before nothing new is started."""

    def __init__(self, engine: Engine, settings: Settings, journal: Journal, budget: int, callbacks: Callbacks) -> None:
        self._engine = engine
        self._settings = settings
        self._journal = journal
        self._budget = budget
        self._tell = callbacks
        self._failed: set[str] = set()

    def run(self, planned: list[Result]) -> list[Result]:
        """Apply what has changes; returns every result, in the order of `planned`."""
        results = {result.stack: result for result in planned if result.status != "changes"}
        for result in results.values():
            self._record(result)
        if any(result.stack == ARCHIVE_STACK for result in failed(results.values())):
            self._stop(_NO_ARCHIVE)
        waves = waves_of(self._settings, [result.stack for result in planned])
        to_apply = {result.stack: result for result in planned if result.status == "changes"}
        before: Wave | None = None
        for wave in waves:
            ours = [to_apply[stack] for stack in wave.stacks if stack in to_apply]
            if before and ours and before.name != ARCHIVE_STACK and not self._engine.stop.is_set():
                self._between(before, wave)
            # What could not even be planned counts as soon as it is the wave's turn.
            self._stop_over_budget(wave)
            if ours:
                results |= self._wave(wave, ours)
                before = wave
        names = {stack: wave.name for wave in waves for stack in wave.stacks}
        return [replace(results[one.stack], wave=names[one.stack]) for one in planned]

    def _wave(self, wave: Wave, planned: list[Result]) -> dict[str, Result]:
        if not self._engine.stop.is_set():
            self._tell.say(f"Wave {wave.name}: {len(planned)} to apply")

        def ended(result: Result) -> None:
            self._record(result)
            self._stop_over_budget(wave)
            self._tell.ended(result)

        results = {result.stack: result for result in self._engine.apply_all(planned, self._started, ended)}
        if wave.name == ARCHIVE_STACK and failed(results.values()):
            self._stop(_NO_ARCHIVE)
        return results

    def _started(self, stack: str) -> None:
        self._write("applying", stack=stack)

    def _record(self, result: Result) -> None:
        if result.status == "not started":
            return
        self._write(result.status, stack=result.stack, seconds=round(result.seconds, 1), error=result.error)
        if result.status == "failed":
            self._failed.add(result.stack)
            if len(self._failed) > self._budget:
                self._stop(f"{len(self._failed)} failed, and rollout.max_failures allows {self._budget}")

    def _stop_over_budget(self, wave: Wave) -> None:
        failures = len(self._failed.intersection(wave.stacks))
        if wave.budget is not None and failures > wave.budget:
            self._stop(f"{failures} of wave {wave.name} failed, and its max_failures allows {wave.budget}")

    def _write(self, event: str, **fields: object) -> None:
        try:
            self._journal.write(event, **fields)
        except JournalUnusable as error:
            # Without its journal a rollout can't be resumed: what runs is finished, and told at the end.
            self._stop(f"the journal can't be written: {error}")

    def _stop(self, reason: str) -> None:
        if not self._engine.stop.is_set():
            self._engine.stop.set()
            self._tell.say(f"Nothing new is started: {reason}. What runs is finished.")

    def _between(self, wave: Wave, following: Wave) -> None:
        """Bake time and check command between two waves."""
        rollout = self._settings.rollout
        if rollout.bake_minutes:
            self._tell.say(f"Wave {wave.name} is done; {following.name} starts in {rollout.bake_minutes} minutes")
            with self._engine.at_work.on(f"waiting before wave {following.name}"):
                self._engine.stop.wait(rollout.bake_minutes * 60)
        if rollout.check and not self._engine.stop.is_set():
            with self._engine.at_work.on(f"check after wave {wave.name}"):
                self._check(rollout.check, wave)

    def _check(self, command: str, wave: Wave) -> None:
        self._tell.say(f"$ {command}")
        try:
            status = self._engine.processes.run(
                shlex.split(command),
                cwd=Path.cwd(),
                env={**os.environ, "ORGTRAIL_WAVE": wave.name},
                on_line=self._tell.say,
                time_limit=self._settings.rollout.time_limit_minutes * 60,
            )
        except (OSError, ValueError, TimeLimitExceeded) as error:
            self._stop(f"the check after wave {wave.name} can't be made: {error}")
            return
        if status != 0:
            self._stop(f"the check after wave {wave.name} ended with status {status}")
