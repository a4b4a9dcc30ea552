"""The command `bin/orgtrail`, which is `python -m orgtrail` too."""

import inspect
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from orgtrail.paths import REPOSITORY

if TYPE_CHECKING:
    import typer

COMMANDS = (
    "check",
    "accounts",
    "bootstrap",
    "preflight",
    "diff",
    "deploy",
    "affected",
    "status",
    "verify",
    "backfill",
    "redrive",
    "orphans",
    "trace",
    "policy",
    "role",
    "rehearse",
    "env",
    "schema",
)


def application(commands: Sequence[str] = COMMANDS) -> "typer.Typer":
    """The command line with these commands, each a function in the module of its name, or a package of several."""
    import typer

    from orgtrail.console.command_group import CommandGroup

    app = typer.Typer(
        name="orgtrail",
        cls=CommandGroup,
        help="Collect the IAM events of a whole AWS organization: what the cdktf CLI leaves open.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    _add_version(app)
    for name in commands:
        module = import_module(f"orgtrail.commands.{name}")
        if not hasattr(module, "COMMANDS"):
            _add_command(app, name, name, name)
            continue
        group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
        for shown, function in module.COMMANDS.items():
            _add_command(group, f"{name}.{function}", function, shown)
        app.add_typer(group, name=name, help=_help(module))
    return app


def _add_version(app: "typer.Typer") -> None:
    import typer

    from orgtrail.version import version

    def show_version(asked: bool) -> None:
        if asked:
            print(version())
            raise typer.Exit

    @app.callback()
    def options(
        version: bool = typer.Option(
            False, "--version", callback=show_version, is_eager=True, help="Print the version and exit."
        ),
    ) -> None: ...


def _add_command(app: "typer.Typer", module: str, name: str, shown: str) -> None:
    function = getattr(import_module(f"orgtrail.commands.{module}"), name)
    app.command(shown, help=_help(function))(function)


def _help(described: object) -> str:
    """The docstring of a command or a group of some, with the command as it was called here."""
    from orgtrail.console.command_line import program

    return (inspect.getdoc(described) or "").replace("bin/orgtrail", program())


def main() -> None:
    """Run one command."""
    # Python 3.9 can read this file, but not what it imports.
    if sys.version_info < (3, 11):  # noqa: UP036
        _not_installed(f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old")
    try:
        _run()
    except KeyboardInterrupt:
        # While it loads, which takes a second. What runs already has words of its own.
        raise SystemExit(130) from None
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("orgtrail", "constructs", ""):
            raise
        _not_installed(f"the Python package {error.name} is not installed")


def _run() -> None:
    from orgtrail.console.command_line import program
    from orgtrail.console.streams import never_failing
    from orgtrail.files.private import PRIVATE_UMASK

    # Plans, logs and states are their owner's alone, those that Terraform writes too.
    os.umask(PRIVATE_UMASK)
    # Like Ctrl-C: end the child processes first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Import only the command in question: boto3 takes longer to load than `affected` takes to answer.
    asked = [name for name in COMMANDS if name == next(iter(sys.argv[1:]), None)]
    with never_failing():
        application(asked or COMMANDS)(prog_name=program())


def _not_installed(problem: str) -> None:
    print(f"orgtrail: {problem}: run `make setup` in {REPOSITORY}", file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
