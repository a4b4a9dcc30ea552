"""What the short forms of accounts.yaml stand for. Used to check a file and to resolve it."""

from collections.abc import Mapping
from typing import Any

from orgtrail.events import IAM_DETAIL_TYPES, IAM_SOURCES, Events
from orgtrail.regions import default_regions
from orgtrail.settings import model
from orgtrail.settings.checks import ALL_REGIONS

ROLE_PLACEHOLDERS = ("account_id", "name", "partition")


def as_list(value: str | list[str]) -> list[str]:
    """One text, or several, as several."""
    return [value] if isinstance(value, str) else value


def regions(written: str | list[str], partition: str) -> tuple[str, ...]:
    """Each region once, in the order of the file; `all` stands for those that need no opt-in."""
    expanded: dict[str, None] = {}
    for region in as_list(written):
        expanded |= dict.fromkeys(default_regions(partition) if region == ALL_REGIONS else (region,))
    return tuple(expanded)


def tags(written: Mapping[str, str] | list[str]) -> dict[str, str]:
    """Tags as a mapping. Lists of c7n-org repeat `path` for each level of the tree: the last one wins."""
    if isinstance(written, list):
        return {key: value for key, _colon, value in (text.partition(":") for text in written)}
    return dict(written)


def events(written: str | model.EventsChoice) -> Events:
    """The events that a word or a choice by hand stands for."""
    if isinstance(written, model.EventsChoice):
        return Events(tuple(written.sources), tuple(written.detail_types), written.read_only)
    if written == "iam":
        return Events(IAM_SOURCES, IAM_DETAIL_TYPES)
    return Events()


def role(template: str, *, account_id: str, name: str, partition: str, variables: Mapping[str, Any]) -> str:
    """A role's ARN from its template. Raises KeyError for a placeholder that has no value."""
    known = {**variables, "account_id": account_id, "name": name, "partition": partition}
    filled = template.format_map(known)
    return filled if filled.startswith("arn:") else f"arn:{partition}:iam::{account_id}:role/{filled}"


def role_account(template: str) -> str | None:
    """The account id that is written out in a role's template, if one is."""
    account = template.split(":", 5)[4] if template.startswith("arn:") else ""
    return account if account.isdigit() else None
