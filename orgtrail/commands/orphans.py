"""`orgtrail orphans`"""

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console

from orgtrail.commands.options import AccountsFile, Json
from orgtrail.console.output import a_table, print_table, progress_console, results_console
from orgtrail.console.startup import refuse_variables, settings_or_exit
from orgtrail.documents import OrphansDocument, OrphanState
from orgtrail.settings import Settings
from orgtrail.state.orphans import UNREADABLE, Orphan
from orgtrail.state.orphans import orphans as find_orphans

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


def orphans(accounts: AccountsFile = None, as_json: Json = False) -> None:
    """List the states that hold resources and that no account of the file claims any more.

    Exit status: 0 none, 1 there are some, or the backend can't be read.

    Example: bin/orgtrail orphans
    """
    refuse_variables()
    settings = settings_or_exit(accounts)
    found = orphans_or_exit(settings)
    if as_json:
        states = [OrphanState(**asdict(orphan)) for orphan in found]
        print(OrphansDocument(orphans=states).text())
    elif found:
        show_orphans(results_console(), found)
    else:
        results_console().print("Every state belongs to an account of the file.")
    raise SystemExit(1 if found else 0)


def orphans_or_exit(settings: Settings) -> list[Orphan]:
    """The orphans. Raises SystemExit, after a message, where the backend can't be read."""
    try:
        return find_orphans(settings)
    except UNREADABLE as error:
        progress_console().print(f"The states can't be listed: {error}")
        raise SystemExit(1) from error


def show_orphans(console: Console, found: list[Orphan]) -> None:
    """Print orphans, and what to do about them."""
    table = a_table("state without an account", "resources", whole=("state without an account", "resources"))
    for orphan in found:
        table.add_row(orphan.key, str(orphan.resources))
    print_table(console, table)
    for way_out in ways_out(found):
        console.print(way_out, soft_wrap=True)
