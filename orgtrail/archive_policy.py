"""The bucket policy that an organization's archive needs."""

from orgtrail import policies
from orgtrail.settings import Settings


def archive_policy(settings: Settings, kms_key_arn: str | None) -> policies.Document:
    """The archive's bucket policy; `kms_key_arn` is the key of a bucket that is encrypted with one."""
    archive = settings.archive
    return policies.archive_bucket(
        settings.partition,
        bucket=archive.bucket,
        layout=archive.layout,
        kms_key_arn=kms_key_arn,
        break_glass_role=archive.break_glass_role,
        organization_id=settings.organization_id,
        account_ids=tuple(account.account_id for account in settings.active),
    )
