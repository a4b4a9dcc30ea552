"""The harmless call that a pipeline is probed with: a tag on something of its own, put and removed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orgtrail import names
from orgtrail.events import API_CALL, IAM_SOURCE, sources_in
from orgtrail.regions import iam_region, partition_of
from orgtrail.settings import Account

Tag = Callable[[Any, str, str], Any]
Untag = Callable[[Any, str], Any]


@dataclass(frozen=True)
class Carrier:
    """A call by whose event a pipeline can be probed. `put` and `remove` take a client and the ARN of `what`.

    All have the same key: what a killed probe has left, the next one overwrites and removes.
    """

    source: str
    service: str
    call: str
    what: str
    put: Tag
    remove: Untag


_TAG = names.PROBE_TAG

CARRIERS = (
    Carrier(
        IAM_SOURCE,
        "iam",
        "TagRole",
        f"role/{names.FIREHOSE_ROLE}",
        lambda iam, arn, value: iam.tag_role(RoleName=_name(arn), Tags=[{"Key": _TAG, "Value": value}]),
        lambda iam, arn: iam.untag_role(RoleName=_name(arn), TagKeys=[_TAG]),
    ),
    Carrier(
        "aws.events",
        "events",
        "TagResource",
        f"rule/{names.RULE}",
        lambda events, arn, value: events.tag_resource(ResourceARN=arn, Tags=[{"Key": _TAG, "Value": value}]),
        lambda events, arn: events.untag_resource(ResourceARN=arn, TagKeys=[_TAG]),
    ),
    Carrier(
        "aws.firehose",
        "firehose",
        "TagDeliveryStream",
        f"deliverystream/{names.DELIVERY_STREAM}",
        lambda firehose, arn, value: firehose.tag_delivery_stream(
            DeliveryStreamName=_name(arn), Tags=[{"Key": _TAG, "Value": value}]
        ),
        lambda firehose, arn: firehose.untag_delivery_stream(DeliveryStreamName=_name(arn), TagKeys=[_TAG]),
    ),
)
"""In the order in which they are preferred."""


def carrier_of(account: Account, region: str) -> Carrier | str:
    """What a pipeline is probed with, or why it can't be."""
    if account.status != "active":
        return f"the account is {account.status}"
    if not account.enabled:
        return "enabled: false"
    if API_CALL not in account.events.detail_types:
        return f"events.detail_types leaves out {API_CALL!r}, which a probe's event would be"
    sources = sources_in(account.events, region)
    for carrier in CARRIERS:
        if carrier.source in sources:
            return carrier
    home = iam_region(partition_of(region) or "aws")
    if region == home:
        return f"events.sources leaves out {IAM_SOURCE}: no harmless call makes an event of the other sources"
    return f"IAM events occur in {home} alone, and no harmless call makes an event of the sources that occur here"


def arn_of(carrier: Carrier, account_id: str, region: str) -> str:
    """The ARN of what is tagged."""
    where = "" if carrier.service == "iam" else region
    return f"arn:{partition_of(region)}:{carrier.service}:{where}:{account_id}:{carrier.what}"


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
