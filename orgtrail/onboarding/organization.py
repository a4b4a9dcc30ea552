"""What AWS Organizations has: all of it, or an error. Half an organization would make its other half look gone."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any, Final, NoReturn

from botocore.exceptions import ClientError, NoCredentialsError

from orgtrail.aws import AWS_ERRORS, AccountSession
from orgtrail.concurrency.questions import Questions
from orgtrail.errors import UserError
from orgtrail.onboarding.members import Member, Organization
from orgtrail.words import counted

_PAGE: Final = {"PageSize": 20}  # as many as AWS gives; it may give fewer, or none, and still have more
_TAGS_AT_ONCE: Final = 8  # AWS answers some ten such calls a second, however many ask
_PATIENCE: Final = 600  # seconds for one account, while AWS throttles
_WHO: Final = "Only the management account and delegated administrators may ask: see sync.role and sync.profile"


class OrganizationUnreadable(UserError):
    """AWS Organizations can't be read as a whole; the text says why."""


def read_organization(session: AccountSession, units: Sequence[str], expected: str | None) -> Organization:
    """The organization whose account the session is of, with what is below these units.

    Raises OrganizationUnreadable: also where its id isn't the `expected` one, and where a page is missing.
    """
    try:
        client = session.client("organizations")
        about = client.describe_organization()["Organization"]
        if expected not in (None, about["Id"]):
            raise OrganizationUnreadable(
                f"The credentials are of account {session.account_id}, which is in organization {about['Id']}, and not "
                f"in {expected}, which organization.id names"
            )
        members = tuple(_members(client))
        management = about.get("ManagementAccountId") or about["MasterAccountId"]
        _refuse_gaps(members, {management, session.account_id})
        tree = _Tree(client)
        below = {unit: tree.accounts_below(unit) for unit in units}
    except AWS_ERRORS as error:
        raise _unreadable(error) from error
    return Organization(about["Id"], management, session.account_id, members, below)


def tags_of(session: AccountSession, ids: Sequence[str], told: Callable[[int], None]) -> dict[str, dict[str, str]]:
    """The tags of accounts by their ids; `told` is told how many are known. Raises OrganizationUnreadable."""
    known = count(1)

    def late(account_id: str, why: str) -> NoReturn:
        raise OrganizationUnreadable(f"The tags of {account_id} can't be read, so nothing is proposed: {why}")

    try:
        pages = session.client("organizations").get_paginator("list_tags_for_resource")

        def ask(account_id: str) -> dict[str, str]:
            tags = chain.from_iterable(page["Tags"] for page in pages.paginate(ResourceId=account_id))
            return {tag["Key"]: tag["Value"] for tag in tags}

        questions = Questions(at_once=_TAGS_AT_ONCE, seconds=_PATIENCE)
        answers = questions.ask(ask, ids, late=late, on_result=lambda _tags: told(next(known)))
        return dict(zip(ids, answers, strict=True))
    except AWS_ERRORS as error:
        raise _unreadable(error) from error


def _members(client: Any) -> Iterator[Member]:
    for page in client.get_paginator("list_accounts").paginate(PaginationConfig=_PAGE):
        for one in page["Accounts"]:
            # `Status` was retired on 2026-09-09; partitions and emulators may lack `State` still.
            state = one.get("State") or one["Status"]
            yield Member(one["Id"], one.get("Name") or one["Id"], state, "State" in one)


def _refuse_gaps(members: Collection[Member], certain: Collection[str]) -> None:
    missing = sorted({*certain} - {member.account_id for member in members})
    if missing:
        raise OrganizationUnreadable(
            f"AWS Organizations listed {counted(len(members), 'account')}, but not {', '.join(missing)}, which must be "
            "among them: the list isn't whole"
        )


class _Tree:
    """The organizational units, each asked for once."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._units: dict[str, list[dict[str, str]]] = {}
        self._accounts: dict[str, list[str]] = {}

    def accounts_below(self, unit: str) -> frozenset[str]:
        """The ids of the accounts in a unit, named by its path or id, and in all units below it."""
        left, found = [self._id_of(unit) if unit.startswith("/") else unit], list[str]()
        while left:
            parent = left.pop()
            if parent not in self._accounts:
                self._accounts[parent] = [
                    one["Id"] for one in self._listed("list_accounts_for_parent", "Accounts", ParentId=parent)
                ]
            found += self._accounts[parent]
            left += [one["Id"] for one in self._units_in(parent)]
        return frozenset(found)

    def _id_of(self, path: str) -> str:
        here = self._listed("list_roots", "Roots")[0]["Id"]
        for name in filter(None, path.split("/")):
            units = self._units_in(here)
            inner = next((one["Id"] for one in units if one["Name"] == name), None)
            if inner is None:
                names = ", ".join(sorted(one["Name"] for one in units)) or "none"
                raise OrganizationUnreadable(f"The organization has no unit {path}: {name} isn't among {names}")
            here = inner
        return here

    def _units_in(self, parent: str) -> list[dict[str, str]]:
        if parent not in self._units:
            self._units[parent] = self._listed(
                "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
            )
        return self._units[parent]

    def _listed(self, operation: str, key: str, **arguments: str) -> list[dict[str, str]]:
        pages = self._client.get_paginator(operation).paginate(**arguments, PaginationConfig=_PAGE)
        return [one for page in pages for one in page[key]]


_HINTS: Final[Mapping[str, str]] = {
    "AccessDeniedException": _WHO,
    "AWSOrganizationsNotInUseException": "The account of these credentials is in no organization",
    "ParentNotFoundException": "A unit that sync names by its id doesn't exist",
    "TooManyRequestsException": "AWS throttled the calls for minutes, which others made too: run this again later",
}


def _unreadable(error: Exception) -> OrganizationUnreadable:
    hint = _WHO if isinstance(error, NoCredentialsError) else None
    if isinstance(error, ClientError):
        hint = _HINTS.get(error.response.get("Error", {}).get("Code", ""))
    whole = str(error).rstrip(".") + (f". {hint}" if hint else "")
    return OrganizationUnreadable(f"AWS Organizations can't be read as a whole, so nothing is proposed: {whole}")
