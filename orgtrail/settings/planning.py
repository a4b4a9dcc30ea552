"""Settings for a plan only: every account is entered by the role that only reads."""

from dataclasses import replace

from orgtrail.errors import UserError
from orgtrail.names import ARCHIVE_STACK, TRAIL_STACK
from orgtrail.settings.account import Account
from orgtrail.settings.accounts_file import Settings
from orgtrail.settings.archive import Archive
from orgtrail.settings.section import updated
from orgtrail.settings.state import S3State
from orgtrail.settings.trail import ManagementAccount, Trail
from orgtrail.words import some

PLAN_ONLY = "ORGTRAIL_PLAN_ONLY"


def with_plan_roles(settings: Settings) -> Settings:
    """The settings with each `plan_role` in place of its `role`. Raises UserError where one is missing.

    Where no `role` is written, the caller's own credentials are used, to deploy and to plan: nothing is missing there.
    """
    state = settings.state
    trail = settings.trail
    owners: dict[str, Account | Archive | ManagementAccount] = {ARCHIVE_STACK: settings.archive}
    if trail and trail.management:
        owners[TRAIL_STACK] = trail.management
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
        trail=_planned_trail(trail) if trail else None,
    )


def _planned_trail(trail: Trail) -> Trail:
    management = trail.management and replace(trail.management, roles=trail.management.plan_roles)
    return replace(trail, roles=trail.plan_roles, management=management)
