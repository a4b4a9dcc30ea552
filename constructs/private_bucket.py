"""What every bucket that Orgtrail makes has in common."""

from collections.abc import Mapping
from typing import Any

from constructs import Construct
from constructs.bindings import (
    S3Bucket,
    S3BucketLogging,
    S3BucketOwnershipControls,
    S3BucketPublicAccessBlock,
    S3BucketServerSideEncryptionConfiguration,
    S3BucketServerSideEncryptionConfigurationRule,
)
from constructs.scanner import skip_checks
from constructs.terraform_text import escape_template
from orgtrail.names import ACCOUNT_REGIONAL, bucket_namespace
from orgtrail.settings import AccessLogs
from orgtrail.terraform.provider import Provider


class PrivateBucket(Construct):
    """Encrypted, closed to the public, and its account owns every object; `arguments` go to the bucket.

    `kms_key_arn` None: encrypted with S3's own keys. `skipped_checks`: what a scanner finds on this
    bucket in particular, and why it stays so. Where the provider knows how, it says that nobody brings a key of
    their own, as S3 has it.
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
        resource = S3Bucket(self, "bucket", bucket=bucket, **arguments, **region_arguments)
        self.resource, self.name, self._written_name = resource, resource.id, bucket
        skip_checks(resource, {**_skipped_checks(kms_key_arn, access_logs), **skipped_checks})
        algorithm = {"sse_algorithm": "aws:kms", "kms_master_key_id": kms_key_arn} if kms_key_arn else _S3_OWN_KEYS
        self.encryption = S3BucketServerSideEncryptionConfiguration(
            self,
            "encryption",
            bucket=resource.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRule(
                    apply_server_side_encryption_by_default=algorithm,
                    # One call to KMS for many objects, instead of one for each.
                    bucket_key_enabled=True if kms_key_arn else None,
                    blocked_encryption_types=["SSE-C"] if provider.blocks_encryption_types else None,
                )
            ],
            **region_arguments,
        )
        self.public_access_block = S3BucketPublicAccessBlock(
            self,
            "public_access_block",
            bucket=resource.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            **region_arguments,
        )
        S3BucketOwnershipControls(
            self, "ownership", bucket=resource.id, rule={"object_ownership": "BucketOwnerEnforced"}, **region_arguments
        )
        if access_logs:
            S3BucketLogging(
                self,
                "access_logs",
                bucket=resource.id,
                target_bucket=escape_template(access_logs.bucket),
                target_prefix=escape_template(access_logs.prefix),
                **region_arguments,
            )

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
