"""The calls that Terraform made in tests/rehearsal/test_deploy_role.py: terraform_calls.txt.

That test compares them. It leaves those of its run beside its accounts file, to be copied where a difference is meant.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET
from tests.policies.deployment_documents import MANAGEMENT_ACCOUNT_ID, STATES, TRAIL_BUCKET
from tests.recorded_calls import Call

Calls = tuple[tuple[str, Call], ...]

_FILE = Path(__file__).with_suffix(".txt")
_IAM = f"arn:aws:iam::{ACCOUNT_ID}:"
_QUEUE = "orgtrail-iam-events-dlq"
_DATABASE = f"{ARCHIVE_ACCOUNT_ID}:database/orgtrail"
_BOUNDED = (("iam:PermissionsBoundary", f"{_IAM}policy/orgtrail-boundary"),)
STATES_KEY = f"arn:aws:kms:us-east-1:{ARCHIVE_ACCOUNT_ID}:key/22222222-2222-3333-4444-555555555555"

_REGIONAL = f"us-east-1:{ACCOUNT_ID}:"
_LOG_STREAM = f"{_REGIONAL}log-group:/aws/kinesisfirehose/orgtrail-iam-events:log-stream:DestinationDelivery"
_TRAIL = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT_ACCOUNT_ID}:trail/orgtrail"
_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_CLOUDTRAILS_ROLE = (
    f"arn:aws:iam::{MANAGEMENT_ACCOUNT_ID}:role/aws-service-role/{_CLOUDTRAIL}/AWSServiceRoleForCloudTrail"
)
_FILES_READ = (
    *("GetAccelerateConfiguration", "GetBucketAcl", "GetBucketCORS", "GetBucketLogging", "GetBucketWebsite"),
    *("GetBucketObjectLockConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy", "GetBucketTagging"),
    *("GetBucketPublicAccessBlock", "GetBucketRequestPayment", "GetBucketVersioning", "GetEncryptionConfiguration"),
    *("GetLifecycleConfiguration", "GetReplicationConfiguration", "ListBucket", "ListTagsForResource"),
)
_FILES_WRITTEN = (
    *("CreateBucket", "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketPublicAccessBlock"),
    *("PutBucketTagging", "PutBucketVersioning", "PutEncryptionConfiguration", "PutLifecycleConfiguration"),
    *("TagResource", "UntagResource"),
)


def _both(account_id: str, action: str, resource: str) -> Calls:
    return tuple((who, Call(account_id, action, resource)) for who in ("deploy", "plan"))


def _of_trail() -> Iterator[tuple[str, Call]]:
    def call(action: str, resource: str, *context: tuple[str, str]) -> Call:
        return Call(MANAGEMENT_ACCOUNT_ID, action, resource, context)

    yield from _both(MANAGEMENT_ACCOUNT_ID, "cloudtrail:DescribeTrails", "*")
    for action in ("GetEventSelectors", "GetTrailStatus", "ListTags"):
        yield from _both(MANAGEMENT_ACCOUNT_ID, f"cloudtrail:{action}", _TRAIL)
    for action in ("AddTags", "CreateTrail", "DeleteTrail", "PutEventSelectors", "RemoveTags", "StartLogging"):
        yield "deploy", call(f"cloudtrail:{action}", _TRAIL)
    yield "deploy", call("cloudtrail:UpdateTrail", _TRAIL)
    yield "deploy", call("organizations:DescribeOrganization", "*")
    yield "deploy", call("organizations:ListAWSServiceAccessForOrganization", "*")
    yield "deploy", call("iam:CreateServiceLinkedRole", _CLOUDTRAILS_ROLE, ("iam:AWSServiceName", _CLOUDTRAIL))
    for action in _FILES_READ:
        yield from _both(ARCHIVE_ACCOUNT_ID, f"s3:{action}", f"arn:aws:s3:::{TRAIL_BUCKET}")
    for action in _FILES_WRITTEN:
        yield "deploy", Call(ARCHIVE_ACCOUNT_ID, f"s3:{action}", f"arn:aws:s3:::{TRAIL_BUCKET}")


# What the roles may do though no recorded run asked for it, by the reason.
NOT_RECORDED: Mapping[str, Calls] = {
    "a boundary that roles get after they were made": tuple(
        ("deploy", Call(ACCOUNT_ID, "iam:PutRolePermissionsBoundary", f"{_IAM}role/{name}", _BOUNDED))
        for name in ("orgtrail-eventbridge", "orgtrail-firehose")
    ),
    "attributes that only a release changes": (
        ("deploy", Call(ACCOUNT_ID, "sqs:SetQueueAttributes", f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{_QUEUE}")),
        ("deploy", Call(ARCHIVE_ACCOUNT_ID, "glue:UpdateDatabase", f"arn:aws:glue:us-east-1:{_DATABASE}")),
    ),
    "AWS provider 6, with which nothing was recorded": tuple(
        (who, Call(ARCHIVE_ACCOUNT_ID, f"s3:{action}", f"arn:aws:s3:::{bucket}"))
        for bucket in (BUCKET, f"{BUCKET}-results")
        for who, action in (
            ("plan", "ListTagsForResource"),
            ("deploy", "ListTagsForResource"),
            ("deploy", "TagResource"),
            ("deploy", "UntagResource"),
        )
    ),
    "what preflight, `status` and `verify` ask, not Terraform": (
        *(
            call
            for action in (
                "cloudtrail:DescribeTrails",
                "cloudtrail:LookupEvents",
                "events:ListRules",
                "firehose:ListDeliveryStreams",
                "iam:GetAccountSummary",
                "organizations:DescribeOrganization",
                "servicequotas:GetAWSDefaultServiceQuota",
            )
            for call in _both(ACCOUNT_ID, action, "*")
        ),
        *_both(ACCOUNT_ID, "account:GetRegionOptStatus", f"arn:aws:account::{ACCOUNT_ID}:account"),
        # Of these the evaluator wants to know on what; `dataset` is where metrics are that nobody named otherwise.
        *_both(ACCOUNT_ID, "cloudwatch:GetMetricData", f"arn:aws:cloudwatch:{_REGIONAL}dataset/default"),
        *_both(ACCOUNT_ID, "servicequotas:GetServiceQuota", f"arn:aws:servicequotas:{_REGIONAL}events/L-244521F2"),
        *_both(ACCOUNT_ID, "cloudtrail:GetEventSelectors", f"arn:aws:cloudtrail:{_REGIONAL}trail/payroll"),
        *_both(ACCOUNT_ID, "cloudtrail:GetTrailStatus", f"arn:aws:cloudtrail:{_REGIONAL}trail/payroll"),
        *_both(ACCOUNT_ID, "logs:GetLogEvents", f"arn:aws:logs:{_LOG_STREAM}"),
        *_both(ACCOUNT_ID, "sqs:GetQueueUrl", f"arn:aws:sqs:{_REGIONAL}{_QUEUE}"),
        *_both(ARCHIVE_ACCOUNT_ID, "s3:GetBucketLocation", f"arn:aws:s3:::{BUCKET}"),
        *_both(ARCHIVE_ACCOUNT_ID, "s3:GetBucketPolicyStatus", f"arn:aws:s3:::{BUCKET}"),
        *_both(ARCHIVE_ACCOUNT_ID, "s3:GetBucketLocation", f"arn:aws:s3:::{STATES}"),
    ),
    "a trail, of which no run was recorded": tuple(_of_trail()),
    "states with a key, which the recorded ones don't have": tuple(
        (who, Call(ARCHIVE_ACCOUNT_ID, f"kms:{action}", STATES_KEY))
        for who, action in (("plan", "Decrypt"), ("deploy", "Decrypt"), ("deploy", "GenerateDataKey"))
    ),
}


@cache
def calls_in_file() -> Calls:
    """Who called, `deploy` or `plan`, and the call."""
    return tuple(_read(line) for line in _FILE.read_text(encoding="utf-8").splitlines())


@cache
def every_call() -> Calls:
    """What was recorded and what wasn't, each call once."""
    return tuple(dict.fromkeys([*calls_in_file(), *(one for calls in NOT_RECORDED.values() for one in calls)]))


def _read(line: str) -> tuple[str, Call]:
    who, account_id, action, resource, *pairs = line.split()
    context = tuple((key, value) for key, _, value in (pair.partition("=") for pair in pairs))
    return who, Call(account_id, action, resource, context)


def written(calls: Iterable[tuple[str, Call]]) -> list[str]:
    """The lines of the file that has these calls, each once."""
    return sorted(
        " ".join([who, call.account_id, call.action, call.resource, *(f"{key}={value}" for key, value in call.context)])
        for who, call in set(calls)
    )
