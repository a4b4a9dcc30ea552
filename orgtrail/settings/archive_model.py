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


class CatalogChoice(Shape):
    """The archive as tables in Athena."""

    database: fields.Database = Field(default="orgtrail", description="Glue database that is made for the tables")
    scan_limit_gib: int = Field(default=100, ge=1, description="GiB after which Athena stops a query")
    results_expire_days: int = Field(default=30, ge=1, description="Days that results of queries are kept")


CatalogSetting = Annotated[
    Annotated[bool, Tag("<boolean>")] | Annotated[CatalogChoice, Tag("<mapping>")],
    Discriminator(fields.written_as),
]
