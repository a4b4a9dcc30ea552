"""The policies of an account's two roles and of its dead-letter queues."""

from orgtrail import names
from orgtrail.layout import Layout
from orgtrail.policies.document import Document, Statement, document, tls_only
from orgtrail.policies.guards import KEY_ACTIONS, KeyUse, through_s3

BUCKET_ACTIONS = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
_OBJECT_ACTIONS = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
# Firehose sets the ACL bucket-owner-full-control when the bucket is another account's:
# https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#cross-account-delivery-s3
CROSS_ACCOUNT_OBJECT_ACTIONS = [*_OBJECT_ACTIONS, "s3:PutObjectAcl"]


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
    partition: str,
    account_id: str,
    *,
    bucket: str,
    bucket_account_id: str,
    layout: Layout,
    key: KeyUse | None = None,
    old_layout: Layout | None = None,
) -> Document:
    """Lets the Firehose role write below its own account's prefixes of the archive, and to its delivery log.

    Where the archive has a KMS key, the role may use it through S3, for this bucket. `old_layout` is admitted
    besides, while accounts move from it: what Firehose has buffered may still go there.
    """
    cross_account = account_id != bucket_account_id
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    log_group = f"arn:{partition}:logs:*:{account_id}:log-group:{names.DELIVERY_LOG_GROUP}"
    encryption = [_encrypt_the_archive(partition, bucket, key)] if key else []
    return document(
        {"Sid": "FindTheArchive", "Effect": "Allow", "Action": BUCKET_ACTIONS, "Resource": bucket_arn},
        {
            "Sid": "WriteOwnPrefixes",
            "Effect": "Allow",
            "Action": CROSS_ACCOUNT_OBJECT_ACTIONS if cross_account else _OBJECT_ACTIONS,
            "Resource": [f"{bucket_arn}/{pattern}" for pattern in key_patterns(account_id, layout, old_layout)],
        },
        {
            "Sid": "WriteTheDeliveryLog",
            "Effect": "Allow",
            "Action": "logs:PutLogEvents",
            "Resource": f"{log_group}:log-stream:*",
        },
        *encryption,
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
        tls_only("sqs:*", queue),
    )


def key_patterns(account: str, layout: Layout, old_layout: Layout | None) -> list[str]:
    """What covers one account's objects in the layout and in that which it moves from; see `Layout.key_patterns`."""
    patterns = [*layout.key_patterns(account), *(old_layout.key_patterns(account) if old_layout else ())]
    return list(dict.fromkeys(patterns))


def rule_arn(partition: str, account_id: str, region: str) -> str:
    """The ARN of a pipeline's rule on the default bus; made of names, since a role must exist before its rule."""
    return f"arn:{partition}:events:{region}:{account_id}:rule/{names.RULE}"


def _encrypt_the_archive(partition: str, bucket: str, key: KeyUse) -> Statement:
    return {
        "Sid": "EncryptThroughS3",
        "Effect": "Allow",
        "Action": KEY_ACTIONS,
        "Resource": [key.arn, key.old_arn] if key.old_arn else key.arn,
        "Condition": through_s3(partition, bucket, key.region, bucket_key=key.bucket_key),
    }
