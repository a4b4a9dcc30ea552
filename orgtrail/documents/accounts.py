"""`accounts list --json` and `accounts sync --json`"""

from pydantic import Field

from orgtrail.documents.document import Document, Part
from orgtrail.onboarding.proposal import Kind
from orgtrail.settings import Status


class ListedAccount(Part):
    """An account of the accounts file, with what it has of `defaults`."""

    name: str
    account_id: str
    status: Status = Field(description="No stack is built unless it is active.")
    enabled: bool = Field(description="Whether it has pipelines; those of a disabled account are removed.")
    regions: list[str]
    tags: dict[str, str]
    roles: list[str] = Field(description="The roles that are assumed, one after the other; none: the caller's own.")
    email: str | None
    display_name: str | None
    wave: str | None = Field(description="The wave that it is rolled out in; null: after all of them, or not at all.")


class AccountsDocument(Document):
    """The accounts of the accounts file."""

    accounts: list[ListedAccount]


class SyncChange(Part):
    """One way in which the accounts file is behind AWS Organizations, or differs on purpose."""

    kind: Kind = Field(
        description="`joined`: a new entry; `renamed`, `marked` (its status), `tagged`: another value; `left`: no "
        "account of the organization any more, its entry stays; `kept`: another name or a tag in Organizations, "
        "which isn't taken over."
    )
    account_id: str
    name: str = Field(description="The name of its entry, as it is after the edit.")
    text: str


class SyncDocument(Document):
    """How the accounts file compares with AWS Organizations, and the edit that brings it in step."""

    organization: str
    management_account: str
    asked: str = Field(description="The account whose credentials were used.")
    accounts: int = Field(description="How many accounts the organization has.")
    behind: bool = Field(description="Whether there is a change other than `kept`.")
    changes: list[SyncChange]
    notices: list[str] = Field(description="What follows from the edit elsewhere, such as a state to be moved.")
    not_chosen: int = Field(description="How many active accounts have no entry, as `sync` doesn't choose them.")
    diff: str = Field(default="", description="The edit, as a unified diff; empty without one.")
    written: bool = Field(default=False, description="Whether the file was edited.")
