"""`orgtrail check`"""

from typing import Annotated

import typer
from rich.table import Table

from orgtrail.commands.options import AccountsFile, Json
from orgtrail.console import startup
from orgtrail.console.command_line import command_line
from orgtrail.console.output import a_table, print_table, progress_console, results_console
from orgtrail.documents import CheckDocument, CheckedAccount, CheckedPipeline
from orgtrail.errors import UserError
from orgtrail.events import sources_in
from orgtrail.selection.select import wave_findings
from orgtrail.settings import Account, Settings, invalid, notices
from orgtrail.words import counted

Aws = Annotated[
    bool, typer.Option("--aws", help="Also ask AWS about an existing bucket or key; needs the archive's credentials.")
]

_DISABLED = "disabled: its pipelines are removed"
_TELLING = ("iam", "signin")


def check(accounts: AccountsFile = None, as_json: Json = False, ask_aws: Aws = False) -> None:
    """Check the accounts file and show the pipelines it stands for. Doesn't need Terraform, and AWS only for --aws.

    Example: bin/orgtrail check --accounts accounts.yaml
    """
    settings = startup.load_settings(accounts)
    if wrong := list(wave_findings(settings)):
        raise invalid(settings.path, wrong)
    if ask_aws:
        _ask_aws(settings)
    if as_json:
        documents = [_document(account, settings) for account in settings.accounts]
        print(CheckDocument(accounts=documents, notices=list(notices(settings))).text())
        return
    console = results_console()
    print_table(console, _table(settings))
    enabled = [account for account in settings.active if account.enabled]
    pipelines = sum(len(account.regions) for account in enabled)
    disabled = len(settings.active) - len(enabled)
    console.print(
        f"{settings.path}: no faults; {counted(len(settings.active), 'account')}"
        + (f" ({disabled} with `enabled: false`)" if disabled else "")
        + f", {counted(pipelines, 'pipeline')} into s3://{settings.archive.bucket} ({settings.archive.region})",
        soft_wrap=True,
    )
    for notice in notices(settings):
        console.print(f"Note: {notice}", soft_wrap=True)
    if settings.archive.existing and not settings.archive.manage_policy:
        console.print(
            f"Its policy isn't managed here: `{command_line('policy')}` prints what it needs.", soft_wrap=True
        )


def _ask_aws(settings: Settings) -> None:
    """Raises InvalidSettings or UserError where AWS knows better than the file."""
    # Imported here: without --aws, `check` needs no network, and starts faster without boto3.
    from orgtrail.archive.access import Access, access_to_existing
    from orgtrail.archive.check import archive_findings
    from orgtrail.aws import AWS_ERRORS

    try:
        findings = list(archive_findings(settings.archive))
        # If the bucket doesn't exist, the findings say so.
        access = Access() if findings else access_to_existing(settings)
    except AWS_ERRORS as error:
        raise UserError(f"AWS can't be asked about the archive: {error}") from error
    if findings:
        raise invalid(settings.path, findings)
    told = "\n".join(access.told(settings))
    if access.refused:
        raise UserError(told)
    if told:
        progress_console().print(told)


def _document(account: Account, settings: Settings) -> CheckedAccount:
    return CheckedAccount(
        name=account.name,
        account_id=account.account_id,
        status=account.status,
        enabled=account.enabled,
        pipelines=[
            CheckedPipeline(
                region=region,
                sources=list(sources_in(account.events, region)),
                prefix=settings.archive.layout.prefix(account.account_id, region),
            )
            for region in (account.regions if account.enabled else ())
        ],
    )


def _table(settings: Settings) -> Table:
    table = a_table(
        *("account", "id", "region", "events", "written", "prefix in the archive"), whole=("account", "id", "region")
    )
    for account in settings.active:
        if not account.enabled:
            table.add_row(account.name, account.account_id, "none", _DISABLED)
            continue
        for region in account.regions:
            prefix = settings.archive.layout.prefix(account.account_id, region).partition("!{")[0] + "…"
            table.add_row(
                account.name, account.account_id, region, _events(account, region), account.compression.lower(), prefix
            )
    return table


def _events(account: Account, region: str) -> str:
    """The sources of a pipeline in a few words: the first two, and how many more."""
    sources = [source.removeprefix("aws.") for source in sources_in(account.events, region)]
    telling = sorted(sources, key=lambda source: source not in _TELLING)
    more = f" and {len(sources) - 2} more" if len(sources) > 2 else ""
    return ", ".join(telling[:2]) + more + (", reads too" if account.events.include_read_only else "")
