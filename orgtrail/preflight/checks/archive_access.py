"""The archive's bucket and its key admit the deliveries of every account."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from orgtrail.archive.access import access_to_bucket
from orgtrail.console.command_line import command_line
from orgtrail.preflight.archive import archive_session, judge_key, with_its_key
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import SharedScope


def _look(scope: SharedScope) -> Iterator[Fault]:
    settings = scope.settings
    session = archive_session(scope)
    known = with_its_key(settings, session)
    try:
        access = access_to_bucket(known, session.client("s3"), managed_too=True)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return  # which is what archive-bucket tells
        raise
    mend = (
        f"Put what `{command_line('policy')}` prints into the bucket's policy, and name its key in archive.kms_key"
        if settings.archive.existing and not settings.archive.manage_policy
        else f"Deploy it: {command_line('deploy', 'archive')}"
    )
    yield from (Fault(f"s3://{settings.archive.bucket}: {text}", mend) for text in access.refused)
    yield from (Fault(f"s3://{settings.archive.bucket}: {text}", mend, is_known=False) for text in access.doubts)
    for text in access.unprotected:
        # It opens the archive to more than it should, and silences nothing.
        yield Fault(f"s3://{settings.archive.bucket}: {text}", mend, severity=Severity.WARNING)
    yield from judge_key(settings, session)


ARCHIVE_ACCESS = Check(
    id="archive-access",
    severity=Severity.ERROR,
    asks="The policy of the archive's bucket, and that of the key that it encrypts with, let every account's delivery "
    "role write. A statement of it that refuses others and is missing is a warning.",
    silences="Firehose's deliveries are refused; after 24 hours it drops what it holds.",
    permissions=(
        Permission("s3:GetBucketPolicy", "as the archive's role: what the bucket lets in"),
        Permission("s3:GetEncryptionConfiguration", "which key the bucket encrypts with"),
        Permission("kms:DescribeKey", "which key that is, and whether it is enabled"),
        Permission("kms:GetKeyPolicy", "whom the key lets encrypt"),
    ),
    look=_look,
)
