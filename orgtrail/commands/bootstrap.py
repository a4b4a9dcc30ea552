"""`orgtrail bootstrap`"""

from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from orgtrail import bootstrap as state_bucket
from orgtrail.aws import WrongAccount
from orgtrail.commands.options import AccountsFile
from orgtrail.commands.output import progress_console, results_console
from orgtrail.settings import S3State
from orgtrail.startup import settings_or_exit

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


def bootstrap(accounts: AccountsFile = None, yes: Yes = False) -> None:
    """Create the bucket that keeps the Terraform states, or add what protection it lacks.

    Shows what it would do, then asks. Run it again at any time: what is there stays as it is.

    Example: AWS_PROFILE=shared-services python -m orgtrail bootstrap
    """
    settings = settings_or_exit(accounts)
    console = results_console()
    state = settings.state
    if not isinstance(state, S3State):
        console.print("state.backend isn't s3: there is no bucket to make")
        return
    errors = progress_console()
    try:
        steps = state_bucket.plan(state, settings.partition)
        if not steps:
            console.print(f"{state.bucket}: nothing to do")
            return
        console.print(f"To keep the states in s3://{state.bucket} (account {state.account_id}):")
        for step in steps:
            console.print(f"  - {step.title}")
        if not yes and not typer.confirm("Do this?"):
            errors.print("Nothing was done.")
            raise SystemExit(1)
        for step in steps:
            step.run()
        console.print("Done.")
    except (WrongAccount, NoCredentialsError) as error:
        errors.print(f"The state bucket {state.bucket} needs credentials of account {state.account_id}: {error}")
        raise SystemExit(1) from error
    except (state_bucket.BucketTaken, BotoCoreError, ClientError) as error:
        errors.print(f"The state bucket: {error}. Run this again to do what is left.")
        raise SystemExit(1) from error
