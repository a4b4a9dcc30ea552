"""What EventBridge and Firehose would do with an event: moto has both services, and nothing between them.

Everything here is read back from the deployed rule, target and delivery stream, so that what arrives (or doesn't)
is the doing of the configuration that was deployed.
"""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from moto.events.models import EventPattern

from orgtrail import firehose_prefix
from orgtrail.aws import AccountSession
from orgtrail.events import READ_ONLY_TOO

Event = dict[str, Any]


class NotDelivered(Exception):
    """No deployed rule takes the event, or what takes it can't hand it on; the text says which."""


@dataclass(frozen=True)
class Delivered:
    """An object that an event became in the archive."""

    bucket: str
    key: str
    body: bytes

    @property
    def text(self) -> str:
        """What a reader of the object gets, decompressed."""
        return (gzip.decompress(self.body) if self.key.endswith(".gz") else self.body).decode()


class Delivery:
    """One account's event bus in one region, and what hangs from it."""

    def __init__(self, session: AccountSession, account_id: str, region: str) -> None:
        self._session = session
        self._account_id = account_id
        self._region = region
        self._events = session.client("events", region)
        self._firehose = session.client("firehose", region)

    def deliver(self, event: Event) -> list[Delivered]:
        """Put an event on the default bus, and return the objects that it became. Raises NotDelivered."""
        rules = [rule for rule in self._rules() if takes(rule, event)]
        if not rules:
            raise NotDelivered(f"no rule in {self._account_id} {self._region} takes {describe(event)}")
        return [self._send(target, event) for rule in rules for target in self._targets(rule)]

    def _rules(self) -> list[dict[str, Any]]:
        pages = self._events.get_paginator("list_rules").paginate()
        return [rule for page in pages for rule in page["Rules"]]

    def _targets(self, rule: dict[str, Any]) -> list[dict[str, Any]]:
        targets: list[dict[str, Any]] = self._events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        if not targets:
            raise NotDelivered(f"the rule {rule['Name']} has no target")
        return targets

    def _send(self, target: dict[str, Any], event: Event) -> Delivered:
        if "RoleArn" not in target:
            raise NotDelivered(f"the target {target['Arn']} has no role, so EventBridge may not call it")
        name = target["Arn"].rpartition("/")[2]
        description = self._firehose.describe_delivery_stream(DeliveryStreamName=name)
        return self._write(description["DeliveryStreamDescription"], event)

    def _write(self, stream: dict[str, Any], event: Event) -> Delivered:
        destination = stream["Destinations"][0]["ExtendedS3DestinationDescription"]
        name, now = stream["DeliveryStreamName"], datetime.now(UTC)
        compressed = destination.get("CompressionFormat") == "GZIP"
        body = json.dumps(event, separators=(",", ":")).encode() + _delimiter(destination)
        body = gzip.compress(body) if compressed else body
        prefix = firehose_prefix.evaluate(destination["Prefix"], now)
        object_name = f"{name}-{stream['VersionId']}-{now:%Y-%m-%d-%H-%M-%S}-{uuid4()}"
        key = prefix + object_name + (".gz" if compressed else "")
        bucket = destination["BucketARN"].rpartition(":")[2]
        # The role's external id is the guard of its trust policy: the id of the account that Firehose works for.
        s3 = self._session.client_as(destination["RoleARN"], self._account_id, "s3")
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        return Delivered(bucket, key, body)


def takes(rule: dict[str, Any], event: Event) -> bool:
    """Whether a rule, as EventBridge's API describes it, takes an event.

    Read-only management events reach only rules in a state of their own:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    if rule.get("State") == "DISABLED":
        return False
    if event["detail"].get("readOnly") and rule.get("State") != READ_ONLY_TOO:
        return False
    return EventPattern.load(rule["EventPattern"]).matches_event(cast(Any, event))


def describe(event: Event) -> str:
    """An event in a few words: `aws.iam CreateAccessKey`."""
    return f"{event['source']} {event['detail'].get('eventName', event['detail-type'])}"


def _delimiter(destination: dict[str, Any]) -> bytes:
    processing = destination.get("ProcessingConfiguration", {})
    processors = processing.get("Processors", []) if processing.get("Enabled") else []
    return b"\n" if any(processor["Type"] == "AppendDelimiterToRecord" for processor in processors) else b""
