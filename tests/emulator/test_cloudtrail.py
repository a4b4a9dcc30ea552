"""The emulated CloudTrail: what becomes a record, what finds it, and what becomes an object in the archive."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from orgtrail import names
from orgtrail.rehearsal.emulation.cloudtrail import emulated_cloudtrail
from orgtrail.rehearsal.emulation.sample_events import sample_event
from tests.builders import ACCOUNT_ID
from tests.emulated_organization import session_of
from tests.emulator.test_delivery import ROLE, Deployment

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture
def clock():
    """Seconds, which a test lets pass."""
    return [0.0]


@pytest.fixture
def cloudtrail(empty_aws, monkeypatch, clock):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    with emulated_cloudtrail(lambda: clock[0]) as cloudtrail:
        yield cloudtrail


@pytest.fixture
def session(cloudtrail):
    return session_of(f"{ROLE}/admin", "eu-west-1")


def a_record(region="us-east-1", at=None, **changed):
    record = sample_event(ACCOUNT_ID, region, "aws.iam", "AWS API Call via CloudTrail", changed)["detail"]
    return {"eventName": "CreateUser", **record, "eventTime": f"{at or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}


def looked_up(session, region="us-east-1", **arguments):
    answer = session.client("cloudtrail", region).lookup_events(**arguments)
    return [json.loads(event["CloudTrailEvent"]) for event in answer["Events"]]


class TestACall:
    def test_a_write_call_becomes_a_record(self, cloudtrail, session):
        iam = session.client("iam")
        made = iam.create_role(RoleName="it", AssumeRolePolicyDocument=TRUST)
        tagged = iam.tag_role(RoleName="it", Tags=[{"Key": "k", "Value": "v"}])

        created, record = cloudtrail.history(ACCOUNT_ID, "us-east-1")

        assert created["responseElements"]["role"]["roleName"] == "it"
        assert record["requestID"] == tagged["ResponseMetadata"]["RequestId"]
        told = ("eventName", "eventSource", "awsRegion", "recipientAccountId", "readOnly", "responseElements")
        assert [record[name] for name in told] == ["TagRole", "iam.amazonaws.com", "us-east-1", ACCOUNT_ID, False, None]
        assert record["requestParameters"] == {"roleName": "it", "tags": [{"key": "k", "value": "v"}]}
        assert record["userIdentity"]["arn"] == f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/admin/it"
        assert made["ResponseMetadata"]["RequestId"] == created["requestID"]

    def test_a_call_that_is_refused_becomes_one_too(self, cloudtrail, session):
        with pytest.raises(ClientError):
            session.client("iam").tag_role(RoleName="nobody", Tags=[{"Key": "k", "Value": "v"}])

        assert [one["errorCode"] for one in cloudtrail.history(ACCOUNT_ID, "us-east-1")] == ["NoSuchEntity"]

    def test_a_secret_is_in_no_record(self, cloudtrail, session):
        iam = session.client("iam")
        iam.create_user(UserName="it")
        secret = iam.create_access_key(UserName="it")["AccessKey"]["SecretAccessKey"]

        assert secret not in json.dumps(cloudtrail.history(ACCOUNT_ID, "us-east-1"))

    def test_a_call_that_only_reads_becomes_no_event(self, cloudtrail, session):
        session.client("iam").list_roles()

        assert cloudtrail.history(ACCOUNT_ID, "us-east-1") == []

    def test_what_has_a_region_is_in_the_history_of_that_region(self, cloudtrail, session):
        session.client("events").put_rule(Name="it", EventPattern="{}")

        assert [one["eventName"] for one in cloudtrail.history(ACCOUNT_ID, "eu-west-1")] == ["PutRule"]
        assert cloudtrail.history(ACCOUNT_ID, "us-east-1") == []

    def test_after_the_emulation_nothing_is_recorded(self, empty_aws):
        with emulated_cloudtrail() as cloudtrail:
            pass
        boto3.client("iam", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b").create_user(UserName="it")

        assert cloudtrail.history("123456789012", "us-east-1") == []


class TestALookup:
    def test_a_lookup_finds_the_newest_first_page_by_page(self, cloudtrail, session):
        now = datetime.now(UTC)
        planted = [a_record(at=now - timedelta(seconds=age)) for age in (300, 300, 200, 100)]
        for record in planted:
            cloudtrail.add(record)
        client = session.client("cloudtrail", "us-east-1")

        pages = list(client.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 3}))

        assert [len(page["Events"]) for page in pages] == [3, 1]
        found = [event["EventId"] for page in pages for event in page["Events"]]
        assert found == [planted[number]["eventID"] for number in (3, 2, 1, 0)]

    @pytest.mark.parametrize(
        ("key", "value", "found"),
        [
            ("EventName", "DeleteUser", ["DeleteUser"]),
            ("EventSource", "signin.amazonaws.com", ["ConsoleLogin"]),
            ("ReadOnly", "true", ["GetUser"]),
            ("Username", "admin", ["CreateUser", "DeleteUser", "GetUser", "ConsoleLogin"]),
            ("EventId", "an-id", ["CreateUser"]),
            ("EventId", "another", []),
        ],
    )
    def test_a_lookup_finds_what_has_the_attribute(self, cloudtrail, session, key, value, found):
        cloudtrail.add(a_record(eventName="ConsoleLogin", eventSource="signin.amazonaws.com"))
        cloudtrail.add(a_record(eventName="GetUser", readOnly=True))
        cloudtrail.add(a_record(eventName="DeleteUser"))
        cloudtrail.add(a_record(eventName="CreateUser", eventID="an-id"))

        events = looked_up(session, LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])

        assert {one["eventName"] for one in events} == set(found)

    def test_a_lookup_finds_what_is_in_the_time(self, cloudtrail, session):
        noon = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
        for hours in (-2, -1, 0, 1):
            cloudtrail.add(a_record(at=noon + timedelta(hours=hours)))

        found = looked_up(session, StartTime=noon - timedelta(hours=1), EndTime=noon)

        assert [one["eventTime"] for one in found] == [
            f"{noon - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (0, 1)
        ]

    def test_a_lookup_finds_nothing_that_is_older_than_ninety_days_or_of_another_region(self, cloudtrail, session):
        cloudtrail.add(a_record(at=datetime.now(UTC) - timedelta(days=91)))
        cloudtrail.add(a_record(region="eu-west-1"))

        assert looked_up(session) == []

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ({"NextToken": "made-up"}, "InvalidNextTokenException"),
            (
                {"StartTime": datetime(2026, 1, 2, tzinfo=UTC), "EndTime": datetime(2026, 1, 1, tzinfo=UTC)},
                "InvalidTimeRangeException",
            ),
            (
                {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name} for name in "ab"]},
                "InvalidLookupAttributesException",
            ),
        ],
    )
    def test_what_cloudtrail_refuses_is_refused(self, session, arguments, code):
        with pytest.raises(ClientError, match=code):
            looked_up(session, **arguments)

    def test_a_third_lookup_within_a_second_is_refused_where_that_is_switched_on(self, cloudtrail, session, clock):
        cloudtrail.throttles = True
        once = Config(retries={"total_max_attempts": 1})
        client, other = (session.client("cloudtrail", region, config=once) for region in ("us-east-1", "eu-west-1"))
        for _number in range(2):
            client.lookup_events()

        with pytest.raises(ClientError, match="ThrottlingException"):
            client.lookup_events()
        assert other.lookup_events()["Events"] == []
        clock[0] = 1.0
        assert client.lookup_events()["Events"] == []


class TestDelivery:
    @pytest.fixture
    def deployment(self, cloudtrail):
        deployment = Deployment()
        deployment.pipeline()
        cloudtrail.delivers = True
        return deployment

    def tag(self, deployment):
        deployment.iam.tag_role(RoleName=names.FIREHOSE_ROLE, Tags=[{"Key": "k", "Value": "v"}])

    def test_an_event_lies_in_the_archive_where_the_deployed_pipeline_takes_it(self, cloudtrail, deployment):
        self.tag(deployment)

        (body,) = deployment.archived().values()
        assert json.loads(body)["detail"] == cloudtrail.history(ACCOUNT_ID, "us-east-1")[-1]

    def test_an_event_lies_nowhere_where_the_rule_is_disabled(self, cloudtrail, deployment):
        deployment.rule(State="DISABLED")
        self.tag(deployment)

        assert deployment.archived() == {}
        assert [len(one.not_taken) for one in cloudtrail.outcomes] == [1, 1]

    def test_nothing_is_delivered_that_no_trail_logs_where_that_is_switched_on(self, cloudtrail, deployment):
        cloudtrail.needs_trail = True
        self.tag(deployment)
        before = deployment.archived()
        make_trail(deployment)
        self.tag(deployment)

        assert (before, len(deployment.archived())) == ({}, 1)

    @pytest.mark.parametrize(
        "trail",
        [
            {"logs": False},
            {"IsMultiRegionTrail": False, "region": "eu-west-1"},
            {"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": False},
            {"EventSelectors": [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]},
            {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": False}]},
            {
                "AdvancedEventSelectors": [
                    {
                        "FieldSelectors": [
                            {"Field": "eventCategory", "Equals": ["Management"]},
                            {"Field": "eventSource", "NotEquals": ["iam.amazonaws.com"]},
                        ]
                    }
                ]
            },
        ],
    )
    def test_a_trail_that_does_not_log_it_delivers_nothing(self, cloudtrail, deployment, trail):
        cloudtrail.needs_trail = True
        make_trail(deployment, **trail)
        self.tag(deployment)

        assert deployment.archived() == {}


def make_trail(deployment, *, logs=True, region="us-east-1", **changed):
    selectors = {name: changed.pop(name) for name in ("EventSelectors", "AdvancedEventSelectors") if name in changed}
    client = deployment.session.client("cloudtrail", region)
    deployment.session.client("s3").create_bucket(Bucket="the-trail")
    client.create_trail(**{"Name": "main", "S3BucketName": "the-trail", "IsMultiRegionTrail": True, **changed})
    if selectors:
        client.put_event_selectors(TrailName="main", **selectors)
    if logs:
        client.start_logging(Name="main")
