"""The state of a CloudWatch alarm, worked out from its definition and from metrics: the emulator evaluates none.

The rules are those of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html; the page's own tables are
tests of it in tests/unit/test_alarms.py. How many points AWS retrieves besides those that it needs isn't said; the
page's example has two.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from orgtrail.alarms import Alarm
from orgtrail.alarms import Metric as Watched

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
EXTRA: Final = 2

Minutes = Mapping[int, float]
"""What was published, by how many minutes ago."""


class Key(NamedTuple):
    """By what AWS finds a metric."""

    namespace: str
    name: str
    dimension: str
    value: str


Metrics = Mapping[Key, Minutes]

_STATISTICS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {"Sum": sum, "Maximum": max, "Minimum": min}
_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


def as_described(alarm: Alarm) -> dict[str, Any]:
    """An alarm as CloudWatch describes it, but for whom it tells."""
    same = {
        "AlarmName": alarm.name,
        "ComparisonOperator": alarm.comparison,
        "Threshold": float(alarm.threshold),
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.periods,
        "TreatMissingData": alarm.missing,
    }
    if not alarm.expressions:
        (metric,) = alarm.metrics.values()
        return {**same, **_as_described(metric), "Statistic": metric.statistic, "Period": alarm.period}
    read = [
        {
            "Id": name,
            "MetricStat": {"Metric": _as_described(one), "Stat": one.statistic, "Period": alarm.period},
            "ReturnData": False,
        }
        for name, one in alarm.metrics.items()
    ]
    last = list(alarm.expressions)[-1]
    made = [{"Id": name, "Expression": text, "ReturnData": name == last} for name, text in alarm.expressions.items()]
    return {**same, "Metrics": [*read, *made]}


def _as_described(metric: Watched) -> dict[str, Any]:
    name, value = metric.dimension
    dimensions = [{"Name": name, "Value": value}]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def states(alarms: Sequence[Mapping[str, Any]], metrics: Metrics) -> dict[str, State]:
    """The state of each alarm, as `describe_alarms` answers it, by its name."""
    return {alarm["AlarmName"]: _state(alarm, metrics) for alarm in alarms}


def _state(alarm: Mapping[str, Any], metrics: Metrics) -> State:
    periods = alarm["EvaluationPeriods"]
    is_beyond = _COMPARED[alarm["ComparisonOperator"]]
    values = [_value(alarm, metrics, index) for index in reversed(range(periods + EXTRA))]
    points = [None if value is None else is_beyond(value, alarm["Threshold"]) for value in values]
    return evaluated(points, periods, alarm.get("DatapointsToAlarm") or periods, alarm["TreatMissingData"], "OK")


def evaluated(points: Sequence[bool | None], periods: int, to_alarm: int, missing: str, before: State) -> State:
    """The state that points make, the newest last: breaching, not breaching, or missing (None)."""
    real = [point for point in points if point is not None]
    if len(real) >= periods:
        return "ALARM" if sum(real[-periods:]) >= to_alarm else "OK"
    if missing in ("breaching", "notBreaching"):
        filled = periods - len(real) if missing == "breaching" else 0
        return "ALARM" if sum(real) + filled >= to_alarm else "OK"
    if not real:
        return "INSUFFICIENT_DATA" if missing == "missing" else before
    if sum(real) >= to_alarm or not all(real):
        return "ALARM" if sum(real) >= to_alarm else "OK"
    # Nothing but breaching points, and fewer than it takes: they count once they are old enough.
    age = len(points) - points.index(True)
    return "ALARM" if missing == "missing" and age >= to_alarm else before


def _value(alarm: Mapping[str, Any], metrics: Metrics, index: int) -> float | None:
    """What the alarm compares, of the period so many periods ago."""
    if not alarm.get("Metrics"):
        return _point(metrics.get(_key(alarm), {}), alarm["Statistic"], alarm["Period"], index)
    known = _Known({one["Id"]: one["Expression"] for one in alarm["Metrics"] if one.get("Expression")})
    for one in alarm["Metrics"]:
        if stat := one.get("MetricStat"):
            known[one["Id"]] = _point(metrics.get(_key(stat["Metric"]), {}), stat["Stat"], stat["Period"], index)
    if None in known.values():
        return None
    (compared,) = (one["Id"] for one in alarm["Metrics"] if one.get("ReturnData"))
    return float(known[compared])


class _Known(dict[str, Any]):
    """What is known by its id; an expression once it is asked for, as they come in any order."""

    def __init__(self, expressions: Mapping[str, str]) -> None:
        self._expressions = expressions

    def __missing__(self, name: str) -> Any:
        return eval(self._expressions[name], {"__builtins__": {}}, self) if name != "MAX" else max


def _point(found: Minutes, statistic: str, period: int, index: int) -> float | None:
    minutes = period // 60
    values = [value for ago, value in found.items() if index * minutes <= ago < (index + 1) * minutes]
    return _STATISTICS[statistic](values) if values else None


def _key(metric: Mapping[str, Any]) -> Key:
    (dimension,) = metric["Dimensions"]
    return Key(metric["Namespace"], metric["MetricName"], dimension["Name"], dimension["Value"])
