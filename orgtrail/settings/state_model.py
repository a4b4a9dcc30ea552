"""The shape of `state`: where Terraform keeps what it knows."""

from typing import Annotated, Literal

from pydantic import Field

from orgtrail.settings import fields
from orgtrail.settings.shape import Shape


class S3State(Shape):
    """States in an S3 bucket, with Terraform's native lock file."""

    backend: Literal["s3"] = Field(description="States in an S3 bucket")
    bucket: fields.Bucket = Field(description="Bucket of the states")
    region: fields.Region = Field(description="Region of this bucket")
    key: fields.StateKey = Field(
        default="orgtrail/{account_id}/terraform.tfstate",
        description="Key of an account's state; knows `{account_id}` and `{name}`",
    )
    kms_key_id: fields.Text | None = Field(
        default=None, description="KMS key of the states; not written: S3's own encryption"
    )
    account_id: fields.AccountId | None = Field(
        default=None, description="Account that owns the bucket; not written: that of `role`, else the archive's"
    )
    role: fields.OwnRole | None = Field(
        default=None,
        description="Role to assume for the states; knows `{account_id}` (the bucket's) and `{partition}`",
    )
    external_id: fields.ExternalId | None = Field(default=None, description="External id that the role demands")
    session_name: fields.SessionName = Field(default="orgtrail", description="Name of the role session")
    profile: fields.Text | None = Field(default=None, description="AWS profile of this machine to start from")


class LocalState(Shape):
    """States in files on this machine: to try things out."""

    backend: Literal["local"] = Field(description="States in files of this machine")
    path: fields.StatePath = Field(
        default="terraform.{name}.tfstate",
        description="File of an account's state; knows `{account_id}` and `{name}`",
    )


class CloudState(Shape):
    """States in HCP Terraform or Terraform Enterprise, one workspace per account."""

    backend: Literal["cloud"] = Field(description="States in HCP Terraform or Terraform Enterprise")
    organization: fields.Text = Field(description="Organization of HCP Terraform")
    hostname: fields.Text | None = Field(default=None, description="Host of Terraform Enterprise")
    project: fields.Text | None = Field(default=None, description="Project of the workspaces")
    workspace: fields.Workspace = Field(
        default="orgtrail-{name}", description="Name of an account's workspace; knows `{account_id}` and `{name}`"
    )


State = Annotated[S3State | LocalState | CloudState, Field(discriminator="backend")]
