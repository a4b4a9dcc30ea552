"""What every bucket that Orgtrail makes has in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct
from constructs.bindings import (
    AbortIncompleteMultipartUpload,
    Expiration,
    LifecycleFilter,
    NoncurrentVersionExpiration,
    S3Bucket,
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLogging,
    S3BucketOwnershipControls,
    S3BucketPublicAccessBlock,
    S3BucketServerSideEncryptionConfiguration,
    S3BucketServerSideEncryptionConfigurationRule,
    S3BucketVersioning,
    Transition,
)
from constructs.scanner import skip_checks
from constructs.terraform_text import escape_template
from orgtrail.names import ACCOUNT_REGIONAL, bucket_namespace
from orgtrail.settings import AccessLogs
from orgtrail.terraform.provider import Provider

LIFECYCLE_RULE = "retention"
_UNFINISHED_UPLOADS_KEPT_DAYS = 7


class PrivateBucket(Construct):
    """Encrypted, closed to the public, and its account owns every object; `arguments` go to the bucket.

    `kms_key_arn` None: encrypted with S3's own keys. `skipped_checks`: what a scanner finds on this bucket alone, or on
    all for another reason, and why it stays so.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: str,
        kms_key_arn: str | None,
        access_logs: AccessLogs | None,
        skipped_checks: Mapping[str, str],
        provider: Provider,
        region_arguments: dict[str, Any],
        **arguments: Any,
    ) -> None:
        super().__init__(scope, construct_id)
        self._region_arguments = region_arguments
        self._written_name = bucket
        self.resource = S3Bucket(self, "bucket", bucket=bucket, **arguments, **region_arguments)
        self.name = self.resource.id
        skip_checks(self.resource, {**_skipped_checks(kms_key_arn, access_logs), **skipped_checks})
        self.encryption = self._encrypted(kms_key_arn, provider)
        self.public_access_block = self._closed_to_the_public()
        if access_logs:
            S3BucketLogging(
                self,
                "access_logs",
                bucket=self.name,
                target_bucket=escape_template(access_logs.bucket),
                target_prefix=escape_template(access_logs.prefix),
                **region_arguments,
            )

    def _encrypted(self, kms_key_arn: str | None, provider: Provider) -> S3BucketServerSideEncryptionConfiguration:
        algorithm = {"sse_algorithm": "aws:kms", "kms_master_key_id": kms_key_arn} if kms_key_arn else _S3_OWN_KEYS
        return S3BucketServerSideEncryptionConfiguration(
            self,
            "encryption",
            bucket=self.name,
            rule=[
                S3BucketServerSideEncryptionConfigurationRule(
                    apply_server_side_encryption_by_default=algorithm,
                    # One call to KMS for many objects, instead of one for each.
                    bucket_key_enabled=True if kms_key_arn else None,
                    # As S3 does by itself: nobody brings a key of their own.
                    blocked_encryption_types=["SSE-C"] if provider.blocks_encryption_types else None,
                )
            ],
            **self._region_arguments,
        )

    def _closed_to_the_public(self) -> S3BucketPublicAccessBlock:
        block = S3BucketPublicAccessBlock(
            self,
            "public_access_block",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            **self._region_arguments,
        )
        S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=self.name,
            rule={"object_ownership": "BucketOwnerEnforced"},
            **self._region_arguments,
        )
        return block

    def keep_versions(
        self, *, noncurrent_days: int, expire_days: int | None, transitions: Sequence[Transition] = ()
    ) -> tuple[S3BucketVersioning, S3BucketLifecycleConfiguration]:
        """Version the bucket's objects, and keep replaced or deleted ones for some days."""
        versioning = S3BucketVersioning(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration={"status": "Enabled"},
            **self._region_arguments,
        )
        rule = S3BucketLifecycleConfigurationRule(
            id=LIFECYCLE_RULE,
            status="Enabled",
            filter=[LifecycleFilter(prefix="")],
            transition=list(transitions) or None,
            expiration=[Expiration(days=expire_days)] if expire_days else None,
            noncurrent_version_expiration=[NoncurrentVersionExpiration(noncurrent_days=noncurrent_days)],
            abort_incomplete_multipart_upload=[
                AbortIncompleteMultipartUpload(days_after_initiation=_UNFINISHED_UPLOADS_KEPT_DAYS)
            ],
        )
        lifecycle = S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.name,
            rule=[rule],
            # Rules about noncurrent versions are refused by a bucket that isn't versioned yet.
            depends_on=[versioning],
            **self._region_arguments,
        )
        return versioning, lifecycle

    def place_in_namespace(self, provider: Provider, *ignored: str) -> None:
        """Have the bucket made in its account's own namespace, if its name is one of that and the provider can.

        `ignored` are arguments of the bucket whose changes are ignored anyway.
        """
        if provider.knows_bucket_namespaces and bucket_namespace(self._written_name):
            # Later than the bindings, hence the override. A bucket that was taken in may not have it in its state.
            self.resource.add_override("bucket_namespace", ACCOUNT_REGIONAL)
            self.resource.add_override("lifecycle.ignore_changes", [*ignored, "bucket_namespace"])


def _skipped_checks(kms_key_arn: str | None, access_logs: AccessLogs | None) -> dict[str, str]:
    skipped_checks = {"CKV2_AWS_62": "Nothing acts on a new object: Athena computes the partitions, none is registered"}
    if kms_key_arn is None:
        skipped_checks["CKV_AWS_145"] = "archive.kms_key isn't set: S3's own keys encrypt"
    if access_logs is None:
        skipped_checks["CKV_AWS_18"] = "archive.access_logs isn't set: no bucket was named that takes the logs"
    return skipped_checks


_S3_OWN_KEYS = {"sse_algorithm": "AES256"}
