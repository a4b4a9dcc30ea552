"""Details of a saved plan's changes, beyond their names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from orgtrail.rollout.attributes import attributes, own_id_left_out
from orgtrail.terraform.changes import Change
from orgtrail.weaker import Loss
from orgtrail.weaker.plan import losses


def are_needed(changes: Sequence[Change]) -> bool:
    """Whether anything existing changes: creations can't weaken evidence, and their names are enough."""
    return any(change.action != "create" for change in changes)


def detailed(
    changes: Sequence[Change], plan: Mapping[str, Any], *, account_id: str | None, accounts: Collection[str]
) -> tuple[Change, ...]:
    """The changes with their attributes, and with what they weaken.

    `account_id` is that of the stack's account, `accounts` are those of the accounts file.
    """
    resources = {resource["address"]: resource for resource in plan.get("resource_changes", [])}
    lost = losses(plan, accounts)
    return tuple(
        replace(
            change,
            attributes=attributes(resources[change.address], account_id) if change.address in resources else (),
            losses=tuple(_own(loss, account_id) for loss in lost.get(change.address, ())),
        )
        for change in changes
    )


def _own(loss: Loss, account_id: str | None) -> Loss:
    return Loss(*(own_id_left_out(text, account_id) for text in loss))
