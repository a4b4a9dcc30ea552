"""IAM, bucket and queue policy documents, as pure functions of what they are about."""

from typing import Any

from orgtrail import names
from orgtrail.layout import Layout

Document = dict[str, Any]
Statement = dict[str, Any]

CALLING_ACCOUNT = "${aws:PrincipalAccount}"

_BUCKET_ACTIONS = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
_OBJECT_ACTIONS = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
# Firehose sets the ACL bucket-owner-full-control when the bucket is another account's:
# https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#cross-account-delivery-s3
_CROSS_ACCOUNT_OBJECT_ACTIONS = [*_OBJECT_ACTIONS, "s3:PutObjectAcl"]


def document(*statements: Statement) -> Document:
    """A policy document of these statements; policy variables need this version of the language."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def eventbridge_trust(partition: str, account_id: str) -> Document:
    """Lets EventBridge assume the role, for the rules of this product in this account alone (any region).

    https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    return document(
        {
            "Sid": "EventBridgeForThisAccountsRules",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account_id},
                "ArnLike": {"aws:SourceArn": rule_arn(partition, account_id, "*")},
            },
        }
    )


def eventbridge_permissions(partition: str, account_id: str) -> Document:
    """Lets the EventBridge role put records on this product's streams of this account (any region)."""
    stream = f"arn:{partition}:firehose:*:{account_id}:deliverystream/{names.DELIVERY_STREAM}"
    return document(
        {
            "Sid": "PutEventsOnTheDeliveryStreams",
            "Effect": "Allow",
            "Action": ["firehose:PutRecord", "firehose:PutRecordBatch"],
            "Resource": stream,
        }
    )


def firehose_trust(account_id: str) -> Document:
    """Lets Firehose assume the role on behalf of this account alone.

    The guard that AWS documents for Firehose is the external id:
    https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#firehose-assume-role
    """
    return document(
        {
            "Sid": "FirehoseForThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": "firehose.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": account_id}},
        }
    )


def firehose_permissions(
    partition: str, account_id: str, *, bucket: str, bucket_account_id: str, layout: Layout
) -> Document:
    """Lets the Firehose role write below its own account's prefixes of the archive, and to its delivery log."""
    cross_account = account_id != bucket_account_id
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    log_group = f"arn:{partition}:logs:*:{account_id}:log-group:{names.DELIVERY_LOG_GROUP}"
    return document(
        {"Sid": "FindTheArchive", "Effect": "Allow", "Action": _BUCKET_ACTIONS, "Resource": bucket_arn},
        {
            "Sid": "WriteOwnPrefixes",
            "Effect": "Allow",
            "Action": _CROSS_ACCOUNT_OBJECT_ACTIONS if cross_account else _OBJECT_ACTIONS,
            "Resource": [f"{bucket_arn}/{pattern}" for pattern in layout.key_patterns(account_id)],
        },
        {
            "Sid": "WriteTheDeliveryLog",
            "Effect": "Allow",
            "Action": "logs:PutLogEvents",
            "Resource": f"{log_group}:log-stream:*",
        },
    )


def dead_letter_queue(partition: str, account_id: str, region: str) -> Document:
    """Admits the pipeline's own rule to its dead-letter queue, and nothing without TLS.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-perms
    """
    queue = f"arn:{partition}:sqs:{region}:{account_id}:{names.DEAD_LETTER_QUEUE}"
    return document(
        {
            "Sid": "OnlyThisRule",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn(partition, account_id, region)}},
        },
        _tls_only("sqs:*", queue),
    )


def archive_bucket(
    partition: str,
    *,
    bucket: str,
    layout: Layout,
    organization_id: str | None,
    account_ids: tuple[str, ...],
) -> Document:
    """The archive's bucket policy: each account's delivery role writes under its own prefixes and nowhere else.

    With an organization id the document is of constant size: it names no account. Without one, `account_ids`
    are listed, and the document grows by some 15 characters each.
    """
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    who = _delivery_roles(partition, organization_id, account_ids)
    return document(
        {"Sid": "DeliveryFindsTheArchive", **who, "Action": _BUCKET_ACTIONS, "Resource": bucket_arn},
        {
            "Sid": "DeliveryWritesOwnPrefixes",
            **who,
            "Action": _CROSS_ACCOUNT_OBJECT_ACTIONS,
            "Resource": [f"{bucket_arn}/{pattern}" for pattern in layout.key_patterns(CALLING_ACCOUNT)],
        },
        _tls_only("s3:*", bucket_arn, f"{bucket_arn}/*"),
    )


def tls_only_bucket(partition: str, bucket: str) -> Document:
    """The policy of a bucket that only its own account uses: nothing without TLS."""
    return document(_tls_only("s3:*", f"arn:{partition}:s3:::{bucket}", f"arn:{partition}:s3:::{bucket}/*"))


def rule_arn(partition: str, account_id: str, region: str) -> str:
    """The ARN of a pipeline's rule on the default bus; made of names, since a role must exist before its rule."""
    return f"arn:{partition}:events:{region}:{account_id}:rule/{names.RULE}"


def _delivery_roles(partition: str, organization_id: str | None, account_ids: tuple[str, ...]) -> dict[str, Any]:
    role = {"ArnLike": {"aws:PrincipalArn": f"arn:{partition}:iam::*:role/{names.FIREHOSE_ROLE}"}}
    if organization_id is None:
        return {"Effect": "Allow", "Principal": {"AWS": list(account_ids)}, "Condition": role}
    # A fixed aws:PrincipalOrgID keeps the policy from counting as public:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    organization = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
    return {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": {**organization, **role}}


def _tls_only(action: str, *resources: str) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
