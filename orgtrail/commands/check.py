"""`orgtrail check`"""

import json

from rich.box import SIMPLE
from rich.table import Table

from orgtrail import startup
from orgtrail.commands.options import AccountsFile, Json
from orgtrail.commands.output import results_console
from orgtrail.events import sources_in
from orgtrail.settings import Account, Settings


def check(accounts: AccountsFile = None, as_json: Json = False) -> None:
    """Check the accounts file and show the pipelines it stands for. Needs neither AWS nor Terraform.

    Example: python -m orgtrail check --accounts accounts.yaml
    """
    settings = startup.settings_or_exit(accounts)
    provider = startup.provider_or_exit()
    if as_json:
        print(json.dumps([_row(account, settings) for account in settings.accounts], indent=2))
        return
    console = results_console()
    console.print(_table(settings))
    pipelines = sum(len(account.regions) for account in settings.active)
    console.print(
        f"{settings.path}: no faults; {len(settings.active)} accounts, {pipelines} pipelines into "
        f"s3://{settings.archive.bucket} ({settings.archive.region}), AWS provider {provider.version}",
        soft_wrap=True,
    )


def _row(account: Account, settings: Settings) -> dict[str, object]:
    return {
        "name": account.name,
        "account_id": account.account_id,
        "status": account.status,
        "pipelines": [
            {
                "region": region,
                "sources": list(sources_in(account.events, region)),
                "prefix": settings.archive.layout.prefix(account.account_id, region),
            }
            for region in account.regions
        ],
    }


def _table(settings: Settings) -> Table:
    table = Table("account", "id", "region", "sources", "prefix in the archive", box=SIMPLE)
    for account in settings.active:
        for region in account.regions:
            sources = [source.removeprefix("aws.") for source in sources_in(account.events, region)]
            prefix = settings.archive.layout.prefix(account.account_id, region).partition("!{")[0] + "…"
            table.add_row(account.name, account.account_id, region, " ".join(sources), prefix)
    return table
