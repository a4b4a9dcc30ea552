"""`orgtrail accounts sync`"""

from collections.abc import Sequence
from typing import Annotated

import typer

from orgtrail.commands.accounts.editing import Write, edit_and_consequences, opened, show_and_write
from orgtrail.commands.options import AccountsFile, Json, at_most_one
from orgtrail.console.display import Display
from orgtrail.console.output import a_table, print_table, progress_console, results_console
from orgtrail.documents import SyncChange, SyncDocument
from orgtrail.errors import UserError
from orgtrail.onboarding.members import Organization
from orgtrail.onboarding.proposal import Change, Proposal
from orgtrail.settings import Settings
from orgtrail.words import counted

Check = Annotated[bool, typer.Option("--check", help="End with status 2 if the file is behind.")]

_MANY = 50  # rows of a table; the diff has them all


def sync(accounts: AccountsFile = None, check: Check = False, write: Write = False, as_json: Json = False) -> int:
    """Compare the accounts file with AWS Organizations, and propose the edit that brings it in step.

    Asks as the caller, or as `sync` in the accounts file says; that must be the management account or a delegated
    administrator. Accounts that have left are told, and their entries stay.

    Exit status: 0 done, 2 with --check if the file is behind, 1 errors: then nothing is proposed.

    Example: bin/orgtrail accounts sync --write
    """
    at_most_one({"--check": check, "--write": write})
    settings, raw = opened(accounts)
    organization, proposal = _asked(settings)
    try:
        planned, notices = edit_and_consequences(settings, raw, proposal.values, proposal.entries)
    except UserError:
        # What an error of the edit is about: it may have to be done by hand.
        if not as_json:
            _show(settings, organization, proposal, ())
        raise
    is_edited = planned.after != planned.before
    if as_json:
        if write and is_edited:
            planned.write()
        document = _document(organization, proposal, notices)
        print(document.model_copy(update={"diff": planned.diff, "written": write and is_edited}).text())
    else:
        _show(settings, organization, proposal, notices)
        if is_edited:
            show_and_write(planned, write)
    return 2 if check and proposal.is_behind else 0


def _asked(settings: Settings) -> tuple[Organization, Proposal]:
    # Imported here: boto3 is slow to load.
    from orgtrail.aws import PATIENT, AccountSession
    from orgtrail.onboarding.organization import read_organization, tags_of
    from orgtrail.onboarding.proposal import propose, whose_tags

    session = AccountSession(settings.sync, settings.archive.region, config=PATIENT)
    display = Display()
    with display.step("Asking AWS Organizations") as step:
        organization = read_organization(session, settings.sync.units, settings.organization_id)
        step.done(counted(len(organization.members), "account"))
    if not (ids := whose_tags(settings, organization)):
        return organization, propose(settings, organization, {})
    with display.step("Asking for their tags") as step:
        tags = tags_of(session, ids, lambda known: step.part("tags", known, len(ids), "account"))
    return organization, propose(settings, organization, tags)


def _show(settings: Settings, organization: Organization, proposal: Proposal, notices: Sequence[str]) -> None:
    console = results_console()
    is_management = organization.asked == organization.management_account
    who = f"{organization.asked}, " + (
        "its management account" if is_management else "which isn't its management account"
    )
    members = counted(len(organization.members), "account")
    console.print(f"{organization.id} has {members}, says account {who}", soft_wrap=True)
    if proposal.changes:
        table = a_table("account", "id", "change", "", whole=("account", "id", "change"))
        for change in proposal.changes[:_MANY]:
            table.add_row(change.name, change.account_id, change.kind, change.text)
        print_table(console, table)
        if len(proposal.changes) > _MANY:
            console.print(f"and {len(proposal.changes) - _MANY} more")
    console.print(_summary(settings, proposal), soft_wrap=True)
    for notice in notices:
        console.print(f"Note: {notice}", soft_wrap=True)
    if any(change.kind == "left" for change in proposal.changes):
        progress_console().print(
            "Of an account that has left: remove its entry as docs/rollout.md says, or name it in sync.exclude."
        )


def _summary(settings: Settings, proposal: Proposal) -> str:
    counts: dict[str, int] = {}
    for change in proposal.changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    told = ", ".join(f"{number} {kind}" for kind, number in counts.items()) or "nothing to do"
    beside = f"; {counted(proposal.unlisted, 'active account')} not chosen by `sync`" if proposal.unlisted else ""
    alone = f"; {proposal.untouched} left alone, as sync.exclude says" if proposal.untouched else ""
    return f"{settings.path}: {told}{beside}{alone}"


def _document(organization: Organization, proposal: Proposal, notices: Sequence[str]) -> SyncDocument:
    return SyncDocument(
        organization=organization.id,
        management_account=organization.management_account,
        asked=organization.asked,
        accounts=len(organization.members),
        behind=proposal.is_behind,
        changes=[_change(change) for change in proposal.changes],
        notices=list(notices),
        not_chosen=proposal.unlisted,
    )


def _change(change: Change) -> SyncChange:
    return SyncChange(kind=change.kind, account_id=change.account_id, name=change.name, text=change.text)
