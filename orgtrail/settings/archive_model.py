"""The shape of what the archive can have besides its bucket."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from orgtrail.settings import fields
from orgtrail.settings.shape import Shape

LockMode = Literal["governance", "compliance"]
StorageClass = Literal["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]


class ObjectLock(Shape):
    """S3 Object Lock: no version of an object can be deleted or overwritten for some days after it was written."""

    mode: LockMode = Field(
        description="How strict: `governance` can be bypassed by who may, `compliance` by nobody, root included"
    )
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html: at most 100 years.
    days: int = Field(ge=1, le=36_500, description="Days that each object is locked")


class Transition(Shape):
    """A move to a cheaper storage class."""

    days: int = Field(ge=0, description="Days after which an object moves")
    storage_class: StorageClass = Field(
        description="Storage class it moves to; Athena reads nothing from `GLACIER` and `DEEP_ARCHIVE`"
    )


class AccessLogs(Shape):
    """S3's server access logs of the archive."""

    bucket: fields.Bucket = Field(
        description="A bucket of yours in the archive's account and region, whose policy admits "
        "`logging.s3.amazonaws.com`"
    )
    prefix: fields.KeyPrefix = Field(default="access-logs/", description="What the keys of the logs begin with")


class Former(Shape):
    """What the archive holds events of and `accounts.yaml` doesn't name any more. Add to it, take nothing from it."""

    accounts: list[fields.AccountId] = Field(
        default=[], description="Ids of accounts whose entries were removed; the tables go on listing them"
    )
    regions: list[fields.Region] = Field(
        default=[], description="Regions in which no account has a pipeline any more; the tables go on listing them"
    )
    layouts: list[fields.LayoutTemplate] = Field(
        default=[], description="Layouts in which events were written before; each keeps a table of its own"
    )
    kms_key: Literal["managed"] | None = Field(
        default=None, description="`managed` keeps the key that Orgtrail made, while `kms_key` names another or none"
    )


class MovingFrom(Shape):
    """The layout or the key that deliveries still use, while `layout` or `kms_key` is what they move to."""

    layout: fields.LayoutTemplate | None = Field(
        default=None, description="Layout that the archive has had until now; not written: it isn't changed"
    )
    kms_key: fields.FormerKey | None = Field(
        default=None,
        description="`kms_key` that the archive has had until now, or `none` for S3's own encryption; "
        "not written: it isn't changed",
    )


class CatalogChoice(Shape):
    """The archive as tables in Athena."""

    database: fields.Database = Field(default="orgtrail", description="Glue database that is made for the tables")
    scan_limit_gib: int = Field(default=100, ge=1, description="GiB after which Athena stops a query")
    results_expire_days: int = Field(default=30, ge=1, description="Days that results of queries are kept")


CatalogSetting = Annotated[
    Annotated[bool, Tag("<boolean>")] | Annotated[CatalogChoice, Tag("<mapping>")],
    Discriminator(fields.written_as),
]
