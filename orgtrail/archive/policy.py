"""The bucket policy that an organization's archive needs, and the keys that its deliveries do."""

from collections.abc import Sequence

from orgtrail import policies
from orgtrail.settings import MANAGED_KEY, Archive, Settings


def archive_policy(settings: Settings, managed_key_arn: str | None) -> policies.Document:
    """The archive's bucket policy; `managed_key_arn` stands for the key that Orgtrail makes, where one is in use."""
    archive = settings.archive
    keys = [managed_key_arn if key == MANAGED_KEY else key for key in archive.delivery_keys]
    return policies.archive_bucket(
        settings.partition,
        bucket=archive.bucket,
        layout=archive.layout,
        old_layout=archive.moving_from.layout,
        # Between a key and S3's own encryption, both are admitted: nothing is refused for its encryption.
        kms_key_arn=None if None in keys else keys[0],
        old_key_arn=keys[1] if len(keys) > 1 else None,
        break_glass_role=archive.break_glass_role,
        organization_id=settings.organization_id,
        account_ids=_delivering(settings),
        readers=_readers(archive),
    )


def delivery_permissions(settings: Settings, account_id: str) -> policies.Document:
    """The policy of an account's Firehose role."""
    archive = settings.archive
    return policies.firehose_permissions(
        settings.partition,
        account_id,
        bucket=archive.bucket,
        bucket_account_id=archive.account_id,
        layout=archive.layout,
        old_layout=archive.moving_from.layout,
        key=_key_use(archive, usable_keys(settings.partition, archive)),
    )


def archive_key_policy(settings: Settings) -> policies.Document:
    """The policy of the key that Orgtrail makes for the archive."""
    archive = settings.archive
    return policies.archive_key(
        settings.partition,
        account_id=archive.account_id,
        region=archive.region,
        bucket=archive.bucket,
        break_glass_role=archive.break_glass_role,
        organization_id=settings.organization_id,
        account_ids=_delivering(settings),
        readers=_readers(archive),
    )


def reader_policy(settings: Settings) -> policies.Document:
    """What a role that `archive.readers` names needs in its own account; the same in each."""
    archive = settings.archive
    readers = _readers(archive)
    keys = usable_keys(settings.partition, archive)
    if archive.former.kms_key == MANAGED_KEY:
        keys = [_any_key(settings.partition, archive)]
    return policies.reader_permissions(
        settings.partition,
        bucket=archive.bucket,
        layouts=readers.layouts if readers else (),
        key=_key_use(archive, keys),
    )


def _key_use(archive: Archive, arns: Sequence[str]) -> policies.KeyUse | None:
    if not arns:
        return None
    return policies.KeyUse(
        arns[0],
        archive.region,
        # Whether an existing bucket has a bucket key isn't known.
        bucket_key=not archive.existing,
        old_arn=arns[1] if len(arns) > 1 else None,
    )


def _readers(archive: Archive) -> policies.Readers | None:
    # What was delivered in a former layout is the account's own, too.
    return policies.Readers(archive.readers, (archive.layout, *archive.former_layouts)) if archive.readers else None


def usable_keys(partition: str, archive: Archive) -> list[str]:
    """The ARNs of the keys that a delivery role may encrypt with; one with a `*` stands for a managed key.

    An account's stack knows the archive's names alone, and a key has none before it is made. Any key of the archive
    account, then: what the role may do with it is narrowed to the bucket, and the key's own policy decides too.
    """
    keys = [key for key in archive.delivery_keys if key]
    # Any key of the account is the other one too.
    return [_any_key(partition, archive)] if MANAGED_KEY in keys else keys


def _any_key(partition: str, archive: Archive) -> str:
    return f"arn:{partition}:kms:{archive.region}:{archive.account_id}:key/*"


def _delivering(settings: Settings) -> tuple[str, ...]:
    return tuple(account.account_id for account in settings.active)
