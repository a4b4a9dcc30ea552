"""Whether a pipeline is deployed as the settings say: AWS's answers in, what differs out.

Compared are the values themselves, not a version on a tag: a tag tells what was deployed once, and nothing of what
somebody has changed since.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orgtrail import names, policies
from orgtrail.events import event_pattern, rule_state
from orgtrail.settings import Account, Settings
from orgtrail.status.finding import Finding
from orgtrail.words import shown

Answer = Mapping[str, Any]
"""A part of an answer of AWS."""


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


def stream_findings(wanted: Wanted, stream: Answer) -> Iterator[Finding]:
    """What differs in a delivery stream, as `describe_delivery_stream` answers."""
    if stream.get("DeliveryStreamStatus") != "ACTIVE":
        yield Finding("failing", f"the delivery stream is {shown(str(stream.get('DeliveryStreamStatus')))}")
    destination = next((one.get("ExtendedS3DestinationDescription") for one in stream.get("Destinations", [])), None)
    if not destination:
        yield Finding("failing", "the delivery stream has no destination in S3")
        return
    account, archive = wanted.account, wanted.settings.archive
    hints = destination.get("BufferingHints", {})
    pairs: list[tuple[str, Any, tuple[Any, ...]]] = [
        ("bucket", destination.get("BucketARN"), (f"arn:{wanted.settings.partition}:s3:::{archive.bucket}",)),
        ("role", destination.get("RoleARN"), (wanted.role_arn(names.FIREHOSE_ROLE),)),
        ("prefix", destination.get("Prefix"), (archive.layout.prefix(account.account_id, wanted.region),)),
        (
            "error prefix",
            destination.get("ErrorOutputPrefix"),
            (archive.layout.error_prefix(account.account_id, wanted.region),),
        ),
        ("compression", destination.get("CompressionFormat"), (account.compression,)),
        ("buffer in MiB", hints.get("SizeInMBs"), (account.buffering.size_mib,)),
        ("buffer in seconds", hints.get("IntervalInSeconds"), (account.buffering.interval_seconds,)),
        ("own key", destination.get("EncryptionConfiguration", {}).get("KMSEncryptionConfig"), (None,)),
        ("delivery log", destination.get("CloudWatchLoggingOptions", {}).get("Enabled"), (True,)),
    ]
    for what, found, allowed in pairs:
        if found not in allowed:
            yield _differs(f"the delivery stream's {what}", found, allowed[0])
    processing = destination.get("ProcessingConfiguration", {})
    processors = [one.get("Type") for one in processing.get("Processors", [])] if processing.get("Enabled") else []
    if processors != ["AppendDelimiterToRecord"]:
        yield Finding("outdated", "the delivery stream doesn't put each event on a line of its own")


def role_findings(wanted: Wanted, name: str, role: Answer) -> Iterator[Finding]:
    """What differs in who may assume a role, as `get_role` answers."""
    partition, account_id = wanted.settings.partition, wanted.account.account_id
    trust = {
        names.EVENTBRIDGE_ROLE: lambda: policies.eventbridge_trust(partition, account_id),
        names.FIREHOSE_ROLE: lambda: policies.firehose_trust(account_id),
    }[name]()
    if _sorted(role.get("AssumeRolePolicyDocument")) != _sorted(trust):
        yield Finding("outdated", f"who may assume the role {name} is another")


def permission_findings(wanted: Wanted, document: Any) -> Iterator[Finding]:
    """What differs in the policy of EventBridge's role, as `get_role_policy` answers."""
    if _sorted(document) != _sorted(
        policies.eventbridge_permissions(wanted.settings.partition, wanted.account.account_id)
    ):
        yield Finding("outdated", f"the policy of the role {names.EVENTBRIDGE_ROLE} is another")


def _differs(what: str, found: Any, wanted: Any) -> Finding:
    return Finding("outdated", f"{what} is {shown(str(found))}, not {shown(str(wanted))}")


def _sorted(value: Any) -> Any:
    """The value with its lists in one order: AWS keeps none."""
    if isinstance(value, Mapping):
        return {key: _sorted(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_sorted(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    return value
