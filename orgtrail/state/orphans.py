"""States that no account of the file claims any more: their resources still exist, and nobody manages them."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orgtrail.aws import AWS_ERRORS, AccountSession
from orgtrail.errors import UserError
from orgtrail.names import ARCHIVE_STACK
from orgtrail.selection.stack import Stack, stacks_of
from orgtrail.settings import Account, CloudState, LocalState, S3State, Settings, State
from orgtrail.state.hcp_terraform import HcpTerraform, HcpTerraformError

_PLACEHOLDER = {"account_id": rf"(?P<account_id>\d{{12}}|{ARCHIVE_STACK})", "name": r"(?P<name>[A-Za-z0-9_-]+)"}


class StatesUnreadable(UserError):
    """The states in the backend can't be listed; the text says why."""


@dataclass(frozen=True)
class Orphan:
    """A state without an entry: its key (or file, or workspace), and how many resources it still holds.

    If the account of its resources has an entry, that entry was renamed: `account` is the name now, and `move` says how
    to move the state to where that name looks for it.
    """

    key: str
    resources: int
    account: str | None = None
    move: str | None = None


def renamed(settings: Settings) -> list[Orphan]:
    """The orphans that are states of accounts of the file; nothing is looked up where no name is in the state's key.

    Raises StatesUnreadable.
    """
    if "{name}" not in settings.state.template:
        return []
    return [orphan for orphan in orphans(settings) if orphan.account]


def orphans(settings: Settings) -> list[Orphan]:
    """The orphans in the backend, sorted by key.

    Raises StatesUnreadable.
    """
    claimed = {stack.state_key for stack in stacks_of(settings, settings.accounts)}
    taken: set[str] = set()
    try:
        found = list(_unclaimed_in(settings.state, claimed, taken))
    except (*AWS_ERRORS, HcpTerraformError, OSError) as error:
        raise StatesUnreadable(str(error)) from error
    by_id = {account.account_id: account for account in settings.accounts}
    return sorted(
        (_orphan(one, settings.state, by_id.get(one.account_id or ""), taken) for one in found if one.resources),
        key=lambda orphan: orphan.key,
    )


@dataclass(frozen=True)
class _Unclaimed:
    """What a backend has: a key, how many resources are in the state, and the account that they are in."""

    key: str
    resources: int
    account_id: str | None


def _orphan(found: _Unclaimed, state: State, account: Account | None, taken: set[str]) -> Orphan:
    if account is None:
        return Orphan(found.key, found.resources)
    target = Stack.of(account, state).state_key
    move = (
        f"{target} exists as well, so see which of the two tells what exists, and keep a copy of both"
        if target in taken
        else how_to_move(state, found.key, target)
    )
    return Orphan(found.key, found.resources, account.name, move)


def how_to_move(state: State, source: str, target: str) -> str:
    """How a state gets to another key: a command to paste, or with HCP Terraform what to do."""
    match state:
        case S3State():
            encryption = ["--sse", "aws:kms", "--sse-kms-key-id", state.kms_key_id] if state.kms_key_id else []
            places = [f"s3://{state.bucket}/{key}" for key in (source, target)]
            return shlex.join(["aws", "s3", "mv", *places, *encryption])
        case LocalState():
            return shlex.join(["mv", "-n", "--", source, target])
        case CloudState():
            return f"rename the workspace {source} to {target}, in its settings; an empty one of that name goes first"


def _unclaimed_in(state: State, claimed: set[str], taken: set[str]) -> Iterator[_Unclaimed]:
    """What nobody claims; what somebody does, and exists, is added to `taken`."""
    match state:
        case S3State():
            return _in_bucket(state, claimed, taken)
        case LocalState():
            taken |= {path for path in claimed if Path(path).exists()}
            return _in_folder(state, claimed)
        case CloudState():
            return _in_organization(state, claimed)


def _in_bucket(state: S3State, claimed: set[str], taken: set[str]) -> Iterator[_Unclaimed]:
    s3 = AccountSession(state, state.region).client("s3")
    prefix = state.template.partition("{")[0]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=state.bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            key = item["Key"]
            if key in claimed:
                taken.add(key)
            if (named := _pattern(state.template).fullmatch(key)) and key not in claimed:
                yield _unclaimed(key, named, s3.get_object(Bucket=state.bucket, Key=key)["Body"].read())


def _in_folder(state: LocalState, claimed: set[str]) -> Iterator[_Unclaimed]:
    template = Path(state.template).resolve()
    files = {Path(path).resolve() for path in claimed}
    below_root = str(template.relative_to(template.anchor))
    for file in Path(template.anchor).glob(re.sub(r"\{\w+\}", "*", below_root)):
        if (named := _pattern(str(template)).fullmatch(str(file))) and file not in files:
            yield _unclaimed(os.path.relpath(file), named, file.read_bytes())


def _in_organization(state: CloudState, claimed: set[str]) -> Iterator[_Unclaimed]:
    hcp = HcpTerraform(state)
    project = hcp.project_id(state.project) if state.project else None
    if state.project and not project:
        raise HcpTerraformError(
            f"{hcp.host} has no project {state.project} in {state.organization}, or the token may not see it"
        )
    for workspace in hcp.workspaces(state.template.partition("{")[0], project):
        if (named := _pattern(state.template).fullmatch(workspace.name)) and workspace.name not in claimed:
            yield _Unclaimed(workspace.name, workspace.resources, named.groupdict().get("account_id"))


def _unclaimed(key: str, named: re.Match[str], state: bytes) -> _Unclaimed:
    # What is in a state says it best: a key without an account's id says nothing.
    account_id = _account_id(state) or named.groupdict().get("account_id")
    return _Unclaimed(key, _resources(state), account_id)


def _pattern(template: str) -> re.Pattern[str]:
    """Matches the keys that a template can give; a placeholder that stands there twice has one value."""
    seen: set[str] = set()

    def group(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return _PLACEHOLDER[name]

    return re.compile(re.sub(r"\\\{(\w+)\\\}", group, re.escape(template)))


def _resources(state: bytes) -> int:
    """How many resources a state holds; data sources are not resources."""
    try:
        resources = json.loads(state).get("resources", [])
        return sum(len(item["instances"]) for item in resources if item["mode"] == "managed")
    except (ValueError, LookupError, AttributeError, TypeError):
        # Unreadable: treat it as non-empty, so that a person looks at it.
        return 1


def _account_id(state: bytes) -> str | None:
    """The account that the resources of a state are in, by their ARNs; None where they don't agree, or have none."""
    try:
        resources = [item for item in json.loads(state).get("resources", []) if item["mode"] == "managed"]
        arns = [instance["attributes"].get("arn") for item in resources for instance in item["instances"]]
    except (ValueError, LookupError, AttributeError, TypeError):
        return None
    found = {arn.split(":")[4] for arn in arns if isinstance(arn, str) and arn.count(":") >= 5}
    # S3's ARNs have no account.
    found.discard("")
    return found.pop() if len(found) == 1 else None
