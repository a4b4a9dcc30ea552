"""A service control policy: only the deploy role changes what Orgtrail made, whatever an account's own policies allow.

It can't bind the organization's management account, nor service-linked roles:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
"""

from collections.abc import Sequence
from typing import NamedTuple

from orgtrail import names
from orgtrail.policies.document import Document, Statement, document
from orgtrail.policies.resource_kinds import Place

# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
SERVICE_CONTROL_POLICY_LIMIT = 5_120

_WRITES_OF_IAM = ["iam:Attach*", "iam:Create*", "iam:Delete*", "iam:Detach*", "iam:Put*", "iam:*Tag*", "iam:Update*"]
# Reads, and what operators do with dead letters, aren't among these.
_WRITES_OF_PIPELINES = [
    "events:Delete*",
    "events:Disable*",
    "events:Enable*",
    "events:Put*",
    "events:Remove*",
    "events:*agResource",
    "firehose:Create*",
    "firehose:Delete*",
    "firehose:St*DeliveryStreamEncryption",
    "firehose:*agDeliveryStream",
    "firehose:Update*",
    "sqs:AddPermission",
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sqs:PurgeQueue",
    "sqs:RemovePermission",
    "sqs:SetQueueAttributes",
    "sqs:*agQueue",
    "logs:Create*",
    "logs:Delete*",
    "logs:*Put*Polic*",
    "logs:*agResource",
    "cloudwatch:*AlarmActions",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:SetAlarmState",
    "cloudwatch:*agResource",
]
_WRITES_OF_BUCKETS = ["s3:DeleteBucket*", "s3:PutBucket*", "s3:Put*Configuration", "s3:*agResource"]
_DELETIONS = ["s3:BypassGovernanceRetention", "s3:DeleteObject*", "s3:PutObjectRetention"]
# Patterns such as `*Trail` and `*Tags` would keep people from looking; nobody need be kept from switching a trail on.
_WRITES_OF_TRAILS = [
    "cloudtrail:AddTags",
    "cloudtrail:CreateTrail",
    "cloudtrail:DeleteTrail",
    "cloudtrail:Put*",
    "cloudtrail:RemoveTags",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
]
_WRITES_OF_KEYS = ["kms:Disable*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DeleteAlias", "kms:UpdateAlias"]
_WRITES_OF_CATALOG = [
    "glue:Create*",
    "glue:Delete*",
    "glue:Update*",
    "athena:CreateWorkGroup",
    "athena:DeleteWorkGroup",
    "athena:UpdateWorkGroup",
]


class GuardedArchive(NamedTuple):
    """What the archive's stack made, if anything; `database` None: no catalog. `break_glass_role`: its ARN."""

    place: Place
    bucket: str
    has_key: bool
    database: str | None
    break_glass_role: str | None

    @property
    def buckets(self) -> tuple[str, ...]:
        """Its bucket, and with a catalog that of the results."""
        return (self.bucket, names.results_bucket(self.bucket)) if self.database else (self.bucket,)


def tamper_guard(
    place: Place,
    *,
    deploy_roles: Sequence[str],
    role_managers: Sequence[str],
    guarded_roles: Sequence[str],
    archive: GuardedArchive | None,
    trail_bucket: str | None = None,
    redrive: bool = False,
) -> Document:
    """Refuses changes of what Orgtrail made to all but the `deploy_roles`, and of these to all but `role_managers`.

    All three are patterns of ARNs; `guarded_roles` are those that only the managers change. `trail_bucket` is that
    of Orgtrail's trails, if it makes any. With `redrive`, the deploy roles may put records on the streams, too.
    """
    eventbridge, firehose = (place.iam(f"role/{name}") for name in (names.EVENTBRIDGE_ROLE, names.FIREHOSE_ROLE))
    log = place.arn("logs", f"log-group:{names.DELIVERY_LOG_GROUP}*")
    stream = place.arn("firehose", f"deliverystream/{names.DELIVERY_STREAM}")
    pipeline = [
        place.arn("events", f"rule/{names.RULE}"),
        stream,
        place.arn("sqs", names.DEAD_LETTER_QUEUE),
        log,
        place.arn("cloudwatch", f"alarm:{names.ALARMS}"),
    ]
    custodians = [archive.break_glass_role] if archive and archive.break_glass_role else deploy_roles
    buckets = [place.s3(one) for one in (*(archive.buckets if archive else ()), trail_bucket) if one]
    return document(
        _only("Pipelines", deploy_roles, _WRITES_OF_PIPELINES, pipeline),
        _only("DeliveryRoles", deploy_roles, _WRITES_OF_IAM, [eventbridge, firehose]),
        _only("Events", [eventbridge, *(deploy_roles if redrive else ())], ["firehose:PutRecord*"], [stream]),
        _only("DeployRoles", role_managers, _WRITES_OF_IAM, [*guarded_roles, *role_managers]),
        *([_only("Buckets", [*deploy_roles, *custodians], _WRITES_OF_BUCKETS, buckets)] if buckets else ()),
        *(_archive(archive, deploy_roles, custodians, firehose) if archive else ()),
        *(_trails(place, trail_bucket, deploy_roles, custodians) if trail_bucket else ()),
    )


def _archive(
    archive: GuardedArchive, deploy_roles: Sequence[str], custodians: Sequence[str], firehose: str
) -> list[Statement]:
    place, bucket = archive.place, archive.place.s3(archive.bucket)
    found = [
        _only("Archived", custodians, _DELETIONS, [f"{bucket}/*"]),
        _only("Arriving", [firehose], ["s3:PutObject", "s3:PutObjectAcl"], [f"{bucket}/*"]),
    ]
    if archive.has_key:
        keys = [place.arn("kms", "key/*")]
        # A key's own ARN isn't known before it is made.
        named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.ARCHIVE_KEY_ALIAS}}
        key = _only("Key", [*deploy_roles, *custodians], _WRITES_OF_KEYS, keys)
        found.append({**key, "Condition": {**key["Condition"], **named}})
    if archive.database:
        tables = [place.arn("glue", f"{one}/{archive.database}{rest}") for one, rest in _CATALOG_RESOURCES]
        workgroup = place.arn("athena", f"workgroup/{names.WORKGROUP}")
        found.append(_only("Catalog", deploy_roles, _WRITES_OF_CATALOG, [*tables, workgroup]))
    return found


def _trails(place: Place, name: str, deploy_roles: Sequence[str], custodians: Sequence[str]) -> list[Statement]:
    """In any account: an organization's trail is in the management account, which isn't bound, and so the statement is
    for who changes it from another one, as a delegated administrator of CloudTrail.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
    """
    return [
        _only("Trail", deploy_roles, _WRITES_OF_TRAILS, [place.arn("cloudtrail", f"trail/{names.TRAIL}")]),
        # CloudTrail writes as a service, which isn't bound either.
        _only("TrailFiles", custodians, ["s3:DeleteObject*", "s3:PutObject*"], [place.s3(f"{name}/*")]),
    ]


_CATALOG_RESOURCES = (("database", ""), ("table", "/*"))


def _only(sid: str, who: Sequence[str], actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Action": list(actions),
        "Resource": list(resources),
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": list(dict.fromkeys(who))}},
    }
