"""How main.py and every command begin: with valid settings and a known provider, or with a message and status 1."""

import sys
from pathlib import Path
from typing import NoReturn, TextIO

from orgtrail.provider import Provider, ProviderError, provider_in_use
from orgtrail.settings import InvalidSettings, Settings, accounts_file, load


def settings_or_exit(path: Path | None = None, *, notices: TextIO = sys.stderr) -> Settings:
    """The settings of `path` (default: the file that the environment or cdktf names); tells `notices` who is skipped.

    Raises SystemExit, after the report on standard error, where the file has faults.
    """
    try:
        settings = load(path or accounts_file())
    except InvalidSettings as invalid:
        _exit(str(invalid))
    for account in settings.skipped:
        print(f"{account.name} ({account.account_id}) is {account.status}: skipped", file=notices)
    return settings


def provider_or_exit() -> Provider:
    """The AWS provider in use. Raises SystemExit, after a message on standard error, where there is none."""
    try:
        return provider_in_use()
    except ProviderError as error:
        _exit(str(error))


def _exit(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(1)
