"""What Terraform and preflight ask of AWS for alarms, and for the topics that they tell."""

from collections.abc import Sequence

from orgtrail import names
from orgtrail.policies.resource_kinds import Kind, Place


def pipeline_alarms(place: Place) -> list[Kind]:
    """The alarms. CloudWatch looks for alarms among all, whatever their names."""
    return [
        Kind(
            "Alarms",
            (place.arn("cloudwatch", f"alarm:{names.ALARMS}"),),
            ("cloudwatch:ListTagsForResource",),
            (
                "cloudwatch:DeleteAlarms",
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
            ),
        ),
        Kind("FindAlarms", ("*",), ("cloudwatch:DescribeAlarms",)),
    ]


def alarm_topics(place: Place, topics: Sequence[str], *, keys: bool) -> list[Kind]:
    """The topics that alarms tell, which others make; with `keys`, those of this account, one of which may encrypt one.

    Which one that is, the file doesn't say.
    """
    if not topics:
        return []
    looks = ("kms:DescribeKey", "kms:GetKeyPolicy")
    of_keys = [Kind("AlarmTopicKeys", (place.arn("kms", "key/*"),), looks=looks)] if keys else []
    return [Kind("AlarmTopics", tuple(topics), looks=("sns:GetTopicAttributes",)), *of_keys]
