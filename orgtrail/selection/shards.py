"""Stacks dealt out to the machines that share the work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from orgtrail.names import ARCHIVE_STACK

# https://docs.github.com/en/actions/reference/limits
MOST_JOBS: Final = 256


class HasId(Protocol):
    """An account, whatever else is known of it."""

    @property
    def account_id(self) -> str: ...
    @property
    def name(self) -> str: ...


A = TypeVar("A", bound=HasId)


@dataclass(frozen=True)
class Hand(Generic[A]):
    """The stacks that one machine gets."""

    archive: bool
    accounts: tuple[A, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stacks, the archive's first."""
        return (*([ARCHIVE_STACK] if self.archive else []), *(account.name for account in self.accounts))


def deal(archive: bool, accounts: Iterable[A], total: int) -> list[Hand[A]]:
    """All stacks dealt out to `total` hands, in turn: first the archive, then the accounts by id.

    Hands differ by one stack at most, and neither the order of the file nor the machine matters. Hashing each id by
    itself would leave an account where it is when others join, but hands would be of very different sizes, and
    nothing outlives a run that could profit.
    """
    ordered = sorted(accounts, key=lambda account: account.account_id)
    # The archive has the first place of the first hand, where there is one.
    first = 1 if archive else 0
    return [Hand(archive and number == 0, tuple(ordered[(number - first) % total :: total])) for number in range(total)]


def matrix(archive: bool, accounts: Sequence[HasId], jobs: int) -> dict[str, list[dict[str, str]]]:
    """A `strategy.matrix` of GitHub Actions: so many jobs, or fewer where there are fewer stacks.

    Each job gets its `shard`, as `--shard` takes it, and its `accounts`, as selectors. Without stacks there are no
    jobs, and `include` is empty: GitHub takes that for a mistake, so make the job depend on it with `if:`.
    """
    count = min(jobs, MOST_JOBS, len(accounts) + archive)
    hands = deal(archive, accounts, count)
    return {
        "include": [
            {"shard": f"{number}/{count}", "accounts": " ".join(hand.names)} for number, hand in enumerate(hands, 1)
        ]
    }
