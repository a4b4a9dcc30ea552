"""`state`: where Terraform keeps what it knows, what must hold, and the backend that it stands for."""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field

from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.roles import ExternalId, OwnRole, SessionName, own_role_arn, role_account
from orgtrail.settings.section import Part, StrictModel
from orgtrail.settings.values import (
    AccountId,
    Bucket,
    Region,
    Text,
    checked,
    placeholders,
    syntax_problems,
    text_schema,
    unknown_placeholders,
)

_PLACEHOLDERS = ("account_id", "name")


def _check_template(value: str) -> list[Diagnostic]:
    """What every name of a state has in common: placeholders that keep the accounts' states apart."""
    found = syntax_problems(value) or unknown_placeholders(value, _PLACEHOLDERS)
    # Ids and names are unique, and one account's values never contain another's: any placeholder will do.
    if not found and not placeholders(value):
        text = "has no placeholder: all accounts and the archive would share one state"
        return [Diagnostic(text, "{account_id}, {name}")]
    return found


def _check_key(value: str) -> list[Diagnostic]:
    """The key of a state in S3; Terraform's backend refuses a slash at either end."""
    found = _check_template(value)
    if value.startswith("/") or value.endswith("/"):
        found.append(Diagnostic("must neither begin nor end with /"))
    return found


def _check_workspace(value: str) -> list[Diagnostic]:
    """The name of an HCP Terraform workspace."""
    found = _check_template(value)
    if not found and not re.fullmatch(r"[A-Za-z0-9_-]+", re.sub(r"\{[^{}]*\}", "x", value)):
        allowed = "letters, digits, - and _, besides placeholders"
        found.append(Diagnostic("can't be the name of a workspace", allowed))
    return found


_Key = Annotated[str, checked(_check_key), text_schema()]
_Path = Annotated[str, checked(_check_template), text_schema()]
_Workspace = Annotated[str, checked(_check_workspace), text_schema()]


class _Backend(StrictModel):
    """A backend whose states are named by a template for `names.state_key`, which stands in `template_field`."""

    template_field: ClassVar[str]

    @property
    def template(self) -> str:
        """The template."""
        return str(getattr(self, self.template_field))


class S3StateSection(_Backend):
    """States in an S3 bucket, with Terraform's native lock file."""

    template_field = "key"
    model_config = ConfigDict(title="S3State")

    backend: Literal["s3"] = Field(description="States in an S3 bucket")
    bucket: Bucket = Field(description="Bucket of the states")
    region: Region = Field(description="Region of this bucket")
    key: _Key = Field(
        default="orgtrail/{account_id}/terraform.tfstate",
        description="Key of an account's state; knows `{account_id}` and `{name}`",
    )
    kms_key_id: Text | None = Field(default=None, description="KMS key of the states; not written: S3's own encryption")
    account_id: AccountId | None = Field(
        default=None, description="Account that owns the bucket; not written: that of `role`, else the archive's"
    )
    role: OwnRole | None = Field(
        default=None,
        description="Role to assume for the states; knows `{account_id}` (the bucket's) and `{partition}`",
    )
    plan_role: OwnRole | None = Field(
        default=None,
        description="Role to assume instead where `ORGTRAIL_PLAN_ONLY` is set: as `role`, but one that only reads",
    )
    external_id: ExternalId | None = Field(default=None, description="External id that these roles demand")
    session_name: SessionName = Field(default="orgtrail", description="Name of the role session")
    profile: Text | None = Field(default=None, description="AWS profile of this machine to start from")


class S3State(S3StateSection):
    """States in a bucket, whose owner is `account_id`; `role` is an ARN."""

    backend: Literal["s3"] = "s3"
    account_id: AccountId

    @property
    def roles(self) -> tuple[str, ...]:
        """The role as a chain of one, as accounts have it; none: the caller's own credentials."""
        return (self.role,) if self.role else ()


class LocalState(_Backend):
    """States in files on this machine: to try things out."""

    template_field = "path"

    backend: Literal["local"] = Field(default="local", description="States in files of this machine")
    path: _Path = Field(
        default="terraform.{name}.tfstate",
        description="File of an account's state; knows `{account_id}` and `{name}`",
    )


class CloudState(_Backend):
    """States in HCP Terraform or Terraform Enterprise, one workspace per account."""

    template_field = "workspace"

    backend: Literal["cloud"] = Field(default="cloud", description="States in HCP Terraform or Terraform Enterprise")
    organization: Text = Field(description="Organization of HCP Terraform")
    hostname: Text | None = Field(default=None, description="Host of Terraform Enterprise")
    project: Text | None = Field(default=None, description="Project of the workspaces")
    workspace: _Workspace = Field(
        default="orgtrail-{name}", description="Name of an account's workspace; knows `{account_id}` and `{name}`"
    )


StateSection: TypeAlias = Annotated[S3StateSection | LocalState | CloudState, Field(discriminator="backend")]
State: TypeAlias = S3State | LocalState | CloudState


def resolve_state(written: StateSection, archive_account: str, partition: str) -> State:
    """The backend that a sound section stands for."""
    if not isinstance(written, S3StateSection):
        return written
    account_id = owner_of_states(written, archive_account)
    role, plan_role = (
        own_role_arn(one, account_id=account_id, partition=partition) for one in (written.role, written.plan_role)
    )
    found = {"account_id": account_id, "role": role, "plan_role": plan_role}
    return S3State.model_validate(dict(written) | found, context=partition)


def owner_of_states(written: S3StateSection, archive_account: str) -> str:
    """The account that owns the bucket of the states."""
    return written.account_id or role_account(written.role or "") or archive_account


def state_role_fits(state: Part[S3StateSection] | None) -> Iterator[Diagnostic]:
    """The roles for the states are in the account that owns them."""
    if state is None or state.broken & {"role", "account_id"}:
        return
    owner = role_account(state.entry.role or "")
    if state.entry.account_id is not None and owner not in (None, state.entry.account_id):
        yield Diagnostic(f"is not the account of the role, {owner}", owner, key=(*state.key, "account_id"))
    planned = None if "plan_role" in state.broken else role_account(state.entry.plan_role or "")
    if planned is not None and planned != (state.entry.account_id or owner or planned):
        allowed = f"a role of account {state.entry.account_id or owner}"
        yield Diagnostic("is not in the account that owns the bucket", allowed, key=(*state.key, "plan_role"))
