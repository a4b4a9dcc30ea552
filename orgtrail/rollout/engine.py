"""Terraform on many stacks at once."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import psutil

from orgtrail.concurrency.pool import Pool
from orgtrail.rollout.results import Result
from orgtrail.rollout.stack_job import Run, StackJob
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.stack import Stack, stacks_of
from orgtrail.settings import Settings
from orgtrail.terraform.processes import Processes
from orgtrail.terraform.provider import Provider

# One terraform with its provider: measured 1.0 GB, and with provider 5.x at most that much again for each region.
_BYTES_PER_PROVIDER = 1_000 * 2**20
# Planning is work for the processor; applying is mostly waiting for AWS.
_APPLIES_PER_CORE = 6

OnResult = Callable[[Result], None]


class Engine:
    """Plans and applies the stacks of one workspace; `environment` is what terraform runs with.

    Without `lock`, a first plan leaves the states' backend untouched: for runs that only look.

    `pool` stops it. Methods that take results work on the stacks of those names.
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
        self.pool = Pool(self.processes.stop)
        self._run = Run(workspace, settings, provider, environment, lock, self.processes, self.pool.stop)
        self._stacks = {stack.name: stack for stack in stacks_of(settings)}

    def plan_all(self, stacks: Iterable[Stack], on_result: OnResult) -> list[Result]:
        """Plan every stack; results in the order of `stacks`."""
        return self._on_each(stacks, lambda stack: self._job(stack).plan(), self.plans_at_once, on_result)

    def show(self, stack: Stack) -> dict[str, Any]:
        """The saved plan of a stack as JSON. Raises TerraformFailed."""
        return self._job(stack).show()

    def adopt_all(self, planned: Sequence[Result], on_result: OnResult) -> list[Result]:
        """Plan stacks that create something anew, with what exists of it taken into the state; others are left out.

        Where something exists that isn't Orgtrail's, the stack fails.
        """
        creating = {result.stack: result for result in planned if result.count("create")}
        return self._on_each(
            self._of(creating.values()),
            lambda stack: self._job(stack).adopt(creating[stack.name]),
            self.plans_at_once,
            on_result,
        )

    def apply_all(
        self, planned: Sequence[Result], on_start: Callable[[str], None], on_result: OnResult
    ) -> list[Result]:
        """Apply the saved plans of these results; what was stopped before it began is `not started`."""
        by_stack = {result.stack: result for result in planned}

        def apply(stack: Stack) -> Result:
            on_start(stack.name)
            # Don't start a stack that couldn't be journaled.
            return _not_started(stack) if self.pool.stop.is_set() else self._job(stack).apply(by_stack[stack.name])

        bound = self._at_once(_APPLIES_PER_CORE * (os.cpu_count() or 1))
        return self._on_each(self._of(planned), apply, bound, on_result)

    @property
    def plans_at_once(self) -> int:
        """How many stacks are planned, or their plans shown, at a time."""
        return self._at_once(os.cpu_count() or 1)

    def _at_once(self, by_processor: int) -> int:
        """How many stacks at a time: as the settings say, else as processor and free memory carry."""
        settings = self._run.settings
        if settings.rollout.parallelism:
            return settings.rollout.parallelism
        regions = max((len(account.regions) for account in settings.active), default=1)
        providers = 1 if self._run.provider.takes_regions else regions
        by_memory = psutil.virtual_memory().available // (_BYTES_PER_PROVIDER * providers)
        return int(max(1, min(by_processor, by_memory)))

    def _on_each(
        self, stacks: Iterable[Stack], work: Callable[[Stack], Result], at_once: int, on_result: OnResult
    ) -> list[Result]:
        return self.pool.map(
            work, stacks, at_once=at_once, not_started=_not_started, on_result=on_result, name=lambda stack: stack.name
        )

    def _of(self, results: Iterable[Result]) -> list[Stack]:
        return [self._stacks[result.stack] for result in results]

    def _job(self, stack: Stack) -> StackJob:
        return StackJob(stack, self._run)


def _not_started(stack: Stack) -> Result:
    return Result(stack.name, "not started")
