"""`orgtrail policy`"""

import json

from orgtrail.archive.policy import archive_policy
from orgtrail.commands.options import AccountsFile
from orgtrail.console.startup import load_settings
from orgtrail.errors import UserError


def policy(accounts: AccountsFile = None) -> None:
    """Print the policy statements that an existing bucket needs to accept deliveries, for the people who manage it.

    Example: bin/orgtrail policy > statements.json
    """
    settings = load_settings(accounts)
    archive = settings.archive
    if not archive.existing or archive.manage_policy:
        raise UserError(f"The stack archive manages the policy of {archive.bucket}: there is nothing to add.")
    print(json.dumps(archive_policy(settings, None), indent=2))
