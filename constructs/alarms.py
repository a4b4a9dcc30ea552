"""The alarms of one pipeline, if its account wants some."""

from typing import Any

from constructs import Construct
from constructs.bindings import AlarmQuery, AlarmQueryMetric, CloudwatchMetricAlarm
from constructs.terraform_text import escape_template
from orgtrail.alarms import Alarm, Alarms, Metric, alarms_of
from orgtrail.settings import Account


class PipelineAlarms(Construct):
    """An alarm of each kind that the account wants; each tells the account's topic in the pipeline's region."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alarms: Alarms,
        partition: str,
        account: Account,
        region: str,
        region_arguments: dict[str, Any],
    ) -> None:
        super().__init__(scope, construct_id)
        topic = alarms.topic_arn(partition=partition, account_id=account.account_id, region=region)
        for alarm in alarms_of(alarms, region, account.buffering.interval_seconds):
            description = alarm.description(account=account.name, account_id=account.account_id, region=region)
            CloudwatchMetricAlarm(
                self,
                alarm.kind,
                alarm_name=alarm.name,
                alarm_description=escape_template(description),
                comparison_operator=alarm.comparison,
                threshold=alarm.threshold,
                evaluation_periods=alarm.periods,
                datapoints_to_alarm=alarm.periods,
                treat_missing_data=alarm.missing,
                alarm_actions=[topic],
                ok_actions=[topic] if alarms.ok and alarm.tells_ok else None,
                **(_queries(alarm) if alarm.expressions else _metric(alarm)),
                **region_arguments,
            )


def _metric(alarm: Alarm) -> dict[str, Any]:
    (metric,) = alarm.metrics.values()
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": dict([metric.dimension]),
        "statistic": metric.statistic,
        "period": alarm.period,
    }


def _queries(alarm: Alarm) -> dict[str, Any]:
    metrics = [AlarmQuery(id=name, metric=_of(one, alarm.period)) for name, one in alarm.metrics.items()]
    compared = list(alarm.expressions)[-1]
    expressions = [
        AlarmQuery(id=name, expression=text, return_data=True if name == compared else None)
        for name, text in alarm.expressions.items()
    ]
    return {"metric_query": [*metrics, *expressions]}


def _of(metric: Metric, period: int) -> AlarmQueryMetric:
    return AlarmQueryMetric(
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=dict([metric.dimension]),
        stat=metric.statistic,
        period=period,
    )
