"""The archive's bucket is there, where the file says."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from orgtrail.bucket import owned
from orgtrail.console.command_line import command_line
from orgtrail.preflight.archive import archive_session
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import SharedScope

_MISSING = ("404", "NoSuchBucket")


def _look(scope: SharedScope) -> Iterator[Fault]:
    archive = scope.settings.archive
    s3 = archive_session(scope).client("s3")
    try:
        found = s3.get_bucket_location(**owned(archive))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
        mend = (
            "Make it, or name another in archive.bucket"
            if archive.existing
            else f"Deploy it: {command_line('deploy', 'archive')}"
        )
        yield Fault(f"there is no bucket {archive.bucket}", mend)
        return
    region = found["LocationConstraint"] or "us-east-1"
    if region != archive.region:
        yield Fault(f"the bucket {archive.bucket} is in {region}, not in {archive.region}", f"archive.region: {region}")


ARCHIVE_BUCKET = Check(
    id="archive-bucket",
    severity=Severity.ERROR,
    asks="The archive's bucket exists, in the archive's account and region.",
    silences="Firehose has nowhere to deliver to; after 24 hours it drops what it holds.",
    permissions=(Permission("s3:GetBucketLocation", "as the archive's role, on its bucket"),),
    look=_look,
)
