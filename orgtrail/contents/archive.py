"""The archive's bucket, opened with the archive's own credentials."""

from typing import Any

from orgtrail.aws import AWS_ERRORS, ManyAccounts
from orgtrail.contents.listing import Listing
from orgtrail.errors import UserError
from orgtrail.settings import Archive


def archive_client(archive: Archive) -> Any:
    """A client of S3 with the archive's own credentials. Raises UserError where there are none."""
    try:
        return ManyAccounts().session(archive, archive.region).client("s3")
    except AWS_ERRORS as error:
        raise UserError(f"The archive s3://{archive.bucket} can't be listed: {error}") from error


def archive_listing(archive: Archive) -> Listing:
    """The archive's listing. Raises UserError where there are no credentials."""
    return Listing(archive_client(archive), archive)


def cannot_be_listed(archive: Archive, refusal: Exception) -> str:
    """That the archive can't be listed, and what it takes."""
    whose = archive.roles[-1] if archive.roles else f"the profile {archive.profile}" if archive.profile else "yours"
    return (
        f"The archive s3://{archive.bucket} can't be listed: {refusal}. The credentials ({whose}) need s3:ListBucket "
        f"on it, and it must belong to account {archive.account_id}: docs/permissions.md#who-looks-at-the-archive"
    )
