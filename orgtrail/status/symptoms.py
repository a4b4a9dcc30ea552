"""What a pipeline's own metrics, dead letters and delivery log say."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from orgtrail import names
from orgtrail.status.finding import Finding
from orgtrail.words import counted, shown

# Of the buffer's interval, at most 900 s, nobody has to know; Firehose needs some time besides.
_STALE = timedelta(minutes=30)
_SAID = 300  # characters of what Firehose says: the ARN that it is about may come last


class Metric(NamedTuple):
    """A metric of CloudWatch that is looked at, and what a value above the limit means."""

    namespace: str
    name: str
    dimension: str
    value: str
    statistic: str
    limit: float
    meaning: str


def _of_the_rule(name: str, meaning: str) -> Metric:
    return Metric("AWS/Events", name, "RuleName", names.RULE, "Sum", 0, meaning)


def _of_the_stream(name: str, statistic: str, limit: float, meaning: str) -> Metric:
    return Metric("AWS/Firehose", name, "DeliveryStreamName", names.DELIVERY_STREAM, statistic, limit, meaning)


METRICS = (
    _of_the_rule("FailedInvocations", "events that EventBridge couldn't hand over"),
    _of_the_rule(
        "InvocationsFailedToBeSentToDlq", "events that didn't reach the dead-letter queue either: they are lost"
    ),
    _of_the_stream(
        *("DeliveryToS3.DataFreshness", "Maximum", _STALE.total_seconds()),
        "seconds that the oldest event has been waiting in Firehose",
    ),
    _of_the_stream("ThrottledRecords", "Sum", 0, "events that Firehose throttled"),
)


def metric_queries(since: timedelta) -> list[dict[str, Any]]:
    """What to ask `get_metric_data` for: the values of each metric, by the minute or by the hour."""
    # Of two months ago there are only values by the hour; those who ask for others get none, and no error:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
    period = 60 if since <= timedelta(hours=3) else 3600
    return [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": one.namespace,
                    "MetricName": one.name,
                    "Dimensions": [{"Name": one.dimension, "Value": one.value}],
                },
                "Period": period,
                "Stat": one.statistic,
            },
        }
        for number, one in enumerate(METRICS)
    ]


def metric_findings(results: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """What metrics say, as `get_metric_data` answers. CloudWatch has no values of what was never above zero."""
    by_id = {one["Id"]: one for one in results}
    for number, metric in enumerate(METRICS):
        result = by_id.get(f"m{number}")
        values = result["Values"] if result else []
        value = sum(values) if metric.statistic == "Sum" else max(values, default=0)
        if value > metric.limit:
            yield Finding("failing", f"{metric.name} is {value:,.0f}: {metric.meaning}")
        elif result is None or result.get("StatusCode") != "Complete":
            yield Finding("not known", f"{metric.name} couldn't be read")


def queue_findings(attributes: Mapping[str, str]) -> Iterator[Finding]:
    """What lies in the dead-letter queue, as `get_queue_attributes` answers."""
    messages = sum(int(attributes[name]) for name in QUEUE_ATTRIBUTES)
    if messages:
        yield Finding("failing", f"{counted(messages, 'dead letter')} in {names.DEAD_LETTER_QUEUE}: redrive shows why")


QUEUE_ATTRIBUTES = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


def log_findings(events: Sequence[Mapping[str, Any]], since: datetime) -> Iterator[Finding]:
    """The last error of the delivery log, as `get_log_events` answers."""
    recent = [one["message"] for one in events if one["timestamp"] >= since.timestamp() * 1000]
    if recent:
        yield Finding("failing", f"the delivery log says {_message(recent[-1])}")


def _message(text: str) -> str:
    try:
        entry = json.loads(text)
        return f"{shown(str(entry['errorCode']))}: {shown(str(entry['message']), _SAID)}"
    except (ValueError, LookupError, TypeError):
        return shown(text, _SAID)
