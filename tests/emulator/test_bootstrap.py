"""The state bucket: made safely the first time, left alone ever after."""

import json

import pytest
from moto.s3.models import s3_backends

from orgtrail.aws import AccountSession, WrongAccount
from orgtrail.policies import tls_only_bucket
from orgtrail.state.bootstrap import BucketTaken, plan
from tests.builders import an_s3_state

BUCKET = "acme-terraform-state"
ROLE = "arn:aws:iam::222222222222:role/terraform-state"
STATE = an_s3_state(role=ROLE, region="eu-west-1")
NEW_BUCKET = {"Bucket": BUCKET, "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}


def client(state=STATE):
    return AccountSession(state, state.region).client("s3")


@pytest.fixture
def s3(empty_aws):
    """S3, with no bucket in it, as the account of the states sees it."""
    return client()


def bootstrap(state=STATE):
    for step in plan(state, "aws"):
        step.run()


def titles(state=STATE):
    return [step.title for step in plan(state, "aws")]


@pytest.mark.usefixtures("empty_aws")
class TestTheFirstTime:
    def test_everything_is_to_do_and_the_bucket_comes_first(self):
        assert titles() == [
            "create the bucket acme-terraform-state in eu-west-1",
            "block public access",
            "make the bucket's account the owner of every object",
            "keep every version of a state",
            "encrypt with a key of S3 (AES-256)",
            "refuse access without TLS",
            "drop versions that were replaced 365 days ago",
        ]

    def test_planning_changes_nothing(self, s3):
        plan(STATE, "aws")

        assert s3.list_buckets()["Buckets"] == []

    @pytest.mark.parametrize(("region", "location"), [("eu-west-1", "eu-west-1"), ("us-east-1", None)])
    def test_the_bucket_is_made_in_its_region(self, region, location):
        state = an_s3_state(role=ROLE, region=region)
        bootstrap(state)

        assert client(state).get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == location

    def test_the_bucket_is_made_in_the_account_of_the_states(self, s3):
        bootstrap()

        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [BUCKET]

    @pytest.mark.parametrize(
        ("bucket", "namespace"), [("acme-222222222222-eu-west-1-an", "account-regional"), (BUCKET, None)]
    )
    def test_a_bucket_of_the_accounts_own_namespace_is_made_there(self, s3, bucket, namespace):
        bootstrap(an_s3_state(role=ROLE, region="eu-west-1", bucket=bucket))

        assert s3.head_bucket(Bucket=bucket)
        assert s3_backends["222222222222"]["aws"].buckets[bucket].bucket_namespace == namespace

    def test_a_kms_key_encrypts_the_bucket_where_one_is_named(self):
        key = "arn:aws:kms:eu-west-1:222222222222:key/1234"
        state = an_s3_state(role=ROLE, region="eu-west-1", kms_key_id=key)
        bootstrap(state)

        rule = client(state).get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        assert rule["BucketKeyEnabled"] is True


class TestAfterwards:
    @pytest.fixture(scope="class")
    @classmethod
    def s3(cls, empty_aws_of_class):
        """S3 with the bucket in it, made by bootstrap."""
        bootstrap()
        return client()

    @pytest.mark.usefixtures("s3")
    def test_there_is_nothing_to_do(self):
        assert titles() == []

    def test_the_public_is_shut_out(self, s3):
        block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]

        assert block == dict.fromkeys(block, True)
        assert len(block) == 4

    def test_the_account_owns_every_object(self, s3):
        ownership = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]

        assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}

    def test_every_version_of_a_state_is_kept(self, s3):
        assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"

    def test_states_are_encrypted(self, s3):
        rule = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]

        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}

    def test_access_without_tls_is_refused(self, s3):
        policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])

        assert policy == tls_only_bucket("aws", BUCKET)

    def test_afterwards_replaced_versions_end_after_a_year(self, s3):
        rule = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"][0]

        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 365}
        assert "Expiration" not in rule


class TestABucketThatIsThereAlready:
    @pytest.fixture
    def s3(self, s3):
        """S3 with a bucket in it that has none of our protections."""
        s3.create_bucket(**NEW_BUCKET)
        return s3

    @pytest.mark.usefixtures("s3")
    def test_a_bucket_that_is_there_already_is_not_made_again_but_gets_what_it_lacks(self):
        wanting = titles()

        assert "create the bucket acme-terraform-state in eu-west-1" not in wanting
        assert "keep every version of a state" in wanting

    def test_a_bucket_that_is_there_already_keeps_the_policy_it_has(self, s3):
        policy = tls_only_bucket("aws", BUCKET) | {"Id": "somebody's decision"}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
        bootstrap()

        assert json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]) == policy

    def test_a_bucket_that_is_there_already_keeps_the_encryption_it_has(self, s3):
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms:dsse"}}
        s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
        bootstrap()

        kept = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert kept["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms:dsse"}

    def test_a_bucket_that_is_there_already_keeps_the_lifecycle_it_has(self, s3):
        rule = {
            "ID": "theirs",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
        }
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
        bootstrap()

        assert [rule["ID"] for rule in s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]] == ["theirs"]

    def test_a_bucket_that_is_there_already_has_versioning_turned_on_again_where_it_was_suspended(self, s3):
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})

        assert "keep every version of a state" in titles()

    def test_a_bucket_that_is_there_already_has_a_public_access_block_completed_where_it_was_partial(self, s3):
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicAcls": True})

        assert "block public access" in titles()


class TestABucketThatIsNotOurs:
    def test_a_bucket_that_is_not_ours_in_another_region_is_refused(self, s3):
        s3.create_bucket(**NEW_BUCKET)

        with pytest.raises(BucketTaken) as refusal:
            plan(an_s3_state(role=ROLE, region="us-east-1"), "aws")
        assert str(refusal.value) == "the bucket acme-terraform-state is in eu-west-1, state.region says us-east-1"

    @pytest.mark.usefixtures("empty_aws")
    def test_a_bucket_that_is_not_ours_of_another_account_is_refused(self, monkeypatch):
        monkeypatch.setenv("MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS", "false")
        theirs = an_s3_state(account_id="999999999999", role="arn:aws:iam::999999999999:role/x", region="eu-west-1")
        client(theirs).create_bucket(**NEW_BUCKET)

        with pytest.raises(BucketTaken, match="exists and isn't account 222222222222's"):
            plan(STATE, "aws")


@pytest.mark.usefixtures("empty_aws")
def test_credentials_of_another_account_are_refused_before_anything_is_looked_at():
    with pytest.raises(WrongAccount):
        plan(an_s3_state(role=None), "aws")
