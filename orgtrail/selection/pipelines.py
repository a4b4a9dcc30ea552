"""The pipelines of an organization: one in each region of each account."""

from collections.abc import Sequence
from dataclasses import dataclass

from orgtrail.settings import Account


@dataclass(frozen=True)
class Pipeline:
    """A pipeline that the accounts file stands for."""

    account: Account
    region: str

    def __str__(self) -> str:
        return f"{self.account.name} {self.region}"

    @property
    def place(self) -> tuple[str, str]:
        """Its account's id and its region."""
        return self.account.account_id, self.region


def pipelines_of(accounts: Sequence[Account]) -> tuple[Pipeline, ...]:
    """The pipelines of accounts, those that aren't rolled out too."""
    return tuple(Pipeline(account, region) for account in accounts for region in account.regions)
