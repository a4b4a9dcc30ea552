"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

AccountsFile = Annotated[
    Path | None,
    typer.Option("--accounts", "-f", help="Accounts file (default: $ORGTRAIL_ACCOUNTS, else accounts.yaml)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
