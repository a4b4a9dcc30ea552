"""The addresses of all that Orgtrail makes: a contract with every Terraform state there is.

To Terraform, another address is another thing: it destroys what has the old one and creates what has the new one.
For an archive that is refused (`prevent_destroy`); for a pipeline it is a gap in the events. An address changes when
a construct is renamed, or moved into another, or gets another id.

So a change of these lists that isn't a plain addition needs a `moved` block (or `terraform state mv`) for the states
that exist, and a line in CHANGELOG.md that says what an operator has to expect.
"""

import pytest

from orgtrail.alarms import Alarms
from orgtrail.settings import Catalog
from tests.builders import (
    PROVIDER_5,
    a_trail,
    account_stack,
    addresses,
    an_account,
    an_archive,
    archive_stack,
    settings,
    trail_stack,
)

pytestmark = pytest.mark.xdist_group("synthesis")

ACCOUNT_OF_TWO_REGIONS = [
    "aws_cloudwatch_event_rule.ap-northeast-1_rule_F1E12A3B",
    "aws_cloudwatch_event_rule.us-east-1_rule_BB7318E3",
    "aws_cloudwatch_event_target.ap-northeast-1_target_1757219A",
    "aws_cloudwatch_event_target.us-east-1_target_AD6AFA76",
    "aws_cloudwatch_log_group.ap-northeast-1_log_group_CE8818B4",
    "aws_cloudwatch_log_group.us-east-1_log_group_C5A042A5",
    "aws_cloudwatch_log_stream.ap-northeast-1_log_stream_653EA741",
    "aws_cloudwatch_log_stream.us-east-1_log_stream_E37F3AB5",
    "aws_iam_role.roles_eventbridge_4517FA81",
    "aws_iam_role.roles_firehose_48B185D3",
    "aws_iam_role_policy.roles_eventbridge_policy_DF910D48",
    "aws_iam_role_policy.roles_firehose_policy_BA29C95D",
    "aws_kinesis_firehose_delivery_stream.ap-northeast-1_stream_D9FC43BF",
    "aws_kinesis_firehose_delivery_stream.us-east-1_stream_0FAAF294",
    "aws_sqs_queue.ap-northeast-1_dead_letter_queue_B178F033",
    "aws_sqs_queue.us-east-1_dead_letter_queue_3DE44AEF",
]

ALARMS_OF_TWO_REGIONS = [
    "aws_cloudwatch_metric_alarm.ap-northeast-1_alarms_dead-letters_5EFDA115",
    "aws_cloudwatch_metric_alarm.ap-northeast-1_alarms_failed-invocations_97F9F76B",
    "aws_cloudwatch_metric_alarm.ap-northeast-1_alarms_freshness_52A9F453",
    "aws_cloudwatch_metric_alarm.ap-northeast-1_alarms_lost-events_46411BFE",
    "aws_cloudwatch_metric_alarm.ap-northeast-1_alarms_near-limits_7F03866A",
    "aws_cloudwatch_metric_alarm.ap-northeast-1_alarms_throttling_1AE92A91",
    "aws_cloudwatch_metric_alarm.us-east-1_alarms_dead-letters_5915B659",
    "aws_cloudwatch_metric_alarm.us-east-1_alarms_failed-invocations_4DD82BE5",
    "aws_cloudwatch_metric_alarm.us-east-1_alarms_freshness_5524A6D1",
    "aws_cloudwatch_metric_alarm.us-east-1_alarms_lost-events_8DAB63D8",
    "aws_cloudwatch_metric_alarm.us-east-1_alarms_near-limits_4A7B3D2A",
    "aws_cloudwatch_metric_alarm.us-east-1_alarms_silence_9AF8E89F",
    "aws_cloudwatch_metric_alarm.us-east-1_alarms_throttling_D4DEF35D",
]

ARCHIVE = [
    "aws_s3_bucket.archive_bucket_B42367AB",
    "aws_s3_bucket_lifecycle_configuration.archive_lifecycle_3634E18A",
    "aws_s3_bucket_ownership_controls.archive_ownership_847F6F36",
    "aws_s3_bucket_policy.policy",
    "aws_s3_bucket_public_access_block.archive_public_access_block_689A5C0C",
    "aws_s3_bucket_server_side_encryption_configuration.archive_encryption_86C62789",
    "aws_s3_bucket_versioning.archive_versioning_80F3115D",
    "terraform_data.place",
]

CATALOG = [
    "aws_athena_named_query.catalog_query_access-keys_BD348A73",
    "aws_athena_named_query.catalog_query_arrivals-by-hour_079552BF",
    "aws_athena_named_query.catalog_query_by-day-and-account_B9503EFE",
    "aws_athena_named_query.catalog_query_duplicates_8AF2950F",
    "aws_athena_named_query.catalog_query_everything-by_D1A7CEAB",
    "aws_athena_named_query.catalog_query_failed-sign-ins_81776C68",
    "aws_athena_named_query.catalog_query_group-membership_1C7BEEB1",
    "aws_athena_named_query.catalog_query_identity-center_A01FC8C6",
    "aws_athena_named_query.catalog_query_new-users_B453437B",
    "aws_athena_named_query.catalog_query_organization-guardrails_72F039D2",
    "aws_athena_named_query.catalog_query_permissions_91751638",
    "aws_athena_named_query.catalog_query_pipeline-changes_A9979687",
    "aws_athena_named_query.catalog_query_refused_603ADC42",
    "aws_athena_named_query.catalog_query_role-trust_354E75DB",
    "aws_athena_named_query.catalog_query_root-use_376E4CA6",
    "aws_athena_named_query.catalog_query_sign-in-settings_A7C3E4F7",
    "aws_athena_named_query.catalog_query_sign-in-without-mfa_69D90C82",
    "aws_athena_named_query.catalog_query_unreadable-lines_DEC8C700",
    "aws_athena_workgroup.catalog_workgroup_295D4A0C",
    "aws_glue_catalog_database.catalog_database_4C1F6EE3",
    "aws_glue_catalog_table.catalog_iam_events_C8021CF4",
    "aws_glue_catalog_table.catalog_iam_events_backfilled_DC2EA718",
    "aws_glue_catalog_table.catalog_iam_events_by_account_28B35972",
    "aws_glue_catalog_table.catalog_iam_events_by_account_backfilled_37C444D4",
    "aws_glue_catalog_table.catalog_iam_events_flat_CD91F63C",
    "aws_s3_bucket.catalog_results_bucket_37CF4534",
    "aws_s3_bucket_lifecycle_configuration.catalog_results_lifecycle_A89564A7",
    "aws_s3_bucket_ownership_controls.catalog_results_ownership_76C73FE1",
    "aws_s3_bucket_policy.catalog_results_policy_1734BB46",
    "aws_s3_bucket_public_access_block.catalog_results_public_access_block_26BE414F",
    "aws_s3_bucket_server_side_encryption_configuration.catalog_results_encryption_E53236AF",
]

TRAIL = [
    "aws_cloudtrail.trail",
    "aws_s3_bucket.bucket_3056591E",
    "aws_s3_bucket_lifecycle_configuration.bucket_lifecycle_EFF6DB2A",
    "aws_s3_bucket_ownership_controls.bucket_ownership_D84360D7",
    "aws_s3_bucket_policy.bucket_policy_C7AF4A7D",
    "aws_s3_bucket_public_access_block.bucket_public_access_block_E696DCAD",
    "aws_s3_bucket_server_side_encryption_configuration.bucket_encryption_64AB656F",
    "aws_s3_bucket_versioning.bucket_versioning_FFA4302A",
    "terraform_data.place",
]


def test_the_addresses_of_an_account_of_two_regions_stay():
    assert addresses(account_stack(an_account(regions=("us-east-1", "ap-northeast-1")))) == ACCOUNT_OF_TWO_REGIONS


def test_the_addresses_of_the_archive_stay():
    assert addresses(archive_stack()) == ARCHIVE


def test_the_addresses_of_the_archive_with_tables_stay():
    with_catalog = archive_stack(settings(an_account(), archive=an_archive(catalog=Catalog())))

    assert addresses(with_catalog) == sorted([*ARCHIVE, *CATALOG])


def test_the_addresses_of_a_trail_stay():
    assert addresses(trail_stack(settings(an_account(), trail=a_trail()))) == TRAIL


def test_an_accounts_own_trail_is_one_more():
    account = an_account(regions=("us-east-1", "ap-northeast-1"))
    organization = settings(account, trail=a_trail(management=None))

    assert addresses(account_stack(account, organization)) == ["aws_cloudtrail.trail", *ACCOUNT_OF_TWO_REGIONS]


def test_alarms_are_more_of_them_and_move_none():
    account = an_account(regions=("us-east-1", "ap-northeast-1"), alarms=Alarms("arn:aws:sns:{region}:1:a", 24))

    assert addresses(account_stack(account)) == sorted([*ACCOUNT_OF_TWO_REGIONS, *ALARMS_OF_TWO_REGIONS])


def test_an_account_keeps_them_when_its_regions_are_written_in_another_order():
    assert addresses(account_stack(an_account(regions=("ap-northeast-1", "us-east-1")))) == ACCOUNT_OF_TWO_REGIONS


def test_an_account_keeps_them_when_it_gets_a_region_more():
    of_three = addresses(account_stack(an_account(regions=("eu-west-1", "us-east-1", "ap-northeast-1"))))

    assert set(ACCOUNT_OF_TWO_REGIONS) < set(of_three)


def test_an_account_keeps_them_when_it_gets_another_name():
    account = an_account(name="payments-prod", regions=("us-east-1", "ap-northeast-1"))

    assert addresses(account_stack(account)) == ACCOUNT_OF_TWO_REGIONS


def test_an_account_keeps_them_with_another_major_version_of_the_provider():
    account = an_account(regions=("us-east-1", "ap-northeast-1"))

    assert addresses(account_stack(account, provider=PROVIDER_5)) == ACCOUNT_OF_TWO_REGIONS
