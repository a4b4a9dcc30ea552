"""What keeps the archive evidence: with which key it is written, and who may delete any of it."""

from typing import Any, NamedTuple

from orgtrail.policies.document import Statement
from orgtrail.regions import dns_suffix

ENCRYPTED_ARN = "kms:EncryptionContext:aws:s3:arn"
KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey"]

_NAMED_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_NAMED_ENCRYPTION = "s3:x-amz-server-side-encryption"
_CUSTOMER_PROVIDED_KEY = "s3:x-amz-server-side-encryption-customer-algorithm"


class KeyUse(NamedTuple):
    """The archive's KMS key as deliveries use it; `arn` may be a pattern, `region` is the bucket's and the key's.

    `old_arn` is that of the key they move from, which the bucket encrypts with until all may use both.
    """

    arn: str
    region: str
    bucket_key: bool = True
    old_arn: str | None = None


def through_s3(partition: str, bucket: str, region: str, *, bucket_key: bool = True) -> dict[str, dict[str, Any]]:
    """The condition that a key is used by S3, in this region, for objects of this bucket.

    With a bucket key the encryption context is the ARN of the bucket; without, that of the object:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html#bucket-key-changes
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    service = {"kms:ViaService": f"s3.{region}.{dns_suffix(partition)}"}
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    if bucket_key:
        return {"StringEquals": {**service, ENCRYPTED_ARN: bucket_arn}}
    return {"StringEquals": service, "StringLike": {ENCRYPTED_ARN: [bucket_arn, f"{bucket_arn}/*"]}}


def only_this_key(bucket_arn: str, key_arn: str, old_key_arn: str | None = None) -> list[Statement]:
    """Refuses uploads that ask for any encryption but that with this key, or with the one it is changed from.

    Firehose asks for none and gets the bucket's default, which is this key: a request without any of these headers
    must pass. The operators `StringNotEquals` and `StringNotEqualsIfExists` both hold for a missing header, so
    `Null` says that it must be there for the refusal:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """

    def refused(sid: str, condition: dict[str, Any]) -> Statement:
        objects = f"{bucket_arn}/*"
        return {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": objects,
            "Condition": condition,
        }

    another = {"StringNotEquals": {_NAMED_KEY: [key_arn, old_key_arn] if old_key_arn else key_arn}}
    return [
        refused("NoOtherKey", {"Null": {_NAMED_KEY: "false"}, **another}),
        # S3's own keys, and `aws:kms` without a key, which stands for aws/s3.
        refused("NoOtherEncryption", {"Null": {_NAMED_ENCRYPTION: "false"}, **another}),
        refused("NoKeyOfTheCaller", {"Null": {_CUSTOMER_PROVIDED_KEY: "false"}}),
    ]


def bucket_break_glass(bucket_arn: str, role_arn: str) -> list[Statement]:
    """Refuses deletion to everybody but one role. Expiry isn't affected: S3's lifecycle is no principal.

    Who may change the bucket's policy, as Terraform must, can take this away: it stands against accidents and
    against credentials of lesser power. Object Lock in compliance mode stands against all.
    """
    return [
        _only_for(
            role_arn,
            "BreakGlassDeletesObjects",
            ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"],
            f"{bucket_arn}/*",
        ),
        _only_for(role_arn, "BreakGlassDeletesTheBucket", ["s3:DeleteBucket", "s3:DeleteBucketPolicy"], bucket_arn),
    ]


def key_break_glass(role_arn: str) -> list[Statement]:
    """Refuses to everybody but one role what makes the archive unreadable. In a key's policy `*` is the key."""
    return [_only_for(role_arn, "BreakGlassEndsTheKey", ["kms:DisableKey", "kms:ScheduleKeyDeletion"], "*")]


def _only_for(role_arn: str, sid: str, actions: list[str], resource: str) -> Statement:
    # For a session of a role, aws:PrincipalArn is the role:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resource,
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": role_arn}},
    }
