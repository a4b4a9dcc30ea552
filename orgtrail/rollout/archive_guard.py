"""What a plan would do to events in the archive that Terraform doesn't see as a loss."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orgtrail.archive import refused_deliveries
from orgtrail.archive.access import judge
from orgtrail.archive.refused_deliveries import AccountState, ArchiveState, Plan
from orgtrail.catalog import bucket_of, layout_of
from orgtrail.concurrency.pool import Pool
from orgtrail.layout import Layout
from orgtrail.names import ARCHIVE_STACK
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.results import Result
from orgtrail.rollout.second_key import second_key
from orgtrail.selection.stack import Stack, archive_stack, stacks_of
from orgtrail.settings import MANAGED_KEY, NO_KEY, Former, Settings
from orgtrail.terraform.failure import TerraformFailed
from orgtrail.words import some

_TABLE = "aws_glue_catalog_table"
_KEY = "aws_kms_key"
_WITH_THE_ARCHIVE = f"Deploy the stack {ARCHIVE_STACK} with them."


def objections(engine: Engine, settings: Settings, planned: Sequence[Result]) -> list[str]:
    """Why these plans shouldn't be applied, each with what to write into the accounts file instead."""
    stack = archive_stack(settings)
    archive = next((result for result in planned if result.stack == stack.name), None)
    try:
        if archive is None:
            return list(_without_the_archive(engine, settings, planned))
        if archive.status != "changes":
            return []
        plan = engine.show(stack)
        return [
            *second_key(plan, settings),
            *hidden_events(plan, settings),
            *_with_the_archive(engine, settings, planned, plan),
        ]
    except TerraformFailed as error:
        return [f"Whether events would be hidden, or deliveries refused, isn't known: {error}"]


def _with_the_archive(engine: Engine, settings: Settings, planned: Sequence[Result], plan: Plan) -> Iterator[str]:
    """What the archive, which is applied first, would refuse until the turn of the accounts that deliver it comes."""
    now = refused_deliveries.archive_now(plan, settings)
    if now is None:
        return
    if now.organization and settings.organization_id not in (None, now.organization):
        yield (
            f"The archive would let the accounts of organization {settings.organization_id} deliver, and no longer "
            f"those of {now.organization}. Whether the accounts of the file have moved there isn't known."
        )
    then = refused_deliveries.archive_then(now, settings)
    if not refused_deliveries.takes_less(now, then):
        return
    states = _states(engine, settings, planned)
    ended = {result.stack for result in planned if result.status in ("unchanged", "changes")}
    unknown = [account.name for account in settings.active if account.name not in ended]
    refused = _refused(then, states)
    if refused:
        yield f"{refused} until their turn comes.\n{_moving_from(settings, now, then, states)}"
    if unknown:
        yield (
            f"The archive would take less than now, and whether {some(unknown)} still deliver in the old way isn't "
            "known: no plan of theirs is in this run. Deploy all accounts with it."
        )


def _without_the_archive(engine: Engine, settings: Settings, planned: Sequence[Result]) -> Iterator[str]:
    """What the archive, which isn't applied, would refuse of what the accounts are about to deliver."""
    if settings.archive.existing and not settings.archive.manage_policy:
        return  # Orgtrail doesn't manage what would refuse it: see archive_access.
    stacks = {result.stack for result in planned if _changes_deliveries(result, "create", "update", "replace")}
    accounts = [account for account in settings.active if account.name in stacks]
    if not accounts:
        return
    stack = archive_stack(settings)
    (looked_at,) = engine.plan_all([stack], lambda _result: None)
    names = [account.name for account in accounts]
    if looked_at.status not in ("unchanged", "changes"):
        yield f"Whether the archive takes what {some(names)} would deliver isn't known: {looked_at.error}"
        return
    plan = engine.show(stack)
    now, policy = refused_deliveries.archive_now(plan, settings), refused_deliveries.policy_now(plan)
    if now is None or policy is None:
        yield f"There is no archive yet that takes what {some(names)} would deliver. {_WITH_THE_ARCHIVE}"
        return
    if refused := _refused(now, {one.name: refused_deliveries.account_then(one, settings) for one in accounts}):
        yield f"{refused}. {_WITH_THE_ARCHIVE}"
    elif strangers := [one.name for one in accounts if judge(replace(settings, accounts=(one,)), policy).refused]:
        yield f"The archive's policy doesn't let {some(strangers)} deliver. {_WITH_THE_ARCHIVE}"


def _states(engine: Engine, settings: Settings, planned: Sequence[Result]) -> dict[str, AccountState]:
    """How those accounts deliver now whose deliveries the plans change; the others deliver as the file says."""
    results = {result.stack for result in planned if _changes_deliveries(result, "update", "replace")}
    changing = [stack for stack in stacks_of(settings) if stack.name in results and stack.account]

    def state(stack: Stack) -> AccountState:
        return refused_deliveries.account_now(engine.show(stack), stack.owner.account_id)

    # Each starts a Terraform, which loads the provider's schema.
    states = Pool(engine.processes.stop).map(state, changing, at_once=engine.plans_at_once)
    return {stack.name: state for stack, state in zip(changing, states, strict=True)}


def _changes_deliveries(result: Result, *actions: str) -> bool:
    kinds = (refused_deliveries.STREAM, refused_deliveries.ROLE_POLICY)
    return any(change.action in actions and change.address.startswith(kinds) for change in result.changes)


def _refused(archive: ArchiveState, states: Mapping[str, AccountState]) -> str:
    """What the archive refuses from these accounts, in words; empty if it accepts everything."""
    layouts: dict[str, list[str]] = {}
    for name, account in states.items():
        if refused_deliveries.refuses_layout(archive, account):
            layouts.setdefault(account.layout, []).append(name)
    parts = [f"what {some(names)} deliver in layout {layout}" for layout, names in layouts.items()]
    if names := [name for name, account in states.items() if refused_deliveries.refuses_key(archive, account)]:
        parts.append(f"what {some(names)} deliver, whose roles may not use its key {archive.key}")
    return f"The archive would refuse {', and '.join(parts)}" if parts else ""


def _moving_from(settings: Settings, now: ArchiveState, then: ArchiveState, states: Mapping[str, AccountState]) -> str:
    layout = next((one.layout for one in states.values() if refused_deliveries.refuses_layout(then, one)), None)
    lines = [f"    layout: {json.dumps(layout)}"] if layout else []
    if any(refused_deliveries.refuses_key(then, account) for account in states.values()):
        managed = now.key == now.managed_key
        lines.append(f"    kms_key: {NO_KEY if now.key is None else MANAGED_KEY if managed else now.key}")
    return f"Write into {settings.path}, and take it out again once all accounts are deployed with it:\n" + "\n".join(
        ["archive:", "  moving_from:", *lines]
    )


def hidden_events(plan: Plan, settings: Settings) -> Iterator[str]:
    """What the archive's tables show before a plan of its stack and not after; nothing if all tables are removed.

    Includes a managed key that the plan forgets: Orgtrail wouldn't find it again, and would create a second one.
    """
    changes = {
        kind: [one["change"] for one in plan.get("resource_changes", []) if one["type"] == kind]
        for kind in (_TABLE, _KEY)
    }
    before, after = (_projections(changes[_TABLE], when) for when in ("before", "after"))
    hidden = _shown(before) - _shown(after) if before and after else _Shown()
    forgets_key = any(change["actions"] == ["forget"] for change in changes[_KEY])
    if not hidden and not forgets_key:
        return
    texts = []
    if hidden:
        texts.append(
            f"The archive's tables would no longer show {hidden}. What was written there stays in the bucket, and no "
            "query would find it."
        )
    if forgets_key:
        texts.append(
            "Terraform would forget the archive's key. Nobody deletes it, but `kms_key: managed` would make a second "
            "one later."
        )
    lines = _former(settings.archive.former, hidden, keeps_key=forgets_key)
    yield f"{' '.join(texts)} Write into {settings.path}:\n{lines}" if lines else " ".join(texts)


@dataclass(frozen=True)
class _Shown:
    """What tables show: the regions and accounts they list, and the layouts and buckets they read."""

    regions: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    layouts: frozenset[str] = frozenset()
    buckets: frozenset[str] = frozenset()

    def __sub__(self, other: "_Shown") -> "_Shown":
        return _Shown(
            self.regions - other.regions,
            self.accounts - other.accounts,
            self.layouts - other.layouts,
            self.buckets - other.buckets,
        )

    def __bool__(self) -> bool:
        return bool(self.regions or self.accounts or self.layouts or self.buckets)

    def __str__(self) -> str:
        kinds = {"region": self.regions, "account": self.accounts, "layout": self.layouts, "bucket": self.buckets}
        return "; ".join(f"{kind} {', '.join(sorted(values))}" for kind, values in kinds.items() if values)


def _projections(tables: Sequence[Mapping[str, Any]], when: str) -> list[Mapping[str, str]]:
    """The parameters of tables before or after a plan; a view has no projection of its own."""
    parameters = (change[when]["parameters"] for change in tables if change[when])
    return [one for one in parameters if "projection.enabled" in one]


def _shown(parameters: Sequence[Mapping[str, str]]) -> _Shown:
    def listed(column: str) -> frozenset[str]:
        values = [one.get(f"projection.{column}.values", "") for one in parameters]
        return frozenset(value for text in values for value in text.split(",") if value)

    return _Shown(
        listed("region"),
        listed("account"),
        frozenset(_without_backfill(map(layout_of, parameters))),
        frozenset(map(bucket_of, parameters)),
    )


def _without_backfill(templates: Iterable[str]) -> set[str]:
    """The layouts of deliveries. What is backfilled lies in a layout that follows from one of those."""
    every = set(templates)
    return every - {Layout(one).backfill.template for one in every}


def _former(former: Former, hidden: _Shown, *, keeps_key: bool) -> str:
    """`archive.former` as it would have to be written; empty where it has no place for what is hidden."""
    if not (hidden.regions or hidden.accounts or hidden.layouts or keeps_key):
        return ""
    lists = {
        "accounts": (former.accounts, hidden.accounts),
        "regions": (former.regions, hidden.regions),
        "layouts": ([layout.template for layout in former.layouts], hidden.layouts),
    }
    written = {key: [*there, *sorted(more)] for key, (there, more) in lists.items()}
    lines = [f"    {key}: {json.dumps(values)}" for key, values in written.items() if values]
    kept = [f"    kms_key: {MANAGED_KEY}"] if former.kms_key or keeps_key else []
    return "\n".join(["archive:", "  former:", *lines, *kept])
