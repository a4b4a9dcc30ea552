"""`orgtrail policy`"""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from orgtrail.archive.policy import archive_policy, reader_policy
from orgtrail.commands.options import AccountsFile
from orgtrail.console.startup import load_settings, refuse_plan_only
from orgtrail.deployer.guard import STACK_SETS, as_terraform, guard
from orgtrail.errors import UserError
from orgtrail.settings import Settings

_UNBOUND = (
    "The organization's trail is in the management account {}, which no service control policy binds: this one keeps "
    "delegated administrators of CloudTrail off the trail, and nobody in that account."
)


class Format(StrEnum):
    """As what a service control policy is printed."""

    JSON = "json"
    TERRAFORM = "terraform"


Scp = Annotated[
    bool, typer.Option("--scp", help="Print a service control policy: only the deploy role changes what Orgtrail made.")
]
ReadersOption = Annotated[
    bool, typer.Option("--readers", help="Print what a role of archive.readers needs in its own account to read.")
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", help="With --scp: the document alone (json), or Terraform's JSON.")
]
Managers = Annotated[
    list[str] | None,
    typer.Option(
        "--manager",
        metavar="ROLE",
        help="With --scp: a role that may change the deploy role, by name or a pattern of its ARN; repeatable "
        f"(default: those of StackSets, {' and '.join(STACK_SETS)}).",
        show_default=False,
    ),
]

Redrive = Annotated[
    bool, typer.Option("--redrive", help="With --scp: let the deploy role send dead letters back, as `redrive` does.")
]


def policy(
    accounts: AccountsFile = None,
    scp: Scp = False,
    readers: ReadersOption = False,
    as_format: FormatOption = None,
    managers: Managers = None,
    redrive: Redrive = False,
) -> None:
    """Print the policy statements that an existing bucket needs to accept deliveries, for the people who manage it.

    With --scp: what an organization's administrators attach to keep accounts from tampering with their pipelines.
    With --readers: what those attach to a role who let it read its own account's events. It is the same in each.

    Example: bin/orgtrail policy > statements.json
    """
    refuse_plan_only()
    if not scp and (as_format or managers or redrive):
        raise typer.BadParameter("--format, --manager and --redrive are about --scp")
    if scp and readers:
        raise typer.BadParameter("--scp and --readers are two documents: ask for one of them")
    settings = load_settings(accounts)
    if scp:
        print(_guard(settings, as_format, managers, redrive))
    else:
        print(_of_readers(settings) if readers else _statements(settings))


def _guard(settings: Settings, as_format: Format | None, managers: list[str] | None, redrive: bool) -> str:
    document = guard(settings, tuple(managers or STACK_SETS), redrive=redrive)
    if settings.trail and settings.trail.management:
        print(_UNBOUND.format(settings.trail.management.account_id), file=sys.stderr)
    return json.dumps(as_terraform(document) if as_format is Format.TERRAFORM else document, indent=2)


def _statements(settings: Settings) -> str:
    archive = settings.archive
    if not archive.existing or archive.manage_policy:
        raise UserError(f"The stack archive manages the policy of {archive.bucket}: there is nothing to add.")
    return json.dumps(archive_policy(settings, None), indent=2)


def _of_readers(settings: Settings) -> str:
    if not settings.archive.readers:
        raise UserError(f"{settings.path} has no archive.readers: the archive lets no role read its account's events.")
    return json.dumps(reader_policy(settings), indent=2)
