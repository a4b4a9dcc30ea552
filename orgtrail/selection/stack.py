"""The stacks of an organization: the archive's, and one for each account."""

from collections.abc import Iterable
from dataclasses import dataclass

from orgtrail.names import ARCHIVE_STACK, state_key
from orgtrail.settings import Account, Archive, Settings, State


@dataclass(frozen=True)
class Stack:
    """One Terraform stack: its name, the account or the archive that it is for, and the key of its state."""

    name: str
    owner: Account | Archive
    state_key: str

    @classmethod
    def of(cls, owner: Account | Archive, state: State) -> "Stack":
        """The stack of an account or of the archive, whose state is kept where `state` says."""
        match owner:
            case Archive():
                name, identity = ARCHIVE_STACK, ARCHIVE_STACK
            case Account():
                name, identity = owner.name, owner.account_id
        return cls(name, owner, state_key(state.template, account_id=identity, name=name))

    @property
    def account(self) -> Account | None:
        """The account that it is for; None: the archive."""
        return self.owner if isinstance(self.owner, Account) else None

    @property
    def is_archive(self) -> bool:
        """Whether this is the archive's stack, which isn't that of the archive account's own pipelines."""
        return self.account is None

    @property
    def order(self) -> tuple[bool, str]:
        """To sort stacks by, whatever the order of the file: the archive's first, then the accounts' by id."""
        return (not self.is_archive, self.owner.account_id)


def archive_stack(settings: Settings) -> Stack:
    """The archive's stack."""
    return Stack.of(settings.archive, settings.state)


def stacks_of(settings: Settings, accounts: Iterable[Account] | None = None) -> tuple[Stack, ...]:
    """The archive's stack, then those of `accounts` (None: all that are rolled out) in the order of the file."""
    chosen = settings.active if accounts is None else accounts
    return (archive_stack(settings), *(Stack.of(account, settings.state) for account in chosen))
