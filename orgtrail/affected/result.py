"""What is affected, as values."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from orgtrail.selection.stack import Stack
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


class AffectedStack(NamedTuple):
    """A stack that comes out differently, and why."""

    stack: Stack
    reasons: tuple[Reason, ...]

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.stack.name

    @property
    def account_id(self) -> str:
        """The account that it is in."""
        return self.stack.owner.account_id


class LeftAccount(NamedTuple):
    """An account that no stack is built for: it has no entry any more, or is suspended or closed."""

    name: str
    account_id: str
    why: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Affected:
    """What differs between two revisions.

    `stacks`: those that are synthesized differently, in the order of `stacks_of`. `removed`: accounts that no longer
    have an entry; nothing destroys their stacks. `skipped`: suspended or closed accounts that would be affected
    otherwise, with the reasons.
    `everywhere`: the reasons that hold for all accounts, whatever their settings. `weaker`: what the settings weaken,
    whether a stack shows it or not; None if the settings of the base can't be read.
    """

    stacks: tuple[AffectedStack, ...] = ()
    removed: tuple[LeftAccount, ...] = ()
    skipped: tuple[LeftAccount, ...] = ()
    everywhere: tuple[Reason, ...] = ()
    weaker: tuple[Weakening, ...] | None = ()

    @property
    def archive(self) -> tuple[Reason, ...]:
        """Why the archive's stack is affected; empty when it isn't."""
        return next((one.reasons for one in self.stacks if one.stack.is_archive), ())

    @property
    def trail(self) -> tuple[Reason, ...]:
        """Why the trail's stack is affected; empty when it isn't, or there is none."""
        return next((one.reasons for one in self.stacks if one.stack.is_trail), ())

    @property
    def accounts(self) -> tuple[AffectedStack, ...]:
        """The affected stacks of accounts."""
        return tuple(one for one in self.stacks if one.stack.account)

    @property
    def in_words(self) -> dict[str, tuple[str, ...]]:
        """Why each stack is affected, by the stack's name."""
        return {one.name: tuple(reason.text for reason in one.reasons) for one in self.stacks}

    def only(self, names: set[str]) -> "Affected":
        """The same for the selected stacks. Removed accounts can't be selected, and stay."""
        return replace(
            self,
            stacks=tuple(one for one in self.stacks if one.name in names),
            skipped=tuple(account for account in self.skipped if account.name in names),
        )
