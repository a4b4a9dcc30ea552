"""What becomes of an event, by the rule, target and stream that are deployed."""

import gzip
import json
import re

import pytest

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.events import READ_ONLY_TOO
from orgtrail.rehearsal.delivery import Delivery, NotDelivered, describe, takes
from orgtrail.rehearsal.sample_events import sample_event
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET, an_account, an_archive

PATTERN = {"source": ["aws.iam", "aws.signin"], "detail-type": ["AWS API Call via CloudTrail"]}
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role"


def an_event(read_only=False, **changed):
    event = sample_event(ACCOUNT_ID, "us-east-1", ["aws.iam"], ["AWS API Call via CloudTrail"])
    event["detail"]["readOnly"] = read_only
    return {**event, **changed}


def a_rule(**changed):
    """A rule as EventBridge's API describes it."""
    return {"Name": names.RULE, "State": "ENABLED", "EventPattern": json.dumps(PATTERN), **changed}


class TestARule:
    def test_takes_an_event_that_its_pattern_matches(self):
        assert takes(a_rule(), an_event())

    @pytest.mark.parametrize("changed", [{"source": "aws.kms"}, {"detail-type": "AWS Service Event via CloudTrail"}])
    def test_takes_no_event_that_its_pattern_does_not_match(self, changed):
        assert not takes(a_rule(), an_event(**changed))

    def test_takes_nothing_when_it_is_disabled(self):
        assert not takes(a_rule(State="DISABLED"), an_event())

    def test_takes_no_read_only_event(self):
        assert not takes(a_rule(), an_event(read_only=True))

    @pytest.mark.parametrize("read_only", [True, False])
    def test_takes_read_only_events_too_in_the_state_for_it(self, read_only):
        assert takes(a_rule(State=READ_ONLY_TOO), an_event(read_only=read_only))


class Deployment:
    """A pipeline deployed in an account, into the bucket of another; a test changes what it is about."""

    def __init__(self):
        self.session = AccountSession(an_account(roles=(f"{ROLE}/admin",)), "us-east-1")
        archive = an_archive(roles=(f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/admin",))
        self.archive = AccountSession(archive, "us-east-1").client("s3")
        self.archive.create_bucket(Bucket=BUCKET)
        self.events = self.session.client("events")

    def rule(self, **changed):
        arguments = {"Name": names.RULE, "EventPattern": json.dumps(PATTERN), "State": "ENABLED", **changed}
        self.events.put_rule(**arguments)

    def target(self, stream, role=f"{ROLE}/{names.EVENTBRIDGE_ROLE}"):
        target = {"Id": names.TARGET, "Arn": stream, **({"RoleArn": role} if role else {})}
        self.events.put_targets(Rule=names.RULE, Targets=[target])

    def stream(self, **changed):
        destination = {
            "RoleARN": f"{ROLE}/{names.FIREHOSE_ROLE}",
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": "333333333333/us-east-1/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/",
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "CompressionFormat": "UNCOMPRESSED",
            "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
            **changed,
        }
        made = self.session.client("firehose").create_delivery_stream(
            DeliveryStreamName=names.DELIVERY_STREAM, ExtendedS3DestinationConfiguration=destination
        )
        return made["DeliveryStreamARN"]

    def pipeline(self, **changed):
        self.rule()
        self.target(self.stream(**changed))

    def deliver(self, event, region="us-east-1"):
        return Delivery(self.session, ACCOUNT_ID, region).deliver(event)

    def archived(self):
        """Every object in the archive, as its own account finds it."""
        keys = [item["Key"] for item in self.archive.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return {key: self.archive.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


@pytest.fixture
def deployment(empty_aws):
    return Deployment()


class TestAnEventThatIsTaken:
    def test_becomes_an_object_in_the_archive(self, deployment):
        deployment.pipeline()
        delivered = deployment.deliver(an_event())

        assert [(item.bucket, item.key, item.body) for item in delivered] == [
            (BUCKET, key, body) for key, body in deployment.archived().items()
        ]
        assert len(delivered) == 1

    def test_has_a_key_that_begins_with_the_evaluated_prefix_and_goes_on_as_firehose_names_objects(self, deployment):
        """https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html"""
        deployment.pipeline()
        [delivered] = deployment.deliver(an_event())

        assert re.fullmatch(
            r"333333333333/us-east-1/\d{4}/\d{2}/\d{2}/"
            r"orgtrail-iam-events-1-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            delivered.key,
        )

    def test_is_one_line_of_json(self, deployment):
        deployment.pipeline()
        event = an_event()
        [delivered] = deployment.deliver(event)

        assert delivered.body.count(b"\n") == 1
        assert delivered.body.endswith(b"}\n")
        assert json.loads(delivered.body) == event

    @pytest.mark.parametrize(
        "processing",
        [
            {"Enabled": False, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
            {"Enabled": True, "Processors": [{"Type": "Decompression"}]},
        ],
    )
    def test_is_no_line_where_the_stream_appends_no_delimiter(self, deployment, processing):
        deployment.pipeline(ProcessingConfiguration=processing)
        [delivered] = deployment.deliver(an_event())

        assert delivered.body.endswith(b"}")

    def test_is_compressed_where_the_stream_does_so(self, deployment):
        deployment.pipeline(CompressionFormat="GZIP")
        event = an_event()
        [delivered] = deployment.deliver(event)

        assert delivered.key.endswith(".gz")
        assert json.loads(gzip.decompress(delivered.body)) == event
        assert delivered.text == gzip.decompress(delivered.body).decode()

    def test_arrives_once_for_each_rule_that_takes_it(self, deployment):
        deployment.pipeline()
        deployment.events.put_rule(Name="another", EventPattern=json.dumps(PATTERN))
        target = deployment.events.list_targets_by_rule(Rule=names.RULE)["Targets"][0]
        deployment.events.put_targets(Rule="another", Targets=[target])

        assert len(deployment.deliver(an_event())) == 2


class TestAnEventIsNotDelivered:
    def test_where_no_rule_takes_it(self, deployment):
        deployment.pipeline()

        with pytest.raises(NotDelivered, match=r"no rule in 333333333333 us-east-1 takes aws\.kms CreateAccessKey"):
            deployment.deliver(an_event(source="aws.kms"))
        assert deployment.archived() == {}

    def test_in_a_region_without_a_rule(self, deployment):
        deployment.pipeline()

        with pytest.raises(NotDelivered, match="no rule in 333333333333 eu-west-1"):
            deployment.deliver(an_event(), region="eu-west-1")

    def test_where_the_rule_is_disabled(self, deployment):
        deployment.rule(State="DISABLED")
        deployment.target(deployment.stream())

        with pytest.raises(NotDelivered, match="no rule"):
            deployment.deliver(an_event())

    def test_where_the_rule_has_no_target(self, deployment):
        deployment.rule()

        with pytest.raises(NotDelivered, match="the rule orgtrail-iam-events has no target"):
            deployment.deliver(an_event())

    def test_where_the_target_has_no_role(self, deployment):
        deployment.rule()
        deployment.target(deployment.stream(), role=None)

        with pytest.raises(NotDelivered, match="has no role, so EventBridge may not call it"):
            deployment.deliver(an_event())
        assert deployment.archived() == {}


class TestASampleEvent:
    def test_is_preferably_one_of_iam(self):
        event = sample_event(ACCOUNT_ID, "us-east-1", ["aws.sso", "aws.iam"], ["AWS API Call via CloudTrail"])

        assert describe(event) == "aws.iam CreateAccessKey"

    def test_is_a_sign_in_where_iam_does_not_occur(self):
        detail_types = ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"]
        event = sample_event(ACCOUNT_ID, "eu-west-1", ["aws.sso", "aws.signin"], detail_types)

        assert describe(event) == "aws.signin ConsoleLogin"
        assert event["detail-type"] == "AWS Console Sign In via CloudTrail"

    def test_is_of_its_account_and_region(self):
        event = sample_event(ACCOUNT_ID, "eu-west-1", ["aws.sso"], ["AWS API Call via CloudTrail"])

        assert (event["account"], event["region"]) == (ACCOUNT_ID, "eu-west-1")
        assert (event["detail"]["recipientAccountId"], event["detail"]["awsRegion"]) == (ACCOUNT_ID, "eu-west-1")

    def test_can_be_of_a_source_that_is_not_known_here(self):
        event = sample_event(ACCOUNT_ID, "eu-west-1", ["aws.kms"], ["AWS API Call via CloudTrail"])

        assert takes(a_rule(EventPattern=json.dumps({"source": ["aws.kms"]})), event)
