"""What the archive's stack makes of a key, a lock, access logs and a break-glass role."""

from typing import Any

import pytest

from orgtrail import names, policies
from orgtrail.layout import Layout
from orgtrail.settings import AccessLogs, Catalog, Former, MovingFrom, ObjectLock
from tests.builders import (
    ACCOUNT_ID,
    ARCHIVE_ACCOUNT_ID,
    BUCKET,
    ORGANIZATION_ID,
    Document,
    account_stack,
    address,
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

KEY = "arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BREAK_GLASS = "arn:aws:iam::222222222222:role/BreakGlass"
DELIVERING: dict[str, Any] = {"organization_id": ORGANIZATION_ID, "account_ids": (ACCOUNT_ID,)}


def of_archive(**changed) -> Document:
    return archive_stack(settings(an_account(), archive=an_archive(**changed)))


def of_the_archives_bucket(stack, kind):
    """The resource of a type that belongs to the archive's bucket."""
    return the(stack, kind, bucket=reference(stack, "aws_s3_bucket", "id", bucket=BUCKET))


def encryption(stack):
    (rule,) = of_the_archives_bucket(stack, "aws_s3_bucket_server_side_encryption_configuration")["rule"]
    return rule


@pytest.fixture(scope="module")
def plain():
    """An archive that asks for nothing."""
    return of_archive()


class TestAManagedKey:
    @pytest.fixture(scope="class")
    @classmethod
    def stack(cls):
        return of_archive(region="eu-west-1", kms_key="managed", break_glass_role=BREAK_GLASS)

    def test_a_managed_key_rotates_and_is_not_ended_in_haste(self, stack):
        key = the(stack, "aws_kms_key")
        assert (key["enable_key_rotation"], key["deletion_window_in_days"]) == (True, 30)

    def test_a_managed_key_is_never_destroyed_by_terraform(self, stack):
        assert the(stack, "aws_kms_key")["lifecycle"]["prevent_destroy"] is True

    def test_a_managed_key_is_in_the_archives_region(self, stack):
        assert {the(stack, kind)["region"] for kind in ("aws_kms_key", "aws_kms_alias")} == {"eu-west-1"}

    def test_a_managed_key_has_a_name(self, stack):
        alias = the(stack, "aws_kms_alias")
        assert alias["name"] == "alias/orgtrail-archive"
        assert alias["target_key_id"] == reference(stack, "aws_kms_key", "key_id")

    def test_a_managed_key_has_the_policy_of_the_archives_key(self, stack):
        assert policy(the(stack, "aws_kms_key")["policy"]) == policies.archive_key(
            "aws",
            account_id=ARCHIVE_ACCOUNT_ID,
            region="eu-west-1",
            bucket=BUCKET,
            break_glass_role=BREAK_GLASS,
            **DELIVERING,
        )

    def test_a_managed_key_and_the_bucket_let_the_readers_read(self):
        stack = of_archive(region="eu-west-1", kms_key="managed", readers=("SecurityAudit",))
        readers = policies.Readers(("SecurityAudit",), (Layout(),))
        text = of_the_archives_bucket(stack, "aws_s3_bucket_policy")["policy"]

        assert policy(the(stack, "aws_kms_key")["policy"]) == policies.archive_key(
            "aws", account_id=ARCHIVE_ACCOUNT_ID, region="eu-west-1", bucket=BUCKET, readers=readers, **DELIVERING
        )
        assert policy(text.replace(reference(stack, "aws_kms_key", "arn"), KEY)) == policies.archive_bucket(
            "aws", bucket=BUCKET, layout=Layout(), kms_key_arn=KEY, readers=readers, **DELIVERING
        )

    def test_a_managed_key_encrypts_the_bucket_with_one_call_for_many_objects(self, stack):
        assert encryption(stack) == {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": reference(stack, "aws_kms_key", "arn"),
            },
            "bucket_key_enabled": True,
            "blocked_encryption_types": ["SSE-C"],
        }

    def test_a_managed_key_is_the_only_expression_in_the_buckets_policy(self, stack):
        text = of_the_archives_bucket(stack, "aws_s3_bucket_policy")["policy"]

        assert policy(text.replace(reference(stack, "aws_kms_key", "arn"), KEY)) == policies.archive_bucket(
            "aws", bucket=BUCKET, layout=Layout(), kms_key_arn=KEY, break_glass_role=BREAK_GLASS, **DELIVERING
        )

    def test_a_managed_key_can_be_any_key_of_the_archive_account_to_an_accounts_role(self):
        assert self.delivery(kms_key="managed")["Resource"] == "arn:aws:kms:eu-west-1:222222222222:key/*"

    def test_a_managed_key_can_be_used_by_an_accounts_role_for_the_archives_bucket_alone(self):
        assert self.delivery(kms_key="managed")["Condition"]["StringEquals"] == {
            "kms:ViaService": "s3.eu-west-1.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{BUCKET}",
        }

    def test_a_managed_key_of_ones_own_is_that_key_alone_to_an_accounts_role(self):
        assert self.delivery(kms_key=KEY)["Resource"] == KEY

    def test_a_managed_key_of_an_existing_bucket_may_have_objects_for_its_context(self):
        assert "StringLike" in self.delivery(kms_key=KEY, existing=True)["Condition"]

    @staticmethod
    def delivery(**changed):
        account = an_account()
        stack = account_stack(account, settings(account, archive=an_archive(region="eu-west-1", **changed)))
        return statement(policy(the(stack, "aws_iam_role_policy", name="deliver")["policy"]), "EncryptThroughS3")


class TestAKeyThatIsChanged:
    """From one of Orgtrail's to one of one's own."""

    @pytest.fixture(scope="class")
    def stack(self):
        return of_archive(region="eu-west-1", kms_key=KEY, moving_from=MovingFrom(kms_key="managed"))

    def test_a_key_that_is_changed_encrypts_nothing_before_all_accounts_may_use_it(self, stack):
        default = encryption(stack)["apply_server_side_encryption_by_default"]

        assert default["kms_master_key_id"] == reference(stack, "aws_kms_key", "arn")

    def test_a_key_that_is_changed_may_be_asked_for_beside_the_one_before(self, stack):
        text = of_the_archives_bucket(stack, "aws_s3_bucket_policy")["policy"]
        document = policy(text.replace(reference(stack, "aws_kms_key", "arn"), "the managed key"))
        (named,) = statement(document, "NoOtherKey")["Condition"]["StringNotEquals"].values()

        assert named == [KEY, "the managed key"]

    def test_a_key_that_is_changed_may_be_used_by_an_accounts_role_beside_the_one_before(self):
        other = KEY.replace("1234abcd", "00000000")

        assert TestAManagedKey.delivery(kms_key=KEY, moving_from=MovingFrom(kms_key=other))["Resource"] == [KEY, other]

    def test_a_key_that_is_changed_may_be_used_by_an_accounts_role_with_any_of_that_account_where_one_is_managed(self):
        for key, before in ((KEY, "managed"), ("managed", KEY)):
            may = TestAManagedKey.delivery(kms_key=key, moving_from=MovingFrom(kms_key=before))
            assert may["Resource"] == "arn:aws:kms:eu-west-1:222222222222:key/*"

    def test_a_key_that_is_changed_takes_over_when_the_move_is_closed(self):
        made = of_archive(region="eu-west-1", kms_key=KEY, former=Former(kms_key="managed"))

        assert encryption(made)["apply_server_side_encryption_by_default"]["kms_master_key_id"] == KEY

    def test_a_key_that_is_changed_leaves_the_managed_one_in_the_stack_as_it_was(self, stack):
        before = of_archive(region="eu-west-1", kms_key="managed")
        after = of_archive(region="eu-west-1", kms_key=KEY, former=Former(kms_key="managed"))

        for kind in ("aws_kms_key", "aws_kms_alias"):
            assert stack["resource"][kind] == before["resource"][kind] == after["resource"][kind]

    def test_a_key_that_is_changed_may_follow_s3s_own_encryption(self):
        stack = of_archive(region="eu-west-1", kms_key="managed", moving_from=MovingFrom(kms_key="none"))
        document = policy(of_the_archives_bucket(stack, "aws_s3_bucket_policy")["policy"])

        assert encryption(stack)["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}
        assert "aws_kms_key" in stack["resource"]
        assert not [one for one in document["Statement"] if one["Sid"].startswith("No")]

    def test_a_key_that_is_changed_may_give_way_to_s3s_own_encryption(self):
        may = TestAManagedKey.delivery(kms_key=None, moving_from=MovingFrom(kms_key=KEY))

        assert may["Resource"] == KEY


def test_a_layout_that_is_changed_is_written_at_once_and_the_one_before_is_admitted():
    account, new = an_account(), Layout("new/{account_id}/{region}/{yyyy}/{MM}/{dd}/")
    organization = settings(account, archive=an_archive(layout=new, moving_from=MovingFrom(layout=Layout())))
    stack = account_stack(account, organization)
    role = policy(the(stack, "aws_iam_role_policy", name="deliver")["policy"])
    bucket = policy(of_the_archives_bucket(archive_stack(organization), "aws_s3_bucket_policy")["policy"])
    written = the(stack, "aws_kinesis_firehose_delivery_stream")["extended_s3_configuration"]["prefix"]

    assert written.startswith(f"new/{ACCOUNT_ID}/us-east-1/")
    assert statement(role, "WriteOwnPrefixes")["Resource"] == [
        f"arn:aws:s3:::{BUCKET}/{folder}{ACCOUNT_ID}/*" for folder in ("new/", "new/errors/", "", "errors/")
    ]
    assert statement(bucket, "DeliveryWritesOwnPrefixes")["Resource"] == [
        f"arn:aws:s3:::{BUCKET}/{folder}${{aws:PrincipalAccount}}/*"
        for folder in ("new/", "new/errors/", "", "errors/")
    ]


class TestAKeyOfOnesOwn:
    @pytest.fixture(scope="class")
    @classmethod
    def stack(cls):
        return of_archive(region="eu-west-1", kms_key=KEY)

    def test_a_key_of_ones_own_encrypts_the_bucket(self, stack):
        assert encryption(stack)["apply_server_side_encryption_by_default"]["kms_master_key_id"] == KEY

    def test_a_key_of_ones_own_is_left_alone(self, stack):
        assert not resources(stack, "aws_kms_key")

    def test_a_key_of_ones_own_is_the_only_one_that_the_bucket_takes(self, stack):
        document = policy(of_the_archives_bucket(stack, "aws_s3_bucket_policy")["policy"])

        assert statement(document, "NoOtherKey")["Condition"]["StringNotEquals"] == {
            "s3:x-amz-server-side-encryption-aws-kms-key-id": KEY
        }


class TestALock:
    @pytest.fixture(scope="class")
    @classmethod
    def stack(cls):
        return of_archive(object_lock=ObjectLock(mode="compliance", days=365), noncurrent_days=365)

    def test_a_lock_is_there_from_the_start(self, stack):
        assert the(stack, "aws_s3_bucket", bucket=BUCKET)["object_lock_enabled"] is True

    def test_a_lock_holds_for_every_object_that_is_written(self, stack):
        lock = of_the_archives_bucket(stack, "aws_s3_bucket_object_lock_configuration")

        assert lock["rule"] == {"default_retention": {"mode": "COMPLIANCE", "days": 365}}

    def test_a_lock_comes_after_versioning_without_which_it_is_refused(self, stack):
        lock = of_the_archives_bucket(stack, "aws_s3_bucket_object_lock_configuration")

        assert lock["depends_on"] == [address(stack, "aws_s3_bucket_versioning")]

    def test_a_lock_can_come_and_go_without_another_bucket(self, stack, plain):
        buckets = [the(made, "aws_s3_bucket", bucket=BUCKET) for made in (stack, plain)]

        assert [bucket["lifecycle"]["ignore_changes"] for bucket in buckets] == [["object_lock_enabled"]] * 2

    def test_a_lock_is_there_only_where_asked(self, plain):
        assert not resources(plain, "aws_s3_bucket_object_lock_configuration")


class TestAccessLogs:
    def test_access_logs_go_where_the_settings_say(self):
        logging = of_the_archives_bucket(
            of_archive(access_logs=AccessLogs(bucket="acme-logs", prefix="iam/")), "aws_s3_bucket_logging"
        )

        assert (logging["target_bucket"], logging["target_prefix"]) == ("acme-logs", "iam/")

    def test_access_logs_are_kept_of_the_results_of_queries_too(self):
        made = of_archive(access_logs=AccessLogs(bucket="acme-logs", prefix="iam/"), catalog=Catalog())
        results = reference(made, "aws_s3_bucket", "id", bucket=names.results_bucket(BUCKET))
        logging = the(made, "aws_s3_bucket_logging", bucket=results)

        assert (logging["target_bucket"], logging["target_prefix"]) == ("acme-logs", "iam/")

    def test_access_logs_are_there_only_where_asked(self, plain):
        assert not resources(plain, "aws_s3_bucket_logging")


def test_the_break_glass_role_is_in_the_statements_for_an_existing_bucket_too():
    made = of_archive(existing=True, break_glass_role=BREAK_GLASS)

    assert statement(policy(made["output"]["bucket_policy_to_add"]["value"]), "BreakGlassDeletesObjects")
