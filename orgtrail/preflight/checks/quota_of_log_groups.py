"""There is room for the pipeline's log group."""

from collections.abc import Iterator
from itertools import islice

from orgtrail.names import DELIVERY_LOG_GROUP
from orgtrail.preflight.finding import Check, Fault, Permission, Severity, not_known
from orgtrail.preflight.scopes import PipelineScope

# Each call tells of 50: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
_COUNTED = 1_000
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_QUOTA = 1_000_000


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    region, logs = pipeline.region, pipeline.of.session.client("logs", pipeline.region)
    pages = logs.get_paginator("describe_log_groups").paginate()
    names = list(islice((group["logGroupName"] for page in pages for group in page["logGroups"]), _COUNTED))
    if len(names) == _COUNTED and DELIVERY_LOG_GROUP not in names:
        told = f"{region} has {_COUNTED:,} log groups or more, and they aren't counted any further"
        console = f"https://{region}.console.aws.amazon.com/servicequotas/home/services/logs/quotas"
        yield not_known(told, f"See that there are fewer than the quota, which is {_QUOTA:,}: {console}")


QUOTA_OF_LOG_GROUPS = Check(
    id="quota-of-log-groups",
    severity=Severity.WARNING,
    asks=f"The quota of log groups, {_QUOTA:,} in a region, leaves room for one more. Only {_COUNTED:,} are counted.",
    silences="The stack can't be deployed in the region.",
    permissions=(Permission("logs:DescribeLogGroups", "to count the log groups"),),
    look=_look,
)
