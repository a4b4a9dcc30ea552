"""`sync`: which accounts of AWS Organizations belong into the file, and as whom Organizations is asked."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.roles import ExternalId, OwnRole, SessionName, own_role_arn, role_account
from orgtrail.settings.section import Part, StrictModel
from orgtrail.settings.values import (
    AccountId,
    SomeOf,
    Text,
    check_account_id,
    checked,
    matches,
    placeholders,
    syntax_problems,
    text_schema,
    unknown_placeholders,
)

_NAME_PLACEHOLDERS = ("name", "account_id")

# https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html, …/API_Root.html
_UNIT = r"^(/.*|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$"
_UNIT_ALLOWED = "its path, such as /Workloads/Prod, or its id, such as ou-a1b2-c3d4e5f6"


def is_unit(text: str) -> bool:
    """Whether a text names an organizational unit, or the root, and not an account."""
    return bool(re.fullmatch(_UNIT, text))


def _check_unit(value: str) -> list[Diagnostic]:
    return matches(value, _UNIT, _UNIT_ALLOWED, "is no organizational unit")


def _check_choice(value: str) -> list[Diagnostic]:
    """An account by its id or by a glob of its name, or an organizational unit."""
    if re.match(r"ou-[a-z0-9]{4}|r-[a-z0-9]{4,}$", value):
        return _check_unit(value)
    return check_account_id(value) if value.isdecimal() else []


def _check_name_template(value: str) -> list[Diagnostic]:
    found = syntax_problems(value) or unknown_placeholders(value, _NAME_PLACEHOLDERS)
    if not found and not placeholders(value):
        return [Diagnostic("has no placeholder: all accounts would have one name", "{name}, {account_id}")]
    return found


_Unit = Annotated[str, checked(_check_unit), text_schema(pattern=_UNIT)]
_Choice = Annotated[Text, checked(_check_choice)]
_NameTemplate = Annotated[str, checked(_check_name_template), text_schema()]


class SyncSection(StrictModel):
    """What `accounts sync` takes from AWS Organizations."""

    organizational_units: SomeOf[_Unit] | None = Field(
        default=None,
        description="Only accounts below these, however deep: paths such as `/Workloads/Prod`, or ids; not written: "
        "the whole organization",
    )
    tags: dict[str, Text] = Field(
        default={}, description="Only accounts with all of these tags in AWS Organizations; a value may be a glob"
    )
    include: SomeOf[_Choice] | None = Field(
        default=None,
        description="These too, whatever their unit and tags: account ids, globs of names, organizational units",
    )
    exclude: SomeOf[_Choice] | None = Field(
        default=None, description="Never these, whatever else chooses them; `accounts sync` leaves their entries alone"
    )
    name: _NameTemplate = Field(
        default="{name}",
        description="Name of an account's entry; knows `{name}` (that of the account, in the characters of a stack's "
        "name) and `{account_id}`",
    )
    rename: bool = Field(default=True, description="Whether an entry takes its account's new name; `false`: only told")
    copy_tags: SomeOf[Text] | None = Field(
        default=None, description="Keys of tags that entries take over from AWS Organizations"
    )
    account_id: AccountId | None = Field(
        default=None,
        description="Account that is asked, the management account or a delegated administrator; not written: that of "
        "`role`, else whichever the credentials are of",
    )
    role: OwnRole | None = Field(
        default=None,
        description="Role to assume for it; knows `{account_id}` and `{partition}`. Not written: the caller's own "
        "credentials",
    )
    external_id: ExternalId | None = Field(default=None, description="External id that the role demands")
    session_name: SessionName = Field(default="orgtrail", description="Name of the role session")
    profile: Text | None = Field(default=None, description="AWS profile of this machine to start from")


class Sync(SyncSection):
    """The same, where `role` is an ARN."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The role as a chain of one, as accounts have it; none: the caller's own credentials."""
        return (self.role,) if self.role else ()

    @property
    def units(self) -> tuple[str, ...]:
        """Each organizational unit that any key names, once."""
        named = (*(self.organizational_units or ()), *(self.include or ()), *(self.exclude or ()))
        return tuple(dict.fromkeys(filter(is_unit, named)))


def resolve_sync(written: SyncSection, partition: str) -> Sync:
    """What a sound section stands for."""
    account_id = written.account_id or role_account(written.role or "")
    role = own_role_arn(written.role, account_id=account_id or "", partition=partition)
    return Sync.model_validate(dict(written) | {"account_id": account_id, "role": role}, context=partition)


def sync_role_fits(sync: Part[SyncSection]) -> Iterator[Diagnostic]:
    """The account of the role is known, and is the one that is asked."""
    role = sync.entry.role
    if sync.broken & {"role", "account_id"} or role is None:
        return
    owner = role_account(role)
    if owner is None and sync.entry.account_id is None:
        allowed = "its whole ARN, or sync.account_id beside it"
        yield Diagnostic("doesn't say in which account it is", allowed, key=(*sync.key, "role"))
    elif owner not in (None, sync.entry.account_id or owner):
        yield Diagnostic(f"is not the account of the role, {owner}", owner, key=(*sync.key, "account_id"))
