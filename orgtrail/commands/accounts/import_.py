"""`orgtrail accounts import`"""

from pathlib import Path
from typing import Annotated

import typer

from orgtrail.commands.accounts.editing import Write, edit_and_consequences, opened, show_and_write
from orgtrail.commands.options import AccountsFile
from orgtrail.console.output import progress_console
from orgtrail.onboarding.c7n_org import convert
from orgtrail.words import counted

File = Annotated[Path, typer.Argument(metavar="FILE", help="The accounts file of c7n-org.", show_default=False)]


def import_(file: File, accounts: AccountsFile = None, write: Write = False) -> None:
    """Add the accounts of a c7n-org file, and say what of it can't be taken over.

    Example: bin/orgtrail accounts import c7n-accounts.yml
    """
    settings, raw = opened(accounts)
    conversion = convert(file, settings)
    console = progress_console()
    for note in conversion.notes:
        console.print(f"Note: {note}")
    console.print(f"{file}: {counted(len(conversion.entries), 'account')} to add")
    if conversion.entries:
        planned, _none = edit_and_consequences(settings, raw, entries=conversion.entries)
        show_and_write(planned, write)
