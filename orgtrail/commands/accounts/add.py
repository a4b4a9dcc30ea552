"""`orgtrail accounts add`"""

from typing import Annotated, Any

import typer

from orgtrail.commands.accounts.editing import Write, edit_and_consequences, opened, show_and_write
from orgtrail.commands.options import AccountsFile

Pairs = Annotated[list[str], typer.Argument(metavar="ID NAME...", help="Account ids, each with its name.")]
Region = Annotated[
    list[str] | None, typer.Option("--region", help="Where they have pipelines, if not as in defaults; repeatable.")
]
Tag = Annotated[list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="A tag of theirs; repeatable.")]


def add(
    pairs: Pairs, region: Region = None, tag: Tag = None, accounts: AccountsFile = None, write: Write = False
) -> None:
    """Add accounts at the end of the accounts file, written as its last entry is.

    Example: bin/orgtrail accounts add 777777777777 ledger-prod --tag env=prod --write
    """
    if len(pairs) % 2:
        raise typer.BadParameter(f"{pairs[-1]} has no name: give each id one")
    shared: dict[str, Any] = {}
    if region:
        shared["regions"] = region
    if tag:
        shared["tags"] = dict(map(_tag, tag))
    entries = [
        {"account_id": account_id, "name": name, **shared}
        for account_id, name in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    settings, raw = opened(accounts)
    planned, _none = edit_and_consequences(settings, raw, entries=entries)
    show_and_write(planned, write)


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise typer.BadParameter(f"{text!r} is no tag; it is written KEY=VALUE")
    return key, value
