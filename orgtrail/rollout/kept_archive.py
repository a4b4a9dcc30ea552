"""What to do when AWS or Terraform refuses a change of the archive's bucket or key."""

import re

from orgtrail.names import ARCHIVE_KEY_ALIAS

_HINTS = {
    r"BucketAlreadyExists|BucketAlreadyOwnedByYou": (
        "There is a bucket of this name. If it is archive.bucket and yours, `archive.adopt: true` takes it in with "
        "what it holds, and `archive.existing: true` leaves it to others: docs/archive.md. Names are unique in all of "
        "AWS: another account's can't be had."
    ),
    r"MissingNamespaceHeader|is an account-regional namespace bucket": (
        "To create a bucket in an account's own namespace, Terraform needs AWS provider 6.37 or newer "
        "(ORGTRAIL_PROVIDER_VERSION=6.37.0). With an older one, create it yourself and write `archive.adopt: true`: "
        "docs/archive.md."
    ),
    r"Instance cannot be destroyed": (
        "Terraform would destroy or replace what holds or protects events, so nothing is changed. A bucket can't be "
        "renamed: docs/archive.md says how to begin another one and keep this one."
    ),
    rf"{re.escape(ARCHIVE_KEY_ALIAS)}\b.*AlreadyExistsException": (
        "The alias belongs to a key that Orgtrail made before and no longer manages. To use that key again, write its "
        "ARN as archive.kms_key. To have another one, delete the alias (objects are read with the key, and don't need "
        f"it): aws kms delete-alias --alias-name {ARCHIVE_KEY_ALIAS}"
    ),
}


def explained(text: str) -> str:
    """Terraform's message, with its meaning for the archive if it has one."""
    hints = [hint for pattern, hint in _HINTS.items() if re.search(pattern, text, re.DOTALL)]
    return "\n".join([text, *hints])
