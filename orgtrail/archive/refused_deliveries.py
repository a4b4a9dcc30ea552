"""Whether the archive takes what each account delivers, at every moment of a rollout.

The archive is applied first, then account after account. So an account as it is now must be taken by the archive as it
will be, and where the archive isn't part of the rollout, an account as it will be by the archive as it is now.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from orgtrail.archive.policy import archive_policy, usable_keys
from orgtrail.policies import CALLING_ACCOUNT, Document
from orgtrail.settings import MANAGED_KEY, Account, Settings

Plan = Mapping[str, Any]
"""A saved plan as `terraform show -json` prints it."""

STREAM = "aws_kinesis_firehose_delivery_stream"
ROLE_POLICY = "aws_iam_role_policy"
_WRITES, _ENCRYPTS = "DeliveryWritesOwnPrefixes", "EncryptThroughS3"


@dataclass(frozen=True)
class ArchiveState:
    """What the archive takes: the resources of its policy, and the key it encrypts with (None: S3's own, or unknown).

    `managed_key` is the ARN of the key that Orgtrail has made, where there is one; `organization` is the id that its
    policy names.
    """

    resources: frozenset[str]
    key: str | None
    managed_key: str | None
    organization: str | None = None


class Stream(NamedTuple):
    """Where a delivery stream is, and the prefix that it writes."""

    region: str
    prefix: str


@dataclass(frozen=True)
class AccountState:
    """How an account delivers: its streams, and the keys that its role may use."""

    account_id: str
    streams: tuple[Stream, ...]
    keys: tuple[str, ...]

    @property
    def layout(self) -> str:
        """The layout of its streams, as a template."""
        region, prefix = self.streams[0]
        template = re.sub(r"!\{timestamp:(\w+)\}", r"{\1}", prefix).replace(self.account_id, "{account_id}", 1)
        return template.replace(region, "{region}", 1)


def policy_now(plan: Plan) -> Document | None:
    """The policy of the archive's bucket as the plan found it; None if Orgtrail doesn't manage one yet."""
    policies = (json.loads(state["policy"]) for state in _states(plan, "aws_s3_bucket_policy"))
    return next((policy for policy in policies if _writing(policy)), None)


def _writing(policy: Document) -> dict[str, Any] | None:
    return next((statement for statement in policy["Statement"] if statement.get("Sid") == _WRITES), None)


def archive_now(plan: Plan, settings: Settings) -> ArchiveState | None:
    """The archive as the plan of its stack found it; None where there is none yet, or none whose policy is managed."""
    policy = policy_now(plan)
    writing = _writing(policy) if policy else None
    if writing is None:
        return None
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    defaults = [
        rule["apply_server_side_encryption_by_default"][0].get("kms_master_key_id") or None
        for state in _states(plan, kind)
        if state["bucket"] == settings.archive.bucket
        for rule in state["rule"]
    ]
    managed = next((state["arn"] for state in _states(plan, "aws_kms_key")), None)
    organization = writing.get("Condition", {}).get("StringEquals", {}).get("aws:PrincipalOrgID")
    return ArchiveState(
        frozenset(_listed(writing["Resource"])), defaults[0] if defaults else None, managed, organization
    )


def archive_then(now: ArchiveState, settings: Settings) -> ArchiveState:
    """The archive as the accounts file wants it."""
    archive = settings.archive
    # An account's role may use any key of the archive account where one is to be made.
    managed = now.managed_key or f"arn:{settings.partition}:kms:{archive.region}:{archive.account_id}:key/new"
    statements = archive_policy(settings, managed)["Statement"]
    resources = next(statement["Resource"] for statement in statements if statement["Sid"] == _WRITES)
    key = managed if archive.default_key == MANAGED_KEY else archive.default_key
    return ArchiveState(frozenset(resources), None if archive.existing else key, now.managed_key)


def takes_less(now: ArchiveState, then: ArchiveState) -> bool:
    """Whether something that is delivered now may be refused then."""
    return not now.resources <= then.resources or now.key != then.key


def account_now(plan: Plan, account_id: str) -> AccountState:
    """How an account delivers before the plan of its stack; streams that the plan removes don't count."""
    streams = (state for change in _changes(plan, STREAM) if change["after"] and (state := change["before"]))
    policies = (json.loads(state["policy"]) for state in _states(plan, ROLE_POLICY) if state.get("policy"))
    statements = [one for policy in policies for one in policy["Statement"] if one.get("Sid") == _ENCRYPTS]
    return AccountState(
        account_id,
        tuple(Stream(_region(state), state["extended_s3_configuration"][0]["prefix"]) for state in streams),
        tuple(key for statement in statements for key in _listed(statement["Resource"])),
    )


def account_then(account: Account, settings: Settings) -> AccountState:
    """How an account delivers once its stack is applied: as the accounts file says."""
    layout, regions = settings.archive.layout, account.regions if account.enabled else ()
    return AccountState(
        account.account_id,
        tuple(Stream(region, layout.prefix(account.account_id, region)) for region in regions),
        tuple(usable_keys(settings.partition, settings.archive)),
    )


def refuses_layout(archive: ArchiveState, account: AccountState) -> bool:
    """Whether the archive's policy refuses where one of the account's streams writes."""
    folders = [
        resource.partition(":::")[2].partition("/")[2].replace(CALLING_ACCOUNT, account.account_id).removesuffix("*")
        for resource in archive.resources
    ]
    return any(not prefix.startswith(tuple(folders)) for _region, prefix in account.streams)


def refuses_key(archive: ArchiveState, account: AccountState) -> bool:
    """Whether the account's role may not use the key that the archive encrypts with."""
    if archive.key is None or not account.streams:
        return False
    return not any(fnmatchcase(archive.key, key) for key in account.keys)


def _changes(plan: Plan, kind: str) -> Iterator[dict[str, Any]]:
    return (one["change"] for one in plan.get("resource_changes", []) if one["type"] == kind)


def _states(plan: Plan, kind: str) -> Iterator[dict[str, Any]]:
    """What the plan found of a kind of resource."""
    return (state for change in _changes(plan, kind) if (state := change["before"]))


def _region(state: Mapping[str, Any]) -> str:
    # Provider 6 says it; with 5 the ARN does, once there is one.
    return str(state.get("region") or (state.get("arn") or ":::").split(":")[3])


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
