"""The role that deploys, its sibling that only plans, and the boundary around the two delivery roles."""

from collections.abc import Sequence

from orgtrail import names
from orgtrail.policies.delivery import BUCKET_ACTIONS, CROSS_ACCOUNT_OBJECT_ACTIONS
from orgtrail.policies.document import Document, Statement, document
from orgtrail.policies.guards import KEY_ACTIONS, through_s3
from orgtrail.policies.resource_kinds import Kind, Place

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: the inline policies of a role together,
# and one managed policy, without spaces.
ROLE_POLICIES_LIMIT = 10_240
MANAGED_POLICY_LIMIT = 6_144


def deploy_permissions(kinds: Sequence[Kind]) -> Document:
    """What looking at, deploying, changing and destroying these kinds of resources takes."""
    return document(*(_statement(kind, (*kind.reads, *kind.looks, *kind.writes)) for kind in kinds))


def plan_permissions(kinds: Sequence[Kind]) -> Document:
    """What planning and looking at them takes: nothing that writes, not even a lock."""
    asked = ((kind, (*kind.reads, *kind.looks)) for kind in kinds)
    return document(*(_statement(kind, actions) for kind, actions in asked if actions))


def deploy_trust(principal: str, external_id: str | None) -> Document:
    """Lets one principal assume the role, who must present the external id if there is one."""
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    return document(
        {
            "Sid": "TheDeployingPrincipal",
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sts:AssumeRole",
            **condition,
        }
    )


def delivery_boundary(place: Place, *, bucket: str, bucket_account_id: str, bucket_region: str) -> Document:
    """The most that an account's two delivery roles may ever do, whatever their own policies come to say.

    Neither layout nor key narrows it: those change with accounts.yaml, and a boundary that lags behind would refuse
    deliveries. Their own policies, and those of bucket and key, do.
    """
    partition, stream = place.partition, place.arn("firehose", f"deliverystream/{names.DELIVERY_STREAM}")
    key = f"arn:{partition}:kms:{bucket_region}:{bucket_account_id}:key/*"
    log = place.arn("logs", f"log-group:{names.DELIVERY_LOG_GROUP}:log-stream:*")
    return document(
        _allowed("PutEventsOnTheDeliveryStreams", ["firehose:PutRecord", "firehose:PutRecordBatch"], stream),
        _allowed("FindTheArchive", BUCKET_ACTIONS, place.s3(bucket)),
        _allowed("WriteToTheArchive", CROSS_ACCOUNT_OBJECT_ACTIONS, place.s3(f"{bucket}/*")),
        _allowed("WriteTheDeliveryLog", ["logs:PutLogEvents"], log),
        {
            **_allowed("EncryptThroughS3", KEY_ACTIONS, key),
            "Condition": through_s3(partition, bucket, bucket_region, bucket_key=False),
        },
    )


def _allowed(sid: str, actions: Sequence[str], resource: str) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": _one_or_list(actions), "Resource": resource}


def _statement(kind: Kind, actions: Sequence[str]) -> Statement:
    statement = {
        "Sid": kind.sid,
        "Effect": "Allow",
        "Action": _one_or_list(sorted(actions)),
        "Resource": _one_or_list(kind.on),
    }
    return {**statement, "Condition": kind.condition} if kind.condition else statement


def _one_or_list(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
