"""The addresses of all that Orgtrail makes: a contract with every Terraform state there is.

To Terraform, another address is another thing: it destroys what has the old one and creates what has the new one.
For an archive that is refused (`prevent_destroy`); for a pipeline it is a gap in the events. An address changes when
a construct is renamed, or moved into another, or gets another id.

So a change of these lists that isn't a plain addition needs a `moved` block (or `terraform state mv`) for the states
that exist, and a line in CHANGELOG.md that says what an operator has to expect.
"""

from itertools import combinations, product
from typing import Any

import pytest

from orgtrail.settings import AccessLogs, Catalog, Former, MovingFrom, ObjectLock
from tests.builders import (
    PROVIDER_5,
    PROVIDER_6,
    account_stack,
    addresses,
    an_account,
    an_archive,
    archive_stack,
    settings,
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
    "aws_athena_named_query.catalog_query_by-day-and-account_B9503EFE",
    "aws_athena_named_query.catalog_query_everything-by_D1A7CEAB",
    "aws_athena_named_query.catalog_query_failed-sign-ins_81776C68",
    "aws_athena_named_query.catalog_query_group-membership_1C7BEEB1",
    "aws_athena_named_query.catalog_query_identity-center_A01FC8C6",
    "aws_athena_named_query.catalog_query_new-users_B453437B",
    "aws_athena_named_query.catalog_query_organization-guardrails_72F039D2",
    "aws_athena_named_query.catalog_query_permissions_91751638",
    "aws_athena_named_query.catalog_query_refused_603ADC42",
    "aws_athena_named_query.catalog_query_role-trust_354E75DB",
    "aws_athena_named_query.catalog_query_root-use_376E4CA6",
    "aws_athena_named_query.catalog_query_sign-in-settings_A7C3E4F7",
    "aws_athena_named_query.catalog_query_sign-in-without-mfa_69D90C82",
    "aws_athena_named_query.catalog_query_unreadable-lines_DEC8C700",
    "aws_athena_workgroup.catalog_workgroup_295D4A0C",
    "aws_glue_catalog_database.catalog_database_4C1F6EE3",
    "aws_glue_catalog_table.catalog_iam_events_C8021CF4",
    "aws_glue_catalog_table.catalog_iam_events_by_account_28B35972",
    "aws_glue_catalog_table.catalog_iam_events_flat_CD91F63C",
    "aws_s3_bucket.catalog_results_bucket_37CF4534",
    "aws_s3_bucket_lifecycle_configuration.catalog_results_lifecycle_A89564A7",
    "aws_s3_bucket_ownership_controls.catalog_results_ownership_76C73FE1",
    "aws_s3_bucket_policy.catalog_results_policy_1734BB46",
    "aws_s3_bucket_public_access_block.catalog_results_public_access_block_26BE414F",
    "aws_s3_bucket_server_side_encryption_configuration.catalog_results_encryption_E53236AF",
]


EXISTING = ["aws_s3_bucket.existing", "aws_s3_bucket_policy.policy"]

OPTIONS: dict[str, dict[str, Any]] = {
    "a key of others": {"kms_key": "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
    "managed key": {"kms_key": "managed"},
    "former managed key": {"former": Former(kms_key="managed")},
    "moving from a managed key": {"moving_from": MovingFrom(kms_key="managed")},
    "object lock": {"object_lock": ObjectLock(mode="compliance", days=400)},
    "access logs": {"access_logs": AccessLogs(bucket="acme-logs", prefix="s3/")},
    "catalog": {"catalog": Catalog()},
    "adopt": {"adopt": True},
}
MANAGED_KEY = ["aws_kms_alias.key_alias_9418169B", "aws_kms_key.archive"]
ADDED: dict[str, list[str]] = {
    "a key of others": [],
    "managed key": MANAGED_KEY,
    "former managed key": MANAGED_KEY,
    "moving from a managed key": MANAGED_KEY,
    "object lock": ["aws_s3_bucket_object_lock_configuration.archive_object_lock_DED6D674"],
    "access logs": ["aws_s3_bucket_logging.archive_access_logs_2F2BC527"],
    "catalog": CATALOG,
    "adopt": [],
}
# Of access logs and a catalog.
TOGETHER = ["aws_s3_bucket_logging.catalog_results_access_logs_5B50AC4D"]


def test_those_of_an_account_of_two_regions():
    assert addresses(account_stack(an_account(regions=("us-east-1", "ap-northeast-1")))) == ACCOUNT_OF_TWO_REGIONS


def archive_addresses(provider=PROVIDER_6, **options):
    return addresses(archive_stack(settings(an_account(), archive=an_archive(**options)), provider))


def test_those_of_the_archive():
    assert archive_addresses() == ARCHIVE


def test_an_address_in_the_archive_that_an_option_adds():
    added = {name: sorted({*archive_addresses(**option)} - {*ARCHIVE}) for name, option in OPTIONS.items()}

    assert added == ADDED


def test_an_option_of_the_archive_takes_no_address_away():
    lost = {name: sorted({*ARCHIVE} - {*archive_addresses(**option)}) for name, option in OPTIONS.items()}

    assert lost == {name: [] for name in OPTIONS}


def test_those_of_a_bucket_that_was_there_before():
    assert archive_addresses(existing=True) == []
    assert archive_addresses(existing=True, manage_policy=True) == EXISTING


@pytest.mark.parametrize("provider", [PROVIDER_5, PROVIDER_6], ids=["provider 5", "provider 6"])
def test_no_two_options_of_the_archive_together_make_an_address_that_is_not_pinned(provider):
    pinned = {*ARCHIVE, *EXISTING, *(address for added in ADDED.values() for address in added), *TOGETHER}
    buckets: list[dict[str, Any]] = [{}, {"existing": True}, {"existing": True, "manage_policy": True}]
    both = product(buckets, combinations(OPTIONS.values(), 2))
    made = {address for bucket, (one, other) in both for address in archive_addresses(provider, **bucket | one | other)}

    assert made == pinned


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
