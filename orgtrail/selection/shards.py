"""Stacks split between the machines that share the work."""

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Final

from orgtrail.selection.stack import Stack

# https://docs.github.com/en/actions/reference/limits
MOST_JOBS: Final = 256


def split(stacks: Iterable[Stack], total: int) -> list[list[Stack]]:
    """The stacks split into `total` shards, dealt in turn: the archive's stack first, then the accounts' by id.

    Shards differ by one stack at most, and neither the order of the file nor the machine matters. Hashing each id
    would leave an account in its shard when others join, but the shards would be of very different sizes, and nothing
    that outlives a run would profit.
    """
    ordered = sorted(stacks, key=attrgetter("order"))
    return [ordered[number::total] for number in range(total)]


def matrix(stacks: Collection[Stack], jobs: int) -> dict[str, list[dict[str, str]]]:
    """A `strategy.matrix` of GitHub Actions: so many jobs, or fewer where there are fewer stacks.

    Each job gets its `shard`, as `--shard` takes it, and its `accounts`, as selectors. Without stacks there are no
    jobs, and `include` is empty: GitHub takes that for a mistake, so make the job depend on it with `if:`.
    """
    count = min(jobs, MOST_JOBS, len(stacks))
    return {
        "include": [
            {"shard": f"{number}/{count}", "accounts": " ".join(stack.name for stack in shard)}
            for number, shard in enumerate(split(stacks, count), 1)
        ]
    }
