"""IAM, bucket, queue and key policy documents, as pure functions of what they are about."""

from orgtrail.policies.archive import (
    ARCHIVE_SIDS,
    BUCKET_POLICY_LIMIT,
    CALLING_ACCOUNT,
    archive_bucket,
    archive_key,
    tls_only_bucket,
)
from orgtrail.policies.delivery import (
    dead_letter_queue,
    eventbridge_permissions,
    eventbridge_trust,
    firehose_permissions,
    firehose_trust,
    rule_arn,
)
from orgtrail.policies.document import Document, Statement, document, size
from orgtrail.policies.guards import KeyUse
from orgtrail.policies.trail import account_trails_bucket, organization_trail_bucket, trail_arn

__all__ = [
    "ARCHIVE_SIDS",
    "BUCKET_POLICY_LIMIT",
    "CALLING_ACCOUNT",
    "Document",
    "KeyUse",
    "Statement",
    "account_trails_bucket",
    "archive_bucket",
    "archive_key",
    "dead_letter_queue",
    "document",
    "eventbridge_permissions",
    "eventbridge_trust",
    "firehose_permissions",
    "firehose_trust",
    "organization_trail_bucket",
    "rule_arn",
    "size",
    "tls_only_bucket",
    "trail_arn",
]
