"""IAM, bucket, queue and key policy documents, as pure functions of what they are about."""

from orgtrail.policies.archive import (
    ARCHIVE_SIDS,
    BUCKET_POLICY_LIMIT,
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
from orgtrail.policies.deployment import (
    MANAGED_POLICY_LIMIT,
    ROLE_POLICIES_LIMIT,
    delivery_boundary,
    deploy_permissions,
    deploy_trust,
    plan_permissions,
)
from orgtrail.policies.document import Document, Statement, document, size
from orgtrail.policies.guards import KeyUse
from orgtrail.policies.readers import CALLING_ACCOUNT, PERMISSION_SET_ROLE, READER_SIDS, Readers, reader_permissions
from orgtrail.policies.resource_kinds import Kind, Place
from orgtrail.policies.tampering import SERVICE_CONTROL_POLICY_LIMIT, GuardedArchive, tamper_guard
from orgtrail.policies.trail import account_trails_bucket, organization_trail_bucket, trail_arn

__all__ = [
    "ARCHIVE_SIDS",
    "BUCKET_POLICY_LIMIT",
    "CALLING_ACCOUNT",
    "MANAGED_POLICY_LIMIT",
    "PERMISSION_SET_ROLE",
    "READER_SIDS",
    "ROLE_POLICIES_LIMIT",
    "SERVICE_CONTROL_POLICY_LIMIT",
    "Document",
    "GuardedArchive",
    "KeyUse",
    "Kind",
    "Place",
    "Readers",
    "Statement",
    "account_trails_bucket",
    "archive_bucket",
    "archive_key",
    "dead_letter_queue",
    "delivery_boundary",
    "deploy_permissions",
    "deploy_trust",
    "document",
    "eventbridge_permissions",
    "eventbridge_trust",
    "firehose_permissions",
    "firehose_trust",
    "organization_trail_bucket",
    "plan_permissions",
    "reader_permissions",
    "rule_arn",
    "size",
    "tamper_guard",
    "tls_only_bucket",
    "trail_arn",
]
