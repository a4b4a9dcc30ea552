"""What to do about states without an account, in words."""

from collections.abc import Callable, Sequence

from orgtrail import escape
from orgtrail.settings import Settings
from orgtrail.state.orphans import Orphan, StatesUnreadable, orphans
from orgtrail.words import counted

_LISTED = 50  # states that a comment names
_WAY_OUT = (
    "Their pipelines still run, but no entry of the accounts file claims them. For each: put its entry back with "
    "`enabled: false`, deploy it (its pipelines are removed, the archived events stay), then remove the entry. "
    "Not where an entry was only renamed: that would remove pipelines that are in use; move its state to the new name."
)


def ways_out(found: Sequence[Orphan]) -> list[str]:
    """What to do about orphans: one text for each that was only renamed, one for all the others."""
    others = [orphan for orphan in found if not orphan.account]
    return [*map(moved, (orphan for orphan in found if orphan.account)), *([_WAY_OUT] if others else [])]


def moved(orphan: Orphan) -> str:
    """What to do about a state whose account has been renamed."""
    return (
        f"{orphan.key} is the state of {orphan.account}, under a name that it had before. Until it is moved, nothing "
        "is known of what exists, and a deploy would try to make it again. Once nothing works on it: "
        f"{orphan.move}"
    )


def in_a_comment(settings: Settings) -> list[str]:
    """What a comment says of states that no account claims: those of removed accounts, whatever removed them."""
    try:
        found = orphans(settings)
    except StatesUnreadable as error:
        return [f"Whether there are states without an account isn't known: {escape.markdown(str(error))}", ""]
    if not found:
        return []
    keys = ", ".join(escape.code(orphan.key) for orphan in found[:_LISTED]) + (" …" if len(found) > _LISTED else "")
    ways = " ".join(map(escape.markdown, ways_out(found)))
    return [f"**{counted(len(found), 'state')} without an account** in the accounts file: {keys}. {ways}", ""]


def tell(settings: Settings, say: Callable[[str], None]) -> bool:
    """Say which states no account claims, or why that isn't known; returns whether one is that of a renamed account."""
    try:
        found = orphans(settings)
    except StatesUnreadable as error:
        say(f"Whether there are states without an account isn't known: {error}")
        return False
    if found:
        say(f"States without an account: {', '.join(orphan.key for orphan in found)}.")
        for way_out in ways_out(found):
            say(way_out)
    return any(orphan.account for orphan in found)
