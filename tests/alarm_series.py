"""Metrics of healthy, dead and broken pipelines, with their names as AWS has them, and what the alarms must say."""

from collections.abc import Mapping
from typing import Final

from tests.alarm_states import Key, Metrics, Minutes, State


def _firehose(name: str) -> Key:
    return Key("AWS/Firehose", name, "DeliveryStreamName", "orgtrail-iam-events")


def _events(name: str) -> Key:
    return Key("AWS/Events", name, "RuleName", "orgtrail-iam-events")


_LETTERS = Key("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "orgtrail-iam-events-dlq")
_AGE = _firehose("DeliveryToS3.DataFreshness")
_HOUR = 60
_TWO_DAYS = 48 * _HOUR
_LIMITS: Metrics = {
    _firehose("BytesPerSecondLimit"): dict.fromkeys(range(_HOUR), 1_048_576.0),
    _firehose("PutRequestsPerSecondLimit"): dict.fromkeys(range(_HOUR), 1_000.0),
}


def _traffic(minutes: range = range(_TWO_DAYS), records: float = 2, late: float = 300) -> dict[Key, Minutes]:
    """What a stream publishes in these minutes: so many records of 2 KB in each, and how old the oldest is."""
    sums = {"IncomingRecords": records, "IncomingPutRequests": records, "IncomingBytes": 2048 * records}
    found: dict[Key, Minutes] = {_firehose(name): dict.fromkeys(minutes, value) for name, value in sums.items()}
    found[_firehose("ThrottledRecords")] = dict.fromkeys(minutes, 0.0)
    found[_AGE] = dict.fromkeys(minutes, late)
    return {**_LIMITS, **found}


def _dead_for(hours: int) -> dict[Key, Minutes]:
    return _traffic(range(hours * _HOUR, _TWO_DAYS))


ALL_IS_WELL: Final[Mapping[str, State]] = {
    "orgtrail-dead-letters": "OK",
    "orgtrail-failed-invocations": "OK",
    "orgtrail-freshness": "OK",
    "orgtrail-lost-events": "OK",
    "orgtrail-near-limits": "OK",
    "orgtrail-silence": "OK",
    "orgtrail-throttling": "OK",
}
_DEAD: Final[Mapping[str, State]] = {"orgtrail-freshness": "INSUFFICIENT_DATA", "orgtrail-silence": "ALARM"}
_QUIET: Final[Mapping[str, State]] = {"orgtrail-freshness": "INSUFFICIENT_DATA"}

# Of a pipeline that buffers for 300 seconds and whose `silent_hours` are 24; and in what it differs from ALL_IS_WELL.
SERIES: Final[Mapping[str, tuple[Metrics, Mapping[str, State]]]] = {
    "healthy": (_traffic(), {}),
    "healthy, and the queue publishes that it is empty": (
        {**_traffic(), _LETTERS: dict.fromkeys(range(_HOUR), 0.0)},
        {},
    ),
    "nothing was ever published": ({}, _DEAD),
    "dead for 23 hours": (_dead_for(23), _QUIET),
    "dead for 25 hours, and real points from before still count": (_dead_for(25), _QUIET),
    "dead for 26 hours": (_dead_for(26), _DEAD),
    "dead for 47 hours": (_dead_for(47), _DEAD),
    "one event a day": (_traffic(range(20 * _HOUR, 20 * _HOUR + 1)), _QUIET),
    "a source that publishes zeros": (_traffic(records=0), {"orgtrail-silence": "ALARM"}),
    "deliveries hang": (_traffic(late=901), {"orgtrail-freshness": "ALARM"}),
    "the archive refuses, and nothing new comes": (
        {**_dead_for(40), _AGE: {0: 50_000.0}},
        {"orgtrail-silence": "ALARM", "orgtrail-freshness": "ALARM"},
    ),
    "one delivery was late, hours ago": (
        {**_traffic(), _AGE: {**dict.fromkeys(range(_HOUR), 300.0), 2 * _HOUR: 2000.0}},
        {},
    ),
    "EventBridge fails": (
        {**_traffic(), _events("FailedInvocations"): {1: 1.0}},
        {"orgtrail-failed-invocations": "ALARM"},
    ),
    "EventBridge failed hours ago": ({**_traffic(), _events("FailedInvocations"): {180: 9.0}}, {}),
    "a dead letter": (
        {**_traffic(), _LETTERS: dict.fromkeys(range(_HOUR), 1.0)},
        {"orgtrail-dead-letters": "ALARM"},
    ),
    "a dead letter that finds no queue": (
        {**_traffic(), _events("InvocationsFailedToBeSentToDlq"): {2: 1.0}},
        {"orgtrail-lost-events": "ALARM"},
    ),
    "throttled": ({**_traffic(), _firehose("ThrottledRecords"): {3: 4.0}}, {"orgtrail-throttling": "ALARM"}),
    # 450 a second of 2 KB: 88 % of a MiB a second, and 45 % of a thousand requests.
    "near the limit of bytes": (_traffic(records=60 * 450), {"orgtrail-near-limits": "ALARM"}),
    "near the limit of requests": (
        {**_traffic(), _firehose("IncomingPutRequests"): dict.fromkeys(range(_HOUR), 60 * 801.0)},
        {"orgtrail-near-limits": "ALARM"},
    ),
    "at 80 % of the limit": (
        {**_traffic(), _firehose("IncomingPutRequests"): dict.fromkeys(range(_HOUR), 60 * 800.0)},
        {},
    ),
    "a spike of a minute": ({**_traffic(), _firehose("IncomingBytes"): {2: 60 * 1_000_000.0}}, {}),
}
