"""Looks in AWS for what the stack of an account makes: roles, and the parts of its pipelines."""

from collections.abc import Mapping

from orgtrail.aws import AccountSession
from orgtrail.rollout.lookup import Existing, Lookup, Planned, listed


def _role(planned: Planned, session: AccountSession, region: str) -> Existing:
    role = session.client("iam", region).get_role(RoleName=planned["name"])["Role"]
    return Existing(role["RoleName"], listed(role.get("Tags", [])))


def _role_policy(planned: Planned, session: AccountSession, region: str) -> Existing:
    role, name = planned["role"], planned["name"]
    session.client("iam", region).get_role_policy(RoleName=role, PolicyName=name)
    return Existing(f"{role}:{name}", _role({"name": role}, session, region).tags)


def _rule(planned: Planned, session: AccountSession, region: str) -> Existing:
    events = session.client("events", region)
    rule = events.describe_rule(Name=planned["name"])
    return Existing(planned["name"], listed(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]))


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
    return Existing(stream["DeliveryStreamARN"], listed(tags))


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
    # The tagging API takes the ARN without the suffix for its streams.
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


def _alarm(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    cloudwatch, name = session.client("cloudwatch", region), planned["alarm_name"]
    found = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if not found:
        return None
    tags = cloudwatch.list_tags_for_resource(ResourceARN=found[0]["AlarmArn"])["Tags"]
    return Existing(name, listed(tags))


LOOKUPS: Mapping[str, Lookup] = {
    "aws_cloudwatch_event_rule": _rule,
    "aws_cloudwatch_event_target": _target,
    "aws_cloudwatch_log_group": _log_group,
    "aws_cloudwatch_log_stream": _log_stream,
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_kinesis_firehose_delivery_stream": _delivery_stream,
    "aws_sqs_queue": _queue,
}
