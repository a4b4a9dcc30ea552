"""`archive`: what the file may say of the central bucket, what must hold, and the archive that it stands for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated

from pydantic import ConfigDict, Discriminator, Field, Tag

from orgtrail import names
from orgtrail.layout import Layout
from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings.account import Defaults
from orgtrail.settings.archive_moves import MANAGED_KEY, NO_KEY, Former, LayoutAndKey, MovingFrom
from orgtrail.settings.archive_retention import ObjectLock, Retention, Transition, noncurrent_days
from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.readers import ReaderRole
from orgtrail.settings.roles import Credentials, OwnRole, own_role_arn, role_account, role_arns
from orgtrail.settings.section import Part, StrictModel, as_written, inherit
from orgtrail.settings.state import S3StateSection
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
            "catalog": _catalog(written),
        }
    )


def _catalog(written: ArchiveSection) -> Catalog | None:
    choice = not written.existing if written.catalog is None else written.catalog
    if isinstance(choice, bool):
        return Catalog() if choice else None
    return choice


def existing_is_left_alone(archive: Part[ArchiveSection]) -> Iterator[Diagnostic]:
    """Nothing is asked for that an existing bucket, which isn't managed, would never get."""
    entry, broken = archive.entry, archive.broken
    if "existing" in broken:
        return
    if not entry.existing:
        if entry.manage_policy and "manage_policy" not in broken:
            text = "applies only to an existing bucket"
            yield Diagnostic(text, "existing: true beside it", key=(*archive.key, "manage_policy"))
        return
    if entry.adopt and "adopt" not in broken:
        text = "contradicts existing: true, which leaves the bucket to others"
        yield Diagnostic(text, "one of the two", key=(*archive.key, "adopt"))
    for name in (*Retention.model_fields, "access_logs"):
        # An explicit null is unset.
        if archive.has(name) and name not in broken and getattr(entry, name):
            text = "has no effect: an existing bucket and its objects aren't managed"
            yield Diagnostic(text, "leave it out", key=(*archive.key, name))
    managed = Diagnostic("has no effect: the key of an existing bucket isn't managed", "the ARN of the bucket's key")
    if entry.kms_key == MANAGED_KEY and "kms_key" not in broken:
        yield managed.at(*archive.key, "kms_key")
    if entry.moving_from and entry.moving_from.kms_key == MANAGED_KEY and "moving_from" not in broken:
        yield managed.at(*archive.key, "moving_from", "kms_key")


def key_is_usable(archive: Part[ArchiveSection], partition: str | None) -> Iterator[Diagnostic]:
    """The archive's key is where its bucket is: S3 takes no key of another region."""
    yield from _key_is_usable(archive, partition, ("kms_key",), archive.entry.kms_key)
    if archive.entry.moving_from is not None:
        yield from _key_is_usable(archive, partition, ("moving_from", "kms_key"), archive.entry.moving_from.kms_key)


def _key_is_usable(
    archive: Part[ArchiveSection], partition: str | None, field: tuple[str, ...], written: str | None
) -> Iterator[Diagnostic]:
    if field[0] in archive.broken or written is None or written in (MANAGED_KEY, NO_KEY):
        return
    _arn, key_partition, _kms, region, account_id, _id = written.split(":", 5)
    key = (*archive.key, *field)
    if partition and key_partition != partition:
        text = f"is in partition {key_partition:.20}, but archive.region is in {partition}"
        yield Diagnostic(text, f"arn:{partition}:…", key=key)
    elif "region" not in archive.broken and region != archive.entry.region:
        text = f"is a key of {region:.30}: S3 encrypts with keys of the bucket's own region only"
        yield Diagnostic(text, f"a key of {archive.entry.region}", key=key)
    if "account_id" not in archive.broken and account_id != archive.entry.account_id:
        text = f"is a key of account {account_id}: who owns the archive must own what it is read with"
        yield Diagnostic(text, f"a key of account {archive.entry.account_id}", key=key)


def break_glass_is_at_hand(archive: Part[ArchiveSection]) -> Iterator[Diagnostic]:
    """The one role that may delete is in the archive's own account."""
    if archive.broken & {"break_glass_role", "account_id"} or archive.entry.break_glass_role is None:
        return
    if role_account(archive.entry.break_glass_role) not in (None, archive.entry.account_id):
        allowed = f"a role of account {archive.entry.account_id}"
        yield Diagnostic("is not in the archive's account", allowed, key=(*archive.key, "break_glass_role"))


def buckets_are_apart(archive: Part[ArchiveSection], state: Part[S3StateSection] | None) -> Iterator[Diagnostic]:
    """The archive, its access logs, the results of queries and the states each have a bucket of their own."""
    if "bucket" in archive.broken:
        return
    taken = {archive.entry.bucket: "the archive's bucket", **_results_bucket(archive)}
    if state is not None and "bucket" not in state.broken:
        why = ": states would expire, or be locked, like what is there"
        yield from _is_free(state.entry.bucket, (*state.key, "bucket"), taken, why)
        taken.setdefault(state.entry.bucket, "the bucket of the states")
    if archive.entry.access_logs is not None and "access_logs" not in archive.broken:
        yield from _is_free(archive.entry.access_logs.bucket, (*archive.key, "access_logs", "bucket"), taken)


def _results_bucket(archive: Part[ArchiveSection]) -> dict[str, str]:
    if archive.broken & {"catalog", "existing"} or _catalog(archive.entry) is None:
        return {}
    return {names.results_bucket(archive.entry.bucket): "the bucket of query results"}


def _is_free(bucket: str, key: Key, taken: dict[str, str], why: str = "") -> Iterator[Diagnostic]:
    if bucket in taken:
        yield Diagnostic(f"is {taken[bucket]} too{why}", "a bucket of its own", key=key)
