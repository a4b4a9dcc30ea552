"""The names of the pipeline's parts are free, or Orgtrail's already."""

from collections.abc import Iterator

from orgtrail.names import DEAD_LETTER_QUEUE, DELIVERY_LOG_GROUP, DELIVERY_STREAM, RULE
from orgtrail.preflight.clash import clashes
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import PipelineScope

_WANTED = {
    "the rule": ("aws_cloudwatch_event_rule", {"name": RULE}),
    "the delivery stream": ("aws_kinesis_firehose_delivery_stream", {"name": DELIVERY_STREAM}),
    "the queue": ("aws_sqs_queue", {"name": DEAD_LETTER_QUEUE}),
    "the log group": ("aws_cloudwatch_log_group", {"name": DELIVERY_LOG_GROUP}),
}


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    return clashes(pipeline.of.session, pipeline.region, _WANTED)


NAMES_IN_REGION = Check(
    id="names-in-region",
    severity=Severity.ERROR,
    asks="No rule, delivery stream, queue or log group has the name of the pipeline's, unless Orgtrail made it.",
    silences="The stack can't be deployed, or somebody else's rule is overwritten: EventBridge has PutRule alone.",
    permissions=(
        Permission("events:DescribeRule", "to see whether the rule exists"),
        Permission("events:ListTagsForResource", "to see whose it is"),
        Permission("firehose:DescribeDeliveryStream", "to see whether the stream exists"),
        Permission("firehose:ListTagsForDeliveryStream", "to see whose it is"),
        Permission("sqs:GetQueueUrl", "to see whether the queue exists"),
        Permission("sqs:ListQueueTags", "to see whose it is"),
        Permission("logs:DescribeLogGroups", "to see whether the log group exists"),
        Permission("logs:ListTagsForResource", "to see whose it is"),
    ),
    look=_look,
)
