"""Lists in sentences."""

from collections.abc import Sequence


def some(names: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more there are: `alice, bob and 3 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
