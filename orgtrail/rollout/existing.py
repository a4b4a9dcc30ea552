"""What of a plan's resources exists in AWS already, with the id to import it by and the tags that say whose it is.

The ids are those of the "Import" section in the provider's documentation of each resource, for example
https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/cloudwatch_event_target.html.markdown#import
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from orgtrail.aws import AccountSession

Planned = Mapping[str, Any]
"""The attributes of a resource as a plan has them, without those that only the apply makes known."""

_ABSENT = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchEntity",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)


class Existing(NamedTuple):
    """A resource that exists: its import id, and the tags of it or, where it can have none, of what it belongs to."""

    import_id: str
    tags: Mapping[str, str]


def existing(kind: str, planned: Planned, session: AccountSession, region: str) -> Existing | None:
    """What exists under the name of a planned resource; None where nothing does.

    Raises botocore's errors and WrongAccount where that can't be known.
    """
    try:
        return _LOOKUPS[kind](planned, session, region)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def can_be_looked_up(kind: str) -> bool:
    """Whether resources of this type have a name that AWS gives only once, by which they are found."""
    return kind in _LOOKUPS


def _role(planned: Planned, session: AccountSession, region: str) -> Existing:
    role = session.client("iam", region).get_role(RoleName=planned["name"])["Role"]
    return Existing(role["RoleName"], _listed(role.get("Tags", [])))


def _role_policy(planned: Planned, session: AccountSession, region: str) -> Existing:
    role, name = planned["role"], planned["name"]
    session.client("iam", region).get_role_policy(RoleName=role, PolicyName=name)
    return Existing(f"{role}:{name}", _role({"name": role}, session, region).tags)


def _rule(planned: Planned, session: AccountSession, region: str) -> Existing:
    events = session.client("events", region)
    rule = events.describe_rule(Name=planned["name"])
    return Existing(planned["name"], _listed(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]))


def _target(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    rule, target = planned["rule"], planned["target_id"]
    targets = session.client("events", region).list_targets_by_rule(Rule=rule)["Targets"]
    if target not in [found["Id"] for found in targets]:
        return None
    return Existing(f"{rule}/{target}", _rule({"name": rule}, session, region).tags)


def _delivery_stream(planned: Planned, session: AccountSession, region: str) -> Existing:
    firehose, name = session.client("firehose", region), planned["name"]
    stream = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    tags = firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
    return Existing(stream["DeliveryStreamARN"], _listed(tags))


def _queue(planned: Planned, session: AccountSession, region: str) -> Existing:
    sqs = session.client("sqs", region)
    url = sqs.get_queue_url(QueueName=planned["name"])["QueueUrl"]
    return Existing(url, sqs.list_queue_tags(QueueUrl=url).get("Tags", {}))


def _log_group(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    logs, name = session.client("logs", region), planned["name"]
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    found = next((group for group in groups if group["logGroupName"] == name), None)
    if found is None:
        return None
    # Tags want the ARN without what stands for its streams.
    arn = found["arn"].removesuffix(":*")
    return Existing(name, logs.list_tags_for_resource(resourceArn=arn)["tags"])


def _log_stream(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    group, name = planned["log_group_name"], planned["name"]
    logs = session.client("logs", region)
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)["logStreams"]
    owner = _log_group({"name": group}, session, region)
    if owner is None or name not in [stream["logStreamName"] for stream in streams]:
        return None
    return Existing(f"{group}:{name}", owner.tags)


def _listed(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


_LOOKUPS: Mapping[str, Callable[[Planned, AccountSession, str], Existing | None]] = {
    "aws_cloudwatch_event_rule": _rule,
    "aws_cloudwatch_event_target": _target,
    "aws_cloudwatch_log_group": _log_group,
    "aws_cloudwatch_log_stream": _log_stream,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_kinesis_firehose_delivery_stream": _delivery_stream,
    "aws_sqs_queue": _queue,
}
