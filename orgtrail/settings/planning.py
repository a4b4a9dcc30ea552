"""Settings for a plan only: every account is entered by the role that only reads."""

from dataclasses import replace

from orgtrail.errors import UserError
from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings.account import Account
from orgtrail.settings.accounts_file import Settings
from orgtrail.settings.archive import Archive
from orgtrail.settings.section import updated
from orgtrail.settings.state import S3State
from orgtrail.words import some

PLAN_ONLY = "ORGTRAIL_PLAN_ONLY"


def with_plan_roles(settings: Settings) -> Settings:
    """The settings with each `plan_role` in place of its `role`. Raises UserError where one is missing.

    Where no `role` is written, the caller's own credentials are used to deploy: to plan, those are the caller's affair.
    """
    state = settings.state
    owners: dict[str, Account | Archive] = {ARCHIVE_STACK: settings.archive}
    owners |= {account.name: account for account in settings.active}
    missing = [name for name, owner in owners.items() if owner.roles and not owner.plan_roles]
    if isinstance(state, S3State) and state.role and not state.plan_role:
        missing.append("state")
    if missing:
        raise UserError(
            f"{PLAN_ONLY} is set, and there is no plan_role for {some(missing)}: "
            "their role may do more than plan. Write plan_role beside each role; `bin/orgtrail role` prints it"
        )
    if isinstance(state, S3State):
        state = updated(state, role=state.plan_role)
    return replace(
        settings,
        archive=replace(settings.archive, roles=settings.archive.plan_roles),
        accounts=tuple(replace(account, roles=account.plan_roles) for account in settings.accounts),
        state=state,
    )
