"""What a plan does to the evidence: each kind, in words, and that its opposite is none.

The plans in tests/plans are Terraform's own (1.11, provider 5.100.0), of an organization that was deployed to the
emulator and then weakened; what doesn't change was cut out of them.
"""

import json

import pytest

from orgtrail.layout import Layout
from orgtrail.policies import archive_bucket, firehose_permissions
from orgtrail.policies.guards import KeyUse
from orgtrail.weaker.plan import losses
from tests.builders import REPOSITORY
from tests.unit.weaker_cases import (
    ALLOW,
    BLOCK,
    BOTH_WAYS,
    DELETED,
    ONE_WAY,
    an_alarm,
    change,
    encryption,
    lifecycle,
    pattern,
    stream,
    table,
    words,
)


def name(case):
    return case if isinstance(case, str) else ""


@pytest.mark.parametrize(("kind", "before", "after", "expected"), [*ONE_WAY, *BOTH_WAYS], ids=name)
def test_it_is_weaker_and_said_in_words(kind, before, after, expected):
    assert words(change(kind, before, after)) == [expected]


@pytest.mark.parametrize(("kind", "before", "after", "_words"), ONE_WAY, ids=name)
def test_the_opposite_is_not_weaker(kind, before, after, _words):
    assert words(change(kind, after, before)) == []


@pytest.mark.parametrize(("kind", "before", "after", "_words"), [*ONE_WAY, *BOTH_WAYS], ids=name)
def test_what_is_created_is_not_weaker(kind, before, after, _words):
    assert words(change(kind, None, after, actions=["create"])) == []


@pytest.mark.parametrize(("kind", "before", "expected"), DELETED, ids=name)
def test_what_is_deleted_is_weaker(kind, before, expected):
    assert words(change(kind, before, None, actions=["delete"])) == [expected]


def test_an_expiry_that_is_deleted_is_not_weaker():
    rule = lifecycle(expiration=[{"days": 3}])
    assert words(change("aws_s3_bucket_lifecycle_configuration", rule, None, actions=["delete"])) == []


def test_a_part_of_a_pipeline_that_is_made_anew_loses_events_meanwhile():
    both = stream(prefix="a/")
    assert words(change("aws_kinesis_firehose_delivery_stream", both, both, actions=["delete", "create"])) == [
        "delivery stream in eu-west-1: there → destroyed and created again, events are lost"
    ]


def test_alarms_that_go_with_their_pipeline_are_not_told_besides():
    elsewhere = an_alarm("orgtrail-silence", arn="arn:aws:x:us-east-1:333333333333:it")
    gone = [
        change("aws_cloudwatch_metric_alarm", an_alarm("orgtrail-freshness"), None, actions=["delete"], address="a"),
        change("aws_cloudwatch_event_rule", pattern(source=["a"]), None, actions=["delete"], address="b"),
        change("aws_cloudwatch_metric_alarm", elsewhere, None, actions=["delete"], address="c"),
    ]

    assert words(*gone) == [
        "pipeline in eu-west-1: there → removed",
        "alarm orgtrail-silence in us-east-1: there → removed",
    ]


def test_a_view_that_is_deleted_hides_no_event():
    view = {**table(presto_view="true"), "table_type": "VIRTUAL_VIEW"}
    assert words(change("aws_glue_catalog_table", view, None, actions=["delete"])) == []


def test_what_is_no_longer_managed_is_weaker():
    assert words(change("aws_kms_key", {"policy": ALLOW}, None, actions=["forget"])) == [
        "aws_kms_key.it: managed by Orgtrail → left as it is"
    ]


def test_queries_results_may_go_but_not_be_opened():
    results = "aws_s3_bucket_{}.catalog_results_{}"
    expiry = change(
        "aws_s3_bucket_lifecycle_configuration",
        lifecycle(),
        lifecycle(expiration=[{"days": 1}]),
        address=results.format("lifecycle_configuration", "lifecycle"),
    )
    deleted = change(
        "aws_s3_bucket_public_access_block",
        BLOCK,
        None,
        actions=["delete"],
        address=results.format("public_access_block", "a"),
    )
    opened = change(
        "aws_s3_bucket_public_access_block",
        BLOCK,
        {**BLOCK, "ignore_public_acls": False},
        address=results.format("public_access_block", "b"),
    )
    assert words(expiry, deleted, opened) == [
        "public access block, ignore_public_acls in the results' bucket: on → off"
    ]


class TestAPolicyThatOnlyTheApplyMakesKnown:
    UNKNOWN = change("aws_s3_bucket_policy", {"policy": ALLOW}, {}, unknown={"policy": True})

    def test_a_policy_that_only_the_apply_makes_known_is_weaker(self):
        assert words(self.UNKNOWN) == ["bucket policy: known → not known before it is applied"]

    def test_a_policy_that_only_the_apply_makes_known_is_not_where_the_archive_gets_a_key(self):
        assert words(self.UNKNOWN, change("aws_kms_key", None, {}, actions=["create"])) == []


class TestAKeyThatTheArchiveGets:
    def test_a_key_that_the_archive_gets_may_be_used_by_deliveries(self):
        def permissions(key):
            return json.dumps(
                firehose_permissions(
                    "aws", "333333333333", bucket="b", bucket_account_id="2" * 12, layout=Layout(), key=key
                )
            )

        before, after = permissions(None), permissions(KeyUse("arn:aws:kms:us-east-1:222222222222:key/*", "us-east-1"))
        assert words(change("aws_iam_role_policy", {"policy": before}, {"policy": after})) == []

    def test_a_key_that_the_archive_gets_is_no_weaker_encryption(self):
        kind = "aws_s3_bucket_server_side_encryption_configuration"
        assert words(change(kind, encryption("AES256"), encryption("aws:kms", "key"))) == []
        assert words(change(kind, encryption("aws:kms", "key"), encryption("AES256"))) == [
            "encryption: KMS → S3's own keys",
            "KMS key: key → S3's own keys",
        ]


def test_an_account_of_the_file_that_the_policy_lists_is_not_weaker():
    def listing(*ids):
        return {
            "policy": json.dumps(
                archive_bucket("aws", bucket="b", layout=Layout(), organization_id=None, account_ids=ids)
            )
        }

    onboarding = change("aws_s3_bucket_policy", listing("1" * 12), listing("1" * 12, "2" * 12))
    assert words(onboarding, accounts={"1" * 12, "2" * 12}) == []
    assert len(words(onboarding, accounts={"1" * 12})) == 2


def of_plan(name):
    plan = json.loads((REPOSITORY / "tests" / "plans" / f"{name}.json").read_text(encoding="utf-8"))
    found = losses(plan, {"111111111111"})
    return list(dict.fromkeys(loss.what for lost in found.values() for loss in lost))


class TestAPlanOfTerraform:
    def test_a_plan_of_terraform_of_a_weaker_archive_says_each_of_its_weaknesses(self):
        assert of_plan("archive-weaker") == [
            "where a table finds events, iam_events",
            "regions that a table finds, iam_events",
            "where a table finds events, iam_events_by_account",
            "regions that a table finds, iam_events_by_account",
            "policy of the KMS key, statement BreakGlassEndsTheKey",
            "events are deleted",
            "replaced and deleted versions are deleted for good",
            "events move to a class that Athena can't read",
            "access logs of the bucket",
            "lock of objects",
            "bucket policy, statement DeliveryWritesOwnPrefixes",
            "bucket policy, statement BreakGlassDeletesObjects",
            "bucket policy, statement BreakGlassDeletesTheBucket",
        ]

    def test_a_plan_of_terraform_of_an_archive_that_loses_its_key_and_its_tables_says_so(self):
        assert of_plan("archive-without-key-and-tables") == [
            "tables in Athena",
            "aws_kms_key.archive",
            "access logs of the bucket",
            "lock of objects",
            "bucket policy, statement NoOtherKey",
            "bucket policy, statement NoOtherEncryption",
            "bucket policy, statement NoKeyOfTheCaller",
            "bucket policy, statement BreakGlassDeletesObjects",
            "bucket policy, statement BreakGlassDeletesTheBucket",
            "encryption",
            "KMS key",
        ]

    def test_a_plan_of_terraform_of_a_weaker_account_says_each_of_its_weaknesses(self):
        assert of_plan("account-weaker") == [
            "pipeline in eu-west-1",
            "sources taken in us-east-1",
            "calls taken in us-east-1",
            "time that the delivery log is kept in us-east-1",
            "permissions of orgtrail-firehose, statement WriteOwnPrefixes",
            "where in the bucket events lie in us-east-1",
        ]

    def test_a_plan_of_terraform_of_a_disabled_account_names_each_pipeline_once(self):
        assert of_plan("account-disabled") == ["pipeline in eu-west-1", "pipeline in us-east-1"]
