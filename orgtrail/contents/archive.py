"""The archive's bucket, opened with the archive's own credentials."""

from typing import Any

from botocore.exceptions import ClientError

from orgtrail.aws import AWS_ERRORS, ManyAccounts
from orgtrail.contents.listing import Listing
from orgtrail.errors import UserError
from orgtrail.settings import Archive


def archive_client(archive: Archive) -> Any:
    """A client of S3 with the archive's own credentials. Raises UserError where there are none."""
    try:
        return ManyAccounts().session(archive, archive.region).client("s3")
    except AWS_ERRORS as error:
        raise UserError(cannot_be_listed(archive, error)) from error


def archive_listing(archive: Archive) -> Listing:
    """The archive's listing. Raises UserError where there are no credentials."""
    return Listing(archive_client(archive), archive)


def cannot_be_listed(archive: Archive, error: Exception) -> str:
    """That the archive can't be listed, and what to do about it."""
    advice = _ADVICE.get(error.response["Error"]["Code"]) if isinstance(error, ClientError) else None
    told = f"The archive s3://{archive.bucket} can't be listed: {error}"
    return f"{told.rstrip('.')}. {advice(archive)}" if advice else told


def _make_it(archive: Archive) -> str:
    place = f"account {archive.account_id}, in {archive.region}"
    if archive.existing:
        return f"By the accounts file it exists, in {place}: make it there, or name another in archive.bucket"
    return (
        f"Is the archive deployed? Its stack makes the bucket in {place}: bin/orgtrail deploy archive. If it is "
        "deployed, archive.bucket names another one"
    )


def _be_allowed(archive: Archive) -> str:
    whose = archive.roles[-1] if archive.roles else f"the profile {archive.profile}" if archive.profile else "yours"
    return (
        f"The credentials ({whose}) need s3:ListBucket on it, and it must belong to account {archive.account_id}: "
        "docs/permissions.md#who-looks-at-the-archive"
    )


_ADVICE = {"NoSuchBucket": _make_it, "AccessDenied": _be_allowed}
