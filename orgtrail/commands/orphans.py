"""`orgtrail orphans`"""

from dataclasses import asdict

from rich.console import Console

from orgtrail.commands.options import AccountsFile, Json
from orgtrail.console.output import a_table, print_table, results_console
from orgtrail.console.startup import load_settings, refuse_variables
from orgtrail.documents import OrphansDocument, OrphanState
from orgtrail.errors import UserError
from orgtrail.state.orphans import Orphan, StatesUnreadable
from orgtrail.state.orphans import orphans as find_orphans
from orgtrail.state.ways_out import ways_out


def orphans(accounts: AccountsFile = None, as_json: Json = False) -> int:
    """List the states that hold resources and that no account of the file claims any more.

    Exit status: 0 none, 1 there are some, or the backend can't be read.

    Example: bin/orgtrail orphans
    """
    refuse_variables()
    settings = load_settings(accounts)
    try:
        found = find_orphans(settings)
    except StatesUnreadable as error:
        raise UserError(f"The states can't be listed: {error}") from error
    if as_json:
        states = [OrphanState(**asdict(orphan)) for orphan in found]
        print(OrphansDocument(orphans=states).text())
    elif found:
        show_orphans(results_console(), found)
    else:
        results_console().print("Every state belongs to an account of the file.")
    return 1 if found else 0


def show_orphans(console: Console, found: list[Orphan]) -> None:
    """Print orphans, and what to do about them."""
    table = a_table("state without an account", "resources", whole=("state without an account", "resources"))
    for orphan in found:
        table.add_row(orphan.key, str(orphan.resources))
    print_table(console, table)
    for way_out in ways_out(found):
        console.print(way_out, soft_wrap=True)
