"""The stacks of an organization: the archive's, that of a trail if there is one, and one for each account."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from orgtrail.names import ARCHIVE_STACK, TRAIL_STACK, state_key
from orgtrail.settings import Account, Archive, Settings, State, Trail

Owner: TypeAlias = Account | Archive | Trail


@dataclass(frozen=True)
class Stack:
    """One Terraform stack: its name, the account, archive or trail that it is for, and the key of its state."""

    name: str
    owner: Owner
    state_key: str

    @classmethod
    def of(cls, owner: Owner, state: State) -> "Stack":
        """The stack of an account, of the archive or of the trail, whose state is kept where `state` says."""
        match owner:
            case Archive():
                name, identity = ARCHIVE_STACK, ARCHIVE_STACK
            case Trail():
                name, identity = TRAIL_STACK, TRAIL_STACK
            case Account():
                name, identity = owner.name, owner.account_id
        return cls(name, owner, state_key(state.template, account_id=identity, name=name))

    @property
    def account(self) -> Account | None:
        """The account that it is for; None: the archive, or the trail."""
        return self.owner if isinstance(self.owner, Account) else None

    @property
    def is_archive(self) -> bool:
        """Whether this is the archive's stack, which isn't that of the archive account's own pipelines."""
        return isinstance(self.owner, Archive)

    @property
    def is_trail(self) -> bool:
        """Whether this is the stack of the trail."""
        return isinstance(self.owner, Trail)

    @property
    def order(self) -> tuple[int, str]:
        """To sort stacks by, whatever the order of the file: archive, trail, then the accounts' by id."""
        return (0 if self.is_archive else 1 if self.is_trail else 2, self.owner.account_id)


def archive_stack(settings: Settings) -> Stack:
    """The archive's stack."""
    return Stack.of(settings.archive, settings.state)


def trail_stack(settings: Settings) -> Stack | None:
    """The stack of the trail, where one is wanted."""
    return Stack.of(settings.trail, settings.state) if settings.trail else None


def stacks_of(settings: Settings, accounts: Iterable[Account] | None = None) -> tuple[Stack, ...]:
    """The archive's stack, the trail's, then those of `accounts` (None: all that are rolled out), in file order."""
    chosen = settings.active if accounts is None else accounts
    first = (archive_stack(settings), trail_stack(settings))
    return (*filter(None, first), *(Stack.of(account, settings.state) for account in chosen))
