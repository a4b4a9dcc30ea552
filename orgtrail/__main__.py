"""The command `python -m orgtrail`."""

import typer

from orgtrail.commands.affected import affected
from orgtrail.commands.bootstrap import bootstrap
from orgtrail.commands.check import check
from orgtrail.commands.deploy import deploy
from orgtrail.commands.diff import diff
from orgtrail.commands.env import env
from orgtrail.commands.orphans import orphans
from orgtrail.commands.rehearse import rehearse
from orgtrail.commands.schema import schema
from orgtrail.commands.trace import trace

app = typer.Typer(
    name="orgtrail",
    help="Collect the IAM events of a whole AWS organization: what the cdktf CLI leaves open.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (check, bootstrap, diff, deploy, affected, orphans, trace, rehearse, env, schema):
    app.command()(command)


def main() -> None:
    """Run one command. Wrong usage ends with status 1 too: 2 says "there are changes", as in Terraform."""
    usage_error = typer.BadParameter.__base__
    usage_error.exit_code = 1  # type: ignore[union-attr]
    app(prog_name="python -m orgtrail")


if __name__ == "__main__":
    main()
