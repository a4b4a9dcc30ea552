"""Where every command ends."""

import io
import sys
from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup
from typer.exceptions import TyperException

from orgtrail.console.errors import exit_in_words
from orgtrail.escape import terminal


class CommandGroup(TyperGroup):
    """The commands. What one returns is the exit status; a UserError and wrong usage are printed.

    Wrong usage ends with status 1 too: 2 says "there are changes", as in Terraform.
    """

    def main(self, *args: Any, **options: Any) -> None:
        """Run the command that the arguments name, and end the process."""
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except TyperException as wrong_usage:
            status = _told(wrong_usage)
        raise SystemExit(status)

    def invoke(self, ctx: Any) -> None:
        """Run a command whose arguments have been understood."""
        with exit_in_words():
            status = super().invoke(ctx)
        ctx.exit(status or 0)


def _told(wrong_usage: Any) -> int:
    """Show wrong usage, with what was typed as text: in CI it may come from outside. Returns the exit status."""
    text = io.StringIO()
    wrong_usage.show(text)
    print(terminal(text.getvalue()), end="", file=sys.stderr)
    return 1


def every_command(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each command that does something, with the words that call it, such as `accounts sync`."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from every_command(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command
