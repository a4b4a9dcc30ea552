"""Every way to weaken or break a policy document in one place, so that tests can show that some case notices."""

import copy
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from orgtrail.policies import CALLING_ACCOUNT
from tests.policies.evaluator import Document


class Mutant(NamedTuple):
    """A document with one thing changed; `change` says which, in words.

    `actions` are the patterns of those whose verdict may change with it.
    """

    change: str
    document: Document
    actions: tuple[str, ...]

    def concerns(self, action: str) -> bool:
        """Whether the verdict on an action may change."""
        return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in self.actions)


def mutants(document: Document) -> Iterator[Mutant]:
    """Each mutant of a document, of every kind that there is."""
    for number, statement in enumerate(document["Statement"]):
        for change, changed in _of_statement(statement):
            mutated = copy.deepcopy(dict(document))
            mutated["Statement"][number : number + 1] = changed
            actions = tuple(action for one in (statement, *changed) for action in _listed(one["Action"]))
            yield Mutant(f"{statement['Sid']} {change}", mutated, actions)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _of_statement(statement: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield "dropped", []
    changes = [_without_conditions(statement), _without_values(statement), _without_variable(statement)]
    # To deny more than is asked for shows in the cases that are allowed; it is to allow more that must not go unseen.
    changes += [_wider(statement)] if statement["Effect"] == "Allow" else []
    for change, changed in (item for kind in changes for item in kind):
        yield change, [changed]


def _without_conditions(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key in keys:
            changed = copy.deepcopy(statement)
            del changed["Condition"][operator][key]
            changed["Condition"] = {name: rest for name, rest in changed["Condition"].items() if rest}
            if not changed["Condition"]:
                del changed["Condition"]
            yield f"without {operator} {key}", changed


def _without_values(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """One of several actions, resources, principals or values of a condition is missing."""
    statement = copy.deepcopy(statement)
    fields = [(statement, name) for name in ("Action", "Resource")]
    fields += [(statement["Principal"], "AWS")] if isinstance(statement.get("Principal"), dict) else []
    fields += [(keys, key) for keys in statement.get("Condition", {}).values() for key in keys]
    for holder, name in fields:
        values = holder.get(name)
        if not isinstance(values, list) or len(values) == 1:
            continue
        for value in values:
            holder[name] = [other for other in values if other != value]
            yield f"without {value}", copy.deepcopy(statement)
        holder[name] = values


def _without_variable(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    statement = copy.deepcopy(statement)
    fields = [(statement, "Resource")] if "Resource" in statement else []
    fields += [(keys, key) for keys in statement.get("Condition", {}).values() for key in keys]
    for holder, name in fields:
        values = _listed(holder[name])
        for value in values:
            if CALLING_ACCOUNT in value:
                wider = value.replace(CALLING_ACCOUNT, "*")
                holder[name], kept = [wider if other == value else other for other in values], holder[name]
                changed = copy.deepcopy(statement)
                holder[name] = kept
                yield f"with {wider}", changed


def _wider(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    actions = statement["Action"]
    service = (actions if isinstance(actions, str) else actions[0]).partition(":")[0]
    if actions != f"{service}:*":
        yield f"with {service}:*", {**statement, "Action": f"{service}:*"}
    if statement.get("Resource", "*") != "*":
        yield "with every resource", {**statement, "Resource": "*"}
    if statement.get("Principal", {"AWS": "*"}) != {"AWS": "*"}:
        yield "with every principal", {**statement, "Principal": {"AWS": "*"}}
