"""`orgtrail rehearse`"""

from pathlib import Path
from typing import Annotated

import typer

from orgtrail.commands.options import AccountsFile, Json
from orgtrail.console.startup import find_provider, load_settings
from orgtrail.errors import UserError
from orgtrail.paths import REPOSITORY

Keep = Annotated[bool, typer.Option("--keep", help="Leave the emulated AWS running afterwards, until Ctrl-C.")]
Workdir = Annotated[
    Path,
    typer.Option(help="Folder for the log and the synthesized stacks.", show_default=".orgtrail/rehearsal"),
]

_WORKDIR = REPOSITORY / ".orgtrail" / "rehearsal"


def rehearse(
    accounts: AccountsFile = None, keep: Keep = False, as_json: Json = False, workdir: Workdir = _WORKDIR
) -> None:
    """Roll the whole organization out onto an AWS emulated on this machine, and prove that events arrive.

    The real cdktf CLI, Terraform and AWS provider; nothing leaves the machine, and no AWS credentials are used.
    With --keep, other commands can be tried there, from another terminal: calls become events, and a few are lost.

    Example: bin/orgtrail rehearse --accounts accounts.yaml
    """
    settings = load_settings(accounts)
    provider = find_provider()
    try:
        # The emulator and the SQL engine are development requirements, which a deploying machine needn't have.
        from orgtrail.rehearsal.show import rehearse_and_show
    except ModuleNotFoundError as error:
        text = f"{error.name} is missing: `make setup`, or pip install -r requirements-dev.txt"
        raise UserError(text) from error
    rehearse_and_show(settings, provider, workdir, keep=keep, as_json=as_json)
