"""An app with one empty stack that has loaded what Orgtrail uses of AWS from cdktn-aws."""

import sys

from cdktn import App, TerraformStack
from cdktn_aws import athena, cloudwatch_logs, eventbridge, glue, iam, kinesis_firehose, kms, s3, sqs  # noqa: F401

TerraformStack(App(outdir=sys.argv[1]), "empty")
