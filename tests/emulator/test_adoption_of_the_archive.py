"""What exists of the archive's stack is taken into its state if it is Orgtrail's; an AWS in this process has it."""

import json
from typing import Any, ClassVar

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.policies import account_trails_bucket
from orgtrail.rollout.existing import existing
from orgtrail.rollout.lookup import Existing, Undecided
from orgtrail.rollout.second_key import second_key
from tests.builders import an_account, an_archive, settings

REGION = "eu-west-1"
OURS = {names.MANAGED_BY: names.MANAGED_BY_US}
THEIRS = {"owner": "somebody"}
ARCHIVE = an_archive(account_id=DEFAULT_ACCOUNT_ID, region=REGION)
BUCKET, DATABASE = ARCHIVE.bucket, "orgtrail"
DESCRIPTION = "Encrypts the Orgtrail archive"
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
RULE = {"ID": "retention", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 400}}
ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
QUERY = {"Name": "new-users", "Database": DATABASE, "QueryString": "SELECT 1"}

# Type → what a plan says of the resource, and the id by which the provider imports it.
PARTS_OF_BUCKETS = tuple(
    f"aws_s3_bucket_{part}"
    for part in (
        "lifecycle_configuration",
        "object_lock_configuration",
        "ownership_controls",
        "policy",
        "public_access_block",
        "server_side_encryption_configuration",
        "versioning",
    )
)
RESOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "aws_athena_workgroup": ({"name": names.WORKGROUP}, names.WORKGROUP),
    "aws_glue_catalog_database": ({"name": DATABASE}, f"{DEFAULT_ACCOUNT_ID}:{DATABASE}"),
    "aws_glue_catalog_table": (
        {"name": "iam_events", "database_name": DATABASE},
        f"{DEFAULT_ACCOUNT_ID}:{DATABASE}:iam_events",
    ),
    "aws_kms_alias": ({"name": names.ARCHIVE_KEY_ALIAS}, names.ARCHIVE_KEY_ALIAS),
    "aws_s3_bucket": ({"bucket": BUCKET}, BUCKET),
    **{kind: ({"bucket": BUCKET, "rule": [{"id": "retention"}]}, BUCKET) for kind in PARTS_OF_BUCKETS},
}


@pytest.fixture
def session(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    return AccountSession(ARCHIVE, REGION)


def make_bucket(session, tags):
    s3 = session.client("s3")
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}, ObjectLockEnabledForBucket=True
    )
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": listed(tags)})
    return s3


def make_settings_of_bucket(s3):
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=BLOCK)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [RULE]})
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=ENCRYPTION)
    ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=ownership)


def make_catalog(session, tags):
    glue, athena = session.client("glue"), session.client("athena")
    glue.create_database(DatabaseInput={"Name": DATABASE}, Tags=tags)
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "iam_events"})
    athena.create_work_group(Name=names.WORKGROUP, Tags=listed(tags))
    return athena


def make_key(session, tags, alias=True, description=DESCRIPTION):
    kms = session.client("kms")
    tags = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
    key = kms.create_key(Description=description, Tags=tags)["KeyMetadata"]["KeyId"]
    if alias:
        kms.create_alias(AliasName=names.ARCHIVE_KEY_ALIAS, TargetKeyId=key)
    return key


def listed(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def find_key(session):
    return existing("aws_kms_key", {"description": DESCRIPTION}, session, REGION)


def test_everything_with_a_name_is_found_by_the_id_that_the_provider_asks_for_with_the_tags_of_its_owner(session):
    make_settings_of_bucket(make_bucket(session, OURS))
    make_catalog(session, OURS)
    make_key(session, OURS)

    found = {kind: existing(kind, planned, session, REGION) for kind, (planned, _) in RESOURCES.items()}

    assert found == {kind: Existing(import_id, OURS) for kind, (_, import_id) in RESOURCES.items()}


def test_what_is_not_there_is_left_to_be_created(session):
    assert [existing(kind, planned, session, REGION) for kind, (planned, _) in RESOURCES.items()] == [None] * 12
    assert find_key(session) is None


class TestABucket:
    def test_a_bucket_without_tags_is_not_ours(self, session):
        session.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        found = existing("aws_s3_bucket", {"bucket": BUCKET}, session, REGION)
        assert found is not None
        assert not found.is_ours

    def test_a_bucket_of_others_leaves_what_is_set_on_it_to_the_rules_of_the_stack(self, session):
        make_settings_of_bucket(make_bucket(session, THEIRS))
        assert {existing(kind, RESOURCES[kind][0], session, REGION) for kind in PARTS_OF_BUCKETS} == {None}

    @pytest.mark.parametrize("kind", ["policy", "lifecycle_configuration"])
    def test_a_bucket_of_ours_that_others_have_added_to_is_not_taken_in_over_their_heads(self, session, kind):
        s3 = make_bucket(session, OURS)
        statement = {"Sid": "TheirReaders", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
        rules = {"Rules": [RULE, {**RULE, "ID": "their-rule"}]}
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration=rules)

        with pytest.raises(Undecided, match=r"would lose it: (statement TheirReaders|lifecycle rule their-rule)\."):
            existing(f"aws_s3_bucket_{kind}", RESOURCES[f"aws_s3_bucket_{kind}"][0], session, REGION)

    def test_a_bucket_of_a_trail_is_taken_in_with_the_statements_of_its_plan(self, session):
        s3 = make_bucket(session, OURS)
        policy = json.dumps(account_trails_bucket("aws", bucket=BUCKET, account_ids=(DEFAULT_ACCOUNT_ID,)))
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)

        planned = {"bucket": BUCKET, "policy": policy}
        assert existing("aws_s3_bucket_policy", planned, session, REGION) == Existing(BUCKET, OURS)

    def test_a_bucket_that_is_to_be_made_by_the_same_plan_has_nothing_set_on_it_yet(self, session):
        assert {existing(kind, {}, session, REGION) for kind in PARTS_OF_BUCKETS} == {None}

    def test_a_bucket_in_another_region_is_told(self, session):
        make_bucket(session, OURS)
        with pytest.raises(Undecided, match=f"is in {REGION}, not in us-east-1"):
            existing("aws_s3_bucket", {"bucket": BUCKET}, session, "us-east-1")


class TestAKey:
    def test_a_key_is_the_one_behind_the_alias_though_others_have_our_tag(self, session):
        make_key(session, OURS, alias=False)
        key = make_key(session, OURS)
        assert find_key(session) == Existing(key, OURS)

    def test_a_key_without_the_alias_is_the_only_one_with_our_tag_and_description(self, session):
        key = make_key(session, OURS, alias=False)
        make_key(session, THEIRS, alias=False)
        make_key(session, OURS, alias=False, description="of another tool with our tag")
        assert find_key(session) == Existing(key, OURS)

    def test_a_key_is_not_guessed_among_several(self, session):
        keys = {make_key(session, OURS, alias=False), make_key(session, OURS, alias=False)}
        with pytest.raises(Undecided, match="aws kms create-alias") as refused:
            find_key(session)
        assert all(key in str(refused.value) for key in keys)

    def test_a_key_that_is_about_to_be_deleted_is_told_with_the_commands_that_keep_it(self, session):
        key = make_key(session, OURS)
        session.client("kms").schedule_key_deletion(KeyId=key)
        with pytest.raises(Undecided, match=f"aws kms cancel-key-deletion --key-id {key}"):
            find_key(session)

    def test_beside_another_one_of_the_stack_leaves_the_alias_undecided(self, session):
        key = make_key(session, OURS)
        with pytest.raises(Undecided, match=f"it stands for the key {key}"):
            existing("aws_kms_alias", {"name": names.ARCHIVE_KEY_ALIAS, "target_key_id": "the-second"}, session, REGION)


class TestANamedQuery:
    PLANNED: ClassVar = {"name": "new-users", "database": DATABASE, "query": "SELECT 1", "workgroup": names.WORKGROUP}

    def test_a_named_query_is_the_one_of_that_name_and_text_in_our_workgroup(self, session):
        athena = make_catalog(session, OURS)
        athena.create_named_query(**QUERY | {"QueryString": "SELECT 2"}, WorkGroup=names.WORKGROUP)
        query = athena.create_named_query(**QUERY, WorkGroup=names.WORKGROUP)["NamedQueryId"]
        assert existing("aws_athena_named_query", self.PLANNED, session, REGION) == Existing(query, OURS)

    def test_a_named_query_with_another_text_is_left_alone(self, session):
        athena = make_catalog(session, OURS)
        athena.create_named_query(**QUERY | {"QueryString": "SELECT 2"}, WorkGroup=names.WORKGROUP)
        assert existing("aws_athena_named_query", self.PLANNED, session, REGION) is None

    def test_a_named_query_in_a_workgroup_of_others_is_left_alone(self, session):
        make_catalog(session, THEIRS).create_named_query(**QUERY, WorkGroup=names.WORKGROUP)
        assert existing("aws_athena_named_query", self.PLANNED, session, REGION) is None


class TestASecondKey:
    ORGANIZATION = settings(an_account(), archive=ARCHIVE)
    CREATED: ClassVar = {"resource_changes": [{"type": "aws_kms_key", "change": {"actions": ["create"]}}]}

    def test_a_second_key_is_told_before_it_is_made_with_the_command_and_the_line_that_use_the_first(self, session):
        key = make_key(session, OURS)
        (told,) = second_key(self.CREATED, self.ORGANIZATION)
        assert "deploy archive --adopt --accounts accounts.yaml\n" in told
        assert told.endswith(
            f"into accounts.yaml:\narchive:\n  kms_key: arn:aws:kms:{REGION}:{DEFAULT_ACCOUNT_ID}:key/{key}"
        )

    def test_a_second_key_is_no_matter_where_there_is_no_first_one(self, session):
        make_key(session, OURS, alias=False)
        assert list(second_key(self.CREATED, self.ORGANIZATION)) == []

    def test_a_second_key_is_not_made_by_a_plan_that_keeps_or_takes_in_the_first(self, session):
        make_key(session, OURS)
        kept = {"resource_changes": [{"type": "aws_kms_key", "change": {"actions": ["no-op"]}}]}
        assert list(second_key(kept, self.ORGANIZATION)) == []
