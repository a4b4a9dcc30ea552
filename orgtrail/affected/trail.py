"""Whether the trail's stack comes out differently, or an account's own trail. Pure: settings in, reasons out."""

from collections.abc import Iterator
from typing import Any

from orgtrail.affected.differences import differences, differences_of_state, setting
from orgtrail.affected.reads import read_by_provider, read_of_state
from orgtrail.affected.result import Reason
from orgtrail.selection.stack import trail_stack
from orgtrail.settings import Settings


def reasons_of_the_trail(base: Settings, head: Settings) -> Iterator[Reason]:
    """Why the stack of the trail differs."""
    if head.trail is None:
        return
    if base.trail is None:
        yield Reason("new", "new")
        return
    yield from differences("trail", read_by_provider(base.trail), read_by_provider(head.trail))
    before, after = (_rest(one) for one in (base, head))
    if before["accounts"] != after["accounts"]:
        yield Reason("accounts", "the accounts in the policy of the trail's bucket changed")
    if before["read_only"] != after["read_only"]:
        yield Reason("accounts", "whether an account's pipelines take read-only calls changed")
    yield from differences("organization.id", before["organization"], after["organization"])
    if before["state"] != after["state"]:
        yield from differences_of_state(base.state, head.state)


def in_account(settings: Settings) -> tuple[str, str | None] | None:
    """What an account's stack reads of the trail: its bucket and its key, where each account has a trail."""
    trail = settings.trail
    return (trail.bucket, trail.kms_key) if trail and trail.of_each_account else None


def reasons_in_accounts(base: Settings, head: Settings) -> tuple[Reason, ...]:
    """Why the stacks of accounts with pipelines differ in their own trail."""
    before, after = in_account(base), in_account(head)
    return () if before == after else (setting("trail", before, after),)


def _rest(settings: Settings) -> dict[str, Any]:
    trail, stack = settings.trail, trail_stack(settings)
    assert trail, "asked only where there is a trail"
    assert stack, "so there is its stack"
    own = trail.of_each_account
    return {
        "accounts": sorted(one.account_id for one in settings.active) if own else [],
        "read_only": not own and any(one.events.include_read_only for one in settings.active if one.enabled),
        "organization": None if own else settings.organization_id,
        "state": read_of_state(settings.state, stack),
    }
