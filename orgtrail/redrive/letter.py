"""A dead letter, and whether its pipeline's stream is where it belongs.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from orgtrail.policies import rule_arn
from orgtrail.status.deployed import Wanted
from orgtrail.words import shown

# https://docs.aws.amazon.com/firehose/latest/APIReference/API_Record.html
RECORD_LIMIT = 1_024_000
_LONGEST = 128  # characters of what is told of an event


class Reason(NamedTuple):
    """Why EventBridge gave an event up, in its own words; `exhausted`: the limit of its retries that was reached."""

    code: str
    message: str
    exhausted: str | None
    attempts: str | None


class Summary(NamedTuple):
    """What is told of an event: nothing of its parameters, which may hold secrets."""

    id: str | None
    name: str | None
    time: str | None


@dataclass(frozen=True)
class Letter:
    """A message of a dead-letter queue. Its id stays; its handle is of this receipt alone."""

    id: str
    sent: datetime
    reason: Reason
    event: Summary
    misplaced: str | None
    handle: str = field(default="", repr=False)
    body: bytes = field(default=b"", repr=False)

    def without_body(self) -> "Letter":
        """The letter as something to tell of: a thousand bodies may be a gigabyte."""
        return replace(self, body=b"")


def letter_of(message: Mapping[str, Any], wanted: Wanted) -> Letter:
    """A message of a pipeline's queue, as `receive_message` answers."""
    given = {name: str(one.get("StringValue", "")) for name, one in message.get("MessageAttributes", {}).items()}
    text: str = message["Body"]
    body, event = text.encode("utf-8", "surrogatepass"), _event(text)
    return Letter(
        message["MessageId"],
        datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
        Reason(
            given.get("ERROR_CODE", "no code"),
            given.get("ERROR_MESSAGE", "no message"),
            given.get("EXHAUSTED_RETRY_CONDITION"),
            given.get("RETRY_ATTEMPTS"),
        ),
        _summary(event),
        _misplaced(given, event, body, wanted),
        message["ReceiptHandle"],
        body,
    )


def _event(text: str) -> dict[str, Any] | None:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _summary(event: Mapping[str, Any] | None) -> Summary:
    detail = (event or {}).get("detail")
    name = detail.get("eventName") if isinstance(detail, dict) else None
    found = ((event or {}).get("id"), name, (event or {}).get("time"))
    return Summary(*(one[:_LONGEST] if isinstance(one, str) else None for one in found))


def _misplaced(given: Mapping[str, str], event: Mapping[str, Any] | None, body: bytes, wanted: Wanted) -> str | None:
    """Why a letter isn't one that its pipeline's own rule would have put on the stream; None: it is."""
    account_id, region = wanted.account.account_id, wanted.region
    if "RULE_ARN" not in given or "TARGET_ARN" not in given:
        return "it doesn't say of which rule and target it is, so EventBridge didn't write it"
    if given["RULE_ARN"] != rule_arn(wanted.settings.partition, account_id, region):
        return f"it is of another rule, {shown(given['RULE_ARN'])}"
    if given["TARGET_ARN"] != wanted.stream_arn:
        return f"it was for another target, {shown(given['TARGET_ARN'])}"
    if event is None or b"\n" in body or b"\r" in body:
        return "it isn't an event on one line"
    place = (event.get("account"), event.get("region"))
    if not all(isinstance(one, str) for one in place):
        return "its event is of no account and region"
    if place != (account_id, region):
        return f"it is an event of {shown(str(place[0]))} in {shown(str(place[1]))}"
    if len(body) > RECORD_LIMIT:
        return "it is larger than the 1,000 KiB that Firehose takes"
    return None
