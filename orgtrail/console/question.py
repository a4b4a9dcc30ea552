"""Questions before something is done."""

import sys

import typer

from orgtrail.console.streams import lost
from orgtrail.errors import Interrupted, UserError

_NOBODY = "nobody answered, so nothing was done; --yes does it without asking"


def ask(question: str) -> None:
    """Ask on standard error whether to go on. Raises UserError unless the answer is yes, Interrupted after Ctrl-C.

    Nothing is asked about what could not be shown.
    """
    if lost(sys.stdout) or lost(sys.stderr):
        raise UserError("what would be done can't be shown, so nobody can agree to it and nothing was done")
    if sys.stdin is None:
        raise UserError(_NOBODY)
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort as aborted:
        # Typer ends in the same way where there is no answer.
        if isinstance(aborted.__context__, KeyboardInterrupt):
            raise Interrupted("Interrupted: nothing was done.") from None
        raise UserError(_NOBODY) from None
    if not agreed:
        raise UserError("Nothing was done.")
