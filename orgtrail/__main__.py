"""The command `python -m orgtrail`."""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module

import typer

COMMANDS = (
    "check",
    "bootstrap",
    "diff",
    "deploy",
    "affected",
    "orphans",
    "trace",
    "policy",
    "rehearse",
    "env",
    "schema",
)


def application(commands: Sequence[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands, each a function in the module of its name."""
    app = typer.Typer(
        name="orgtrail",
        help="Collect the IAM events of a whole AWS organization: what the cdktf CLI leaves open.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    # Without a callback, typer takes a single command for the whole application.
    app.callback()(lambda: None)
    for name in commands:
        app.command()(getattr(import_module(f"orgtrail.commands.{name}"), name))
    return app


def main() -> None:
    """Run one command. Wrong usage ends with status 1 too: 2 says "there are changes", as in Terraform."""
    usage_error = typer.BadParameter.__base__
    usage_error.exit_code = 1  # type: ignore[union-attr]
    # As Ctrl-C: what was started is ended before this is.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Only what was asked for is imported: what talks to AWS takes longer to load than `affected` takes to answer.
    asked = [name for name in COMMANDS if name == next(iter(sys.argv[1:]), None)]
    application(asked or COMMANDS)(prog_name="python -m orgtrail")


if __name__ == "__main__":
    main()
