"""`trail`: a CloudTrail trail for those who have none, what must hold of it, and the trail that it stands for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from pydantic import ConfigDict, Field

from orgtrail import names, policies
from orgtrail.names import TRAIL_STACK
from orgtrail.settings.account import AccountEntry, Defaults
from orgtrail.settings.archive import Archive, ArchiveSection
from orgtrail.settings.archive_moves import MANAGED_KEY, KmsKey
from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.roles import Credentials, role_arns
from orgtrail.settings.section import Part, inherit
from orgtrail.settings.state import S3StateSection
from orgtrail.settings.tags import as_mapping
from orgtrail.settings.values import AccountId, Bucket

Scope: TypeAlias = Literal["organization", "account"]


class TrailSection(Credentials):
    """A trail of all regions that logs management events, for an organization that has none."""

    model_config = ConfigDict(title="Trail")

    scope: Scope = Field(
        description="`organization`: one trail in the management account, for all accounts. `account`: one in each "
        "account that has pipelines"
    )
    bucket: Bucket = Field(description="Bucket for the trail's files, made in the archive's account and region")
    account_id: AccountId | None = Field(
        default=None,
        description="Id of the management account, for an `organization` trail; the credentials are for it",
    )
    kms_key: KmsKey | None = Field(
        default=None,
        description="ARN of a KMS key of the archive's account and region, whose policy admits CloudTrail. Not set: "
        "S3's own keys",
    )
    expire_days: int | None = Field(default=None, ge=1, description="Days after which S3 deletes the trail's files")


@dataclass(frozen=True)
class ManagementAccount:
    """The account whose trail is one for the whole organization, and how Orgtrail gets into it."""

    account_id: str
    roles: tuple[str, ...]
    # Compared nowhere: what is deployed is the same whoever plans it.
    plan_roles: tuple[str, ...] = field(compare=False)
    external_id: str | None
    session_name: str
    profile: str | None
    tags: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Trail:
    """A trail and its bucket. The bucket is in the archive's account, whose credentials the fields below `region` are.

    `management` None: each account with pipelines has a trail of its own.
    """

    bucket: str
    kms_key: str | None
    expire_days: int | None
    management: ManagementAccount | None
    account_id: str
    region: str
    roles: tuple[str, ...]
    plan_roles: tuple[str, ...]
    external_id: str | None
    session_name: str
    profile: str | None
    tags: Mapping[str, str] = field(hash=False)

    @property
    def of_each_account(self) -> bool:
        """Whether the accounts' own stacks have the trails."""
        return self.management is None


def resolve_trail(written: TrailSection, defaults: Defaults, archive: Archive, partition: str) -> Trail:
    """The trail that a sound section stands for."""
    return Trail(
        bucket=written.bucket,
        kms_key=written.kms_key,
        expire_days=written.expire_days,
        management=_management(written, defaults, partition),
        account_id=archive.account_id,
        region=archive.region,
        roles=archive.roles,
        plan_roles=archive.plan_roles,
        external_id=archive.external_id,
        session_name=archive.session_name,
        profile=archive.profile,
        tags=archive.tags,
    )


def _management(written: TrailSection, defaults: Defaults, partition: str) -> ManagementAccount | None:
    if written.scope == "account" or written.account_id is None:
        return None
    merged = inherit(written, defaults, Credentials)
    account_id = written.account_id

    def arns(roles: str | tuple[str, ...]) -> tuple[str, ...]:
        return role_arns(roles, account_id=account_id, name=TRAIL_STACK, partition=partition, variables=defaults.vars)

    return ManagementAccount(
        account_id=account_id,
        roles=arns(merged.role),
        plan_roles=arns(merged.plan_role),
        external_id=merged.external_id,
        session_name=merged.session_name,
        profile=merged.profile,
        tags=MappingProxyType(as_mapping(defaults.tags)),
    )


def trail_fits(
    trail: Part[TrailSection] | None, accounts: Sequence[Part[AccountEntry]], has_organization: bool
) -> Iterator[Diagnostic]:
    """The trail has an account to be in, and a name of its own for its stack."""
    if trail is None:
        return
    if not trail.broken & {"scope", "account_id"}:
        yield from _has_its_account(trail, has_organization)
    if "kms_key" not in trail.broken and trail.entry.kms_key == MANAGED_KEY:
        yield Diagnostic("is only for the archive", "the ARN of a key of yours", key=(*trail.key, "kms_key"))
    for account in accounts:
        if "name" not in account.broken and account.entry.name.lower() == TRAIL_STACK:
            text = "is the stack of `trail` above"
            yield Diagnostic(text, "any other name, or no `trail`", key=(*account.key, "name"))


def _has_its_account(trail: Part[TrailSection], has_organization: bool) -> Iterator[Diagnostic]:
    if trail.entry.scope == "account":
        if trail.entry.account_id is not None:
            text = "has no effect: each account has a trail of its own"
            yield Diagnostic(text, "scope: organization, or leave it out", key=(*trail.key, "account_id"))
        return
    if trail.entry.account_id is None:
        text = "is missing: an organization trail is made in the management account"
        yield Diagnostic(text, "the id of the management account", key=(*trail.key, "account_id"))
    if not has_organization:
        text = "needs organization.id: the policy of the trail's bucket names it"
        yield Diagnostic(text, "organization.id, or scope: account", key=(*trail.key, "scope"))


def trails_bucket_fits(
    trail: Part[TrailSection] | None,
    archive: Part[ArchiveSection],
    state: Part[S3StateSection] | None,
    accounts: Sequence[Part[AccountEntry]],
    partition: str | None,
) -> Iterator[Diagnostic]:
    """The trail's bucket is a bucket of its own, whose policy finds room for all accounts that it lists."""
    if trail is None or "bucket" in trail.broken:
        return
    taken = {}
    if "bucket" not in archive.broken:
        results = names.results_bucket(archive.entry.bucket)
        taken = {archive.entry.bucket: "the archive's bucket", results: "the bucket of query results"}
    if state is not None and "bucket" not in state.broken:
        taken[state.entry.bucket] = "the bucket of the states"
    if archive.entry.access_logs is not None and "access_logs" not in archive.broken:
        taken[archive.entry.access_logs.bucket] = "the bucket of access logs"
    if trail.entry.bucket in taken:
        text = f"is {taken[trail.entry.bucket]} too"
        yield Diagnostic(text, "a bucket of its own", key=(*trail.key, "bucket"))
    if "scope" not in trail.broken and trail.entry.scope == "account" and partition:
        yield from _policy_fits(trail, accounts, partition)


def _policy_fits(
    trail: Part[TrailSection], accounts: Sequence[Part[AccountEntry]], partition: str
) -> Iterator[Diagnostic]:
    active = sum("status" in part.broken or part.entry.status == "active" for part in accounts)

    def size(count: int) -> int:
        ids = ("0" * 12,) * count
        return policies.size(policies.account_trails_bucket(partition, bucket=trail.entry.bucket, account_ids=ids))

    if size(active) > policies.BUCKET_POLICY_LIMIT:
        fit = 1 + (policies.BUCKET_POLICY_LIMIT - size(1)) // (size(2) - size(1))
        text = f"would have the policy of its bucket list {active} accounts, more than S3 has room for"
        yield Diagnostic(text, f"scope: organization, or up to {fit} active accounts", key=(*trail.key, "scope"))


def roles_of(trail: Part[Any] | None) -> tuple[Part[Any], ...]:
    """The trail as one of those whose roles must fit; only where it has an account of its own."""
    if trail is None or trail.broken & {"scope", "account_id"} or trail.entry.account_id is None:
        return ()
    return (trail,) if trail.entry.scope == "organization" else ()
