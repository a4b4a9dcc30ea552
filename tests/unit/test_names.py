"""Names: within AWS's limits, and telling states apart."""

import re

import pytest

from orgtrail import names

_API = "https://docs.aws.amazon.com"


@pytest.mark.parametrize(
    ("name", "longest", "allowed", "source"),
    [
        (names.RULE, 64, r"[.\-_A-Za-z0-9]+", f"{_API}/eventbridge/latest/APIReference/API_PutRule.html"),
        (names.TARGET, 64, r"[.\-_A-Za-z0-9]+", f"{_API}/eventbridge/latest/APIReference/API_Target.html"),
        (
            names.DELIVERY_STREAM,
            64,
            r"[a-zA-Z0-9_.\-]+",
            f"{_API}/firehose/latest/APIReference/API_CreateDeliveryStream.html",
        ),
        (
            names.DEAD_LETTER_QUEUE,
            80,
            r"[a-zA-Z0-9_\-]+",
            f"{_API}/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html",
        ),
        (names.EVENTBRIDGE_ROLE, 64, r"[\w+=,.@\-]+", f"{_API}/IAM/latest/APIReference/API_CreateRole.html"),
        (names.FIREHOSE_ROLE, 64, r"[\w+=,.@\-]+", f"{_API}/IAM/latest/APIReference/API_CreateRole.html"),
        (
            names.DELIVERY_LOG_GROUP,
            512,
            r"[.\-_/#A-Za-z0-9]+",
            f"{_API}/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
        ),
        (
            names.DELIVERY_LOG_STREAM,
            512,
            r"[^:*]+",
            f"{_API}/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html",
        ),
    ],
)
def test_a_name_keeps_to_what_its_service_allows(name, longest, allowed, source):
    assert len(name) <= longest, source
    assert re.fullmatch(allowed, name), source


def test_the_two_roles_of_an_account_have_different_names():
    assert names.EVENTBRIDGE_ROLE != names.FIREHOSE_ROLE


def test_a_states_key_is_its_template_filled_in():
    key = names.state_key("orgtrail/{account_id}/{name}.tfstate", account_id="333333333333", name="payments")

    assert key == "orgtrail/333333333333/payments.tfstate"


@pytest.mark.parametrize("template", ["{account_id}.tfstate", "{name}.tfstate"])
def test_the_archives_state_is_not_that_of_a_pipeline_in_the_archive_account(template):
    of_archive = names.state_key(template, account_id=names.ARCHIVE_STACK, name=names.ARCHIVE_STACK)
    of_pipeline = names.state_key(template, account_id="222222222222", name="log-archive")

    assert of_archive != of_pipeline


@pytest.mark.parametrize(
    ("bucket", "namespace"),
    [
        ("acme-222222222222-us-east-1-an", ("222222222222", "us-east-1")),
        ("a.b-222222222222-us-gov-west-1-an", ("222222222222", "us-gov-west-1")),
        ("acme-222222222222-eusc-de-east-1-an", ("222222222222", "eusc-de-east-1")),
        ("acme-222222222222-us-east-1", None),
        ("acme-22222222222-us-east-1-an", None),
        ("acme-plan-an", None),
        ("222222222222-us-east-1-an", None),
    ],
)
def test_a_buckets_name_says_whether_it_is_in_an_accounts_own_namespace(bucket, namespace):
    assert names.bucket_namespace(bucket) == namespace


def test_the_bucket_of_query_results_is_named_after_the_archives():
    assert names.results_bucket("acme-iam-events") == "acme-iam-events-results"


def test_the_bucket_of_query_results_has_a_name_that_s3_allows_however_long_the_archives_is():
    assert len(names.results_bucket("b" * 63)) == 63, (
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
    )


def test_the_workgroup_has_a_name_that_athena_allows():
    assert re.fullmatch(r"[a-zA-Z0-9._-]{1,128}", names.WORKGROUP), (
        f"{_API}/athena/latest/APIReference/API_CreateWorkGroup.html"
    )
