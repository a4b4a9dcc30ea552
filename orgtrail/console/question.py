"""Questions before something is done."""

import sys

import typer

from orgtrail.console.streams import lost
from orgtrail.errors import UserError


def ask(question: str) -> None:
    """Ask on standard error whether to go on. Raises UserError unless the answer is yes.

    Nothing is asked about what could not be shown.
    """
    if lost(sys.stdout) or lost(sys.stderr):
        raise UserError("what would be done can't be shown, so nobody can agree to it and nothing was done")
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        raise UserError("nobody answered, so nothing was done; --yes does it without asking") from None
    if not agreed:
        raise UserError("Nothing was done.")
