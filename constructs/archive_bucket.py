"""The central bucket of the archive."""

from typing import Any

from cdktf import TerraformResourceLifecycle

from constructs import Construct
from orgtrail.bindings import (
    AbortIncompleteMultipartUpload,
    Expiration,
    LifecycleFilter,
    NoncurrentVersionExpiration,
    S3Bucket,
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketOwnershipControls,
    S3BucketPublicAccessBlock,
    S3BucketServerSideEncryptionConfiguration,
    S3BucketServerSideEncryptionConfigurationRule,
    S3BucketVersioning,
)
from orgtrail.settings import Archive

_UNFINISHED_UPLOADS_KEPT_DAYS = 7


class ArchiveBucket(Construct):
    """Versioned, encrypted, private, owned by its account whoever writes, and never destroyed by Terraform."""

    def __init__(self, scope: Construct, construct_id: str, *, archive: Archive, placement: dict[str, Any]) -> None:
        super().__init__(scope, construct_id)
        bucket = S3Bucket(
            self,
            "bucket",
            bucket=archive.bucket,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            **placement,
        )
        self.name = bucket.id
        versioning = S3BucketVersioning(
            self, "versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, **placement
        )
        S3BucketServerSideEncryptionConfiguration(
            self,
            "encryption",
            bucket=bucket.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRule(
                    apply_server_side_encryption_by_default={"sse_algorithm": "AES256"}
                )
            ],
            **placement,
        )
        self.public_access_block = S3BucketPublicAccessBlock(
            self,
            "public_access_block",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            **placement,
        )
        S3BucketOwnershipControls(
            self, "ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, **placement
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=bucket.id,
            rule=_lifecycle_rules(archive),
            # Rules about noncurrent versions are refused by a bucket that isn't versioned yet.
            depends_on=[versioning],
            **placement,
        )


def _lifecycle_rules(archive: Archive) -> list[S3BucketLifecycleConfigurationRule]:
    return [
        S3BucketLifecycleConfigurationRule(
            id="retention",
            status="Enabled",
            filter=[LifecycleFilter(prefix="")],
            expiration=[Expiration(days=archive.expire_days)] if archive.expire_days else None,
            noncurrent_version_expiration=[NoncurrentVersionExpiration(noncurrent_days=archive.noncurrent_days)],
            abort_incomplete_multipart_upload=[
                AbortIncompleteMultipartUpload(days_after_initiation=_UNFINISHED_UPLOADS_KEPT_DAYS)
            ],
        )
    ]
