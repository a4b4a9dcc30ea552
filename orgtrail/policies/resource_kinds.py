"""What AWS is asked for each kind of resource that a stack has: one function a kind, and nothing else does.

`reads` are what a plan asks, `writes` what deploying, changing and destroying ask besides: tests/policies holds these
lists against recorded calls of Terraform. `looks` are what preflight, `status` and `verify` ask, and Terraform doesn't.
Buckets are in bucket_kinds.py, trails in trail_kinds.py, alarms in alarm_kinds.py.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from orgtrail import names


class Place(NamedTuple):
    """Where resources are: `account_id` may be `*`, or what a template fills in, and `region` may be `*`."""

    partition: str
    account_id: str = "*"
    region: str = "*"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def iam(self, resource: str) -> str:
        """The ARN of something of IAM, which has no region."""
        return f"arn:{self.partition}:iam::{self.account_id}:{resource}"

    def s3(self, resource: str) -> str:
        """The ARN of a bucket or of objects, which have neither region nor account."""
        return f"arn:{self.partition}:s3:::{resource}"


@dataclass(frozen=True)
class Kind:
    """The actions that one kind of resource takes; `condition` is that of a statement."""

    sid: str
    on: tuple[str, ...]
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    condition: dict[str, Any] = field(default_factory=dict)
    looks: tuple[str, ...] = ()


def delivery_roles(place: Place, boundary: str | None) -> list[Kind]:
    """The two roles of an account; with a boundary (its ARN), neither exists or changes without it.

    UpdateAssumeRolePolicy is missing: no condition can say whom a role may come to trust.
    """
    roles = tuple(place.iam(f"role/{name}") for name in (names.EVENTBRIDGE_ROLE, names.FIREHOSE_ROLE))
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    set_boundary = ("iam:PutRolePermissionsBoundary",) if boundary else ()
    return [
        Kind(
            "DeliveryRoles",
            roles,
            ("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
            ("iam:DeleteRole", "iam:ListInstanceProfilesForRole", "iam:TagRole", "iam:UntagRole"),
        ),
        Kind(
            "WhatDeliveryRolesMayDo",
            roles,
            writes=("iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy", *set_boundary),
            condition=bounded,
        ),
        _pass_role("HandTheRoleToEventBridge", roles[0], "events.amazonaws.com"),
        _pass_role("HandTheRoleToFirehose", roles[1], "firehose.amazonaws.com"),
    ]


def _pass_role(sid: str, role: str, service: str) -> Kind:
    condition = {"StringEquals": {"iam:PassedToService": service}}
    return Kind(sid, (role,), writes=("iam:PassRole",), condition=condition)


def rules(place: Place) -> list[Kind]:
    """The rules of the pipelines, with their targets."""
    return [
        Kind(
            "Rules",
            (place.arn("events", f"rule/{names.RULE}"),),
            ("events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"),
            (
                "events:DeleteRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
                "events:TagResource",
                "events:UntagResource",
            ),
        )
    ]


def delivery_streams(place: Place) -> list[Kind]:
    """The Firehose streams."""
    return [
        Kind(
            "DeliveryStreams",
            (place.arn("firehose", f"deliverystream/{names.DELIVERY_STREAM}"),),
            ("firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream"),
            (
                "firehose:CreateDeliveryStream",
                "firehose:DeleteDeliveryStream",
                "firehose:StartDeliveryStreamEncryption",
                "firehose:TagDeliveryStream",
                "firehose:UntagDeliveryStream",
                "firehose:UpdateDestination",
            ),
        )
    ]


def dead_letter_queues(place: Place) -> list[Kind]:
    """The dead-letter queues."""
    return [
        Kind(
            "DeadLetterQueues",
            (place.arn("sqs", names.DEAD_LETTER_QUEUE),),
            ("sqs:GetQueueAttributes", "sqs:ListQueueTags"),
            ("sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"),
            looks=("sqs:GetQueueUrl",),
        )
    ]


def redriven_letters(place: Place) -> list[Kind]:
    """What `redrive` does with dead letters, which Terraform never does."""
    return [
        Kind(
            "TakeDeadLetters",
            (place.arn("sqs", names.DEAD_LETTER_QUEUE),),
            writes=("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"),
        ),
        Kind(
            "PutThemOnTheStreams",
            (place.arn("firehose", f"deliverystream/{names.DELIVERY_STREAM}"),),
            writes=("firehose:PutRecordBatch",),
        ),
    ]


def delivery_logs(place: Place) -> list[Kind]:
    """The delivery logs. A log group is looked for among all."""
    group = place.arn("logs", f"log-group:{names.DELIVERY_LOG_GROUP}")
    return [
        Kind(
            "DeliveryLogs",
            (group, f"{group}:*"),
            ("logs:DescribeLogStreams", "logs:ListTagsForResource"),
            (
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DeleteLogGroup",
                "logs:DeleteLogStream",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
            ),
            looks=("logs:GetLogEvents",),
        ),
        Kind("FindTheDeliveryLog", ("*",), ("logs:DescribeLogGroups",)),
    ]


def account_looks() -> list[Kind]:
    """What preflight, `status` and `verify` ask of an account that isn't about a resource of ours: regions, trails,
    histories, quotas.

    An organization's trail is another account's, so trails aren't named.
    """
    return [
        Kind(
            "LookForTrouble",
            ("*",),
            looks=(
                "account:GetRegionOptStatus",
                "cloudtrail:DescribeTrails",
                "cloudtrail:GetEventSelectors",
                "cloudtrail:GetTrailStatus",
                "cloudtrail:LookupEvents",
                "cloudwatch:GetMetricData",
                "events:ListRules",
                "firehose:ListDeliveryStreams",
                "iam:GetAccountSummary",
                "organizations:DescribeOrganization",
                "servicequotas:GetAWSDefaultServiceQuota",
                "servicequotas:GetServiceQuota",
            ),
        )
    ]


def looked_at_key_kinds(keys: tuple[str, ...]) -> list[Kind]:
    """Keys that others manage."""
    return [Kind("LookAtKeys", keys, looks=("kms:DescribeKey", "kms:GetKeyPolicy"))] if keys else []


def archive_key_kinds(place: Place) -> list[Kind]:
    """The key that Orgtrail makes, which Terraform never destroys. Its id isn't known before."""
    alias = place.arn("kms", names.ARCHIVE_KEY_ALIAS)
    return [
        Kind("MakeTheKey", ("*",), ("kms:ListAliases",), ("kms:CreateKey",)),
        Kind(
            "TheKey",
            (place.arn("kms", "key/*"),),
            ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"),
            ("kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:TagResource", "kms:UntagResource"),
        ),
        Kind("NameTheKey", (place.arn("kms", "key/*"), alias), writes=("kms:CreateAlias",)),
    ]


def catalog_kinds(place: Place, database: str) -> list[Kind]:
    """Glue's database and tables, and Athena's workgroup with the saved queries."""
    everything = ("catalog", f"database/{database}", f"table/{database}/*")
    return [
        Kind(
            "Tables",
            tuple(place.arn("glue", one) for one in everything),
            ("glue:GetDatabase", "glue:GetPartitionIndexes", "glue:GetTable", "glue:GetTags"),
            (
                "glue:CreateDatabase",
                "glue:CreateTable",
                "glue:DeleteDatabase",
                "glue:DeleteTable",
                "glue:TagResource",
                "glue:UntagResource",
                "glue:UpdateDatabase",
                "glue:UpdateTable",
            ),
        ),
        Kind(
            "Queries",
            (place.arn("athena", f"workgroup/{names.WORKGROUP}"),),
            ("athena:GetNamedQuery", "athena:GetWorkGroup", "athena:ListTagsForResource"),
            (
                "athena:CreateNamedQuery",
                "athena:CreateWorkGroup",
                "athena:DeleteNamedQuery",
                "athena:DeleteWorkGroup",
                "athena:TagResource",
                "athena:UntagResource",
                "athena:UpdateWorkGroup",
            ),
        ),
    ]


def state_kinds(place: Place, bucket: str, prefix: str, key: str | None) -> list[Kind]:
    """The states in a bucket, below what their keys begin with. Only a lock is ever deleted, never a state."""
    # A key by its id or alias isn't an ARN, and one by its alias' ARN isn't what IAM compares with.
    keys = key if key and ":key/" in key else place.arn("kms", "key/*")
    encryption = [Kind("EncryptStates", (keys,), ("kms:Decrypt",), ("kms:GenerateDataKey",))] if key else []
    return [
        Kind("FindStates", (place.s3(bucket),), ("s3:ListBucket",), looks=("s3:GetBucketLocation",)),
        Kind("States", (place.s3(f"{bucket}/{prefix}*"),), ("s3:GetObject",), ("s3:PutObject",)),
        Kind("LetGoOfLocks", (place.s3(f"{bucket}/{prefix}*.tflock"),), writes=("s3:DeleteObject",)),
        *encryption,
    ]
