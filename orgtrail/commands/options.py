"""Options that several commands share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from orgtrail import selectors
from orgtrail.rollout.gates import FailOn

AccountsFile = Annotated[
    Path | None,
    typer.Option("--accounts", "-f", help="Accounts file (default: $ORGTRAIL_ACCOUNTS, else accounts.yaml)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Selectors = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SELECTOR]...",
        help=f"Which stacks: names, account ids, globs (payments-*), {selectors.forms()}, archive; "
        "!SELECTOR leaves out. None: all.",
        show_default=False,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", "-x", metavar="SELECTOR", help="Leave these out, whatever selects them; repeatable."),
]
Shard = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Only the I-th of N equal parts of the selection."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
FailOnOption = Annotated[
    list[FailOn] | None,
    typer.Option(
        "--fail-on",
        help="End with status 1, and deploy nothing, if anything would be destroyed or replaced (destroy), or if "
        "evidence would get weaker (weaker); repeatable.",
    ),
]


def at_most_one(given: Mapping[str, bool]) -> None:
    """Refuse options that exclude each other. Raises typer.BadParameter, which is wrong usage."""
    named = [option for option, is_given in given.items() if is_given]
    if len(named) > 1:
        raise typer.BadParameter(f"{' and '.join(named)} exclude each other: give one of them")
