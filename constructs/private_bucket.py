"""What every bucket that Orgtrail makes has in common."""

from typing import Any

from constructs import Construct

from orgtrail.bindings import (
    S3Bucket,
    S3BucketOwnershipControls,
    S3BucketPublicAccessBlock,
    S3BucketServerSideEncryptionConfiguration,
    S3BucketServerSideEncryptionConfigurationRule,
)


class PrivateBucket(Construct):
    """Encrypted, closed to the public, and owned by its account whoever writes; `arguments` go to the bucket.

    `kms_key_arn` None: encrypted with S3's own keys.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: str,
        kms_key_arn: str | None,
        placement: dict[str, Any],
        **arguments: Any,
    ) -> None:
        super().__init__(scope, construct_id)
        resource = S3Bucket(self, "bucket", bucket=bucket, **arguments, **placement)
        self.name = resource.id
        algorithm = {"sse_algorithm": "aws:kms", "kms_master_key_id": kms_key_arn} if kms_key_arn else _S3_OWN_KEYS
        S3BucketServerSideEncryptionConfiguration(
            self,
            "encryption",
            bucket=resource.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRule(
                    apply_server_side_encryption_by_default=algorithm,
                    # One call to KMS for many objects, instead of one for each.
                    bucket_key_enabled=True if kms_key_arn else None,
                )
            ],
            **placement,
        )
        self.public_access_block = S3BucketPublicAccessBlock(
            self,
            "public_access_block",
            bucket=resource.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            **placement,
        )
        S3BucketOwnershipControls(
            self, "ownership", bucket=resource.id, rule={"object_ownership": "BucketOwnerEnforced"}, **placement
        )


_S3_OWN_KEYS = {"sse_algorithm": "AES256"}
