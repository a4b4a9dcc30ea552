"""The bucket of the trails' files."""

from typing import Any

from constructs import Construct
from constructs.bindings import S3BucketPolicy
from constructs.private_bucket import PrivateBucket
from orgtrail.settings import Trail
from orgtrail.terraform.provider import Provider

_REPLACED_KEPT_DAYS = 30
_SKIPPED_CHECKS = {
    "CKV2_AWS_62": "Nothing acts on a new file of the trail",
    "CKV_AWS_144": "The files stay in the archive's region, which was chosen for it",
    "CKV_AWS_18": "No setting names a bucket that takes the access logs of the trail's files",
}
_NO_KEY = {"CKV_AWS_145": "trail.kms_key isn't set: S3's own keys encrypt"}


class TrailBucket(PrivateBucket):
    """A private bucket that is versioned, and into which CloudTrail alone writes."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        trail: Trail,
        policy: str,
        provider: Provider,
        region_arguments: dict[str, Any],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            bucket=trail.bucket,
            kms_key_arn=trail.kms_key,
            access_logs=None,
            skipped_checks=_SKIPPED_CHECKS if trail.kms_key else {**_SKIPPED_CHECKS, **_NO_KEY},
            provider=provider,
            region_arguments=region_arguments,
        )
        self.place_in_namespace(provider)
        self.keep_versions(noncurrent_days=_REPLACED_KEPT_DAYS, expire_days=trail.expire_days)
        self.policy = S3BucketPolicy(
            self,
            "policy",
            bucket=self.name,
            policy=policy,
            # S3 refuses a public policy only once the block is there to do so.
            depends_on=[self.public_access_block],
            **region_arguments,
        )
