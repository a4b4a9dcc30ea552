"""A rollout: wave after wave, until all is done or too much has failed."""

import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orgtrail.rollout.engine import Engine
from orgtrail.rollout.journal import Journal, JournalUnusable
from orgtrail.rollout.results import Result
from orgtrail.rollout.waves import Wave, Waves
from orgtrail.settings import Rollout
from orgtrail.terraform.processes import TimeLimitExceeded

_NO_ARCHIVE = "the archive failed, and no account can deliver without it"


@dataclass(frozen=True)
class Callbacks:
    """What a rollout reports while it runs."""

    say: Callable[[str], None]
    ended: Callable[[Result], None]


class Deploy:
    """Applies planned stacks wave by wave, until too many have failed; then nothing new is started."""

    def __init__(self, engine: Engine, rollout: Rollout, waves: Waves, journal: Journal, callbacks: Callbacks) -> None:
        self._engine = engine
        self._rollout = rollout
        self._waves = waves
        self._journal = journal
        self._tell = callbacks
        self._failed: set[str] = set()

    def run(self, planned: Sequence[Result]) -> list[Result]:
        """Apply what has changes; returns every result, in the order of `planned`."""
        results = {result.stack: result for result in planned if result.status != "changes"}
        for result in results.values():
            self._record(result)
        to_apply = {result.stack: result for result in planned if result.status == "changes"}
        before: Wave | None = None
        for wave in self._waves.waves:
            ours = [to_apply[stack] for stack in wave.names if stack in to_apply]
            if before and ours and not before.is_archive and not self._stopped:
                self._between(before, wave)
            # Failed plans count at their wave's turn.
            self._stop_over_budget(wave)
            if ours:
                results |= self._wave(wave, ours)
                before = wave
        names = {stack: wave.name for wave in self._waves.waves for stack in wave.names}
        return [replace(results[one.stack], wave=names[one.stack]) for one in planned]

    def _wave(self, wave: Wave, planned: list[Result]) -> dict[str, Result]:
        if not self._stopped:
            self._tell.say(f"Wave {wave.name}: {len(planned)} to apply")

        def ended(result: Result) -> None:
            self._record(result)
            self._stop_over_budget(wave)
            self._tell.ended(result)

        return {result.stack: result for result in self._engine.apply_all(planned, self._started, ended)}

    def _started(self, stack: str) -> None:
        self._write("applying", stack=stack)

    def _record(self, result: Result) -> None:
        if result.status == "not started":
            return
        self._write(result.status, stack=result.stack, seconds=round(result.seconds, 1), error=result.error)
        if result.status == "failed":
            self._failed.add(result.stack)
            if len(self._failed) > self._waves.budget:
                self._stop(f"{len(self._failed)} failed, and rollout.max_failures allows {self._waves.budget}")

    def _stop_over_budget(self, wave: Wave) -> None:
        failures = len(self._failed.intersection(wave.names))
        if wave.is_archive and failures:
            self._stop(_NO_ARCHIVE)
        if wave.budget is not None and failures > wave.budget:
            self._stop(f"{failures} of wave {wave.name} failed, and its max_failures allows {wave.budget}")

    def _write(self, event: str, **fields: object) -> None:
        try:
            self._journal.write(event, **fields)
        except JournalUnusable as error:
            # Without its journal a rollout can't be resumed, so finish what is running and start nothing new.
            self._stop(f"the journal can't be written: {error}")

    @property
    def _stopped(self) -> bool:
        return self._engine.pool.stop.is_set()

    def _stop(self, reason: str) -> None:
        if not self._stopped:
            self._engine.pool.stop.set()
            self._tell.say(f"Nothing new is started: {reason}. What runs is finished.")

    def _between(self, wave: Wave, following: Wave) -> None:
        """Bake time and check command between two waves."""
        rollout = self._rollout
        if rollout.bake_minutes:
            self._tell.say(f"Wave {wave.name} is done; {following.name} starts in {rollout.bake_minutes} minutes")
            with self._engine.pool.at_work.on(f"waiting before wave {following.name}"):
                self._engine.pool.stop.wait(rollout.bake_minutes * 60)
        if rollout.check and not self._stopped:
            with self._engine.pool.at_work.on(f"check after wave {wave.name}"):
                self._check(rollout.check, wave)

    def _check(self, command: str, wave: Wave) -> None:
        self._tell.say(f"$ {command}")
        try:
            status = self._engine.processes.run(
                shlex.split(command),
                cwd=Path.cwd(),
                env={**os.environ, "ORGTRAIL_WAVE": wave.name},
                on_line=self._tell.say,
                time_limit=self._rollout.time_limit_minutes * 60,
            )
        except (OSError, ValueError, TimeLimitExceeded) as error:
            self._stop(f"the check after wave {wave.name} can't be made: {error}")
            return
        if status != 0:
            self._stop(f"the check after wave {wave.name} ended with status {status}")
