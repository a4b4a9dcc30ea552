"""Tables for docs/alarms.md, made from the alarms themselves."""

from typing import Final

from orgtrail.alarms import Alarm, Alarms, alarms_of

_INTERVAL: Final = 300
_REASONS: Final = {
    "failed-invocations": "EventBridge publishes it only when it isn't zero",
    "dead-letters": "SQS publishes nothing of a queue in which nothing has been for hours; one with messages it does. "
    "A queue that is gone shows in `lost-events`",
    "lost-events": "as `failed-invocations`",
    "freshness": "without events there is no age. *Not known* is the truth then: neither OK, which would hide a dead "
    "source, nor ALARM, which would ring in each quiet hour",
    "throttling": "without events, none was refused. A dead source is for `silence` to tell",
    "near-limits": "as `throttling`",
    "silence": "that nothing comes is what it is about",
}


def alarms_markdown() -> str:
    """What each alarm watches, as a Markdown table."""
    rows = [f"| [`{one.kind}`](#{one.kind}) | {_watched(one)} | {_rings(one)} |" for one in _every()]
    return "\n".join(["| alarm | watches | rings if |", "| --- | --- | --- |", *rows])


def treatment_markdown() -> str:
    """How each alarm treats missing data and why, as a Markdown table."""
    rows = [f"| `{one.kind}` | `{one.missing}` | {_without_data(one)} | {_REASONS[one.kind]} |" for one in _every()]
    return "\n".join(["| alarm | missing data is | so without data | why |", "| --- | --- | --- | --- |", *rows])


def _every() -> tuple[Alarm, ...]:
    return alarms_of(Alarms("", silent_hours=24), "us-east-1", _INTERVAL)


def _watched(alarm: Alarm) -> str:
    metrics = list(alarm.metrics.values())
    return f"{metrics[0].namespace}: {', '.join(f'`{one.name}`' for one in metrics)}"


def _rings(alarm: Alarm) -> str:
    if alarm.kind == "silence":
        return "their sum is below 1 in each of the last `silent_hours` hours"
    (statistic, *_others) = (one.statistic.lower() for one in alarm.metrics.values())
    what = "the larger percentage" if alarm.expressions else f"the {statistic}"
    bound = "the buffer's interval and 600 seconds" if alarm.kind == "freshness" else f"{alarm.threshold}"
    return f"{what} of {alarm.period // 60} minutes is above {bound}"


def _without_data(alarm: Alarm) -> str:
    return {"breaching": "ALARM", "notBreaching": "OK", "missing": "INSUFFICIENT_DATA"}[alarm.missing]
