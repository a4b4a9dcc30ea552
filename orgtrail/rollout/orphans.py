"""States that no account of the file claims any more: what they hold still exists, and nobody looks after it."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from orgtrail.aws import AccountSession, WrongAccount
from orgtrail.hcp_terraform import HcpTerraform, HcpTerraformError
from orgtrail.names import ARCHIVE_STACK, state_key
from orgtrail.settings import CloudState, LocalState, S3State, Settings

_PLACEHOLDER = {"account_id": rf"(?P<account_id>\d{{12}}|{ARCHIVE_STACK})", "name": r"(?P<name>[A-Za-z0-9_-]+)"}

UNREADABLE = (BotoCoreError, ClientError, WrongAccount, HcpTerraformError, OSError)
"""What `orphans` raises where the backend can't be read."""


@dataclass(frozen=True)
class Orphan:
    """A state without an entry: its key (or file, or workspace), and how many resources it still holds."""

    key: str
    resources: int


def orphans(settings: Settings) -> list[Orphan]:
    """The orphans in the backend, sorted by key.

    Raises one of UNREADABLE where the backend can't be read.
    """
    match settings.state:
        case S3State() as state:
            found = _in_bucket(state, _claimed(settings, state.key))
        case LocalState() as state:
            found = _in_folder(state, _claimed(settings, state.path))
        case CloudState() as state:
            found = _in_organization(state, _claimed(settings, state.workspace))
    return sorted((orphan for orphan in found if orphan.resources), key=lambda orphan: orphan.key)


def _claimed(settings: Settings, template: str) -> set[str]:
    stacks = [(account.account_id, account.name) for account in settings.accounts] + [(ARCHIVE_STACK, ARCHIVE_STACK)]
    return {state_key(template, account_id=account_id, name=name) for account_id, name in stacks}


def _in_bucket(state: S3State, claimed: set[str]) -> Iterator[Orphan]:
    s3 = AccountSession(state, state.region).client("s3")
    prefix = state.key.partition("{")[0]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=state.bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            key = item["Key"]
            if _pattern(state.key).fullmatch(key) and key not in claimed:
                yield Orphan(key, _resources(s3.get_object(Bucket=state.bucket, Key=key)["Body"].read()))


def _in_folder(state: LocalState, claimed: set[str]) -> Iterator[Orphan]:
    template = Path(state.path).resolve()
    files = {Path(path).resolve() for path in claimed}
    below_root = str(template.relative_to(template.anchor))
    for file in Path(template.anchor).glob(re.sub(r"\{\w+\}", "*", below_root)):
        if _pattern(str(template)).fullmatch(str(file)) and file not in files:
            yield Orphan(os.path.relpath(file), _resources(file.read_bytes()))


def _in_organization(state: CloudState, claimed: set[str]) -> Iterator[Orphan]:
    hcp = HcpTerraform(state)
    project = hcp.project_id(state.project) if state.project else None
    if state.project and not project:
        raise HcpTerraformError(
            f"{hcp.host} has no project {state.project} in {state.organization}, or the token may not see it"
        )
    for workspace in hcp.workspaces(state.workspace.partition("{")[0], project):
        if _pattern(state.workspace).fullmatch(workspace.name) and workspace.name not in claimed:
            yield Orphan(workspace.name, workspace.resources)


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
        # Something is there, and nobody can tell what: that is for people to look at.
        return 1
