"""`orgtrail policy`"""

import json

from orgtrail.archive.policy import archive_policy
from orgtrail.commands.options import AccountsFile
from orgtrail.console.output import progress_console
from orgtrail.console.startup import settings_or_exit


def policy(accounts: AccountsFile = None) -> None:
    """Print the policy that an existing bucket needs to take the events, for whoever manages that bucket.

    Example: bin/orgtrail policy > statements.json
    """
    settings = settings_or_exit(accounts)
    archive = settings.archive
    if not archive.existing or archive.manage_policy:
        progress_console().print(f"The stack archive manages the policy of {archive.bucket}: there is nothing to add.")
        raise SystemExit(1)
    print(json.dumps(archive_policy(settings, None), indent=2))
