"""Terraform on many stacks at once, with a bound, and in a way that can be stopped."""

import os
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import psutil

from orgtrail.documents.run import Status
from orgtrail.names import ARCHIVE_STACK
from orgtrail.rollout import adoption, details, kept_archive
from orgtrail.rollout.at_work import AtWork
from orgtrail.rollout.results import Result
from orgtrail.rollout.workspace import Workspace
from orgtrail.settings import Settings
from orgtrail.state import locks, unsaved_state
from orgtrail.terraform.cli import Cause, Change, Terraform, TerraformFailed
from orgtrail.terraform.init_cache import KeptInit
from orgtrail.terraform.processes import Processes
from orgtrail.terraform.provider import Provider

# One terraform with its provider: measured 0.6 to 0.7 GB, and with provider 5.x that much again for each region.
_BYTES_PER_PROVIDER = 700 * 2**20
# Planning is work for the processor; applying is mostly waiting for AWS.
_APPLIES_PER_CORE = 6

_TRIES = 3
_SECONDS_BEFORE_RETRY = 10

# What journal and report take of what Terraform said: the longest messages of AWS, and no file of 50 MB.
_CHARACTERS = 5_000

_T = TypeVar("_T")

OnResult = Callable[[Result], None]


class Engine:
    """Plans and applies the stacks of one workspace; `environment` is what terraform runs with.

    Without `lock`, a first plan leaves the states' backend untouched: for runs that only look.

    `stop` may be set at any time: what runs is finished, nothing new is started.
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        provider: Provider,
        environment: Mapping[str, str],
        *,
        lock: bool = True,
    ) -> None:
        self.workspace = workspace
        self.processes = Processes()
        self.stop = threading.Event()
        self.at_work = AtWork()
        self._telling = threading.Lock()
        self._settings = settings
        self._provider = provider
        self._environment = environment
        self._lock = lock

    def plan_all(self, stacks: Iterable[str], on_result: OnResult) -> list[Result]:
        """Plan every stack; results in the order of `stacks`."""
        return self._on_each(list(stacks), self._plan, self.parallelism(os.cpu_count() or 1), on_result)

    def show(self, stack: str) -> dict[str, Any]:
        """The saved plan of a stack as JSON. Raises TerraformFailed."""
        return self._terraform(stack).show(self.workspace.plan(stack))

    def adopt_all(self, planned: Iterable[Result], on_result: OnResult) -> list[Result]:
        """Plan accounts that create something anew, with what exists of it taken into the state; others are left out.

        Where something exists that isn't Orgtrail's, the stack fails.
        """
        accounts = (result for result in planned if result.stack != ARCHIVE_STACK)
        creating = {result.stack: result for result in accounts if result.count("create")}
        parallelism = self.parallelism(os.cpu_count() or 1)
        return self._on_each(list(creating), lambda stack: self._adopt(creating[stack]), parallelism, on_result)

    def apply_all(self, planned: list[Result], on_start: Callable[[str], None], on_result: OnResult) -> list[Result]:
        """Apply the saved plans of these results; what was stopped before it began is `not started`."""
        by_stack = {result.stack: result for result in planned}

        def apply(stack: str) -> Result:
            on_start(stack)
            # What can't be written into the journal isn't begun.
            return Result(stack, "not started") if self.stop.is_set() else self._apply(by_stack[stack])

        bound = self.parallelism(_APPLIES_PER_CORE * (os.cpu_count() or 1))
        return self._on_each(list(by_stack), apply, bound, on_result)

    def parallelism(self, by_processor: int) -> int:
        """How many stacks at once: as the settings say, else as processor and free memory carry."""
        if self._settings.rollout.parallelism:
            return self._settings.rollout.parallelism
        regions = max((len(account.regions) for account in self._settings.active), default=1)
        providers = 1 if self._provider.major >= 6 else regions
        by_memory = psutil.virtual_memory().available // (_BYTES_PER_PROVIDER * providers)
        return int(max(1, min(by_processor, by_memory)))

    def _on_each(
        self, stacks: list[str], work: Callable[[str], Result], parallelism: int, on_result: OnResult
    ) -> list[Result]:
        results: dict[str, Result] = {}
        with ThreadPoolExecutor(parallelism) as pool:
            futures = [pool.submit(self._unless_stopped, work, stack, on_result) for stack in stacks]
            try:
                for future in as_completed(futures):
                    result = future.result()
                    results[result.stack] = result
            except BaseException:
                # The pool waits for all that was submitted, and nobody would be told of it.
                self.stop.set()
                raise
        return [results[stack] for stack in stacks]

    def _unless_stopped(self, work: Callable[[str], Result], stack: str, on_result: OnResult) -> Result:
        if self.stop.is_set():
            result = Result(stack, "not started")
        else:
            with self.at_work.on(stack):
                result = work(stack)
        # Told by the worker itself: it must not take up the next stack before a failure has been counted.
        with self._telling:
            on_result(result)
        return result

    def _plan(self, stack: str) -> Result:
        return self._timed(stack, lambda: self._detailed(stack, self._planned(stack)), "changes")

    def _adopt(self, planned: Result) -> Result:
        return self._timed(planned.stack, lambda: self._with_existing(planned), "changes")

    def _with_existing(self, planned: Result) -> tuple[Change, ...]:
        stack = planned.stack
        try:
            found = adoption.write_imports(self._settings, stack, self.show(stack), self.workspace.stack(stack))
        except adoption.CannotAdopt as error:
            raise TerraformFailed("import", str(error), Cause.OTHER) from error
        return self._detailed(stack, self._planned(stack)) if found else planned.changes

    def _detailed(self, stack: str, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """The changes with what they alter and weaken. Reading a plan starts its provider: 2.5 s for a plan of 6."""
        if not details.are_needed(changes):
            return changes
        ids = {account.name: account.account_id for account in self._settings.accounts}
        return details.detailed(changes, self.show(stack), account_id=ids.get(stack), accounts=ids.values())

    def _planned(self, stack: str) -> tuple[Change, ...]:
        return self._past_locks(stack, lambda: self._patiently(lambda: self._initialize_and_plan(stack)))

    def _initialize_and_plan(self, stack: str) -> tuple[Change, ...]:
        terraform, file = self._terraform(stack), self.workspace.plan(stack)
        kept = KeptInit(self.workspace.stack(stack), self.workspace.kept_init(stack), self._provider, self._environment)
        if kept.restore():
            try:
                return terraform.plan(file, lock=self._lock)
            except TerraformFailed as error:
                if error.cause is Cause.OTHER:
                    # Were the copy at fault, no later run would get past it either.
                    kept.forget()
                if error.cause is not Cause.UNINITIALIZED:
                    raise
        kept.undo()
        terraform.init()
        kept.keep()
        return terraform.plan(file, lock=self._lock)

    def _apply(self, planned: Result) -> Result:
        result = self._timed(planned.stack, lambda: self._apply_or_repair(planned), "applied")
        # Of what was completed before a failure, Terraform says no more than the addresses.
        known = {(change.address, change.action): change for change in planned.changes}
        changes = (known.get((change.address, change.action), change) for change in result.changes)
        return replace(result, changes=tuple(changes))

    def _apply_or_repair(self, planned: Result) -> tuple[Change, ...]:
        """Apply a saved plan; after a passing error of AWS apply what is left of it, and nothing else."""
        terraform = self._terraform(planned.stack)
        file = self.workspace.plan(planned.stack)
        for attempt in range(1, _TRIES + 1):
            try:
                self._past_locks(planned.stack, lambda: terraform.apply(file))
                return planned.changes
            except TerraformFailed as error:
                if error.cause is not Cause.TRANSIENT or attempt == _TRIES or self.stop.is_set():
                    raise
                # In full, even if the rollout stops meanwhile: what runs is finished, and needs the pause for that.
                time.sleep(_SECONDS_BEFORE_RETRY * attempt)
            left = self._past_locks(planned.stack, lambda: self._patiently(lambda: terraform.plan(file)))
            if unseen := _not_agreed_to(left, planned.changes):
                addresses = ", ".join(sorted(unseen))
                raise TerraformFailed("plan", f"what is left to do is not what was agreed to: {addresses}", Cause.STALE)
        raise AssertionError("the last attempt returns or raises")

    def _patiently(self, work: Callable[[], _T]) -> _T:
        """Repeat work that only reads, as long as AWS's errors are passing ones."""
        for attempt in range(1, _TRIES):
            try:
                return work()
            except TerraformFailed as error:
                if error.cause is not Cause.TRANSIENT or self.stop.is_set():
                    raise
                self.stop.wait(_SECONDS_BEFORE_RETRY * attempt)
        return work()

    def _past_locks(self, stack: str, work: Callable[[], _T]) -> _T:
        """Do the work again where the lock that Terraform has waited for in vain is gone, or another one, by now."""
        for again in (True, False):
            try:
                return work()
            except TerraformFailed as error:
                if error.cause is not Cause.LOCKED:
                    raise
                # Who works on the stack is looked at before the lock: a holder that has ended well has released it.
                explanation = locks.explained(str(error), self.workspace.stack(stack))
                look_again = again and not self.stop.is_set()
                if not look_again or self._is_held(stack, locks.id_of(str(error))):
                    raise TerraformFailed(error.command, explanation, error.cause) from error
        raise AssertionError("the second attempt returns or raises")

    def _is_held(self, stack: str, lock: str | None) -> bool:
        """Whether that lock is still on the stack's state; if that can't be known, it is."""
        try:
            held = self._terraform(stack).held_lock()
        except TerraformFailed:
            return True
        return held is not None and locks.id_of(held) == lock

    def _timed(self, stack: str, work: Callable[[], tuple[Change, ...]], done: Status) -> Result:
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            changes, text = self._attempted(stack, work)
        except Exception as error:
            # Whatever it is, it is this stack's: the others go on, and the report is written.
            text = self._bounded(stack, "".join(traceback.format_exception_only(error)).strip())
            changes = self._terraform(stack).applied()
        return Result(
            stack,
            "failed" if text is not None else done if changes else "unchanged",
            changes,
            error=text,
            started=started,
            seconds=time.monotonic() - clock,
            log=str(self.workspace.log(stack)),
        )

    def _attempted(self, stack: str, work: Callable[[], tuple[Change, ...]]) -> tuple[tuple[Change, ...], str | None]:
        """What the work changed; or what Terraform had completed before it failed, and why it did."""
        try:
            return work(), None
        except TerraformFailed as error:
            text = self._bounded(stack, self._explained(stack, error))
            if error.lock_kept and self._lock:
                text = f"{text}\n{self._kept_lock(stack)}".strip()
        return self._terraform(stack).applied(), text

    def _explained(self, stack: str, error: TerraformFailed) -> str:
        """What Terraform said, with what to do about it where that is known."""
        text = self._explained_by_cause(stack, error)
        return kept_archive.explained(text) if stack == ARCHIVE_STACK else text

    def _explained_by_cause(self, stack: str, error: TerraformFailed) -> str:
        match error.cause:
            case Cause.UNSAVED:
                return unsaved_state.explained(str(error), self.workspace.stack(stack))
            case Cause.EXISTS:
                return adoption.explained(str(error), stack, self._settings.path)
            case _:
                return str(error)

    def _kept_lock(self, stack: str) -> str:
        """What to do about the lock that a Terraform of ours has left on the stack's state; nothing where it hasn't."""
        try:
            held = self._terraform(stack).held_lock()
        except TerraformFailed:
            return "It may have left its lock on the state; if so, the next run of this stack says how it is released."
        return locks.explained(held, self.workspace.stack(stack)) if held else ""

    def _bounded(self, stack: str, text: str) -> str:
        if len(text) <= _CHARACTERS:
            return text
        return f"{text[:_CHARACTERS]} … ({len(text):,} characters; all of it: {self.workspace.log(stack)})"

    def _terraform(self, stack: str) -> Terraform:
        return Terraform(
            self.workspace.stack(stack),
            self.workspace.log(stack),
            environment=self._environment,
            processes=self.processes,
            time_limit=self._settings.rollout.time_limit_minutes * 60,
        )


def _not_agreed_to(left: Iterable[Change], agreed: Iterable[Change]) -> set[str]:
    """The addresses whose changes go beyond those agreed to; what was half created may be created anew."""
    actions = {change.address: change.action for change in agreed}
    return {
        change.address
        for change in left
        if change.address not in actions or (change.destroys and actions[change.address] == "update")
    }
