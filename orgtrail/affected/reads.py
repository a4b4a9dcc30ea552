"""What a stack reads of the settings: settings that make equal stacks become equal.

tests/synthesis/test_affected_exactly.py compares with the stacks that are synthesized.
"""

from dataclasses import replace
from typing import Any, Final, TypeVar

from orgtrail.alarms import Alarms
from orgtrail.names import MANAGED_BY
from orgtrail.regions import partition_of
from orgtrail.selection.stack import Stack
from orgtrail.settings import MANAGED_KEY, Account, Archive, S3State, State, Trail, updated

Owner = TypeVar("Owner", Account, Archive, Trail)

_OF_PIPELINES: Final = (
    *("regions", "events", "compression", "buffering", "log_retention_days", "permissions_boundary", "alarms"),
)


def read_of_accounts(old: Account, new: Account) -> tuple[Account, Account]:
    """An account at two revisions as its stack reads it: what only pipelines read differs where both have pipelines."""
    # The order doesn't matter: the pipelines are the same.
    before, after = (replace(read_by_provider(one), regions=tuple(sorted(one.regions))) for one in (old, new))
    if not before.enabled:
        before = _with_pipelines_of(after, before)
    if not after.enabled:
        after = _with_pipelines_of(before, after)
    if before.alarms and after.alarms and _topics(before, before.alarms) == _topics(after, after.alarms):
        after = replace(after, alarms=replace(after.alarms, topic=before.alarms.topic))
    return before, after


def _topics(account: Account, alarms: Alarms) -> list[str]:
    """The topics of an account's alarms: there is more than one way to write them."""
    return [
        alarms.topic_arn(partition=partition_of(region) or "", account_id=account.account_id, region=region)
        for region in account.regions
    ]


def read_by_provider(owner: Owner) -> Owner:
    """An account, the archive or the trail as the provider of its stack reads it."""
    tags = {key: value for key, value in owner.tags.items() if key != MANAGED_BY}
    # A plan only: what is deployed is the same whoever plans it.
    read = replace(owner, tags=tags, plan_roles=())
    return read if owner.roles else replace(read, external_id=None, session_name="")


def read_by_pipelines(archive: Archive, is_own: bool) -> Archive:
    """The archive as an account's stack reads it, that of its owner or another: where to deliver, with which keys."""
    keys = [key for key in archive.delivery_keys if key]
    if MANAGED_KEY in keys:
        keys = [MANAGED_KEY]  # any key of the archive's account: the other one as well
    moving = updated(archive.moving_from, kms_key=keys[1] if len(keys) > 1 else None)
    if MANAGED_KEY not in keys:
        # Only whether the bucket is the account's own.
        archive = replace(archive, account_id="own" if is_own else "")
    read = replace(archive, kms_key=keys[0] if keys else None, moving_from=moving)
    # Both operators are only about a key's presence.
    return read if keys else replace(read, region="", existing=False)


def read_of_state(state: State, stack: Stack) -> State:
    """Where the state of a stack is, as its backend says it."""
    changed: dict[str, Any] = {state.template_field: stack.state_key}
    if isinstance(state, S3State):
        changed["plan_role"] = None
        changed |= {} if state.role else {"external_id": None, "session_name": ""}
    return updated(state, **changed)


def _with_pipelines_of(other: Account, account: Account) -> Account:
    return replace(account, **{name: getattr(other, name) for name in _OF_PIPELINES})
