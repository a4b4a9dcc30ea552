"""Dead letters as EventBridge writes them, and a queue and a stream in memory that do as AWS documents."""

import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from orgtrail import names
from orgtrail.rehearsal.emulation.sample_events import sample_event
from tests.builders import ACCOUNT_ID

REGION = "us-east-1"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{names.RULE}"
STREAM = f"arn:aws:firehose:{REGION}:{ACCOUNT_ID}:deliverystream/{names.DELIVERY_STREAM}"


def an_event(name="CreateUser", **changed):
    """An event of IAM, as EventBridge hands it over."""
    call = {"eventName": name}
    return {**sample_event(ACCOUNT_ID, REGION, "aws.iam", "AWS API Call via CloudTrail", call), **changed}


def a_letter(event=None, **attributes):
    """What `send_message` takes of a dead letter; an attribute that is None is left out."""
    reason = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "not authorized", "RETRY_ATTEMPTS": "0"}
    given = {"RULE_ARN": RULE, "TARGET_ARN": STREAM, **reason, **attributes}
    return {
        "MessageBody": event if isinstance(event, str) else json.dumps(event or an_event(), separators=(",", ":")),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in given.items() if value is not None
        },
    }


def an_error(code="AccessDenied", status=400, operation="PutRecordBatch"):
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


@dataclass
class Queue:
    """A client of SQS with one queue; `now` is its clock. What is in `undeletable` can't be deleted."""

    letters: list[dict[str, Any]]
    now: float = 1_700_000_000.0
    undeletable: set[str] = field(default_factory=set)
    receipts: int = 0
    policy: str | None = None

    def __post_init__(self):
        self.messages: dict[str, dict[str, Any]] = {
            f"m{number}": {**letter, "visible_at": 0.0, "handle": "", "sent_at": self.now}
            for number, letter in enumerate(self.letters)
        }

    def get_queue_url(self, **_: Any) -> dict[str, Any]:
        return {"QueueUrl": "https://queue"}

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        visible = len(self.visible)
        policy = {"RedrivePolicy": self.policy} if self.policy else {}
        counts = {
            "ApproximateNumberOfMessages": str(visible),
            "ApproximateNumberOfMessagesNotVisible": str(len(self.messages) - visible),
        }
        return {"Attributes": {**counts, **policy}}

    @property
    def visible(self) -> list[str]:
        return [name for name, message in self.messages.items() if message["visible_at"] <= self.now]

    def receive_message(self, *, MaxNumberOfMessages: int, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        received = self.visible[:MaxNumberOfMessages]
        for name in received:
            self.receipts += 1
            self.messages[name] |= {"visible_at": self.now + VisibilityTimeout, "handle": f"{name}/{self.receipts}"}
        answered = {"Messages": [self._answered(name) for name in received]} if received else {}
        return {**answered, "ResponseMetadata": {"RetryAttempts": 0}}

    def _answered(self, name: str) -> dict[str, Any]:
        message = self.messages[name]
        return {
            "MessageId": name,
            "ReceiptHandle": message["handle"],
            "Body": message["MessageBody"],
            "Attributes": {"SentTimestamp": str(int(message["sent_at"] * 1000))},
            "MessageAttributes": message["MessageAttributes"],
        }

    def delete_message_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803
        assert 0 < len(Entries) <= 10
        done = []
        for entry in Entries:
            name = entry["ReceiptHandle"].partition("/")[0]
            if name not in self.undeletable and self.messages.get(name, {}).get("handle") == entry["ReceiptHandle"]:
                del self.messages[name]
                done.append({"Id": entry["Id"]})
        return {"Successful": done}

    def change_message_visibility_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803
        assert 0 < len(Entries) <= 10
        for entry in Entries:
            name = entry["ReceiptHandle"].partition("/")[0]
            if name in self.messages:
                self.messages[name]["visible_at"] = self.now + entry["VisibilityTimeout"]
        return {}


@dataclass
class Firehose:
    """A client of Firehose with one stream. `answers`: what it does in turn instead of taking everything.

    An answer is an error to raise, or a function of the records' number that returns the response of each.
    """

    answers: list[Any] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    calls: int = 0

    def put_record_batch(self, *, Records: list[dict[str, bytes]], **_: Any) -> dict[str, Any]:  # noqa: N803
        assert 0 < len(Records) <= 500
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        responses = answer(len(Records)) if answer else [{"RecordId": "1"}] * len(Records)
        self.records += [one["Data"] for one, told in zip(Records, responses, strict=False) if "RecordId" in told]
        return {"FailedPutCount": 0, "RequestResponses": responses}
