"""The policies of the archive's bucket and key, and of buckets that only their own account uses."""

from typing import Any

from orgtrail import names
from orgtrail.layout import Layout
from orgtrail.policies.delivery import BUCKET_ACTIONS, CROSS_ACCOUNT_OBJECT_ACTIONS, key_patterns
from orgtrail.policies.document import Document, Statement, document, tls_only
from orgtrail.policies.guards import KEY_ACTIONS, bucket_break_glass, key_break_glass, only_this_key, through_s3
from orgtrail.policies.readers import CALLING_ACCOUNT, READER_KEY_ACTIONS, Readers, reading_statements, role_patterns

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html: 20 KB.
BUCKET_POLICY_LIMIT = 20_480


def archive_bucket(
    partition: str,
    *,
    bucket: str,
    layout: Layout,
    organization_id: str | None,
    account_ids: tuple[str, ...],
    kms_key_arn: str | None = None,
    break_glass_role: str | None = None,
    old_layout: Layout | None = None,
    old_key_arn: str | None = None,
    readers: Readers | None = None,
) -> Document:
    """The archive's bucket policy: each account's delivery role writes under its own prefixes and nowhere else.

    `old_layout` and `old_key_arn` are admitted besides, while accounts move from them.

    With an organization id the document is of constant size: it names no account. Without one, `account_ids`
    are listed, twice, and three times more with `readers`: the document grows by 15 characters for each time.
    """
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    who = _delivery_roles(partition, organization_id, account_ids)
    return document(
        {"Sid": "DeliveryFindsTheArchive", **who, "Action": BUCKET_ACTIONS, "Resource": bucket_arn},
        {
            "Sid": "DeliveryWritesOwnPrefixes",
            **who,
            "Action": CROSS_ACCOUNT_OBJECT_ACTIONS,
            "Resource": [f"{bucket_arn}/{pattern}" for pattern in key_patterns(CALLING_ACCOUNT, layout, old_layout)],
        },
        *(
            reading_statements(bucket_arn, readers.layouts, _readers(partition, organization_id, account_ids, readers))
            if readers
            else ()
        ),
        tls_only("s3:*", bucket_arn, f"{bucket_arn}/*"),
        *(only_this_key(bucket_arn, kms_key_arn, old_key_arn) if kms_key_arn else ()),
        *(bucket_break_glass(bucket_arn, break_glass_role) if break_glass_role else ()),
    )


def _every_sid() -> frozenset[str]:
    arn = "arn:aws:iam::000000000000:role/any"
    everything = archive_bucket(
        "aws",
        bucket="any",
        layout=Layout(),
        organization_id=None,
        account_ids=(),
        kms_key_arn=arn,
        break_glass_role=arn,
        readers=Readers(("any",), (Layout(),)),
    )
    return frozenset(statement["Sid"] for statement in everything["Statement"])


def archive_key(
    partition: str,
    *,
    account_id: str,
    region: str,
    bucket: str,
    organization_id: str | None,
    account_ids: tuple[str, ...],
    break_glass_role: str | None = None,
    readers: Readers | None = None,
) -> Document:
    """The policy of the archive's KMS key: its account administers it, delivery roles use it through S3 alone.

    So do `readers`, to decrypt; which objects they may read, the bucket's policy says.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    through = through_s3(partition, bucket, region)
    delivery = _delivery_roles(partition, organization_id, account_ids)
    return document(
        {
            "Sid": "TheAccountAdministers",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        _use_of_the_key("DeliveryEncryptsThroughS3", delivery, KEY_ACTIONS, through),
        *(
            [
                _use_of_the_key(
                    "ReadersDecryptThroughS3",
                    _readers(partition, organization_id, account_ids, readers),
                    READER_KEY_ACTIONS,
                    through,
                )
            ]
            if readers
            else ()
        ),
        *(key_break_glass(break_glass_role) if break_glass_role else ()),
    )


def tls_only_bucket(partition: str, bucket: str) -> Document:
    """The policy of a bucket that only its own account uses: nothing without TLS."""
    return document(tls_only("s3:*", f"arn:{partition}:s3:::{bucket}", f"arn:{partition}:s3:::{bucket}/*"))


def _use_of_the_key(
    sid: str, who: dict[str, Any], actions: str | list[str], through: dict[str, dict[str, Any]]
) -> Statement:
    # An organization's id is a StringEquals too.
    equal = {**who["Condition"].get("StringEquals", {}), **through["StringEquals"]}
    condition = {**who["Condition"], "StringEquals": equal}
    return {**who, "Sid": sid, "Action": actions, "Resource": "*", "Condition": condition}


def _delivery_roles(partition: str, organization_id: str | None, account_ids: tuple[str, ...]) -> dict[str, Any]:
    return _roles(f"arn:{partition}:iam::*:role/{names.FIREHOSE_ROLE}", organization_id, account_ids)


def _readers(
    partition: str, organization_id: str | None, account_ids: tuple[str, ...], readers: Readers
) -> dict[str, Any]:
    return _roles(role_patterns(partition, readers.roles), organization_id, account_ids)


def _roles(arns: str | list[str], organization_id: str | None, account_ids: tuple[str, ...]) -> dict[str, Any]:
    """The part of a statement that says whom it lets: roles whose ARN looks like one of these, in the organization."""
    role = {"ArnLike": {"aws:PrincipalArn": arns}}
    if organization_id is None:
        return {"Effect": "Allow", "Principal": {"AWS": list(account_ids)}, "Condition": role}
    # A fixed aws:PrincipalOrgID keeps the policy from counting as public:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    organization = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
    return {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": {**organization, **role}}


# A statement of the archive's bucket with another Sid, or with none, is somebody else's.
ARCHIVE_SIDS = _every_sid()
