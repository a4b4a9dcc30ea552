"""What each policy document lets whom do."""

import json

import pytest

from orgtrail import policies
from orgtrail.layout import Layout
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET, ORGANIZATION_ID, statement

PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"]
TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}


def archive(**changed):
    arguments = {"bucket": BUCKET, "layout": Layout(), "organization_id": ORGANIZATION_ID, "account_ids": (ACCOUNT_ID,)}
    return policies.archive_bucket("aws", **{**arguments, **changed})


def firehose(account_id=ACCOUNT_ID, bucket_account_id=ARCHIVE_ACCOUNT_ID, layout=None, partition="aws", key=None):
    return policies.firehose_permissions(
        partition, account_id, bucket=BUCKET, bucket_account_id=bucket_account_id, layout=layout or Layout(), key=key
    )


class TestTheTrustOfEventBridge:
    def test_the_trust_of_event_bridge_ends_at_this_products_rules_of_this_account(self):
        assert policies.eventbridge_trust("aws", ACCOUNT_ID)["Statement"] == [
            {
                "Sid": "EventBridgeForThisAccountsRules",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "333333333333"},
                    "ArnLike": {"aws:SourceArn": "arn:aws:events:*:333333333333:rule/orgtrail-iam-events"},
                },
            }
        ]


class TestTheEventBridgeRole:
    def test_the_event_bridge_role_may_put_records_on_this_products_streams_of_this_account_and_nothing_else(self):
        assert policies.eventbridge_permissions("aws", ACCOUNT_ID)["Statement"] == [
            {
                "Sid": "PutEventsOnTheDeliveryStreams",
                "Effect": "Allow",
                "Action": ["firehose:PutRecord", "firehose:PutRecordBatch"],
                "Resource": "arn:aws:firehose:*:333333333333:deliverystream/orgtrail-iam-events",
            }
        ]


class TestTheTrustOfFirehose:
    def test_the_trust_of_firehose_ends_at_this_account(self):
        assert policies.firehose_trust(ACCOUNT_ID)["Statement"] == [
            {
                "Sid": "FirehoseForThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": "firehose.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "333333333333"}},
            }
        ]


class TestTheFirehoseRole:
    def test_the_firehose_role_may_find_the_bucket(self):
        assert statement(firehose(), "FindTheArchive") == {
            "Sid": "FindTheArchive",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Resource": "arn:aws:s3:::acme-iam-events",
        }

    def test_the_firehose_role_may_write_below_its_own_accounts_prefixes_alone(self):
        assert statement(firehose(), "WriteOwnPrefixes")["Resource"] == [
            "arn:aws:s3:::acme-iam-events/333333333333/*",
            "arn:aws:s3:::acme-iam-events/errors/333333333333/*",
        ]

    def test_the_firehose_role_follows_the_layout(self):
        layout = Layout("iam/account={account_id}/{region}/{yyyy}/{MM}/{dd}/")

        assert statement(firehose(layout=layout), "WriteOwnPrefixes")["Resource"] == [
            "arn:aws:s3:::acme-iam-events/iam/account=333333333333/*",
            "arn:aws:s3:::acme-iam-events/iam/errors/333333333333/*",
        ]

    def test_the_firehose_role_may_set_an_acl_where_the_bucket_is_another_accounts(self):
        assert statement(firehose(), "WriteOwnPrefixes")["Action"] == [
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:PutObject",
            "s3:PutObjectAcl",
        ]

    def test_the_firehose_role_may_set_no_acl_where_the_bucket_is_its_own_accounts(self):
        assert statement(firehose(account_id=ARCHIVE_ACCOUNT_ID), "WriteOwnPrefixes")["Action"] == [
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:PutObject",
        ]

    def test_the_firehose_role_may_write_its_delivery_log_in_any_region(self):
        assert statement(firehose(), "WriteTheDeliveryLog") == {
            "Sid": "WriteTheDeliveryLog",
            "Effect": "Allow",
            "Action": "logs:PutLogEvents",
            "Resource": ("arn:aws:logs:*:333333333333:log-group:/aws/kinesisfirehose/orgtrail-iam-events:log-stream:*"),
        }

    def test_the_firehose_role_may_do_nothing_else(self):
        assert len(firehose()["Statement"]) == 3


class TestTheDeadLetterQueue:
    document = policies.dead_letter_queue("aws", ACCOUNT_ID, "eu-west-1")

    def test_the_dead_letter_queue_takes_messages_of_its_own_rule_alone(self):
        assert statement(self.document, "OnlyThisRule") == {
            "Sid": "OnlyThisRule",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:eu-west-1:333333333333:orgtrail-iam-events-dlq",
            "Condition": {
                "ArnEquals": {"aws:SourceArn": "arn:aws:events:eu-west-1:333333333333:rule/orgtrail-iam-events"}
            },
        }

    def test_the_dead_letter_queue_takes_nothing_without_tls(self):
        assert statement(self.document, "TlsOnly") == {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": ["arn:aws:sqs:eu-west-1:333333333333:orgtrail-iam-events-dlq"],
            "Condition": TLS_ONLY,
        }

    def test_the_dead_letter_queue_admits_nobody_else(self):
        assert [item["Effect"] for item in self.document["Statement"]] == ["Allow", "Deny"]


class TestTheArchiveOfAnOrganization:
    members_delivery_role = {  # noqa: RUF012 (pytest makes a new instance for each test)
        "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/orgtrail-firehose"},
    }

    def test_lets_each_members_delivery_role_write_below_its_own_accounts_prefixes(self):
        assert statement(archive(), "DeliveryWritesOwnPrefixes") == {
            "Sid": "DeliveryWritesOwnPrefixes",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Condition": self.members_delivery_role,
            "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"],
            "Resource": [
                "arn:aws:s3:::acme-iam-events/${aws:PrincipalAccount}/*",
                "arn:aws:s3:::acme-iam-events/errors/${aws:PrincipalAccount}/*",
            ],
        }

    def test_the_archive_of_an_organization_lets_each_members_delivery_role_find_the_bucket(self):
        assert statement(archive(), "DeliveryFindsTheArchive") == {
            "Sid": "DeliveryFindsTheArchive",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Condition": self.members_delivery_role,
            "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Resource": "arn:aws:s3:::acme-iam-events",
        }

    def test_the_archive_of_an_organization_has_a_policy_of_the_same_size_however_many_accounts_there_are(self):
        def size(accounts):
            account_ids = tuple(f"{number:012}" for number in range(accounts))
            return len(json.dumps(archive(account_ids=account_ids)))

        assert size(3) == size(5_000) < 20_480

    def test_the_archive_of_an_organization_has_a_policy_in_the_version_that_knows_variables(self):
        assert archive()["Version"] == "2012-10-17"


class TestTheArchiveWithoutAnOrganization:
    document = archive(organization_id=None, account_ids=("333333333333", "444444444444"))

    @pytest.mark.parametrize("sid", ["DeliveryFindsTheArchive", "DeliveryWritesOwnPrefixes"])
    def test_the_archive_without_an_organization_lists_the_accounts_whose_delivery_roles_it_admits(self, sid):
        admitted = statement(self.document, sid)

        assert admitted["Principal"] == {"AWS": ["333333333333", "444444444444"]}
        assert admitted["Condition"] == {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/orgtrail-firehose"}}

    def test_the_archive_without_an_organization_lets_each_write_below_its_own_prefixes_all_the_same(self):
        assert statement(self.document, "DeliveryWritesOwnPrefixes")["Resource"] == [
            "arn:aws:s3:::acme-iam-events/${aws:PrincipalAccount}/*",
            "arn:aws:s3:::acme-iam-events/errors/${aws:PrincipalAccount}/*",
        ]


@pytest.mark.parametrize("document", [archive(), policies.tls_only_bucket("aws", BUCKET)], ids=["archive", "private"])
def test_a_bucket_refuses_everything_without_tls(document):
    assert statement(document, "TlsOnly") == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::acme-iam-events", "arn:aws:s3:::acme-iam-events/*"],
        "Condition": TLS_ONLY,
    }


@pytest.mark.parametrize("partition", PARTITIONS)
def test_every_arn_is_of_the_organizations_partition(partition):
    documents = [
        policies.eventbridge_trust(partition, ACCOUNT_ID),
        policies.eventbridge_permissions(partition, ACCOUNT_ID),
        firehose(partition=partition),
        policies.dead_letter_queue(partition, ACCOUNT_ID, "us-east-1"),
        policies.archive_bucket(
            partition, bucket=BUCKET, layout=Layout(), organization_id=ORGANIZATION_ID, account_ids=()
        ),
        policies.archive_key(
            partition,
            account_id=ARCHIVE_ACCOUNT_ID,
            region="us-east-1",
            bucket=BUCKET,
            organization_id=ORGANIZATION_ID,
            account_ids=(),
        ),
        policies.tls_only_bucket(partition, BUCKET),
    ]
    text = json.dumps(documents)

    assert text.count("arn:") > 0
    assert text.count("arn:") == text.count(f"arn:{partition}:")
