"""How the accounts are rolled out, as complete, frozen values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MaxFailures:
    """How many accounts may fail: a number, or a share in percent; one of the two is None."""

    count: int | None = 0
    percent: int | None = None

    def allowed(self, total: int) -> int:
        """The number of accounts that may fail out of so many; a share is rounded down."""
        if self.percent is not None:
            return total * self.percent // 100
        return self.count or 0


@dataclass(frozen=True)
class Wave:
    """Accounts that are rolled out together; without `selectors`: all accounts.

    `max_failures` is of these accounts; None: only what holds for the whole rollout counts.
    """

    name: str
    selectors: tuple[str, ...] = ()
    max_failures: MaxFailures | None = None


@dataclass(frozen=True)
class Rollout:
    """What holds for every rollout.

    `parallelism` None: as many accounts at once as the machine carries. `bake_minutes` and `check` come between two
    waves; there is always at least one wave.
    """

    parallelism: int | None = None
    max_failures: MaxFailures = MaxFailures()
    time_limit_minutes: int = 30
    bake_minutes: int = 0
    check: str | None = None
    waves: tuple[Wave, ...] = (Wave("all"),)
