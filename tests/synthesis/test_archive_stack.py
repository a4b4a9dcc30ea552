"""What the archive's stack makes: a bucket that can be trusted, or no more of an existing one than it may manage."""

import json
from unittest.mock import ANY

import pytest

from orgtrail import policies
from orgtrail.layout import Layout
from orgtrail.settings import ObjectLock, Transition
from orgtrail.terraform.provider import Provider
from tests.builders import (
    ACCOUNT_ID,
    BUCKET,
    ORGANIZATION_ID,
    OTHER_ACCOUNT_ID,
    address,
    addresses,
    an_account,
    an_archive,
    archive_stack,
    policy,
    reference,
    resources,
    settings,
    statement,
    the,
)

pytestmark = pytest.mark.xdist_group("synthesis")

EXPECTED_POLICY = policies.archive_bucket(
    "aws", bucket=BUCKET, layout=Layout(), organization_id=ORGANIZATION_ID, account_ids=(ACCOUNT_ID,)
)


def of_archive(**changed):
    """The stack of an archive with these settings."""
    return archive_stack(settings(an_account(), archive=an_archive(**changed)))


@pytest.fixture(scope="module")
def stack():
    """An archive whose bucket is Orgtrail's to make."""
    return of_archive()


def of_the_archives_bucket(stack, kind):
    """The resource of a type that belongs to the archive's bucket."""
    return the(stack, kind, bucket=reference(stack, "aws_s3_bucket", "id", bucket=BUCKET))


class TestTheBucket:
    def test_the_bucket_is_in_the_archives_region(self):
        made = of_archive(region="eu-central-1")

        assert the(made, "aws_s3_bucket", bucket=BUCKET)["region"] == "eu-central-1"

    @pytest.mark.parametrize(("version", "namespace"), [("6.37.0", "account-regional"), ("6.36.9", None)])
    def test_a_bucket_of_the_accounts_own_namespace_is_made_there_if_the_provider_can(self, version, namespace):
        name = "acme-222222222222-us-east-1-an"
        organization = settings(an_account(), archive=an_archive(bucket=name))
        made = the(archive_stack(organization, Provider(version, None)), "aws_s3_bucket", bucket=name)

        assert made.get("bucket_namespace") == namespace
        assert ("bucket_namespace" in made["lifecycle"]["ignore_changes"]) == bool(namespace)

    def test_the_bucket_is_never_destroyed_by_terraform(self, stack):
        assert the(stack, "aws_s3_bucket", bucket=BUCKET)["lifecycle"]["prevent_destroy"] is True

    def test_the_bucket_keeps_every_version(self, stack):
        versioning = of_the_archives_bucket(stack, "aws_s3_bucket_versioning")

        assert versioning["versioning_configuration"] == {"status": "Enabled"}

    def test_the_bucket_is_encrypted(self, stack):
        encryption = of_the_archives_bucket(stack, "aws_s3_bucket_server_side_encryption_configuration")

        assert encryption["rule"] == [
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"},
                "blocked_encryption_types": ["SSE-C"],
            }
        ]

    def test_the_bucket_is_closed_to_the_public(self, stack):
        block = of_the_archives_bucket(stack, "aws_s3_bucket_public_access_block")

        assert {key: value for key, value in block.items() if isinstance(value, bool)} == {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        }

    def test_the_bucket_owns_its_objects_whoever_writes_them(self, stack):
        ownership = of_the_archives_bucket(stack, "aws_s3_bucket_ownership_controls")

        assert ownership["rule"] == {"object_ownership": "BucketOwnerEnforced"}


class TestTheLifecycle:
    @staticmethod
    def rule(stack):
        lifecycle = of_the_archives_bucket(stack, "aws_s3_bucket_lifecycle_configuration")
        return next(rule for rule in lifecycle["rule"] if rule["id"] == "retention")

    def test_the_lifecycle_keeps_events_for_ever_unless_told_otherwise(self, stack):
        assert "expiration" not in self.rule(stack)

    def test_the_lifecycle_ends_events_when_told(self):
        assert self.rule(of_archive(expire_days=2_555))["expiration"] == [{"days": 2_555}]

    def test_the_lifecycle_moves_events_when_told(self):
        transitions = (
            Transition(days=90, storage_class="GLACIER_IR"),
            Transition(days=365, storage_class="DEEP_ARCHIVE"),
        )

        assert self.rule(of_archive(transitions=transitions))["transition"] == [
            {"days": 90, "storage_class": "GLACIER_IR"},
            {"days": 365, "storage_class": "DEEP_ARCHIVE"},
        ]

    def test_the_lifecycle_leaves_events_where_they_are_unless_told_otherwise(self, stack):
        assert "transition" not in self.rule(stack)

    def test_the_lifecycle_ends_replaced_versions(self):
        assert self.rule(of_archive(noncurrent_days=90))["noncurrent_version_expiration"] == [{"noncurrent_days": 90}]

    def test_the_lifecycle_ends_uploads_that_were_never_finished(self, stack):
        assert self.rule(stack)["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]

    def test_the_lifecycle_holds_for_every_object(self, stack):
        assert self.rule(stack)["filter"] == [{"prefix": ""}]
        assert self.rule(stack)["status"] == "Enabled"

    def test_the_lifecycle_comes_after_versioning_without_which_it_is_refused(self, stack):
        lifecycle = of_the_archives_bucket(stack, "aws_s3_bucket_lifecycle_configuration")

        assert lifecycle["depends_on"] == [address(stack, "aws_s3_bucket_versioning")]


class TestThePolicyOfTheBucket:
    def test_the_policy_of_the_bucket_lets_each_account_write_below_its_own_prefixes(self, stack):
        assert policy(of_the_archives_bucket(stack, "aws_s3_bucket_policy")["policy"]) == EXPECTED_POLICY

    def test_the_policy_of_the_bucket_has_its_variable_escaped_so_that_aws_fills_it_in_and_not_terraform(self, stack):
        text = of_the_archives_bucket(stack, "aws_s3_bucket_policy")["policy"]

        assert "/$${aws:PrincipalAccount}/*" in text

    def test_the_policy_of_the_bucket_comes_once_the_public_is_shut_out(self, stack):
        block = reference(stack, "aws_s3_bucket", "id", bucket=BUCKET)

        assert of_the_archives_bucket(stack, "aws_s3_bucket_policy")["depends_on"] == [
            address(stack, "aws_s3_bucket_public_access_block", bucket=block)
        ]

    def test_the_policy_of_the_bucket_is_the_same_for_one_account_and_for_many(self, stack):
        many = settings(*(an_account(f"{number:012}", name=f"team-{number}") for number in range(50)))

        assert archive_stack(many) == stack

    def test_the_policy_of_the_bucket_lists_the_active_accounts_where_there_is_no_organization_id(self):
        accounts = [
            an_account(),
            an_account(OTHER_ACCOUNT_ID, name="sandbox"),
            an_account("555555555555", name="legacy", status="suspended"),
        ]
        made = archive_stack(settings(*accounts, organization_id=None))
        document = policy(of_the_archives_bucket(made, "aws_s3_bucket_policy")["policy"])

        assert statement(document, "DeliveryWritesOwnPrefixes")["Principal"] == {"AWS": [ACCOUNT_ID, OTHER_ACCOUNT_ID]}


class TestABucketThatIsThereAlready:
    def test_a_bucket_that_is_there_already_is_not_managed(self):
        made = of_archive(existing=True)

        assert not [item for item in resources(made, "aws_s3_bucket") if item["bucket"] == BUCKET]
        assert "aws_s3_bucket_policy" not in made.get("resource", {})

    def test_a_bucket_that_is_there_already_gets_no_policy_but_an_output_of_the_statements_to_add(self):
        made = of_archive(existing=True)

        assert policy(made["output"]["bucket_policy_to_add"]["value"]) == EXPECTED_POLICY
        assert BUCKET in made["output"]["bucket_policy_to_add"]["description"]

    def test_gets_our_statements_beside_those_of_others_where_its_policy_may_be_managed(self):
        made = of_archive(existing=True, manage_policy=True)
        attached = the(made, "aws_s3_bucket_policy")["policy"]

        assert policy(made["locals"]["own_policy"]) == EXPECTED_POLICY
        assert "jsondecode(aws_s3_bucket.existing.policy).Statement" in attached
        assert "jsondecode(local.own_policy).Statement" in attached
        assert all(f'"{one["Sid"]}"' in attached for one in EXPECTED_POLICY["Statement"])
        assert "bucket_policy_to_add" not in made.get("output", {})

    def test_a_bucket_that_is_there_already_is_read_and_never_changed_where_its_policy_may_be_managed(self):
        made = of_archive(existing=True, manage_policy=True)

        assert made["import"] == [{"id": f"{BUCKET}@us-east-1", "to": "aws_s3_bucket.existing"}]
        assert the(made, "aws_s3_bucket", bucket=BUCKET)["lifecycle"] == {
            "ignore_changes": "all",
            "prevent_destroy": True,
            "postcondition": [ANY],
        }

    def test_a_bucket_that_is_there_already_is_no_other_bucket_than_before_where_its_policy_is_managed(self):
        made = of_archive(existing=True, manage_policy=True)
        (refusal,) = the(made, "aws_s3_bucket", bucket=BUCKET)["lifecycle"]["postcondition"]

        assert refusal["condition"] == f'${{self.bucket == "{BUCKET}"}}'
        assert "the statements would go to s3://${self.bucket}" in refusal["error_message"]

    def test_a_bucket_that_is_there_already_may_be_in_any_region(self):
        made = of_archive(existing=True, manage_policy=True, region="eu-central-1")

        assert the(made, "aws_s3_bucket_policy")["region"] == "eu-central-1"
        assert made["import"][0]["id"] == f"{BUCKET}@eu-central-1"


class TestABucketThatIsTakenIn:
    def test_a_bucket_that_is_taken_in_is_imported_where_orgtrails_own_would_be(self, stack):
        made = of_archive(adopt=True)

        assert made["import"] == [{"id": f"{BUCKET}@us-east-1", "to": address(stack, "aws_s3_bucket", bucket=BUCKET)}]
        assert addresses(made) == addresses(stack)

    def test_a_bucket_that_is_taken_in_is_refused_where_something_of_others_would_be_replaced(self):
        made = of_archive(adopt=True, object_lock=ObjectLock(mode="governance", days=5))
        refusals = {
            kind: items[name]["lifecycle"]["precondition"][0]["error_message"].partition(": ")[0]
            for kind, items in made["resource"].items()
            for name in items
            if "precondition" in items[name].get("lifecycle", {})
        }

        assert refusals == {
            "aws_s3_bucket_lifecycle_configuration": f"s3://{BUCKET} has lifecycle rules of others",
            "aws_s3_bucket_object_lock_configuration": f"s3://{BUCKET} has a lock that is stricter or longer",
            "aws_s3_bucket_policy": f"s3://{BUCKET} has statements of others in its policy",
            "aws_s3_bucket_server_side_encryption_configuration": (
                f"s3://{BUCKET} has another encryption than archive.kms_key says"
            ),
        }

    def test_a_bucket_that_is_taken_in_may_have_the_managed_key_already(self):
        made = of_archive(adopt=True, kms_key="managed")
        (refusal,) = the(made, "aws_s3_bucket_server_side_encryption_configuration")["lifecycle"]["precondition"]

        assert "== aws_kms_key.archive.arn)" in refusal["condition"]


def test_a_bucket_that_orgtrail_makes_needs_no_output(stack):
    assert "bucket_policy_to_add" not in stack.get("output", {})


def test_every_arn_is_of_the_organizations_partition():
    archive = an_archive(region="cn-north-1")
    text = json.dumps(archive_stack(settings(an_account(), archive=archive, partition="aws-cn")))

    assert text.count("arn:") == text.count("arn:aws-cn:") > 0
