"""How main.py and every command begin: with valid settings and a known provider, or with a message and status 1."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn, TextIO

from orgtrail.escape import terminal
from orgtrail.selection.stack import Stack, stacks_of
from orgtrail.settings import InvalidSettings, Settings, accounts_file, load
from orgtrail.terraform.provider import Provider, ProviderError, provider_in_use
from orgtrail.terraform.shapes import Shapes, TooManyPipelines
from orgtrail.terraform.variables import refusals

# jsii unpacks itself into the folder for temporary files: 2.2 MB.
_ROOM = 8 * 2**20

STACKS_VARIABLE = "ORGTRAIL_STACKS"


def settings_or_exit(path: Path | None = None, *, notices: TextIO | None = None) -> Settings:
    """The settings of `path` (default: the file that the environment or cdktf names); tells `notices` who is skipped
    (default: standard error).

    Raises SystemExit, after the report on standard error, where the file has faults.
    """
    try:
        chosen = path or accounts_file()
    except InvalidSettings as invalid:
        _exit(str(invalid))
    try:
        settings = load(chosen)
    except InvalidSettings as invalid:
        _exit(str(invalid) + ("" if chosen.exists() else _not_found(chosen)))
    for account in settings.skipped:
        print(f"{account.name} ({account.account_id}) is {account.status}: skipped", file=notices or sys.stderr)
    return settings


def stacks_to_build(settings: Settings, environ: Mapping[str, str] = os.environ) -> tuple[Stack, ...]:
    """The stacks that main.py builds: those named in the file that ORGTRAIL_STACKS names, a line each; else all."""
    stacks, listed = stacks_of(settings), environ.get(STACKS_VARIABLE)
    if listed is None:
        return stacks
    names = set(Path(listed).read_text(encoding="utf-8").splitlines())
    return tuple(stack for stack in stacks if stack.name in names)


def shapes_or_exit(stacks: Iterable[Stack]) -> Shapes:
    """The shapes of the accounts whose stacks are built.

    Raises SystemExit, after a message on standard error, where they are too many for one process.
    """
    try:
        return Shapes(stack.account for stack in stacks if stack.account)
    except TooManyPipelines as error:
        _exit(str(error))


def provider_or_exit() -> Provider:
    """The AWS provider in use.

    Raises SystemExit, after a message on standard error, where there is none, and as `refuse_variables` does.
    """
    refuse_variables()
    try:
        return provider_in_use()
    except ProviderError as error:
        _exit(str(error))


def refuse_variables() -> None:
    """Raises SystemExit, after a message, where variables make Terraform work on something else than stacks say."""
    if refused := refusals():
        _exit("\n".join(refused))


def refuse_full_disk() -> None:
    """Raises SystemExit, after a message, where there is no room for temporary files: jsii would end in a traceback."""
    try:
        has_room = shutil.disk_usage(tempfile.gettempdir()).free >= _ROOM
    except OSError:
        has_room = False
    if not has_room:
        folder = os.environ.get("TMPDIR") or "the folder for temporary files"
        _exit(f"There is no room for temporary files in {folder}: make some, or name another folder with TMPDIR")


def _not_found(chosen: Path) -> str:
    """What to do about an accounts file that isn't there, if nobody has named it."""
    if chosen != Path("accounts.yaml"):
        return ""
    return (
        f"\nThe current folder is {Path.cwd()}. Run this in the folder of your accounts file, or name the file with "
        "--accounts or ORGTRAIL_ACCOUNTS."
    )


def _exit(message: str) -> NoReturn:
    print(terminal(message), file=sys.stderr)
    raise SystemExit(1)
