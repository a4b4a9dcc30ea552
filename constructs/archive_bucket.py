"""The central bucket of the archive."""

from typing import Any

from constructs import Construct
from constructs.bindings import (
    S3BucketObjectLockConfiguration,
    S3BucketVersioning,
    TerraformResourceLifecycle,
    Transition,
)
from constructs.bucket_as_found import BucketAsFound
from constructs.private_bucket import LIFECYCLE_RULE, PrivateBucket
from orgtrail.settings import Archive, ObjectLock
from orgtrail.terraform.provider import Provider

_SKIPPED_CHECKS = {
    "CKV_AWS_144": "The archive stays in the region that was chosen for it: another one is a question of residency and "
    "cost, for its owner to answer, who can add replication to the bucket",
}


class ArchiveBucket(PrivateBucket):
    """A private bucket that is versioned, locked where asked, and never destroyed by Terraform."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        archive: Archive,
        kms_key_arn: str | None,
        provider: Provider,
        region_arguments: dict[str, Any],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            bucket=archive.bucket,
            kms_key_arn=kms_key_arn,
            access_logs=archive.access_logs,
            skipped_checks=_SKIPPED_CHECKS,
            provider=provider,
            region_arguments=region_arguments,
            object_lock_enabled=True if archive.object_lock else None,
            # To Terraform, a lock that comes or goes means another bucket. To S3, a versioned bucket takes one at any
            # time, for objects written from then on, and keeps the ability forever; so the lock's configuration
            # below turns it on, and the argument above serves only S3s that want it from the start.
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
            lifecycle=TerraformResourceLifecycle(ignore_changes=["object_lock_enabled"]),
        )
        self.place_in_namespace(provider, "object_lock_enabled")
        versioning, lifecycle = self.keep_versions(
            noncurrent_days=archive.noncurrent_days,
            expire_days=archive.expire_days,
            transitions=[Transition(days=one.days, storage_class=one.storage_class) for one in archive.transitions],
        )
        lock = self._lock(archive.object_lock, versioning) if archive.object_lock else None
        if archive.adopt:
            found = BucketAsFound(self.resource, archive.bucket)
            self.encryption.lifecycle = found.no_other_key(kms_key_arn)
            lifecycle.lifecycle = found.no_rules_of_others([LIFECYCLE_RULE])
            if lock is not None and archive.object_lock is not None:
                lock.lifecycle = found.no_longer_lock(archive.object_lock)

    def _lock(self, lock: ObjectLock, versioning: S3BucketVersioning) -> S3BucketObjectLockConfiguration:
        return S3BucketObjectLockConfiguration(
            self,
            "object_lock",
            bucket=self.name,
            rule={"default_retention": {"mode": lock.mode.upper(), "days": lock.days}},
            depends_on=[versioning],
            **self._region_arguments,
        )
