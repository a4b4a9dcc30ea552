"""Public access to the archive's bucket is blocked."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from orgtrail.bucket import owned
from orgtrail.console.command_line import command_line
from orgtrail.preflight.archive import archive_session
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import SharedScope

_ALL = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def _look(scope: SharedScope) -> Iterator[Fault]:
    archive = scope.settings.archive
    try:
        answer = archive_session(scope).client("s3").get_public_access_block(**owned(archive))
        block = answer["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return  # which is what archive-bucket tells
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        block = {}
    if open_ := [name for name in _ALL if not block.get(name)]:
        values = ",".join(f"{name}=true" for name in _ALL)
        command = f"aws s3api put-public-access-block --bucket {archive.bucket} --public-access-block-configuration"
        mend = f"{command} {values}" if archive.existing else f"Deploy it: {command_line('deploy', 'archive')}"
        yield Fault(f"s3://{archive.bucket} lacks {', '.join(open_)}", mend)


ARCHIVE_PUBLIC = Check(
    id="archive-public",
    severity=Severity.WARNING,
    asks="The archive's bucket blocks public access, in all four ways.",
    silences="It silences nothing, but a later policy or ACL could open the evidence to everybody.",
    permissions=(Permission("s3:GetBucketPublicAccessBlock", "as the archive's role, on its bucket"),),
    look=_look,
)
