"""There is room for the pipeline's rule and delivery stream."""

from collections.abc import Iterable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from orgtrail.names import DELIVERY_STREAM, RULE
from orgtrail.preflight.finding import Check, Fault, Permission, Severity, not_known
from orgtrail.preflight.scopes import PipelineScope

# The quota of rules in the regions with the least; elsewhere it is 300, and can be raised:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
_LEAST_RULES = 100
_RULES_QUOTA = "L-244521F2"
# https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
_STREAMS = 5_000
_CONSOLE = "https://{region}.console.aws.amazon.com/servicequotas/home/services/{service}/quotas"


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    session, region = pipeline.of.session, pipeline.region
    events = session.client("events", region)
    rules = list(_names(events.get_paginator("list_rules").paginate(EventBusName="default"), "Rules"))
    if len(rules) >= _LEAST_RULES and RULE not in rules:
        quota = _quota(session.client("service-quotas", region))
        if len(rules) >= quota:
            yield Fault(f"all {quota} rules of {region} are used", _mend("events", region))
    streams = list(_streams(session.client("firehose", region)))
    if len(streams) >= _STREAMS and DELIVERY_STREAM not in streams:
        # The account may have been given more.
        told = f"{region} has {len(streams):,} delivery streams, and the quota is {_STREAMS:,} unless it was raised"
        yield not_known(told, _mend("firehose", region))


def _quota(quotas: Any) -> int:
    """The quota of rules; AWS has no applied one for an account that was never given another."""
    rules = {"ServiceCode": "events", "QuotaCode": _RULES_QUOTA}
    try:
        answer = quotas.get_service_quota(**rules)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchResourceException":
            raise
        answer = quotas.get_aws_default_service_quota(**rules)
    return int(answer["Quota"]["Value"])


def _names(pages: Iterable[Any], key: str) -> Iterator[str]:
    return (one["Name"] for page in pages for one in page[key])


def _streams(firehose: Any) -> Iterator[str]:
    """Firehose has no paginator; a page that says there is more, and is empty, is the last."""
    start: dict[str, str] = {}
    while True:
        answer = firehose.list_delivery_streams(Limit=100, **start)
        page = answer["DeliveryStreamNames"]
        yield from page
        if not answer["HasMoreDeliveryStreams"] or not page:
            return
        start = {"ExclusiveStartDeliveryStreamName": page[-1]}


def _mend(service: str, region: str) -> str:
    return f"Remove some, or ask for a higher quota: {_CONSOLE.format(service=service, region=region)}"


QUOTA_OF_REGION = Check(
    id="quota-of-region",
    severity=Severity.ERROR,
    asks="The quotas of rules (of the default bus) and delivery streams leave room for one more of each.",
    silences="The stack can't be deployed in the region.",
    permissions=(
        Permission("events:ListRules", "to count the rules"),
        Permission("servicequotas:GetServiceQuota", f"how many rules there may be; only asked from {_LEAST_RULES} on"),
        Permission("servicequotas:GetAWSDefaultServiceQuota", "the same, where the account has no quota of its own"),
        Permission("firehose:ListDeliveryStreams", "to count the delivery streams"),
    ),
    look=_look,
)
