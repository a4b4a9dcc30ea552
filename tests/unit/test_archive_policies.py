"""Policies of an archive with a KMS key, and of one whose evidence only one role may delete."""

import json

import pytest

from orgtrail import policies
from orgtrail.layout import Layout
from orgtrail.policies import KeyUse
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET, ORGANIZATION_ID, statement

KEY = "arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BREAK_GLASS = "arn:aws:iam::222222222222:role/BreakGlass"
READERS = policies.Readers(("SecurityAudit",), (Layout(),))
NAMED_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
ANYBODY_ELSE = {"ArnNotEquals": {"aws:PrincipalArn": BREAK_GLASS}}


def bucket(**changed):
    arguments = {"bucket": BUCKET, "layout": Layout(), "organization_id": ORGANIZATION_ID, "account_ids": (ACCOUNT_ID,)}
    return policies.archive_bucket("aws", **{**arguments, **changed})


def key(partition="aws", region="eu-west-1", **changed):
    arguments = {"organization_id": ORGANIZATION_ID, "account_ids": (ACCOUNT_ID,)}
    return policies.archive_key(
        partition, account_id=ARCHIVE_ACCOUNT_ID, region=region, bucket=BUCKET, **{**arguments, **changed}
    )


def sids(document):
    return [item["Sid"] for item in document["Statement"]]


class TestTheKey:
    def test_the_key_is_administered_by_its_account(self):
        assert statement(key(), "TheAccountAdministers") == {
            "Sid": "TheAccountAdministers",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
            "Action": "kms:*",
            "Resource": "*",
        }

    def test_the_key_is_used_by_the_organizations_delivery_roles_through_s3_for_this_bucket_alone(self):
        assert statement(key(), "DeliveryEncryptsThroughS3") == {
            "Sid": "DeliveryEncryptsThroughS3",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "aws:PrincipalOrgID": "o-a1b2c3d4e5",
                    "kms:ViaService": "s3.eu-west-1.amazonaws.com",
                    "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::acme-iam-events",
                },
                "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/orgtrail-firehose"},
            },
        }

    def test_the_key_is_used_by_the_listed_accounts_delivery_roles_where_there_is_no_organization(self):
        admitted = statement(key(organization_id=None), "DeliveryEncryptsThroughS3")

        assert admitted["Principal"] == {"AWS": ["333333333333"]}
        assert admitted["Condition"] == {
            "StringEquals": {
                "kms:ViaService": "s3.eu-west-1.amazonaws.com",
                "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::acme-iam-events",
            },
            "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/orgtrail-firehose"},
        }

    @pytest.mark.parametrize(
        ("partition", "region", "service"),
        [
            ("aws-us-gov", "us-gov-west-1", "s3.us-gov-west-1.amazonaws.com"),
            ("aws-cn", "cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
            ("aws-eusc", "eusc-de-east-1", "s3.eusc-de-east-1.amazonaws.eu"),
        ],
    )
    def test_the_key_is_used_through_the_partitions_own_s3(self, partition, region, service):
        condition = statement(key(partition, region), "DeliveryEncryptsThroughS3")["Condition"]

        assert condition["StringEquals"]["kms:ViaService"] == service

    def test_the_key_has_a_policy_of_the_same_size_however_many_accounts_there_are(self):
        many = tuple(f"{number:012}" for number in range(5_000))

        assert key(account_ids=many) == key(account_ids=many[:3])

    def test_the_key_can_be_ended_by_the_break_glass_role_alone(self):
        assert statement(key(break_glass_role=BREAK_GLASS), "BreakGlassEndsTheKey") == {
            "Sid": "BreakGlassEndsTheKey",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["kms:DisableKey", "kms:ScheduleKeyDeletion"],
            "Resource": "*",
            "Condition": ANYBODY_ELSE,
        }

    def test_the_key_is_the_accounts_to_end_where_there_is_no_such_role(self):
        assert sids(key()) == ["TheAccountAdministers", "DeliveryEncryptsThroughS3"]


class TestTheFirehoseRole:
    @staticmethod
    def may(use):
        document = policies.firehose_permissions(
            "aws", ACCOUNT_ID, bucket=BUCKET, bucket_account_id=ARCHIVE_ACCOUNT_ID, layout=Layout(), key=use
        )
        return statement(document, "EncryptThroughS3")

    def test_the_firehose_role_may_use_the_key_through_s3_for_the_archive_alone(self):
        assert self.may(KeyUse(KEY, "eu-west-1")) == {
            "Sid": "EncryptThroughS3",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": KEY,
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": "s3.eu-west-1.amazonaws.com",
                    # A bucket key's context is the bucket, not the object.
                    "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::acme-iam-events",
                }
            },
        }

    def test_the_firehose_role_may_use_it_for_each_object_too_where_there_may_be_no_bucket_key(self):
        assert self.may(KeyUse(KEY, "eu-west-1", bucket_key=False))["Condition"] == {
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
            "StringLike": {
                "kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::acme-iam-events", "arn:aws:s3:::acme-iam-events/*"]
            },
        }


class TestTheBucketOfAnArchiveWithAKey:
    document = bucket(kms_key_arn=KEY)

    def test_the_bucket_of_an_archive_with_a_key_refuses_another_key_but_not_a_request_that_names_none(self):
        assert statement(self.document, "NoOtherKey") == {
            "Sid": "NoOtherKey",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::acme-iam-events/*",
            "Condition": {"Null": {NAMED_KEY: "false"}, "StringNotEquals": {NAMED_KEY: KEY}},
        }

    def test_the_bucket_of_an_archive_with_a_key_refuses_another_encryption_but_not_a_request_that_names_none(self):
        assert statement(self.document, "NoOtherEncryption")["Condition"] == {
            "Null": {"s3:x-amz-server-side-encryption": "false"},
            "StringNotEquals": {NAMED_KEY: KEY},
        }

    def test_the_bucket_of_an_archive_with_a_key_refuses_keys_that_nobody_else_would_have(self):
        assert statement(self.document, "NoKeyOfTheCaller")["Condition"] == {
            "Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}
        }

    def test_the_bucket_of_an_archive_with_a_key_admits_nobody_whom_it_wouldnt_admit_without(self):
        added = self.document["Statement"][len(bucket()["Statement"]) :]

        assert {item["Effect"] for item in added} == {"Deny"}


class TestTheBucketOfAnArchiveWithABreakGlassRole:
    document = bucket(break_glass_role=BREAK_GLASS)

    def test_lets_that_role_alone_delete_objects_or_pass_over_their_lock(self):
        assert statement(self.document, "BreakGlassDeletesObjects") == {
            "Sid": "BreakGlassDeletesObjects",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"],
            "Resource": "arn:aws:s3:::acme-iam-events/*",
            "Condition": ANYBODY_ELSE,
        }

    def test_lets_that_role_alone_delete_the_bucket_or_its_policy(self):
        assert statement(self.document, "BreakGlassDeletesTheBucket") == {
            "Sid": "BreakGlassDeletesTheBucket",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:DeleteBucket", "s3:DeleteBucketPolicy"],
            "Resource": "arn:aws:s3:::acme-iam-events",
            "Condition": ANYBODY_ELSE,
        }


def test_the_bucket_of_an_archive_with_everything_has_a_policy_of_the_same_size_for_any_number_of_accounts():
    def of(accounts):
        ids = tuple(f"{number:012}" for number in range(accounts))
        return bucket(account_ids=ids, kms_key_arn=KEY, break_glass_role=BREAK_GLASS, readers=READERS)

    assert policies.size(of(3)) == policies.size(of(5_000)) < policies.BUCKET_POLICY_LIMIT


def test_the_size_of_a_policy_is_that_of_its_json_without_spaces():
    assert policies.size(bucket()) == len(json.dumps(bucket()).replace(", ", ",").replace(": ", ":"))
