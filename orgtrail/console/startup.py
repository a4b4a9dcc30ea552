"""How main.py and every command begin: with valid settings and a known provider."""

import gc
import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

from orgtrail.errors import UserError
from orgtrail.settings import PLAN_ONLY, InvalidSettings, Settings, accounts_file, load, with_plan_roles
from orgtrail.terraform.provider import Provider, provider_in_use
from orgtrail.terraform.variables import refusals

# jsii unpacks itself into the folder for temporary files: 2.2 MB.
_ROOM = 8 * 2**20
_MANY = 1_000  # accounts


def load_settings(path: Path | None = None, *, notices: TextIO | None = None) -> Settings:
    """The settings of `path` (default: the file that the environment or cdktf names); tells `notices` who is skipped
    (default: standard error).

    Where ORGTRAIL_PLAN_ONLY is set, its plan_role is each account's role.

    Raises InvalidSettings, and UserError where there is no such file or no such role.
    """
    chosen = path or accounts_file()
    try:
        settings = load(chosen)
    except InvalidSettings as invalid:
        if chosen.exists():
            raise
        raise UserError(f"{invalid}{_not_found(chosen)}") from invalid
    if len(settings.accounts) >= _MANY:
        # They stay until the process ends. To look for garbage among them takes as long as reading them does.
        gc.freeze()
    for account in settings.skipped:
        print(f"{account.name} ({account.account_id}) is {account.status}: skipped", file=notices or sys.stderr)
    return with_plan_roles(settings) if os.environ.get(PLAN_ONLY) else settings


def refuse_plan_only() -> None:
    """Raises UserError where everything is to be done by roles that only read, and this command does more."""
    if os.environ.get(PLAN_ONLY):
        raise UserError(f"{PLAN_ONLY} is set: unset it for what does more than plan")


def find_provider() -> Provider:
    """The AWS provider in use. Raises ProviderError where there is none, and as `refuse_variables` does."""
    refuse_variables()
    return provider_in_use()


def refuse_variables() -> None:
    """Raises UserError where variables make Terraform work on something else than stacks say."""
    if refused := refusals():
        raise UserError("\n".join(refused))


def refuse_full_disk() -> None:
    """Raises UserError where there is no room for temporary files: jsii would end in a traceback."""
    # As Node chooses it: https://nodejs.org/api/os.html#ostmpdir. Python passes over a folder that isn't there.
    names = (os.environ.get(name) for name in ("TMPDIR", "TMP", "TEMP"))
    folder = next((name for name in names if name), "/tmp")
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        text = f"Temporary files can't be written into {folder}: {error.strerror}. Name another folder with TMPDIR"
        raise UserError(text) from error
    if free < _ROOM:
        text = f"There is no room for temporary files in {folder}: make some, or name another folder with TMPDIR"
        raise UserError(text)


def _not_found(chosen: Path) -> str:
    """What to do about a missing accounts file that nobody has named."""
    if chosen != Path("accounts.yaml"):
        return ""
    return (
        f"\nThe current folder is {Path.cwd()}. Run this in the folder of your accounts file, or name the file with "
        "--accounts or ORGTRAIL_ACCOUNTS."
    )
