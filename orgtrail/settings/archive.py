"""`archive`: what the file may say of the central bucket, and the archive that it stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated

from pydantic import ConfigDict, Discriminator, Field, Tag

from orgtrail.layout import Layout
from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings.account import Defaults
from orgtrail.settings.archive_moves import MANAGED_KEY, NO_KEY, Former, LayoutAndKey, MovingFrom
from orgtrail.settings.archive_retention import ObjectLock, Retention, Transition, noncurrent_days
from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.readers import ReaderRole
from orgtrail.settings.roles import Credentials, OwnRole, own_role_arn, role_arns
from orgtrail.settings.section import StrictModel, as_written, inherit
from orgtrail.settings.tags import Tags, as_mapping
from orgtrail.settings.values import AccountId, Bucket, Region, SomeOf, checked, matches, text_schema, written_as

# https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html; what begins with a digit or an
# underscore would have to be quoted in every query.
_DATABASE = r"^[a-z][a-z0-9_]{0,254}$"
# S3's safe characters: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_KEY_PREFIX = r"^([A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/-]{0,511})?$"


def _check_database(value: str) -> list[Diagnostic]:
    return matches(value, _DATABASE, "a-z, then up to 254 of a-z, 0-9 and _", "can't be the name of a database")


def _check_key_prefix(value: str) -> list[Diagnostic]:
    allowed = "up to 512 letters, digits and ! - _ . * ' ( ) /, no / first"
    return matches(value, _KEY_PREFIX, allowed, "can't be the prefix of keys")


_Database = Annotated[str, checked(_check_database), text_schema(pattern=_DATABASE)]
_KeyPrefix = Annotated[str, checked(_check_key_prefix), text_schema(pattern=_KEY_PREFIX)]


class AccessLogs(StrictModel):
    """S3's server access logs of the archive."""

    bucket: Bucket = Field(
        description="A bucket of yours in the archive's account and region, whose policy admits "
        "`logging.s3.amazonaws.com`"
    )
    prefix: _KeyPrefix = Field(default="access-logs/", description="What the keys of the logs begin with")


class Catalog(StrictModel):
    """The archive as tables in Athena."""

    database: _Database = Field(default="orgtrail", description="Glue database that is made for the tables")
    scan_limit_gib: int = Field(default=100, ge=1, description="GiB after which Athena stops a query")
    results_expire_days: int = Field(default=30, ge=1, description="Days that results of queries are kept")


_Catalog = Annotated[
    Annotated[bool, Tag("<boolean>")] | Annotated[Catalog, Tag("<mapping>")],
    Discriminator(written_as),
]


class ArchiveSection(Retention, LayoutAndKey, Credentials):
    """The central bucket."""

    model_config = ConfigDict(title="Archive")

    account_id: AccountId = Field(description="Id of the account that owns the bucket: 12 digits, in quotes")
    region: Region = Field(description="Region of the bucket; its partition is the organization's")
    bucket: Bucket = Field(description="Name of the bucket")
    existing: bool = Field(default=False, description="The bucket exists, and Orgtrail doesn't manage it")
    manage_policy: bool = Field(
        default=False, description="Manage Orgtrail's statements in the policy of an `existing` bucket"
    )
    adopt: bool = Field(
        default=False,
        description="The bucket exists, and Orgtrail takes it in: from then on Orgtrail manages it. Refused if that "
        "would replace what others have put on it",
    )
    tags: Tags = Field(default={}, description="Tags of the archive, merged over those of `defaults`")
    break_glass_role: OwnRole | None = Field(
        default=None,
        description="The only role that may delete objects, the bucket, its policy or a `managed` key: its name, or "
        "its ARN in the archive's account; knows `{account_id}` (the archive's) and `{partition}`",
    )
    readers: SomeOf[ReaderRole] = Field(
        default=(),
        description="Roles that may read the events of their own account, whichever it is: their names, with the path "
        "if they have one; `*` at the end stands for any characters. Not written: none",
    )
    access_logs: AccessLogs | None = Field(
        default=None, description="S3's server access logs of the bucket, and of Athena's results; not written: none"
    )
    catalog: _Catalog | None = Field(
        default=None,
        description="Tables, workgroup and queries in Athena: `true`, `false`, or what differs from the default; "
        "not written: `true`, but `false` for an `existing` bucket",
    )


@dataclass(frozen=True)
class Archive:
    """The central bucket; `manage_policy` means something only with `existing`.

    Replaced or deleted versions are kept for `noncurrent_days`, events for `expire_days` (None: forever). `kms_key` is
    an ARN, `managed` (see `manages_key`) or None: S3's own encryption. `break_glass_role` is an ARN. `catalog` None: no
    tables. What is None in `moving_from` isn't being changed; its `kms_key` may be `NO_KEY`.
    """

    account_id: str
    region: str
    bucket: str
    existing: bool
    manage_policy: bool
    adopt: bool
    layout: Layout
    kms_key: str | None
    moving_from: MovingFrom
    former: Former
    roles: tuple[str, ...]
    plan_roles: tuple[str, ...]
    external_id: str | None
    session_name: str
    profile: str | None
    tags: Mapping[str, str] = field(hash=False)
    noncurrent_days: int
    expire_days: int | None
    object_lock: ObjectLock | None
    transitions: tuple[Transition, ...]
    break_glass_role: str | None
    readers: tuple[str, ...]
    access_logs: AccessLogs | None
    catalog: Catalog | None

    @property
    def manages_key(self) -> bool:
        """Whether Orgtrail creates the archive's KMS key: its ARN isn't known before."""
        return self.kms_key == MANAGED_KEY

    @property
    def has_managed_key(self) -> bool:
        """Whether the key that Orgtrail makes is in the stack: in use, moved from, or kept for what it encrypted."""
        return MANAGED_KEY in (self.kms_key, self.moving_from.kms_key, self.former.kms_key)

    @property
    def delivery_layouts(self) -> tuple[Layout, ...]:
        """The layouts in which accounts may deliver: while one moves, that before it too."""
        before = self.moving_from.layout
        return (self.layout,) if before is None else (self.layout, before)

    @property
    def delivery_keys(self) -> tuple[str | None, ...]:
        """What deliveries may be encrypted with, as in `kms_key`: while it moves, what was before too."""
        before = self.moving_from.kms_key
        return (self.kms_key,) if before is None else (self.kms_key, None if before == NO_KEY else before)

    @property
    def default_key(self) -> str | None:
        """What the bucket encrypts with by default: while the key moves, the old one, until all may use both."""
        return self.delivery_keys[-1]

    @property
    def former_layouts(self) -> tuple[Layout, ...]:
        """The other layouts in which the archive has events, each once."""
        listed = (*self.delivery_layouts[1:], *self.former.layouts)
        return tuple(dict.fromkeys(layout for layout in listed if layout != self.layout))


def resolve_archive(written: ArchiveSection, defaults: Defaults, partition: str) -> Archive:
    """The archive that a sound section stands for."""
    # From `defaults`, the archive inherits only the credentials for its account.
    merged = inherit(written, defaults, Credentials)
    account_id = written.account_id

    def arns(roles: str | Sequence[str]) -> tuple[str, ...]:
        return role_arns(roles, account_id=account_id, name=ARCHIVE_STACK, partition=partition, variables=defaults.vars)

    return Archive(
        **as_written(merged, Archive)
        | {
            "roles": arns(merged.role),
            "plan_roles": arns(merged.plan_role),
            "break_glass_role": own_role_arn(written.break_glass_role, account_id=account_id, partition=partition),
            "tags": MappingProxyType(as_mapping(defaults.tags) | as_mapping(written.tags)),
            "noncurrent_days": noncurrent_days(written),
            "moving_from": written.moving_from or MovingFrom(),
            "former": written.former or Former(),
            "catalog": catalog_of(written),
        }
    )


def catalog_of(written: ArchiveSection) -> Catalog | None:
    """The tables that a section asks for."""
    choice = not written.existing if written.catalog is None else written.catalog
    if isinstance(choice, bool):
        return Catalog() if choice else None
    return choice
