"""What the stack of one account makes: two roles for the account, and a pipeline in each of its regions."""

import json
import subprocess
import sys

import pytest

from orgtrail.events import IAM_DETAIL_TYPES, IAM_SOURCES, Events, event_pattern
from orgtrail.layout import Layout
from orgtrail.policies import eventbridge_permissions, eventbridge_trust, firehose_permissions, firehose_trust
from orgtrail.rollout.existing import can_be_looked_up
from orgtrail.settings import Buffering
from tests.builders import (
    ACCOUNT_ID,
    ARCHIVE_ACCOUNT_ID,
    BUCKET,
    REPOSITORY,
    account_stack,
    address,
    an_account,
    an_archive,
    policy,
    reference,
    resources,
    settings,
    statement,
    the,
    unescaped,
)

pytestmark = pytest.mark.xdist_group("synthesis")

REGIONS = ("us-east-1", "ap-northeast-1")


@pytest.fixture(scope="module")
def stack():
    """An account with pipelines in two regions, and defaults otherwise."""
    return account_stack(an_account(regions=REGIONS))


@pytest.fixture(scope="module")
def changed_stack():
    """An account whose every setting of a pipeline differs from the default."""
    account = an_account(
        events=Events(IAM_SOURCES, IAM_DETAIL_TYPES, include_read_only=True),
        compression="GZIP",
        buffering=Buffering(size_mib=64, interval_seconds=900),
        log_retention_days=400,
    )
    return account_stack(account, settings(account, archive=an_archive(layout=Layout(LAYOUT))))


LAYOUT = "iam/account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/"


def destination(stack, **having):
    return the(stack, "aws_kinesis_firehose_delivery_stream", **having)["extended_s3_configuration"]


class TestTheRolesOfAnAccount:
    def test_the_roles_of_an_account_are_two_however_many_regions_it_has(self, stack):
        assert sorted(role["name"] for role in resources(stack, "aws_iam_role")) == [
            "orgtrail-eventbridge",
            "orgtrail-firehose",
        ]

    @pytest.mark.parametrize(
        ("name", "document"),
        [
            ("orgtrail-eventbridge", eventbridge_trust("aws", ACCOUNT_ID)),
            ("orgtrail-firehose", firehose_trust(ACCOUNT_ID)),
        ],
    )
    def test_trust_their_service_and_no_one_else(self, stack, name, document):
        assert policy(the(stack, "aws_iam_role", name=name)["assume_role_policy"]) == document

    @pytest.mark.parametrize(
        ("name", "document"),
        [
            ("put-records", eventbridge_permissions("aws", ACCOUNT_ID)),
            (
                "deliver",
                firehose_permissions(
                    "aws", ACCOUNT_ID, bucket=BUCKET, bucket_account_id=ARCHIVE_ACCOUNT_ID, layout=Layout()
                ),
            ),
        ],
    )
    def test_the_roles_of_an_account_have_one_inline_policy_each(self, stack, name, document):
        assert len(resources(stack, "aws_iam_role_policy")) == 2
        assert policy(the(stack, "aws_iam_role_policy", name=name)["policy"]) == document

    def test_the_roles_of_an_account_are_global_and_name_no_region(self, stack):
        assert not [role for role in resources(stack, "aws_iam_role") if "region" in role]


def test_each_of_its_resources_can_be_looked_up_by_deploy_adopt(stack):
    assert [kind for kind in stack["resource"] if not can_be_looked_up(kind)] == []


@pytest.mark.parametrize("region", REGIONS)
class TestThePipelineOfARegion:
    def test_the_pipeline_of_a_region_is_rule_target_queue_stream_and_delivery_log(self, stack, region):
        made = {
            kind: len([item for item in resources(stack, kind) if item.get("region") == region])
            for kind in stack["resource"]
            if not kind.startswith("aws_iam_")
        }

        assert made == {
            "aws_cloudwatch_event_rule": 1,
            "aws_cloudwatch_event_target": 1,
            "aws_cloudwatch_log_group": 1,
            "aws_cloudwatch_log_stream": 1,
            "aws_kinesis_firehose_delivery_stream": 1,
            "aws_sqs_queue": 1,
        }

    def test_the_pipeline_of_a_region_takes_what_can_occur_in_the_region(self, stack, region):
        rule = the(stack, "aws_cloudwatch_event_rule", region=region)

        assert json.loads(rule["event_pattern"]) == event_pattern(Events(), region)

    def test_the_pipeline_of_a_region_has_its_rule_on_the_default_bus(self, stack, region):
        rule = the(stack, "aws_cloudwatch_event_rule", region=region)

        assert (rule["name"], rule["state"]) == ("orgtrail-iam-events", "ENABLED")
        assert "event_bus_name" not in rule

    def test_the_pipeline_of_a_region_hands_events_from_the_rule_to_the_stream_as_the_eventbridge_role(
        self, stack, region
    ):
        target = the(stack, "aws_cloudwatch_event_target", region=region)

        assert target["rule"] == reference(stack, "aws_cloudwatch_event_rule", "name", region=region)
        assert target["arn"] == reference(stack, "aws_kinesis_firehose_delivery_stream", "arn", region=region)
        assert target["role_arn"] == reference(stack, "aws_iam_role", "arn", name="orgtrail-eventbridge")

    def test_the_pipeline_of_a_region_tries_for_a_day_before_an_event_becomes_a_dead_letter_of_its_own_region(
        self, stack, region
    ):
        target = the(stack, "aws_cloudwatch_event_target", region=region)

        assert target["retry_policy"] == {"maximum_event_age_in_seconds": 86_400, "maximum_retry_attempts": 185}
        assert target["dead_letter_config"] == {"arn": reference(stack, "aws_sqs_queue", "arn", region=region)}

    def test_the_pipeline_of_a_region_gets_its_target_only_once_the_role_may_put_records(self, stack, region):
        target = the(stack, "aws_cloudwatch_event_target", region=region)

        assert target["depends_on"] == [address(stack, "aws_iam_role_policy", name="put-records")]

    def test_the_pipeline_of_a_region_keeps_dead_letters_for_two_weeks_encrypted(self, stack, region):
        queue = the(stack, "aws_sqs_queue", region=region)

        assert queue["name"] == "orgtrail-iam-events-dlq"
        assert queue["message_retention_seconds"] == 14 * 24 * 60 * 60
        assert queue["sqs_managed_sse_enabled"] is True

    def test_the_pipeline_of_a_region_admits_its_own_rule_alone_to_its_dead_letters(self, stack, region):
        document = policy(the(stack, "aws_sqs_queue", region=region)["policy"])

        assert [item["Sid"] for item in document["Statement"] if item["Effect"] == "Allow"] == ["OnlyThisRule"]
        assert statement(document, "OnlyThisRule")["Condition"] == {
            "ArnEquals": {"aws:SourceArn": f"arn:aws:events:{region}:333333333333:rule/orgtrail-iam-events"}
        }

    def test_the_pipeline_of_a_region_writes_to_the_archive_below_the_accounts_prefixes(self, stack, region):
        written = destination(stack, region=region)

        assert written["bucket_arn"] == "arn:aws:s3:::acme-iam-events"
        assert written["role_arn"] == reference(stack, "aws_iam_role", "arn", name="orgtrail-firehose")
        assert written["prefix"] == (f"333333333333/{region}/!{{timestamp:yyyy}}/!{{timestamp:MM}}/!{{timestamp:dd}}/")
        assert written["error_output_prefix"] == (
            f"errors/333333333333/{region}/!{{firehose:error-output-type}}/"
            "!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"
        )

    def test_the_pipeline_of_a_region_collects_5_mib_or_300_seconds_and_does_not_compress(self, stack, region):
        written = destination(stack, region=region)

        assert (written["buffering_size"], written["buffering_interval"]) == (5, 300)
        assert written["compression_format"] == "UNCOMPRESSED"

    def test_ends_every_event_with_a_newline_without_stating_what_would_show_up_as_a_change(self, stack, region):
        assert destination(stack, region=region)["processing_configuration"] == {
            "enabled": True,
            "processors": [{"type": "AppendDelimiterToRecord"}],
        }

    def test_the_pipeline_of_a_region_takes_records_put_directly_and_encrypts_them(self, stack, region):
        stream = the(stack, "aws_kinesis_firehose_delivery_stream", region=region)

        assert stream["destination"] == "extended_s3"
        assert "kinesis_source_configuration" not in stream
        assert stream["server_side_encryption"] == {"enabled": True, "key_type": "AWS_OWNED_CMK"}

    def test_the_pipeline_of_a_region_logs_what_could_not_be_delivered(self, stack, region):
        assert destination(stack, region=region)["cloudwatch_logging_options"] == {
            "enabled": True,
            "log_group_name": reference(stack, "aws_cloudwatch_log_group", "name", region=region),
            "log_stream_name": reference(stack, "aws_cloudwatch_log_stream", "name", region=region),
        }
        group = the(stack, "aws_cloudwatch_log_group", region=region)
        assert (group["name"], group["retention_in_days"]) == ("/aws/kinesisfirehose/orgtrail-iam-events", 30)

    def test_the_pipeline_of_a_region_gets_its_stream_only_once_the_role_may_deliver(self, stack, region):
        stream = the(stack, "aws_kinesis_firehose_delivery_stream", region=region)

        assert stream["depends_on"] == [address(stack, "aws_iam_role_policy", name="deliver")]


class TestAnAccountsOwnSettings:
    def test_an_accounts_own_settings_choose_its_events(self, changed_stack):
        rule = the(changed_stack, "aws_cloudwatch_event_rule")

        assert json.loads(rule["event_pattern"]) == {
            "source": ["aws.iam"],
            "detail-type": ["AWS API Call via CloudTrail"],
        }

    def test_an_accounts_own_settings_put_the_rule_into_the_state_that_takes_read_only_events(self, changed_stack):
        assert (
            the(changed_stack, "aws_cloudwatch_event_rule")["state"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
        )

    def test_an_accounts_own_settings_compress_on_request(self, changed_stack):
        assert destination(changed_stack)["compression_format"] == "GZIP"

    def test_an_accounts_own_settings_buffer_as_told(self, changed_stack):
        written = destination(changed_stack)

        assert (written["buffering_size"], written["buffering_interval"]) == (64, 900)

    def test_an_accounts_own_settings_keep_the_delivery_log_as_long_as_told(self, changed_stack):
        assert the(changed_stack, "aws_cloudwatch_log_group")["retention_in_days"] == 400


class TestTheArchivesLayout:
    def test_the_archives_layout_is_where_events_and_errors_land(self, changed_stack):
        written = destination(changed_stack)

        assert written["prefix"] == (
            "iam/account=333333333333/region=us-east-1/day=!{timestamp:yyyy}-!{timestamp:MM}-!{timestamp:dd}/"
        )
        assert written["error_output_prefix"].startswith("iam/errors/333333333333/us-east-1/")

    def test_the_archives_layout_bounds_what_the_role_may_write(self, changed_stack):
        document = policy(the(changed_stack, "aws_iam_role_policy", name="deliver")["policy"])

        assert statement(document, "WriteOwnPrefixes")["Resource"] == [
            "arn:aws:s3:::acme-iam-events/iam/account=333333333333/*",
            "arn:aws:s3:::acme-iam-events/iam/errors/333333333333/*",
        ]


class TestAStackOnItsOwn:
    def test_a_stack_on_its_own_refers_to_no_other_stack(self, stack):
        assert "data" not in stack
        assert "output" not in stack

    def test_a_stack_on_its_own_is_the_same_whoever_else_is_in_the_organization(self, stack):
        account = an_account(regions=REGIONS)
        others = [an_account(f"{number:012}", name=f"team-{number}") for number in range(20)]

        assert account_stack(account, settings(*others, account)) == stack


def test_an_account_in_govcloud_has_arns_of_its_partition():
    account = an_account(regions=("us-gov-west-1",))
    organization = settings(account, archive=an_archive(region="us-gov-west-1"), partition="aws-us-gov")
    text = json.dumps(account_stack(account, organization))

    assert text.count("arn:") == text.count("arn:aws-us-gov:") > 0


def test_a_text_that_looks_like_terraform_stays_text():
    account = an_account(tags={"${key}": "%{ if true }${path.root}"})
    tags = account_stack(account)["provider"]["aws"][0]["default_tags"][0]["tags"]

    assert tags["$${key}"] == "%%{ if true }$${path.root}"
    assert {unescaped(key): unescaped(value) for key, value in tags.items()} == {
        "${key}": "%{ if true }${path.root}",
        "ManagedBy": "orgtrail",
    }


def test_only_the_bindings_that_are_used_are_loaded():
    """The package's own __init__ would import more than 2,000 modules, and take nine seconds for it."""
    program = (
        "import json, sys, constructs.account_stack, constructs.archive_stack\n"
        "package = 'cdktf_cdktf_provider_aws'\n"
        "loaded = [name for name in sys.modules if name.startswith(package + '.')]\n"
        "print(json.dumps([len(loaded), hasattr(sys.modules[package], '__all__')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    loaded, executed = json.loads(done.stdout)

    assert loaded < 100
    assert not executed
