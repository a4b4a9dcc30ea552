"""What EventBridge would do with an event: moto keeps rules and targets, and calls none of this kind of target.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

import json
from typing import Any, cast

from moto.events.models import EventPattern

from orgtrail.aws import AccountSession
from orgtrail.events import admits, is_read_only
from orgtrail.rehearsal.emulation.deployed_role import DeployedRole, NotAssumable

Event = dict[str, Any]
Rule = dict[str, Any]
Target = dict[str, Any]

_RECORD_LIMIT_BYTES = 1_024_000  # https://docs.aws.amazon.com/firehose/latest/APIReference/API_Record.html


class Undeliverable(Exception):
    """EventBridge can't hand an event to a target; `code` is one of those that it writes on dead letters."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class EventBus:
    """The default bus of one account and region, with the rules and targets that are deployed there."""

    def __init__(self, session: AccountSession, region: str) -> None:
        self._firehose = session.client("firehose", region)
        self._iam = session.client("iam")
        self._sqs = session.client("sqs", region)
        events = session.client("events", region)
        pages = events.get_paginator("list_rules").paginate()
        rules = [rule for page in pages for rule in page["Rules"]]
        self._targets = [
            (rule, target) for rule in rules for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        ]

    def targets_of(self, event: Event) -> list[tuple[Rule, Target]]:
        """The targets of every rule that takes an event."""
        return [(rule, target) for rule, target in self._targets if takes(rule, event)]

    def stream_for(self, target: Target, event: Event) -> str:
        """The name of the delivery stream that gets an event. Raises Undeliverable, as EventBridge would fail."""
        arn = target["Arn"]
        try:
            role = DeployedRole(self._iam, target.get("RoleArn", "no role"), "events.amazonaws.com")
        except NotAssumable as error:
            raise Undeliverable("FAILED_TO_ASSUME_ROLE", str(error)) from error
        if not all(role.may(action, arn) for action in ("firehose:PutRecord", "firehose:PutRecordBatch")):
            raise Undeliverable("NO_PERMISSIONS", f"{target['RoleArn']} may not put records on {arn}")
        name: str = arn.rpartition("/")[2]
        try:
            self._firehose.describe_delivery_stream(DeliveryStreamName=name)
        except self._firehose.exceptions.ResourceNotFoundException as error:
            raise Undeliverable("NO_RESOURCE", f"{arn} doesn't exist") from error
        if len(json.dumps(event).encode()) > _RECORD_LIMIT_BYTES:
            raise Undeliverable("SDK_CLIENT_ERROR", f"the event is larger than {_RECORD_LIMIT_BYTES} bytes")
        return name

    def send_to_dlq(self, rule: Rule, target: Target, event: Event, reason: Undeliverable) -> str | None:
        """Send an event to the target's dead-letter queue and return the queue's ARN; None: it has none, all is lost.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        """
        arn: str | None = target.get("DeadLetterConfig", {}).get("Arn")
        if arn is None:
            return None
        attributes = {
            "RULE_ARN": rule["Arn"],
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": reason.code,
            "ERROR_MESSAGE": reason.message,
        }
        self._sqs.send_message(
            QueueUrl=self._sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"],
            MessageBody=json.dumps(event, separators=(",", ":")),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
        return arn


def takes(rule: Rule, event: Event) -> bool:
    """Whether a rule, as EventBridge's API describes it, takes an event."""
    if not admits(rule["State"], read_only=is_read_only(event)):
        return False
    # Whatever pattern is deployed: moto knows more of the pattern language than Orgtrail's own rules need.
    return EventPattern.load(rule["EventPattern"]).matches_event(cast(Any, event))
