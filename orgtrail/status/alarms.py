"""Whether a pipeline's alarms are there as the settings say, and what they say: AWS's answers in, what is wrong out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orgtrail.alarms import Alarm, Metric, alarms_of
from orgtrail.status.deployed import Answer, Wanted
from orgtrail.status.finding import Finding


def alarm_names(wanted: Wanted) -> list[str]:
    """The names of the alarms that a pipeline has; none where its account wants none."""
    return [alarm.name for alarm in _wanted(wanted)]


def alarm_findings(wanted: Wanted, found: Sequence[Answer]) -> Iterator[Finding]:
    """What differs in the alarms, as `describe_alarms` answers, and which of them are in ALARM."""
    by_name = {one["AlarmName"]: one for one in found}
    for alarm in _wanted(wanted):
        if alarm.name not in by_name:
            yield Finding("outdated", f"the alarm {alarm.name} isn't there")
            continue
        answer = by_name[alarm.name]
        if not answer.get("ActionsEnabled", True):
            yield Finding("outdated", f"the alarm {alarm.name} is muted: its actions are off")
        if others := _differing(_values(wanted, alarm), answer):
            yield Finding("outdated", f"the alarm {alarm.name} differs in {', '.join(others)}")
        if answer.get("StateValue") == "ALARM":
            yield _ringing(alarm)


def _ringing(alarm: Alarm) -> Finding:
    if alarm.is_failure:
        return Finding("failing", f"the alarm {alarm.name} is in ALARM")
    return Finding("warning", f"the alarm {alarm.name} is in ALARM, and nothing fails yet")


def _wanted(wanted: Wanted) -> tuple[Alarm, ...]:
    account = wanted.account
    if account.alarms is None:
        return ()
    return alarms_of(account.alarms, wanted.region, account.buffering.interval_seconds)


def _differing(values: Mapping[str, Any], answer: Answer) -> list[str]:
    """What differs, by its name in AWS. Descriptions aren't compared: they don't change when an alarm rings."""
    found = {**answer, "Metrics": _metrics(answer.get("Metrics", []))}
    found.setdefault("DatapointsToAlarm", found.get("EvaluationPeriods"))
    return [name for name, value in values.items() if (found.get(name) or None) != (value or None)]


def _values(wanted: Wanted, alarm: Alarm) -> dict[str, Any]:
    account, alarms = wanted.account, wanted.account.alarms
    assert alarms is not None
    topic = alarms.topic_arn(partition=wanted.settings.partition, account_id=account.account_id, region=wanted.region)
    return {
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.periods,
        "TreatMissingData": alarm.missing,
        "AlarmActions": [topic],
        "OKActions": [topic] if alarms.ok and alarm.tells_ok else [],
        **(_queries(alarm) if alarm.expressions else _metric(alarm)),
    }


def _metric(alarm: Alarm) -> dict[str, Any]:
    (metric,) = alarm.metrics.values()
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": _dimensions(metric),
        "Statistic": metric.statistic,
        "Period": alarm.period,
        "Metrics": {},
    }


def _queries(alarm: Alarm) -> dict[str, Any]:
    read = {
        name: (one.namespace, one.name, _dimensions(one), one.statistic, alarm.period)
        for name, one in alarm.metrics.items()
    }
    return {"Metrics": {**read, **alarm.expressions}}


def _dimensions(metric: Metric) -> list[dict[str, str]]:
    name, value = metric.dimension
    return [{"Name": name, "Value": value}]


def _metrics(queries: Sequence[Answer]) -> dict[str, Any]:
    """What each metric or expression of an alarm is, by its id."""
    return {one["Id"]: _read(one["MetricStat"]) if one.get("MetricStat") else one.get("Expression") for one in queries}


def _read(stat: Answer) -> tuple[Any, ...]:
    metric = stat["Metric"]
    return (metric["Namespace"], metric["MetricName"], metric.get("Dimensions"), stat["Stat"], stat["Period"])
