"""What a plan changes, and what an apply has changed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from orgtrail.terraform.messages import read_message
from orgtrail.weaker.kinds import Loss

# `remove` leaves the resource as it is, and forgets it; a saved plan has that as `forget`.
_ACTIONS = {
    **{action: action for action in ("create", "update", "delete", "replace", "import")},
    **dict.fromkeys(("remove", "forget"), "forget"),
}

_APPLIED = ("create", "update", "delete")
# A run in HCP Terraform says it in words: `aws_iam_role.it: Creation complete after 1s [id=it]`.
_APPLIED_IN_WORDS = re.compile(r"^(\S+): (Creation|Modifications|Destruction) complete after")
_ACTION_IN_WORDS = {"Creation": "create", "Modifications": "update", "Destruction": "delete"}


class Attribute(NamedTuple):
    """An attribute that changes, and its values, as they are shown."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What a plan does to one resource: `create`, `update`, `delete`, `replace`, `import` (nothing but to take it into
    the state) or `forget` (nothing but to take it out).

    `attributes` and `losses`, what gets weaker by it, are known where the saved plan was read. `imported` is the id by
    which it is taken into the state first.
    """

    address: str
    action: str
    attributes: tuple[Attribute, ...] = ()
    losses: tuple[Loss, ...] = ()
    imported: str | None = None

    @property
    def taken_in(self) -> bool:
        """Whether the state gets to know something that exists."""
        return self.action == "import" or self.imported is not None

    @property
    def destroys(self) -> bool:
        """Whether something that exists is lost."""
        return self.action in ("delete", "replace")


def announced(messages: Iterable[dict[str, Any]]) -> tuple[Change, ...]:
    """The changes that `terraform plan -json` announces."""
    changes = (message["change"] for message in messages if message.get("type") == "planned_change")
    return tuple(
        Change(change["resource"]["addr"], _ACTIONS[change["action"]], imported=_imported(change))
        for change in changes
        if change["action"] in _ACTIONS
    )


def saved(plan: dict[str, Any]) -> tuple[Change, ...]:
    """The changes of a plan as `terraform show -json` has it, where a replacement is a deletion and a creation."""
    changes = {change["address"]: change["change"] for change in plan.get("resource_changes", [])}
    named = {address: _action(change) for address, change in changes.items()}
    return tuple(
        Change(address, _ACTIONS[action], imported=_imported(changes[address]))
        for address, action in named.items()
        if action in _ACTIONS
    )


def _imported(change: dict[str, Any]) -> str | None:
    return (change.get("importing") or {}).get("id")


def _action(change: dict[str, Any]) -> str:
    listed = change["actions"]
    if listed == ["no-op"] and change.get("importing"):
        return "import"
    return "replace" if len(listed) == 2 else str(listed[0])


def applied(log: Iterable[str]) -> tuple[Change, ...]:
    """What Terraform reported as completed in all applies of a log, however they ended."""
    done: dict[str, str] = {}
    for address, action in _completed(log):
        before = done.get(address, action)
        # Terraform reports a replacement as its two halves.
        replaced = before != action and "delete" in (before, action)
        done[address] = "replace" if replaced else before
    return tuple(Change(address, action) for address, action in done.items())


def _completed(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Address and action of each change that was completed, in their order."""
    for line in lines:
        message = read_message(line)
        if message is None:
            if told := _APPLIED_IN_WORDS.match(line):
                yield told[1], _ACTION_IN_WORDS[told[2]]
        elif message.get("type") == "apply_complete" and message["hook"]["action"] in _APPLIED:
            yield message["hook"]["resource"]["addr"], message["hook"]["action"]
