"""`orgtrail bootstrap`"""

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from orgtrail.aws import WrongAccount
from orgtrail.commands.options import AccountsFile, Yes
from orgtrail.console.display import Display
from orgtrail.console.output import progress_console, results_console
from orgtrail.console.question import ask
from orgtrail.console.startup import load_settings, refuse_plan_only
from orgtrail.errors import UserError
from orgtrail.settings import CloudState, S3State, Settings
from orgtrail.state import bootstrap as state_bucket
from orgtrail.state.bootstrap import Step
from orgtrail.state.hcp_terraform import HcpTerraform, HcpTerraformError
from orgtrail.state.hcp_terraform.workspaces import Plan
from orgtrail.state.hcp_terraform.workspaces import plan as plan_workspaces
from orgtrail.words import counted


def bootstrap(accounts: AccountsFile = None, yes: Yes = False) -> None:
    """Create or complete the state backend: the S3 bucket, or the workspaces of HCP Terraform.

    Shows what it would do, then asks. Run it again at any time: what is there stays as it is, but for tags of
    workspaces that differ from the accounts file's.

    Example: AWS_PROFILE=shared-services bin/orgtrail bootstrap
    """
    refuse_plan_only()
    settings = load_settings(accounts)
    match settings.state:
        case S3State() as state:
            _bucket(state, settings.partition, yes)
        case CloudState() as state:
            _workspaces(settings, state, yes)
        case _:
            results_console().print("state.backend is local: there is no bucket to make, and no workspace")


def _bucket(state: S3State, partition: str, yes: bool) -> None:
    try:
        steps = state_bucket.plan(state, partition)
        _carry_out(steps, f"To keep the states in s3://{state.bucket} (account {state.account_id}):", state.bucket, yes)
    except (WrongAccount, NoCredentialsError) as error:
        who = f"The state bucket {state.bucket} needs credentials of account {state.account_id}"
        raise UserError(f"{who}: {error}") from error
    except (state_bucket.BucketTaken, BotoCoreError, ClientError) as error:
        raise UserError(f"The state bucket: {error}. Run this again to do what is left.") from error


def _workspaces(settings: Settings, state: CloudState, yes: bool) -> None:
    errors = progress_console()
    try:
        hcp = HcpTerraform(state)
        plan = _plan_workspaces(settings, state, hcp)
        for notice in plan.notices:
            errors.print(notice)
        where = f"{state.organization} on {hcp.host}"
        what = counted(plan.workspaces, "workspace")
        _carry_out(plan.steps, f"To keep the states in {where}:", f"{where}, {what}", yes)
    except HcpTerraformError as error:
        raise UserError(f"The workspaces: {error}. Run this again to do what is left.") from error


def _plan_workspaces(settings: Settings, state: CloudState, hcp: HcpTerraform) -> Plan:
    with Display().step("Asking for the workspaces") as step:
        return plan_workspaces(
            settings, state, hcp, lambda listed, total: step.part("listed", listed, total, "workspace")
        )


def _carry_out(steps: list[Step], heading: str, what: str, yes: bool) -> None:
    """Show the steps, ask, and take them. Raises UserError where the answer is no."""
    console = results_console()
    if not steps:
        console.print(f"{what}: nothing to do")
        return
    console.print(heading)
    for step in steps:
        console.print(f"  - {step.title}", soft_wrap=True)
    if not yes:
        ask("Do this?")
    with Display().step("Working", total=len(steps)) as shown:
        for step in steps:
            step.run()
            shown.ended(step.title)
    console.print("Done.")
