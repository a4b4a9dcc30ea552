"""With which credentials something is done in AWS."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Credentials(Protocol):
    """What says with which credentials to act; an account, the archive and a state each do.

    `account_id` is the account that they must be of; None: any.
    """

    @property
    def account_id(self) -> str | None: ...
    @property
    def roles(self) -> tuple[str, ...]: ...
    @property
    def external_id(self) -> str | None: ...
    @property
    def session_name(self) -> str: ...
    @property
    def profile(self) -> str | None: ...


class AssumedRole(NamedTuple):
    """One link of a chain of roles, and the external id that it asks for."""

    arn: str
    external_id: str | None


def role_chain(credentials: Credentials) -> Sequence[AssumedRole]:
    """The roles in the order in which they are assumed; none: the caller's own credentials.

    The external id is what the account's own role asks for, so only the last link presents it.
    """
    last = len(credentials.roles) - 1
    return [
        AssumedRole(arn, credentials.external_id if number == last else None)
        for number, arn in enumerate(credentials.roles)
    ]
