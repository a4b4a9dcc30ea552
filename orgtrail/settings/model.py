"""The shape of accounts.yaml. Descriptions end up in the JSON Schema and in the README's table."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from orgtrail.events import IDENTITY_DETAIL_TYPES, IDENTITY_SOURCES
from orgtrail.layout import DEFAULT_LAYOUT
from orgtrail.settings import archive_model, fields, rollout_model, state_model
from orgtrail.settings.shape import Shape

Compression = Literal["UNCOMPRESSED", "GZIP"]
Status = Literal["active", "suspended", "closed"]


class Organization(Shape):
    """The AWS organization."""

    id: fields.OrganizationId = Field(
        description="Id of the AWS organization. With it the archive's policy never grows; "
        "without it, account ids are listed there"
    )


class EventsChoice(Shape):
    """Events chosen by hand."""

    sources: fields.Sources = Field(
        default=list(IDENTITY_SOURCES), description="EventBridge sources, such as `aws.iam`"
    )
    detail_types: fields.DetailTypes = Field(
        default=list(IDENTITY_DETAIL_TYPES), description="EventBridge detail types"
    )
    read_only: bool = Field(default=False, description="Also the read-only calls, such as `ListUsers`")


Events = Annotated[
    Annotated[Literal["identity", "iam"], Tag("<text>")] | Annotated[EventsChoice, Tag("<mapping>")],
    Discriminator(fields.written_as),
]


class Buffering(Shape):
    """When Firehose writes an object: as soon as either is reached."""

    size_mib: int = Field(default=5, ge=1, le=128, description="MiB that Firehose collects before it writes an object")
    interval_seconds: int = Field(
        default=300, ge=0, le=900, description="Seconds that Firehose waits before it writes an object"
    )


class Credentials(Shape):
    """How Orgtrail gets into an account."""

    role: fields.Roles = Field(
        default=[],
        description="Role to assume: its name, its ARN, or a list of these to assume one after the other. "
        "`{account_id}`, `{name}`, `{partition}` and the account's `vars` are filled in. "
        "Not written: the caller's own credentials",
    )
    external_id: fields.ExternalId | None = Field(default=None, description="External id that the role demands")
    session_name: fields.SessionName = Field(
        default="orgtrail", description="Name of the role session, as CloudTrail shows it"
    )
    profile: fields.Text | None = Field(default=None, description="AWS profile of this machine to start from")


class Defaults(Credentials):
    """What holds for every account that doesn't say otherwise; tags and vars are merged key by key."""

    regions: fields.Regions = Field(
        default=[],
        description="Where the account has a pipeline: a region, a list of regions, or `all` for every region "
        "that needs no opt-in",
    )
    events: Events = Field(default="identity", description="Which events: `identity`, `iam`, or chosen by hand")
    tags: fields.Tags = Field(default={}, description="Tags of everything: a mapping, or a list of `key:value`")
    vars: dict[str, Any] = Field(default={}, description="Values of your own, for placeholders in `role`")
    compression: Compression = Field(default="UNCOMPRESSED", description="Compression of the objects")
    buffering: Buffering = Field(default=Buffering(), description="When Firehose writes an object")
    log_retention_days: fields.RetentionDays = Field(
        default=365, description="Days that Firehose's delivery log is kept"
    )
    enabled: bool = Field(
        default=True,
        description="`false` removes the account's pipelines; what they delivered, the state and the entry here stay",
    )


class Account(Defaults):
    """One account of the organization."""

    account_id: fields.AccountId = Field(description="Id of the account: 12 digits, in quotes")
    name: fields.Name = Field(description="Name of the account and of its stack")
    email: fields.Text | None = Field(default=None, description="Kept for your own use")
    display_name: fields.Text | None = Field(default=None, description="Kept for your own use")
    org_id: fields.Text | None = Field(default=None, description="Kept for your own use")
    status: Status = Field(default="active", description="`suspended` and `closed` accounts are skipped")


class Archive(Credentials):
    """The central bucket."""

    account_id: fields.AccountId = Field(description="Id of the account that owns the bucket: 12 digits, in quotes")
    region: fields.Region = Field(description="Region of the bucket; its partition is the organization's")
    bucket: fields.Bucket = Field(description="Name of the bucket")
    existing: bool = Field(default=False, description="The bucket is there already and isn't managed")
    manage_policy: bool = Field(
        default=False, description="Manage Orgtrail's statements in the policy of an `existing` bucket"
    )
    adopt: bool = Field(
        default=False,
        description="The bucket is there already, and Orgtrail takes it in: from then on it manages it like one of its "
        "own. Refused where that would replace what others have put on it",
    )
    layout: fields.LayoutTemplate = Field(default=DEFAULT_LAYOUT, description="Where in the bucket an event lands")
    moving_from: archive_model.MovingFrom | None = Field(
        default=None,
        description="Layout or key that is being changed: while this is here, deliveries are admitted both ways",
    )
    former: archive_model.Former | None = Field(
        default=None, description="What the archive holds events of besides; the tables go on showing them"
    )
    tags: fields.Tags = Field(default={}, description="Tags of the archive, merged over those of `defaults`")
    noncurrent_days: int = Field(
        default=30,
        ge=1,
        description="Days after which replaced or deleted objects are gone for good; "
        "not written: `object_lock.days` where those are more",
    )
    expire_days: int | None = Field(
        default=None, ge=1, description="Days after which events are deleted; not written: never"
    )
    kms_key: fields.KmsKey | None = Field(
        default=None,
        description="`managed` for a KMS key that Orgtrail makes, or the ARN of a key of yours in the archive's "
        "account and region (that of an `existing` bucket, so that deliveries may use it); "
        "not written: S3's own encryption",
    )
    object_lock: archive_model.ObjectLock | None = Field(
        default=None, description="Objects can't be deleted or overwritten for some days; not written: they can"
    )
    break_glass_role: fields.OwnRole | None = Field(
        default=None,
        description="The only role that may delete objects, the bucket, its policy or a `managed` key: its name, or "
        "its ARN in the archive's account; knows `{account_id}` (the archive's) and `{partition}`",
    )
    transitions: list[archive_model.Transition] = Field(
        default=[], description="Moves to cheaper storage classes; S3 leaves objects below 128 KB where they are"
    )
    access_logs: archive_model.AccessLogs | None = Field(
        default=None, description="S3's server access logs of the bucket, and of Athena's results; not written: none"
    )
    catalog: archive_model.CatalogSetting | None = Field(
        default=None,
        description="Tables, workgroup and queries in Athena: `true`, `false`, or what differs from the default; "
        "not written: `true`, but `false` for an `existing` bucket",
    )


class File(Shape):
    """The accounts file of Orgtrail: an AWS organization whose IAM events are archived."""

    model_config = ConfigDict(title="Orgtrail accounts file")

    organization: Organization | None = Field(default=None, description="The AWS organization")
    archive: Archive = Field(description="The central bucket")
    state: state_model.State = Field(description="Where Terraform keeps what it knows of each account")
    defaults: Defaults | None = Field(
        default=None, description="What holds for every account that doesn't say otherwise"
    )
    rollout: rollout_model.Rollout | None = Field(
        default=None, description="How many accounts are rolled out at once, in which order, and when to stop"
    )
    accounts: list[Account] = Field(description="The accounts, one entry each; c7n-org's `accounts` fit in unchanged")
