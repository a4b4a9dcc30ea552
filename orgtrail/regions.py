"""AWS partitions and their regions, as the installed botocore knows them."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Enabled in every account from the start; every other region of the partition is opt-in.
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
_ENABLED_BY_DEFAULT = {
    "aws": (
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    )
}

# Where EventBridge sees `aws.iam`: the credential scope of each partition's global IAM endpoint
# (botocore's endpoints.json), and for `aws` also
# https://repost.aws/knowledge-center/iam-eventbridge-sns-rule
_IAM_REGION = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}


@cache
def _botocore_partitions() -> list[dict[str, Any]]:
    # The data file alone: importing botocore's session machinery would double the start-up time.
    botocore = find_spec("botocore")
    if botocore is None or botocore.origin is None:
        raise ModuleNotFoundError("botocore is missing: pip install -r requirements.txt", name="botocore")
    document = json.loads((Path(botocore.origin).parent / "data" / "partitions.json").read_text())
    return [partition for partition in document["partitions"] if partition["id"] in _IAM_REGION]


@cache
def _regions_by_partition() -> dict[str, tuple[str, ...]]:
    return {
        partition["id"]: tuple(sorted(name for name in partition["regions"] if not name.endswith("-global")))
        for partition in _botocore_partitions()
    }


def partitions() -> tuple[str, ...]:
    """The ids of the partitions Orgtrail can serve, such as `aws` and `aws-us-gov`."""
    return tuple(_regions_by_partition())


def regions_of(partition: str) -> tuple[str, ...]:
    """Every region of a partition, opt-in ones included, sorted. Raises KeyError for an unknown partition."""
    return _regions_by_partition()[partition]


def partition_of(region: str) -> str | None:
    """The partition a region belongs to, or None when no partition has such a region."""
    return next((name for name, regions in _regions_by_partition().items() if region in regions), None)


def default_regions(partition: str) -> tuple[str, ...]:
    """What `regions: all` stands for: the regions that need no opt-in, sorted."""
    return _ENABLED_BY_DEFAULT.get(partition, regions_of(partition))


def dns_suffix(partition: str) -> str:
    """What the names of a partition's services end in, such as `amazonaws.com`."""
    return str(next(one["outputs"]["dnsSuffix"] for one in _botocore_partitions() if one["id"] == partition))


def iam_region(partition: str) -> str:
    """The one region of a partition whose event bus receives `aws.iam` events."""
    return _IAM_REGION[partition]
