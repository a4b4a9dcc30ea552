"""One account's pipeline in one region: rule, dead-letter queue, delivery stream, delivery log, alarms."""

import json
from typing import Any

from constructs import Construct
from constructs.alarms import PipelineAlarms
from constructs.bindings import (
    CloudwatchEventRule,
    CloudwatchEventTarget,
    CloudwatchLogGroup,
    CloudwatchLogStream,
    FirehoseProcessor,
    KinesisFirehoseDeliveryStream,
    SqsQueue,
)
from constructs.delivery_roles import DeliveryRoles
from constructs.scanner import skip_checks
from constructs.terraform_text import escape_template, escaped_json
from orgtrail import events, names, policies
from orgtrail.settings import Account, Settings

# EventBridge's own maximum; written out, because an unstated default can't be reviewed.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
_RETRY = {"maximum_event_age_in_seconds": 86_400, "maximum_retry_attempts": 185}
_LOG_GROUP_SKIPPED_CHECKS = {
    "CKV_AWS_158": "CloudWatch's own keys encrypt: the log says why a delivery failed and holds no event, so it isn't "
    "worth a key in each account and region",
}


class EventPipeline(Construct):
    """IAM events of `region` → rule → Firehose → the archive; what can't be handed over → dead-letter queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        account: Account,
        region: str,
        roles: DeliveryRoles,
        region_arguments: dict[str, Any],
    ) -> None:
        super().__init__(scope, construct_id)
        self._region_arguments = region_arguments
        stream = self._delivery_stream(settings, account, region, roles)
        queue = self._dead_letter_queue(settings.partition, account, region)
        rule = CloudwatchEventRule(
            self,
            "rule",
            name=names.RULE,
            description="IAM events for the Orgtrail archive",
            event_pattern=escape_template(json.dumps(events.event_pattern(account.events, region))),
            state=events.rule_state(account.events),
            **region_arguments,
        )
        CloudwatchEventTarget(
            self,
            "target",
            rule=rule.name,
            target_id=names.TARGET,
            arn=stream.arn,
            role_arn=roles.eventbridge.arn,
            retry_policy=_RETRY,
            dead_letter_config={"arn": queue.arn},
            # An event that matches before the role may put records goes straight to the dead-letter queue.
            depends_on=[roles.eventbridge_policy],
            **region_arguments,
        )
        if account.alarms:
            PipelineAlarms(
                self,
                "alarms",
                alarms=account.alarms,
                partition=settings.partition,
                account=account,
                region=region,
                region_arguments=region_arguments,
            )

    def _delivery_stream(
        self, settings: Settings, account: Account, region: str, roles: DeliveryRoles
    ) -> KinesisFirehoseDeliveryStream:
        archive = settings.archive
        log_group, log_stream = self._delivery_log(account)
        return KinesisFirehoseDeliveryStream(
            self,
            "stream",
            name=names.DELIVERY_STREAM,
            destination="extended_s3",
            server_side_encryption={"enabled": True, "key_type": "AWS_OWNED_CMK"},
            extended_s3_configuration={
                "bucket_arn": f"arn:{settings.partition}:s3:::{archive.bucket}",
                "role_arn": roles.firehose.arn,
                "prefix": archive.layout.prefix(account.account_id, region),
                "error_output_prefix": archive.layout.error_prefix(account.account_id, region),
                "buffering_size": account.buffering.size_mib,
                "buffering_interval": account.buffering.interval_seconds,
                "compression_format": account.compression,
                "cloudwatch_logging_options": {
                    "enabled": True,
                    "log_group_name": log_group.name,
                    "log_stream_name": log_stream.name,
                },
                "processing_configuration": {
                    "enabled": True,
                    # No Delimiter parameter: newline is the default, and a stated one shows up as a change forever.
                    # https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
                    "processors": [FirehoseProcessor(type="AppendDelimiterToRecord")],
                },
            },
            # Without its policy the role can't deliver, and the first records would become errors.
            depends_on=[roles.firehose_policy],
            **self._region_arguments,
        )

    def _delivery_log(self, account: Account) -> tuple[CloudwatchLogGroup, CloudwatchLogStream]:
        log_group = CloudwatchLogGroup(
            self,
            "log_group",
            name=names.DELIVERY_LOG_GROUP,
            retention_in_days=account.log_retention_days,
            **self._region_arguments,
        )
        skip_checks(log_group, _LOG_GROUP_SKIPPED_CHECKS)
        log_stream = CloudwatchLogStream(
            self,
            "log_stream",
            name=names.DELIVERY_LOG_STREAM,
            log_group_name=log_group.name,
            **self._region_arguments,
        )
        return log_group, log_stream

    def _dead_letter_queue(self, partition: str, account: Account, region: str) -> SqsQueue:
        return SqsQueue(
            self,
            "dead_letter_queue",
            name=names.DEAD_LETTER_QUEUE,
            message_retention_seconds=names.DEAD_LETTERS_KEPT_SECONDS,
            sqs_managed_sse_enabled=True,
            # As an argument and not a resource: the provider waits 25 seconds for each to settle.
            policy=escaped_json(policies.dead_letter_queue(partition, account.account_id, region)),
            **self._region_arguments,
        )
