"""Whether a pipeline is deployed as the settings say: AWS's answers in, what differs out.

Compared are the values themselves, and the version that a tag tells. The tag tells what was deployed once, also where
no value is asked for, and nothing of what somebody has changed since; the values do.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orgtrail import names, policies
from orgtrail.archive.policy import delivery_permissions
from orgtrail.events import event_pattern, rule_state
from orgtrail.settings import Account, Settings
from orgtrail.status.finding import Finding
from orgtrail.words import shown, some

Answer = Mapping[str, Any]
"""A part of an answer of AWS."""
QUEUE_ATTRIBUTES = ("Policy", "KmsMasterKeyId", "MessageRetentionPeriod")

_CHANGING_EVENTS = ("Input", "InputPath", "InputTransformer")
_KEY_OF_FIREHOSE = "AWS_OWNED_CMK"
_NEWLINES = ("\n", r"\n")


@dataclass(frozen=True)
class Wanted:
    """A pipeline as the accounts file stands for it."""

    settings: Settings
    account: Account
    region: str

    @property
    def stream_arn(self) -> str:
        """The ARN of its delivery stream."""
        return self._arn("firehose", f"deliverystream/{names.DELIVERY_STREAM}")

    @property
    def queue_arn(self) -> str:
        """The ARN of its dead-letter queue."""
        return self._arn("sqs", names.DEAD_LETTER_QUEUE)

    def role_arn(self, name: str) -> str:
        """The ARN of one of the account's two roles."""
        return f"arn:{self.settings.partition}:iam::{self.account.account_id}:role/{name}"

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.settings.partition}:{service}:{self.region}:{self.account.account_id}:{resource}"


def rule_findings(wanted: Wanted, rule: Answer) -> Iterator[Finding]:
    """What differs in a rule, as `describe_rule` answers."""
    state = rule_state(wanted.account.events)
    if rule.get("State") == "DISABLED":
        yield Finding("failing", "the rule is disabled")
    elif rule.get("State") != state:
        yield _differs("the rule's state", rule.get("State"), state)
    if _sorted(json.loads(rule.get("EventPattern") or "{}")) != _sorted(
        event_pattern(wanted.account.events, wanted.region)
    ):
        yield Finding("outdated", f"the rule's pattern is another: {shown(rule.get('EventPattern') or '')}")


def target_findings(wanted: Wanted, targets: Sequence[Answer]) -> Iterator[Finding]:
    """What differs in the target of the rule, as `list_targets_by_rule` answers."""
    target = next((one for one in targets if one["Id"] == names.TARGET), None)
    if target is None:
        yield Finding("failing", "the rule has no target: nothing takes its events")
        return
    if target.get("Arn") != wanted.stream_arn:
        yield Finding("failing", f"the target isn't the delivery stream, but {shown(str(target.get('Arn')))}")
    if not target.get("RoleArn"):
        yield Finding("failing", "the target has no role")
    elif target["RoleArn"] != wanted.role_arn(names.EVENTBRIDGE_ROLE):
        yield _differs("the target's role", target["RoleArn"], wanted.role_arn(names.EVENTBRIDGE_ROLE))
    if (queue := target.get("DeadLetterConfig", {}).get("Arn")) != wanted.queue_arn:
        yield _differs("the target's dead-letter queue", queue, wanted.queue_arn)
    if changing := [name for name in _CHANGING_EVENTS if target.get(name)]:
        yield Finding("failing", f"the target hands over something else than the event ({some(changing)})")


def queue_findings(wanted: Wanted, attributes: Mapping[str, str]) -> Iterator[Finding]:
    """What differs in who may send to the dead-letter queue, as `get_queue_attributes` answers."""
    policy = policies.dead_letter_queue(wanted.settings.partition, wanted.account.account_id, wanted.region)
    if _sorted(json.loads(attributes.get("Policy") or "{}")) != _sorted(policy):
        yield Finding("outdated", "the policy of the dead-letter queue is another")
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html: with a KMS key, its policy must let
    # EventBridge use it, which that of alias/aws/sqs doesn't.
    if key := attributes.get("KmsMasterKeyId"):
        yield Finding(
            "outdated", f"the dead-letter queue's key is {shown(key)}, not SQS's own: EventBridge may be refused"
        )
    kept, most = attributes.get("MessageRetentionPeriod", "unknown"), names.DEAD_LETTERS_KEPT_SECONDS
    if kept != str(most):
        yield Finding("outdated", f"the dead-letter queue keeps a letter for {kept} seconds, not for {most}")


def stream_findings(wanted: Wanted, stream: Answer) -> Iterator[Finding]:
    """What differs in a delivery stream, as `describe_delivery_stream` answers."""
    if stream.get("DeliveryStreamStatus") != "ACTIVE":
        yield Finding("failing", f"the delivery stream is {shown(str(stream.get('DeliveryStreamStatus')))}")
    destination = next((one.get("ExtendedS3DestinationDescription") for one in stream.get("Destinations", [])), None)
    if not destination:
        yield Finding("failing", "the delivery stream has no destination in S3")
        return
    for what, found, allowed in (*_of_deliveries(wanted, destination), *_of_all_streams(stream, destination)):
        if found not in allowed:
            yield _differs(f"the delivery stream's {what}", found, allowed[0])
    processing = destination.get("ProcessingConfiguration", {})
    processors = processing.get("Processors", []) if processing.get("Enabled") else []
    if not _ends_lines(processors):
        yield Finding("outdated", "the delivery stream doesn't put each event on a line of its own")


def _ends_lines(processors: Sequence[Answer]) -> bool:
    """Whether a newline behind each record is all that is done to it."""
    if [one.get("Type") for one in processors] != ["AppendDelimiterToRecord"]:
        return False
    # A newline is the default: https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
    parameters = processors[0].get("Parameters") or []
    return all(one.get("ParameterValue") in _NEWLINES for one in parameters if one["ParameterName"] == "Delimiter")


_Compared = tuple[str, Any, tuple[Any, ...]]
"""What is compared, what was found, and what may be."""


def _of_deliveries(wanted: Wanted, destination: Answer) -> Iterator[_Compared]:
    """Where the stream delivers to, and how."""
    account, archive = wanted.account, wanted.settings.archive
    hints, place = destination.get("BufferingHints", {}), (account.account_id, wanted.region)
    yield "bucket", destination.get("BucketARN"), (f"arn:{wanted.settings.partition}:s3:::{archive.bucket}",)
    yield "role", destination.get("RoleARN"), (wanted.role_arn(names.FIREHOSE_ROLE),)
    yield "prefix", destination.get("Prefix"), (archive.layout.prefix(*place),)
    yield "error prefix", destination.get("ErrorOutputPrefix"), (archive.layout.error_prefix(*place),)
    yield "compression", destination.get("CompressionFormat"), (account.compression,)
    yield "buffer in MiB", hints.get("SizeInMBs"), (account.buffering.size_mib,)
    yield "buffer in seconds", hints.get("IntervalInSeconds"), (account.buffering.interval_seconds,)


def _of_all_streams(stream: Answer, destination: Answer) -> Iterator[_Compared]:
    """What no setting changes."""
    log = destination.get("CloudWatchLoggingOptions", {})
    yield "delivery log", log.get("Enabled"), (True,)
    if log.get("Enabled"):
        yield "log group", log.get("LogGroupName"), (names.DELIVERY_LOG_GROUP,)
        yield "log stream", log.get("LogStreamName"), (names.DELIVERY_LOG_STREAM,)
    yield "own key", destination.get("EncryptionConfiguration", {}).get("KMSEncryptionConfig"), (None,)
    encryption = stream.get("DeliveryStreamEncryptionConfiguration", {})
    yield "encryption", encryption.get("KeyType"), (_KEY_OF_FIREHOSE, None)
    yield "time zone", destination.get("CustomTimeZone"), ("UTC", None, "")
    # By its name's end, Athena decides how an object is compressed.
    yield "file extension", destination.get("FileExtension"), (None, "")
    for what, name in (("conversion", "DataFormatConversion"), ("partitioning", "DynamicPartitioning")):
        yield what, destination.get(f"{name}Configuration", {}).get("Enabled"), (False, None)


def role_findings(wanted: Wanted, name: str, role: Answer) -> Iterator[Finding]:
    """What differs in who may assume a role, and in its boundary, as `get_role` answers."""
    partition, account_id = wanted.settings.partition, wanted.account.account_id
    trust = {
        names.EVENTBRIDGE_ROLE: lambda: policies.eventbridge_trust(partition, account_id),
        names.FIREHOSE_ROLE: lambda: policies.firehose_trust(account_id),
    }[name]()
    if _sorted(role.get("AssumeRolePolicyDocument")) != _sorted(trust):
        yield Finding("outdated", f"who may assume the role {name} is another")
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    if boundary != wanted.account.permissions_boundary:
        yield _differs(f"the permissions boundary of the role {name}", boundary, wanted.account.permissions_boundary)


def permission_findings(wanted: Wanted, name: str, document: Any) -> Iterator[Finding]:
    """What differs in the policy of a role, as `get_role_policy` answers."""
    partition, account_id = wanted.settings.partition, wanted.account.account_id
    permissions = {
        names.EVENTBRIDGE_ROLE: lambda: policies.eventbridge_permissions(partition, account_id),
        names.FIREHOSE_ROLE: lambda: delivery_permissions(wanted.settings, account_id),
    }[name]()
    if _sorted(document) != _sorted(permissions):
        yield Finding("outdated", f"the policy of the role {name} is another")


def other_policies_findings(name: str, own: str, found: Iterable[str]) -> Iterator[Finding]:
    """Whether a role has policies besides its own: Terraform doesn't see them, and one that denies cuts it off."""
    if others := sorted({*found} - {own}):
        named = some([shown(one) for one in others], 2)
        yield Finding(
            "outdated",
            f"the role {name} has policies of others, which may deny it what it does: {named}; no deploy removes them",
        )


def version_findings(roles: Iterable[Answer]) -> Iterator[Finding]:
    """Whether an account's stack is of another version than this Orgtrail's, by the tags of its roles: told once."""
    tags = ({tag["Key"]: tag["Value"] for tag in role.get("Tags", [])} for role in roles)
    found = (one.get(names.STACK_VERSION_TAG) for one in tags)
    others = [one for one in found if one != str(names.STACK_VERSION)]
    if others:
        told = "of a time before versions" if others[0] is None else f"version {shown(others[0])}"
        text = f"what is deployed is {told}: this Orgtrail makes version {names.STACK_VERSION} of the account's stack"
        yield Finding("outdated", text)


def _differs(what: str, found: Any, wanted: Any) -> Finding:
    return Finding("outdated", f"{what} is {shown(str(found))}, not {shown(str(wanted))}")


def _sorted(value: Any) -> Any:
    """The value with its lists in one order: AWS keeps none."""
    if isinstance(value, Mapping):
        return {key: _sorted(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_sorted(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    return value
