"""What is affected, as values."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from orgtrail.names import ARCHIVE_STACK


class AffectedAccount(NamedTuple):
    """An account whose stack comes out differently, and why."""

    name: str
    account_id: str
    reasons: tuple[str, ...]


class LeftAccount(NamedTuple):
    """An account that no stack is built for: it has no entry any more, or is suspended or closed."""

    name: str
    account_id: str
    why: str


@dataclass(frozen=True)
class Affected:
    """What differs between two revisions; accounts in the order of the file.

    `archive`: why its stack is affected, empty when it isn't. `removed`: accounts without an entry any more, whose
    stacks nothing destroys by itself. `skipped`: suspended or closed ones that would be affected otherwise.
    `everywhere`: those of the reasons that hold for all accounts, whatever their settings.
    """

    accounts: tuple[AffectedAccount, ...] = ()
    archive: tuple[str, ...] = ()
    removed: tuple[LeftAccount, ...] = ()
    skipped: tuple[LeftAccount, ...] = ()
    everywhere: tuple[str, ...] = ()

    @property
    def reasons(self) -> dict[str, tuple[str, ...]]:
        """Why each stack is affected, by the stack's name."""
        archive = {ARCHIVE_STACK: self.archive} if self.archive else {}
        return archive | {account.name: account.reasons for account in self.accounts}

    def only(self, names: set[str]) -> "Affected":
        """The same for a choice of stacks; removed accounts are nobody's choice, and stay."""
        return replace(
            self,
            accounts=tuple(account for account in self.accounts if account.name in names),
            archive=self.archive if ARCHIVE_STACK in names else (),
            skipped=tuple(account for account in self.skipped if account.name in names),
        )
