"""What is affected, as values."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from orgtrail.names import ARCHIVE_STACK
from orgtrail.weaker import Weakening

Kind = Literal["new", "setting", "default", "state", "accounts", "code", "unknown"]


class Reason(NamedTuple):
    """Why a stack comes out differently: `text` in words, the rest for programs.

    `key` is what changed: a setting by its path in the file, or a file of the code; None where it isn't a single one.
    `before` and `after` are what a setting means for this stack; None where it isn't set.
    """

    kind: Kind
    text: str
    key: str | None = None
    before: str | None = None
    after: str | None = None


class AffectedAccount(NamedTuple):
    """An account whose stack comes out differently, and why."""

    name: str
    account_id: str
    reasons: tuple[Reason, ...]


class LeftAccount(NamedTuple):
    """An account that no stack is built for: it has no entry any more, or is suspended or closed."""

    name: str
    account_id: str
    why: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Affected:
    """What differs between two revisions; accounts in the order of the file.

    `archive`: why its stack is affected, empty when it isn't. `removed`: accounts without an entry any more, whose
    stacks nothing destroys by itself. `skipped`: suspended or closed ones that would be affected otherwise,
    with the reasons.
    `everywhere`: those of the reasons that hold for all accounts, whatever their settings. `weaker`: what the
    settings weaken, whether a stack shows it or not; None where those of the base can't be read.
    """

    accounts: tuple[AffectedAccount, ...] = ()
    archive: tuple[Reason, ...] = ()
    removed: tuple[LeftAccount, ...] = ()
    skipped: tuple[LeftAccount, ...] = ()
    everywhere: tuple[Reason, ...] = ()
    weaker: tuple[Weakening, ...] | None = ()

    @property
    def in_words(self) -> dict[str, tuple[str, ...]]:
        """Why each stack is affected, by the stack's name."""
        archive = {ARCHIVE_STACK: self.archive} if self.archive else {}
        reasons = archive | {account.name: account.reasons for account in self.accounts}
        return {name: tuple(reason.text for reason in why) for name, why in reasons.items()}

    def only(self, names: set[str]) -> "Affected":
        """The same for a choice of stacks; removed accounts are nobody's choice, and stay."""
        return replace(
            self,
            accounts=tuple(account for account in self.accounts if account.name in names),
            archive=self.archive if ARCHIVE_STACK in names else (),
            skipped=tuple(account for account in self.skipped if account.name in names),
        )
