"""`orgtrail accounts list`"""

from collections.abc import Mapping, Sequence

from rich.table import Table

from orgtrail.commands.accounts.editing import opened
from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors, Shard
from orgtrail.commands.selecting import reasons_since, selected
from orgtrail.console.output import a_table, print_table, results_console
from orgtrail.documents import AccountsDocument, ListedAccount
from orgtrail.selection.select import SelectionError, select
from orgtrail.settings import Account, Settings
from orgtrail.words import counted


def list_(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    shard: Shard = None,
    as_json: Json = False,
) -> None:
    """List the accounts of the accounts file, those that are skipped too, with their regions, tags and waves.

    Example: bin/orgtrail accounts list tag:env=prod
    """
    settings, _raw = opened(accounts)
    chosen = {account.name for account in selected(settings, selectors, exclude, shard).all_accounts}
    listed = [account for account in settings.accounts if account.name in chosen]
    waves = _waves(settings)
    if as_json:
        documents = [_document(account, waves.get(account.name)) for account in listed]
        print(AccountsDocument(accounts=documents).text())
        return
    console = results_console()
    print_table(console, _table(listed, waves))
    skipped = sum(account.status != "active" for account in listed)
    console.print(counted(len(listed), "account") + (f", {skipped} of them skipped" if skipped else ""))


def _waves(settings: Settings) -> Mapping[str, str]:
    """The wave of each account by its name: the first that it is in."""
    found: dict[str, str] = {}
    for wave in settings.rollout.waves:
        try:
            names = select(settings, wave.selectors, reasons_since=reasons_since(settings)).names
        except SelectionError:
            continue  # which `check` tells
        for name in names if wave.selectors else ():
            found.setdefault(name, wave.name)
    return found


def _state(account: Account) -> str:
    if account.status != "active":
        return account.status
    return "active" if account.enabled else "disabled"


def _table(accounts: Sequence[Account], waves: Mapping[str, str]) -> Table:
    columns = ("account", "id", "is", "regions", "tags", *(["wave"] if waves else []))
    table = a_table(*columns, whole=("account", "id", "is"))
    for one in accounts:
        tags = ", ".join(f"{key}={value}" for key, value in one.tags.items())
        wave = [waves.get(one.name, "")] if waves else []
        table.add_row(one.name, one.account_id, _state(one), ", ".join(one.regions), tags, *wave)
    return table


def _document(account: Account, wave: str | None) -> ListedAccount:
    return ListedAccount(
        name=account.name,
        account_id=account.account_id,
        status=account.status,
        enabled=account.enabled,
        regions=list(account.regions),
        tags=dict(account.tags),
        roles=list(account.roles),
        email=account.email,
        display_name=account.display_name,
        wave=wave,
    )
