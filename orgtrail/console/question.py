"""Questions before something is done."""

import sys

import typer

from orgtrail.console.streams import lost


class NotAgreed(Exception):
    """The answer was no, or nobody could give one; the text says which."""


def ask(question: str) -> None:
    """Ask on standard error whether to go on. Raises NotAgreed unless the answer is yes.

    Nothing is asked about what could not be shown.
    """
    if lost(sys.stdout) or lost(sys.stderr):
        raise NotAgreed("what would be done can't be shown, so nobody can agree to it and nothing was done")
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        raise NotAgreed("nobody answered, so nothing was done; --yes does it without asking") from None
    if not agreed:
        raise NotAgreed("Nothing was done.")
