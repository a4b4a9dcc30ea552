"""What the commands that edit the accounts file have in common."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from orgtrail.console.output import progress_console, results_console
from orgtrail.console.startup import load_settings
from orgtrail.onboarding.edit import Edit, Value, edit
from orgtrail.settings import Settings, accounts_file, load

Write = Annotated[bool, typer.Option("--write", help="Edit the file; without it, only show the edit.")]


def opened(accounts: Path | None) -> tuple[Settings, bytes]:
    """The settings in the accounts file, and exactly the content that they come from."""
    path = accounts or accounts_file()
    try:
        raw = path.read_bytes()
    except OSError:
        # It says what to do about a file that can't be read.
        return load_settings(path), b""
    return load(path, raw), raw


def edit_and_consequences(
    settings: Settings, raw: bytes, values: Sequence[Value] = (), entries: Sequence[Mapping[str, Any]] = ()
) -> tuple[Edit, list[str]]:
    """An edit, whose result has no faults, and what follows from it. Raises UserError where there is no such edit."""
    # Imported here: it asks about states, and boto3 is slow to load.
    from orgtrail.onboarding.consequences import consequences

    planned = edit(settings.path, raw, values, entries)
    return planned, list(consequences(settings, planned.settings()))


def show_and_write(planned: Edit, write: bool) -> None:
    """Show an edit as a diff on standard output; make it, if it is to be made."""
    console = results_console()
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in planned.diff.splitlines():
        console.print(line, style=styles.get(line[:1]), soft_wrap=True)
    if write:
        planned.write()
        progress_console().print(f"{planned.path} is written. `check`, commit and deploy it.")
    else:
        progress_console().print(f"{planned.path} is as it was: --write makes this edit.")
