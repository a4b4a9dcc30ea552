"""What the rest of Orgtrail gets to know of accounts.yaml: complete, frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TypeAlias

from orgtrail.events import Events
from orgtrail.layout import Layout
from orgtrail.settings.archive_checks import MANAGED_KEY, NO_KEY
from orgtrail.settings.archive_model import LockMode, StorageClass
from orgtrail.settings.model import Compression, Status
from orgtrail.settings.rollout import Rollout


@dataclass(frozen=True)
class Buffering:
    """Firehose's buffering hints: an object is written as soon as either is reached."""

    size_mib: int = 5
    interval_seconds: int = 300


@dataclass(frozen=True)
class Account:
    """An account with everything its stack depends on: defaults merged, placeholders filled in.

    `roles` are full ARNs in the order in which they are assumed; none: the caller's own credentials. Not `enabled`:
    no pipelines, but their logs. `written` are the keys that its entry has, besides those of `defaults`; None: unknown.
    """

    account_id: str
    name: str
    email: str | None
    display_name: str | None
    org_id: str | None
    roles: tuple[str, ...]
    external_id: str | None
    session_name: str
    profile: str | None
    regions: tuple[str, ...]
    tags: Mapping[str, str] = field(hash=False)
    vars: Mapping[str, object] = field(hash=False)
    status: Status
    events: Events
    compression: Compression
    buffering: Buffering
    log_retention_days: int
    enabled: bool = True
    written: frozenset[str] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ObjectLock:
    """How and for how many days each version of an object is locked."""

    mode: LockMode
    days: int


@dataclass(frozen=True)
class Transition:
    """A move to another storage class, so many days after an object was written."""

    days: int
    storage_class: StorageClass


@dataclass(frozen=True)
class AccessLogs:
    """Where S3 puts the access logs of the archive."""

    bucket: str
    prefix: str = "access-logs/"


@dataclass(frozen=True)
class Catalog:
    """The archive as tables in Athena."""

    database: str = "orgtrail"
    scan_limit_gib: int = 100
    results_expire_days: int = 30


@dataclass(frozen=True)
class Former:
    """What the archive holds events of besides; `kms_key` says that the managed key is kept."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    kms_key: str | None = None


@dataclass(frozen=True)
class MovingFrom:
    """What deliveries use until a move is closed; None: that isn't changed. `kms_key` may be `NO_KEY`."""

    layout: Layout | None = None
    kms_key: str | None = None


@dataclass(frozen=True)
class Archive:
    """The central bucket; `manage_policy` says something only with `existing`.

    After `noncurrent_days`, replaced or deleted versions are gone; after `expire_days` events are deleted (None:
    never). `kms_key` is an ARN, `managed` (see `manages_key`) or None: S3's own encryption. `break_glass_role` is an
    ARN. `catalog` None: no tables.
    """

    account_id: str
    region: str
    bucket: str
    existing: bool
    manage_policy: bool
    layout: Layout
    roles: tuple[str, ...]
    external_id: str | None
    session_name: str
    profile: str | None
    tags: Mapping[str, str] = field(hash=False)
    noncurrent_days: int
    expire_days: int | None
    kms_key: str | None = None
    object_lock: ObjectLock | None = None
    break_glass_role: str | None = None
    transitions: tuple[Transition, ...] = ()
    access_logs: AccessLogs | None = None
    catalog: Catalog | None = None
    adopt: bool = False
    former: Former = Former()
    moving_from: MovingFrom = MovingFrom()

    @property
    def manages_key(self) -> bool:
        """Whether the archive's KMS key is Orgtrail's to make: its ARN isn't known before it is there."""
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
        """The layouts besides the present one in which events lie, each once."""
        listed = (*self.delivery_layouts[1:], *self.former.layouts)
        return tuple(dict.fromkeys(layout for layout in listed if layout != self.layout))


class _StateTemplate:
    """A backend whose states are named by a template for `names.state_key`, which stands in `template_field`."""

    template_field: ClassVar[str]

    @property
    def template(self) -> str:
        """The template."""
        return str(getattr(self, self.template_field))


@dataclass(frozen=True)
class S3State(_StateTemplate):
    """States in a bucket, whose owner is `account_id`."""

    template_field = "key"

    bucket: str
    region: str
    key: str
    kms_key_id: str | None
    account_id: str
    role: str | None
    external_id: str | None
    session_name: str
    profile: str | None

    @property
    def roles(self) -> tuple[str, ...]:
        """The role as a chain of one, as accounts have it; none: the caller's own credentials."""
        return (self.role,) if self.role else ()


@dataclass(frozen=True)
class LocalState(_StateTemplate):
    """States in files."""

    template_field = "path"

    path: str


@dataclass(frozen=True)
class CloudState(_StateTemplate):
    """States in HCP Terraform."""

    template_field = "workspace"

    organization: str
    hostname: str | None
    project: str | None
    workspace: str


State: TypeAlias = S3State | LocalState | CloudState


@dataclass(frozen=True)
class Settings:
    """All of one accounts file."""

    path: Path
    partition: str
    organization_id: str | None
    archive: Archive
    state: State
    accounts: tuple[Account, ...]
    rollout: Rollout = field(default_factory=Rollout)

    @property
    def archived_accounts(self) -> tuple[str, ...]:
        """The ids of all accounts that may have events in the archive, sorted: those that are skipped too."""
        return tuple(sorted({*(account.account_id for account in self.accounts), *self.archive.former.accounts}))

    @property
    def archived_regions(self) -> tuple[str, ...]:
        """The regions from which events may be in the archive, sorted."""
        now = {region for account in self.accounts for region in account.regions}
        return tuple(sorted(now | {*self.archive.former.regions}))

    @property
    def active(self) -> tuple[Account, ...]:
        """The accounts that are rolled out, enabled or not."""
        return tuple(account for account in self.accounts if account.status == "active")

    @property
    def skipped(self) -> tuple[Account, ...]:
        """The accounts that are left alone: suspended or closed."""
        return tuple(account for account in self.accounts if account.status != "active")
