"""The accounts file of cloud-custodian's c7n-org, as entries of accounts.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orgtrail.errors import UserError
from orgtrail.onboarding.entry_names import entry_name, free_name, taken_names
from orgtrail.regions import iam_region
from orgtrail.settings import InvalidSettings, Settings
from orgtrail.settings.account import AccountEntry
from orgtrail.settings.nodes import Node
from orgtrail.settings.roles import role_account
from orgtrail.settings.source import read
from orgtrail.settings.values import ALL_REGIONS, check_account_id
from orgtrail.words import shown, some

_UNFIT, _UNKNOWN = "has a value that it can't have here", "means nothing here"
_OTHER_CLOUDS = ("subscriptions", "projects", "tenancies")


@dataclass(frozen=True)
class Conversion:
    """The entries that come of a file, and what doesn't: a sentence each."""

    entries: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]


def convert(path: Path, settings: Settings) -> Conversion:
    """The accounts of a c7n-org file that the settings don't have yet.

    Raises InvalidSettings where the file isn't YAML, and UserError where it has no accounts.
    """
    source = read(path)
    if source.diagnostics:
        raise InvalidSettings(path, source.diagnostics)
    accounts = source.node(("accounts",))
    if accounts is None or not isinstance(accounts.children, list):
        raise UserError(f"{path} has no list `accounts`, as c7n-org's file of AWS accounts has")
    converter = _Converter(settings)
    for number, node in enumerate(accounts.children):
        converter.take(number, node)
    return Conversion(tuple(converter.entries), (*_of_the_file(source.root.data), *converter.notes()))


def _of_the_file(data: Mapping[str, Any]) -> list[str]:
    notes = [f"{key}: not AWS, left out" for key in _OTHER_CLOUDS if key in data]
    if data.get("vars"):
        notes.append(f"vars at the top ({some(list(data['vars']))}): put those that a role names into defaults.vars")
    known = {"accounts", "vars", *_OTHER_CLOUDS}
    return notes + [f"{shown(key)}: not known here, left out" for key in data if key not in known]


class _Converter:
    def __init__(self, settings: Settings) -> None:
        self.entries: list[Mapping[str, Any]] = []
        self._settings = settings
        self._ids = {account.account_id for account in settings.accounts}
        self._taken = taken_names(settings)
        self._notes: dict[str, list[str]] = {}

    def notes(self) -> list[str]:
        """What was noted, each sentence once, with the accounts that it is about."""
        return [f"{some(names)}: {text}" for text, names in self._notes.items()]

    def take(self, number: int, node: Node) -> None:
        """One account of the file."""
        data = node.data if isinstance(node.data, dict) else {}
        written = node.child("account_id")
        # Its digits as they stand there: to YAML, they may be an octal number.
        account_id = (written.text if written else None) or ""
        name = str(data.get("name") or account_id)
        whose = f"accounts[{number}] {shown(name)}"
        if wrong := check_account_id(account_id):
            self._note(whose, f"account_id {wrong[0].problem}; left out")
        elif account_id in self._ids:
            self._note(whose, "listed already; left out")
        else:
            self._ids.add(account_id)
            self.entries.append(self._entry(account_id, name, data))

    def _note(self, name: str, text: str) -> None:
        self._notes.setdefault(text, []).append(name)

    def _entry(self, account_id: str, name: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        plain = name if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", name) else ""
        own = free_name(plain or entry_name("{name}", name=name, account_id=account_id), account_id, self._taken)
        self._taken.add(own.lower())
        entry = {"account_id": account_id, "name": own} | {
            key: value for key, value in data.items() if key not in ("account_id", "name") and value is not None
        }
        if own != name:
            self._note(own, "its name had to change; the former one is its display_name")
            entry.setdefault("display_name", name)
        return self._with_its_regions(self._sound(entry))

    def _sound(self, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry without the keys that mean nothing here, or something else."""
        role = entry.get("role")
        last = role[-1] if isinstance(role, list) and role else role
        if isinstance(last, str) and role_account(last) not in (None, entry["account_id"]):
            self._note(entry["name"], "role isn't in the account itself; left out")
            del entry["role"]
        try:
            AccountEntry.model_validate(entry, context=self._settings.partition)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                key = str(details["loc"][0])
                if entry.pop(key, None) is not None:
                    is_known = key in AccountEntry.model_fields
                    self._note(entry["name"], f"{key} {_UNFIT if is_known else _UNKNOWN}; left out")
        return entry

    def _with_its_regions(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Where IAM's events occur, there must be a pipeline; c7n-org needs none there."""
        regions, home = entry.get("regions"), iam_region(self._settings.partition)
        listed = [regions] if isinstance(regions, str) else list(regions or ())
        if listed and home not in listed and ALL_REGIONS not in listed:
            entry["regions"] = [home, *listed]
            self._note(entry["name"], f"{home} was added to its regions: IAM's events occur there alone")
        return entry
