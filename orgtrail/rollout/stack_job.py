"""Terraform on one stack of a run: which commands, and how it ended."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from orgtrail.documents.run import Status
from orgtrail.rollout import adoption, details, failures, other_region
from orgtrail.rollout.results import Result
from orgtrail.rollout.retries import TRIES, Retries, pause_after
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.stack import Stack
from orgtrail.settings import Settings
from orgtrail.terraform.changes import Change
from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.failure import Cause, TerraformFailed
from orgtrail.terraform.init_cache import InitCache
from orgtrail.terraform.processes import Processes
from orgtrail.terraform.provider import Provider


@dataclass(frozen=True)
class Run:
    """What the stacks of one run have in common; `environment` is what terraform runs with.

    Without `lock`, a first plan leaves the states' backend untouched. Once `stop` is set, nothing is tried again.
    """

    workspace: Workspace
    settings: Settings
    provider: Provider
    environment: Mapping[str, str]
    lock: bool
    processes: Processes
    stop: threading.Event


class StackJob:
    """What a run does to one stack. A failure is a result too, whatever it was."""

    def __init__(self, stack: Stack, run: Run) -> None:
        self._stack = stack
        self._run = run
        self._folder = run.workspace.stack(stack.name)
        self._plan_file = run.workspace.plan(stack.name)
        self._terraform = Terraform(
            self._folder,
            run.workspace.log(stack.name),
            environment=run.environment,
            processes=run.processes,
            time_limit=run.settings.rollout.time_limit_minutes * 60,
        )
        self._again = Retries(self._terraform, self._folder, run.stop)

    def plan(self) -> Result:
        """Save a plan of what is to change."""
        return self._timed(lambda: self._detailed(self._planned()), "changes")

    def adopt(self, planned: Result) -> Result:
        """Plan anew, with what exists of it taken into the state."""
        return self._timed(lambda: self._with_existing(planned), "changes")

    def apply(self, planned: Result) -> Result:
        """Apply the saved plan."""
        result = self._timed(lambda: self._apply_or_repair(planned), "applied")
        # Terraform reports only addresses of what it completed before a failure.
        known = {(change.address, change.action): change for change in planned.changes}
        changes = (known.get((change.address, change.action), change) for change in result.changes)
        return replace(result, changes=tuple(changes))

    def show(self) -> dict[str, Any]:
        """The saved plan as JSON. Raises TerraformFailed."""
        return self._terraform.show(self._plan_file)

    def _with_existing(self, planned: Result) -> tuple[Change, ...]:
        changes = None
        # A part may be found only after its owner is taken in.
        while self._import_existing():
            changes = self._planned()
        return planned.changes if changes is None else self._detailed(changes)

    def _import_existing(self) -> bool:
        try:
            return adoption.add_imports(self._run.settings.partition, self._stack.owner, self.show(), self._folder)
        except adoption.CannotAdopt as error:
            raise TerraformFailed("import", str(error), Cause.OTHER) from error

    def _detailed(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """The changes with what they alter and weaken. Reading a plan starts its provider: 2.5 s for a plan of 6."""
        if not details.are_needed(changes):
            return changes
        account, plan = self._stack.account, self.show()
        if account:
            other_region.refuse(plan)
        accounts = [one.account_id for one in self._run.settings.accounts]
        return details.detailed(changes, plan, account_id=account.account_id if account else None, accounts=accounts)

    def _planned(self) -> tuple[Change, ...]:
        return self._again.past_locks(lambda: self._again.patiently(self._initialize_and_plan))

    def _initialize_and_plan(self) -> tuple[Change, ...]:
        run = self._run
        cache = InitCache(self._folder, run.workspace.init_cache(self._stack.name), run.provider, run.environment)
        if cache.restore():
            try:
                return self._terraform.plan(self._plan_file, lock=run.lock)
            except TerraformFailed as error:
                if error.cause is Cause.OTHER:
                    # If the copy is the cause, every later run would fail, too.
                    cache.forget()
                if error.cause is not Cause.UNINITIALIZED:
                    raise
        cache.undo()
        self._terraform.init(linked=run.provider.is_unpacked)
        cache.store()
        return self._terraform.plan(self._plan_file, lock=run.lock)

    def _apply_or_repair(self, planned: Result) -> tuple[Change, ...]:
        """Apply a saved plan; after a passing error of AWS apply what is left of it, and nothing else."""
        terraform, file = self._terraform, self._plan_file
        for attempt in range(1, TRIES + 1):
            try:
                self._again.past_locks(lambda: terraform.apply(file))
                return planned.changes
            except TerraformFailed as error:
                if error.cause is not Cause.TRANSIENT or attempt == TRIES or self._run.stop.is_set():
                    raise
                # Wait in full, even if the rollout stops meanwhile: running work is finished, and needs the pause.
                time.sleep(pause_after(attempt))
            left = self._again.past_locks(lambda: self._again.patiently(lambda: terraform.plan(file)))
            if unseen := _not_agreed_to(left, planned.changes):
                addresses = ", ".join(sorted(unseen))
                raise TerraformFailed("plan", f"what is left to do is not what was agreed to: {addresses}", Cause.STALE)
        raise AssertionError("the last attempt returns or raises")

    def _timed(self, work: Callable[[], tuple[Change, ...]], done: Status) -> Result:
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            changes, text = self._attempted(work)
        except Exception as error:
            # Fail only this stack: the others go on, and the report is written.
            text = failures.unexpected(error, self._stack, self._run.workspace)
            changes = self._terraform.applied()
        return Result(
            self._stack.name,
            "failed" if text is not None else done if changes else "unchanged",
            changes,
            error=text,
            started=started,
            seconds=time.monotonic() - clock,
            log=str(self._run.workspace.log(self._stack.name)),
        )

    def _attempted(self, work: Callable[[], tuple[Change, ...]]) -> tuple[tuple[Change, ...], str | None]:
        """What the work changed; or what Terraform had completed before it failed, and why it did."""
        try:
            return work(), None
        except TerraformFailed as error:
            text = failures.explained(error, self._stack, self._run.workspace, self._run.settings.path)
            if error.lock_kept and self._run.lock:
                text = f"{text}\n{failures.lock_left_behind(self._terraform, self._folder)}".strip()
        return self._terraform.applied(), text


def _not_agreed_to(left: Iterable[Change], agreed: Iterable[Change]) -> set[str]:
    """The addresses whose changes go beyond those agreed to; what was half created may be created anew."""
    actions = {change.address: change.action for change in agreed}
    return {
        change.address
        for change in left
        if change.address not in actions or (change.destroys and actions[change.address] == "update")
    }
