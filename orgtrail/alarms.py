"""The alarms of a pipeline: what each watches, how it treats missing data, and what it tells who receives it.

docs/alarms.md has the reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from orgtrail import names
from orgtrail.regions import iam_region, partitions

PLACEHOLDERS = ("account_id", "partition", "region")
"""What a topic's ARN may leave open."""

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html: seven days of whole hours.
LONGEST_SILENCE_HOURS = 168
_PERIOD = 300
_HOUR = 3600
# Firehose retries, and metrics come late: AWS advises a threshold above the buffer's interval.
_MARGIN_SECONDS = 600
_NEAR_PERCENT = 80
_SEE_REPAIR_REDRIVE = (
    "bin/orgtrail status {name} --deep (what is wrong); repair it; bin/orgtrail redrive {name} (the events go on)."
)

OptionalKind: TypeAlias = Literal[
    "failed-invocations", "dead-letters", "lost-events", "freshness", "throttling", "near-limits"
]
OPTIONAL: tuple[OptionalKind, ...] = get_args(OptionalKind)
"""The alarms that there are unless an account is `without` them."""
SILENCE = "silence"


@dataclass(frozen=True)
class Alarms:
    """Which alarms the pipelines of an account have, and whom they tell.

    `topic` may have placeholders. `silent_hours`: in so many hours something always comes in the IAM region. `ok`: an
    end is told, too.
    """

    topic: str
    silent_hours: int | None = None
    without: tuple[str, ...] = ()
    ok: bool = True

    def topic_arn(self, *, partition: str, account_id: str, region: str) -> str:
        """The topic that the alarms of a region tell."""
        return self.topic.format(partition=partition, account_id=account_id, region=region)

    def kinds(self, region: str) -> tuple[str, ...]:
        """The kinds of alarms that the pipeline of a region has."""
        silence = (SILENCE,) if self.silent_hours and is_watched_for_silence(region) else ()
        return (*(kind for kind in OPTIONAL if kind not in self.without), *silence)


def is_watched_for_silence(region: str) -> bool:
    """Whether it is an IAM region. In others, an account in good health may be quiet for weeks."""
    return any(region == iam_region(partition) for partition in partitions())


@dataclass(frozen=True)
class Metric:
    """A metric of AWS, and the one dimension by which it is found."""

    namespace: str
    name: str
    statistic: str
    dimension: tuple[str, str]


@dataclass(frozen=True)
class Alarm:
    """One alarm of a pipeline: of one metric, or of several and what is made of them.

    All of the last `periods`, of `period` seconds each, have to be beyond the threshold. `expressions` are by their id;
    the last one is compared with the threshold. `tells_ok`: that it ends is news. `is_failure`: it rings because
    something fails, or nothing comes.
    """

    kind: str
    means: str
    to_do: str
    metrics: Mapping[str, Metric]
    threshold: int
    missing: Literal["breaching", "notBreaching", "missing"]
    comparison: Literal["GreaterThanThreshold", "LessThanThreshold"] = "GreaterThanThreshold"
    expressions: Mapping[str, str] = field(default_factory=dict)
    period: int = _PERIOD
    periods: int = 1
    tells_ok: bool = True
    is_failure: bool = True

    @property
    def name(self) -> str:
        """Its name in CloudWatch."""
        return names.alarm(self.kind)

    def description(self, *, account: str, account_id: str, region: str) -> str:
        """What its receiver reads: where, what it means, and what to do."""
        to_do = self.to_do.format(name=account)
        return (
            f"Orgtrail, account {account} ({account_id}), {region}. {self.means} "
            f"To do: {to_do} See docs/alarms.md#{self.kind}"
        )


def alarms_of(alarms: Alarms, region: str, interval_seconds: int) -> tuple[Alarm, ...]:
    """The alarms of the pipeline of a region, whose stream buffers for so many seconds."""
    every = {one.kind: one for one in (*_of_rule_and_queue(), *_of_stream(interval_seconds), *_silence(alarms))}
    return tuple(every[kind] for kind in alarms.kinds(region))


def _of_rule_and_queue() -> tuple[Alarm, ...]:
    return (
        Alarm(
            "failed-invocations",
            # AWS doesn't count what is tried again, only what has failed for good.
            "EventBridge could not hand events to the delivery stream, and tries no more. They are dead letters now.",
            _SEE_REPAIR_REDRIVE,
            {"failed": _of_rule("FailedInvocations")},
            threshold=0,
            missing="notBreaching",
        ),
        Alarm(
            "dead-letters",
            f"Events lie in the queue {names.DEAD_LETTER_QUEUE}, not in the archive. SQS deletes them after 14 days.",
            _SEE_REPAIR_REDRIVE,
            {"letters": _of_queue("ApproximateNumberOfMessagesVisible")},
            threshold=0,
            missing="notBreaching",
        ),
        Alarm(
            "lost-events",
            "EventBridge could hand events neither to the delivery stream nor to the dead-letter queue. They are lost "
            "on this way; CloudTrail still has them.",
            "bin/orgtrail status {name} --deep (what is wrong); repair it; bin/orgtrail backfill {name} --days 2 (what "
            "is missing).",
            {"lost": _of_rule("InvocationsFailedToBeSentToDlq")},
            threshold=0,
            missing="notBreaching",
        ),
    )


def _of_stream(interval_seconds: int) -> tuple[Alarm, ...]:
    late = interval_seconds + _MARGIN_SECONDS
    return (
        Alarm(
            "freshness",
            f"Events have waited in the delivery stream for more than {late} seconds: Firehose can't write to the "
            "archive. After a day it gives up.",
            "bin/orgtrail status {name} --deep (the last error of the delivery log); repair it.",
            {"age": _of_stream_metric("DeliveryToS3.DataFreshness", "Maximum")},
            threshold=late,
            missing="missing",
            # Between two events it has no data, and each event would be told as its end.
            tells_ok=False,
        ),
        Alarm(
            "throttling",
            "Firehose refused events because more come than the quotas of the stream allow. EventBridge tries them "
            "again for a day.",
            "ask AWS for higher quotas of Firehose in this region; bin/orgtrail status {name} --deep (dead letters).",
            {"throttled": _of_stream_metric("ThrottledRecords", "Sum")},
            threshold=0,
            missing="notBreaching",
        ),
        Alarm(
            "near-limits",
            f"The delivery stream takes more than {_NEAR_PERCENT} % of what its quotas allow.",
            "ask AWS for higher quotas of Firehose in this region, before it refuses events.",
            {
                "bytes": _of_stream_metric("IncomingBytes", "Sum"),
                "bytes_limit": _of_stream_metric("BytesPerSecondLimit", "Minimum"),
                "puts": _of_stream_metric("IncomingPutRequests", "Sum"),
                "puts_limit": _of_stream_metric("PutRequestsPerSecondLimit", "Minimum"),
            },
            threshold=_NEAR_PERCENT,
            missing="notBreaching",
            expressions={
                "bytes_percent": f"100 * bytes / {_PERIOD} / bytes_limit",
                "puts_percent": f"100 * puts / {_PERIOD} / puts_limit",
                "percent": "MAX([bytes_percent, puts_percent])",
            },
            is_failure=False,
        ),
    )


def _silence(alarms: Alarms) -> tuple[Alarm, ...]:
    if alarms.silent_hours is None:
        return ()
    return (
        Alarm(
            SILENCE,
            f"No event has come for {alarms.silent_hours} hours, in which something always comes, as the accounts file "
            "says.",
            "bin/orgtrail status {name} --deep (what is wrong), then docs/nothing-arrives.md: the trail comes first.",
            {"records": _of_stream_metric("IncomingRecords", "Sum")},
            threshold=1,
            comparison="LessThanThreshold",
            missing="breaching",
            period=_HOUR,
            periods=alarms.silent_hours,
        ),
    )


def _of_rule(name: str) -> Metric:
    # The default bus: with a bus of one's own there is a second dimension.
    return Metric("AWS/Events", name, "Sum", ("RuleName", names.RULE))


def _of_queue(name: str) -> Metric:
    return Metric("AWS/SQS", name, "Maximum", ("QueueName", names.DEAD_LETTER_QUEUE))


def _of_stream_metric(name: str, statistic: str) -> Metric:
    return Metric("AWS/Firehose", name, statistic, ("DeliveryStreamName", names.DELIVERY_STREAM))
