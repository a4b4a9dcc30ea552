"""`orgtrail role`"""

import json
from enum import StrEnum
from typing import Annotated

import typer

from orgtrail.commands.options import AccountsFile, Exclude, Selectors
from orgtrail.commands.selecting import selected
from orgtrail.console.startup import load_settings, refuse_plan_only
from orgtrail.deployer.notes import notes
from orgtrail.deployer.roles import roles_of
from orgtrail.deployer.sizes import refuse_oversize
from orgtrail.deployer.templates import (
    CLOUDFORMATION_ACCOUNT,
    TERRAFORM_ACCOUNT,
    as_cloudformation,
    as_documents,
    as_terraform,
)
from orgtrail.errors import UserError


class Format(StrEnum):
    """As what the roles are printed."""

    JSON = "json"
    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


_TEMPLATES = {
    Format.JSON: ("*", as_documents),
    Format.CLOUDFORMATION: (CLOUDFORMATION_ACCOUNT, as_cloudformation),
    Format.TERRAFORM: (TERRAFORM_ACCOUNT, as_terraform),
}

FormatOption = Annotated[
    Format, typer.Option("--format", help="The documents alone, a template for a StackSet, or Terraform's JSON.")
]
PlanOnly = Annotated[bool, typer.Option("--plan-only", help="Only the role that reads, for plans.")]
Redrive = Annotated[
    bool, typer.Option("--redrive", help="Let the deploying role send dead letters back, as `redrive` does.")
]
Backfill = Annotated[
    bool, typer.Option("--backfill", help="Let it write what is missing in the archive, as `backfill` does.")
]
ReadEvents = Annotated[
    bool, typer.Option("--read-events", help="Let it read the archive, as `status --probe`, `verify`, `backfill` do.")
]


def role(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    as_format: FormatOption = Format.JSON,
    plan_only: PlanOnly = False,
    redrive: Redrive = False,
    backfill: Backfill = False,
    read_events: ReadEvents = False,
) -> None:
    """Print the role that deploys these stacks, with the least that they need, and its sibling that only plans.

    With permissions_boundary, also the boundary that the delivery roles carry, and that the role can't take away.
    What one role can't be for, such as accounts that are entered by different roles, is printed in parts.

    Example: bin/orgtrail role --format cloudformation > roles.json
    """
    refuse_plan_only()
    settings = load_settings(accounts)
    stacks = selected(settings, selectors, exclude).stacks
    account_id, template = _TEMPLATES[as_format]
    for option, is_given in (("--backfill", backfill), ("--read-events", read_events)):
        if is_given and not any(stack.is_archive for stack in stacks):
            raise UserError(f"{option} is about the archive's account: select archive, too")
    roles = roles_of(settings, stacks, account_id, redrive=redrive, backfill=backfill, read_events=read_events)
    refuse_oversize(roles)
    print(json.dumps(template(roles, plan_only=plan_only), indent=2))
    for note in notes(settings, stacks, roles):
        typer.echo(note, err=True)
