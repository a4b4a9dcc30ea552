"""The peer of `main.py`: the same pipelines with AWS CDK and AWS Solutions Constructs, a stack per account and region.

    python app.py ACCOUNTS.json OUTDIR

ACCOUNTS.json is a list of objects with `account_id`, `name`, `regions` and `tags`. A pipeline is complete as Orgtrail's
is: rule, role, dead-letter queue with its policy, delivery stream, log group, role; and a bucket that others made.
"""

import json
import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_solutions_constructs.aws_eventbridge_kinesis_firehose_s3 import EventbridgeToKinesisFirehoseToS3

BUCKET = "acme-iam-events"


class PipelineStack(cdk.Stack):
    """One pipeline."""

    def __init__(self, app: cdk.App, account: dict, region: str) -> None:
        super().__init__(
            app,
            f"{account['name']}-{region}",
            env=cdk.Environment(account=account["account_id"], region=region),
            tags=account["tags"],
        )
        prefix = f"{account['account_id']}/{region}/!{{timestamp:yyyy/MM/dd}}/"
        pipeline = EventbridgeToKinesisFirehoseToS3(
            self,
            "Pipeline",
            event_rule_props=events.RuleProps(
                event_pattern=events.EventPattern(
                    source=["aws.iam", "aws.signin", "aws.sso"],
                    detail_type=["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"],
                )
            ),
            existing_bucket_obj=s3.Bucket.from_bucket_name(self, "Archive", BUCKET),
            kinesis_firehose_props={
                "extendedS3DestinationConfiguration": {
                    "bufferingHints": {"intervalInSeconds": 300, "sizeInMBs": 5},
                    "compressionFormat": "UNCOMPRESSED",
                    "prefix": prefix,
                    "errorOutputPrefix": f"errors/{prefix}",
                    "processingConfiguration": {
                        "enabled": True,
                        "processors": [{"type": "AppendDelimiterToRecord"}],
                    },
                }
            },
        )
        queue = sqs.Queue(self, "DeadLetters", retention_period=cdk.Duration.days(14), enforce_ssl=True)
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": pipeline.events_rule.rule_arn}},
            )
        )
        rule = pipeline.events_rule.node.default_child
        rule.add_property_override("Targets.0.DeadLetterConfig", {"Arn": queue.queue_arn})


def main(accounts: str, outdir: str) -> None:
    """Synthesize every stack."""
    app = cdk.App(outdir=outdir, analytics_reporting=False)
    for account in json.loads(Path(accounts).read_text(encoding="utf-8")):
        for region in account["regions"]:
            PipelineStack(app, account, region)
    app.synth()


if __name__ == "__main__":
    main(*sys.argv[1:])
