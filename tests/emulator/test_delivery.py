"""What becomes of an event, by the rule, target and stream that are deployed."""

import gzip
import json
import re

import pytest

from orgtrail import names, policies
from orgtrail.aws import AccountSession
from orgtrail.events import READ_ONLY_TOO
from orgtrail.rehearsal.emulation.delivery import deliver
from orgtrail.rehearsal.emulation.event_bus import takes
from orgtrail.rehearsal.emulation.sample_events import sample_events
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET, an_account, an_archive

PATTERN = {"source": ["aws.iam", "aws.signin"], "detail-type": ["AWS API Call via CloudTrail"]}
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role"


def an_event(read_only=False, **changed):
    event = sample_events(ACCOUNT_ID, "us-east-1", ["aws.iam"], ["AWS API Call via CloudTrail"])[0]
    event["detail"]["readOnly"] = read_only
    return {**event, **changed}


def a_rule(**changed):
    """A rule as EventBridge's API describes it."""
    return {"Name": names.RULE, "State": "ENABLED", "EventPattern": json.dumps(PATTERN), **changed}


class TestARule:
    def test_a_rule_takes_an_event_that_its_pattern_matches(self):
        assert takes(a_rule(), an_event())

    @pytest.mark.parametrize("changed", [{"source": "aws.kms"}, {"detail-type": "AWS Service Event via CloudTrail"}])
    def test_a_rule_takes_no_event_that_its_pattern_does_not_match(self, changed):
        assert not takes(a_rule(), an_event(**changed))

    def test_a_rule_takes_nothing_when_it_is_disabled(self):
        assert not takes(a_rule(State="DISABLED"), an_event())

    def test_a_rule_takes_no_read_only_event(self):
        assert not takes(a_rule(), an_event(read_only=True))

    @pytest.mark.parametrize("read_only", [True, False])
    def test_a_rule_takes_read_only_events_too_in_the_state_for_it(self, read_only):
        assert takes(a_rule(State=READ_ONLY_TOO), an_event(read_only=read_only))


class Deployment:
    """A pipeline deployed in an account, into the bucket of another; a test changes what it is about."""

    def __init__(self):
        self.session = AccountSession(an_account(roles=(f"{ROLE}/admin",)), "us-east-1")
        archive = an_archive(roles=(f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/admin",))
        self.archive = AccountSession(archive, "us-east-1").client("s3")
        self.archive.create_bucket(Bucket=BUCKET)
        self.events = self.session.client("events")
        self.iam = self.session.client("iam")
        self.sqs = self.session.client("sqs")

    def rule(self, **changed):
        arguments = {"Name": names.RULE, "EventPattern": json.dumps(PATTERN), "State": "ENABLED", **changed}
        self.events.put_rule(**arguments)

    def role(self, name, trust, permissions):
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        self.iam.put_role_policy(RoleName=name, PolicyName="it", PolicyDocument=json.dumps(permissions))

    def roles(self):
        self.role(
            names.EVENTBRIDGE_ROLE,
            policies.eventbridge_trust("aws", ACCOUNT_ID),
            policies.eventbridge_permissions("aws", ACCOUNT_ID),
        )
        trust = policies.firehose_trust(ACCOUNT_ID)
        self.role(names.FIREHOSE_ROLE, trust, policies.document(_write_to(f"{ACCOUNT_ID}/*")))

    def target(self, stream, role=f"{ROLE}/{names.EVENTBRIDGE_ROLE}", dead_letters=True):
        target = {"Id": names.TARGET, "Arn": stream, **({"RoleArn": role} if role else {})}
        if dead_letters:
            self.sqs.create_queue(QueueName=names.DEAD_LETTER_QUEUE)
            target["DeadLetterConfig"] = {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{names.DEAD_LETTER_QUEUE}"}
        self.events.put_targets(Rule=names.RULE, Targets=[target])

    def stream(self, **changed):
        destination = {
            "RoleARN": f"{ROLE}/{names.FIREHOSE_ROLE}",
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": "333333333333/us-east-1/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/",
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 300},
            "CompressionFormat": "UNCOMPRESSED",
            "CloudWatchLoggingOptions": {
                "Enabled": True,
                "LogGroupName": names.DELIVERY_LOG_GROUP,
                "LogStreamName": names.DELIVERY_LOG_STREAM,
            },
            "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
            **changed,
        }
        logs = self.session.client("logs")
        logs.create_log_group(logGroupName=names.DELIVERY_LOG_GROUP)
        logs.create_log_stream(logGroupName=names.DELIVERY_LOG_GROUP, logStreamName=names.DELIVERY_LOG_STREAM)
        made = self.session.client("firehose").create_delivery_stream(
            DeliveryStreamName=names.DELIVERY_STREAM, ExtendedS3DestinationConfiguration=destination
        )
        return made["DeliveryStreamARN"]

    def pipeline(self, **changed):
        self.roles()
        self.rule()
        self.target(self.stream(**changed))

    def deliver(self, *events, region="us-east-1"):
        return deliver(self.session, ACCOUNT_ID, region, events)

    def archived(self):
        """Every object in the archive, as its own account finds it."""
        keys = [item["Key"] for item in self.archive.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return {key: self.archive.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    def dead_letters(self):
        url = self.sqs.get_queue_url(QueueName=names.DEAD_LETTER_QUEUE)["QueueUrl"]
        answer = self.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
        return answer.get("Messages", [])

    def delivery_log(self):
        logged = self.session.client("logs").get_log_events(
            logGroupName=names.DELIVERY_LOG_GROUP, logStreamName=names.DELIVERY_LOG_STREAM
        )
        return [json.loads(event["message"]) for event in logged["events"]]


def _write_to(keys):
    return {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [f"arn:aws:s3:::{BUCKET}/{keys}"]}


@pytest.fixture
def deployment(empty_aws):
    return Deployment()


class TestAnEventThatIsTaken:
    def test_an_event_that_is_taken_becomes_an_object_in_the_archive(self, deployment):
        deployment.pipeline()
        delivered = deployment.deliver(an_event()).objects

        assert [(item.bucket, item.key, item.body) for item in delivered] == [
            (BUCKET, key, body) for key, body in deployment.archived().items()
        ]
        assert len(delivered) == 1

    def test_has_a_key_that_begins_with_the_evaluated_prefix_and_goes_on_as_firehose_names_objects(self, deployment):
        """https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html"""
        deployment.pipeline()
        [delivered] = deployment.deliver(an_event()).objects

        assert re.fullmatch(
            r"333333333333/us-east-1/\d{4}/\d{2}/\d{2}/"
            r"orgtrail-iam-events-1-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            delivered.key,
        )

    def test_an_event_that_is_taken_is_one_line_of_json(self, deployment):
        deployment.pipeline()
        event = an_event()
        [delivered] = deployment.deliver(event).objects

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
    def test_an_event_that_is_taken_is_no_line_where_the_stream_appends_no_delimiter(self, deployment, processing):
        deployment.pipeline(ProcessingConfiguration=processing)
        [delivered] = deployment.deliver(an_event()).objects

        assert delivered.body.endswith(b"}")

    def test_an_event_that_is_taken_is_compressed_where_the_stream_does_so(self, deployment):
        deployment.pipeline(CompressionFormat="GZIP")
        event = an_event()
        [delivered] = deployment.deliver(event).objects

        assert delivered.key.endswith(".gz")
        assert json.loads(gzip.decompress(delivered.body)) == event
        assert delivered.text == gzip.decompress(delivered.body).decode()

    def test_an_event_that_is_taken_arrives_once_for_each_rule_that_takes_it(self, deployment):
        deployment.pipeline()
        deployment.events.put_rule(Name="another", EventPattern=json.dumps(PATTERN))
        target = deployment.events.list_targets_by_rule(Rule=names.RULE)["Targets"][0]
        deployment.events.put_targets(Rule="another", Targets=[target])

        [delivered] = deployment.deliver(an_event()).objects
        assert delivered.body.count(b"\n") == 2


class TestABuffer:
    def test_a_buffer_becomes_one_object_however_many_events_it_holds(self, deployment):
        deployment.pipeline()
        [delivered] = deployment.deliver(*(an_event() for _ in range(20))).objects

        assert delivered.body.count(b"\n") == 20

    def test_a_buffer_that_is_full_becomes_an_object_and_the_next_one_starts(self, deployment):
        deployment.pipeline()
        large = an_event(resources=["x" * 600_000])

        assert len(deployment.deliver(large, large, large).objects) == 2


class TestAnEventThatNoRuleTakes:
    def test_an_event_that_no_rule_takes_leaves_nothing_behind(self, deployment):
        deployment.pipeline()
        event = an_event(source="aws.kms")
        outcome = deployment.deliver(event)

        assert outcome.not_taken == [event]
        assert deployment.archived() == {}

    def test_an_event_that_no_rule_takes_is_any_event_in_a_region_without_a_rule(self, deployment):
        deployment.pipeline()

        assert len(deployment.deliver(an_event(), region="eu-west-1").not_taken) == 1

    def test_an_event_that_no_rule_takes_is_any_event_where_the_rule_is_disabled(self, deployment):
        deployment.roles()
        deployment.rule(State="DISABLED")
        deployment.target(deployment.stream())

        assert len(deployment.deliver(an_event()).not_taken) == 1

    def test_an_event_that_no_rule_takes_is_any_event_where_the_rule_has_no_target(self, deployment):
        deployment.rule()

        assert len(deployment.deliver(an_event()).not_taken) == 1


class TestADeadLetter:
    def test_a_dead_letter_is_an_event_whose_target_has_no_role_to_be_called_with(self, deployment):
        deployment.rule()
        deployment.target(deployment.stream())
        outcome = deployment.deliver(an_event())

        assert [letter.code for letter in outcome.dead_letters] == ["FAILED_TO_ASSUME_ROLE"]

    def test_a_dead_letter_is_an_event_whose_role_trusts_another_service(self, deployment):
        deployment.role(
            names.EVENTBRIDGE_ROLE,
            policies.firehose_trust(ACCOUNT_ID),
            policies.eventbridge_permissions("aws", ACCOUNT_ID),
        )
        deployment.rule()
        deployment.target(deployment.stream())

        assert deployment.deliver(an_event()).dead_letters[0].code == "FAILED_TO_ASSUME_ROLE"

    def test_a_dead_letter_is_an_event_whose_role_may_not_put_records(self, deployment):
        trust = policies.eventbridge_trust("aws", ACCOUNT_ID)
        deployment.role(names.EVENTBRIDGE_ROLE, trust, policies.document(_write_to("*")))
        deployment.rule()
        deployment.target(deployment.stream())

        assert deployment.deliver(an_event()).dead_letters[0].code == "NO_PERMISSIONS"

    def test_a_dead_letter_is_an_event_whose_stream_is_gone(self, deployment):
        deployment.pipeline()
        deployment.session.client("firehose").delete_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM)

        assert deployment.deliver(an_event()).dead_letters[0].code == "NO_RESOURCE"

    def test_a_dead_letter_is_an_event_larger_than_a_record_of_firehose(self, deployment):
        deployment.pipeline()
        outcome = deployment.deliver(an_event(resources=["x" * 1_030_000]))

        assert [letter.code for letter in outcome.dead_letters] == ["SDK_CLIENT_ERROR"]

    def test_a_dead_letter_holds_the_event_and_says_which_rule_failed_at_which_target(self, deployment):
        deployment.rule()
        stream = deployment.stream()
        deployment.target(stream)
        event = an_event(resources=["one of a kind"])
        deployment.deliver(event)

        [letter] = deployment.dead_letters()
        attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert json.loads(letter["Body"]) == event
        assert attributes["RULE_ARN"] == policies.rule_arn("aws", ACCOUNT_ID, "us-east-1")
        assert attributes["TARGET_ARN"] == stream

    def test_a_dead_letter_is_lost_where_the_target_has_no_queue(self, deployment):
        deployment.rule()
        deployment.target(deployment.stream(), dead_letters=False)

        assert deployment.deliver(an_event()).dead_letters[0].queue is None


class TestAFailedDelivery:
    def test_a_failed_delivery_to_a_bucket_that_is_not_there_is_told_in_the_delivery_log(self, deployment):
        deployment.pipeline(BucketARN="arn:aws:s3:::somewhere-else")
        permissions = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
        deployment.iam.put_role_policy(
            RoleName=names.FIREHOSE_ROLE,
            PolicyName="it",
            PolicyDocument=json.dumps(policies.document(permissions)),
        )
        outcome = deployment.deliver(an_event())

        assert [failure.code for failure in outcome.failures] == ["S3.NoSuchBucket"]
        assert [entry["errorCode"] for entry in deployment.delivery_log()] == ["S3.NoSuchBucket"]

    def test_a_failed_delivery_is_one_below_a_prefix_that_is_not_the_roles_own(self, deployment):
        deployment.pipeline(Prefix="444444444444/us-east-1/!{timestamp:yyyy/MM/dd}/")
        outcome = deployment.deliver(an_event())

        assert [failure.code for failure in outcome.failures] == ["S3.AccessDenied"]
        assert deployment.archived() == {}

    def test_a_failed_delivery_is_one_whose_role_is_gone(self, deployment):
        deployment.pipeline()
        deployment.iam.delete_role_policy(RoleName=names.FIREHOSE_ROLE, PolicyName="it")
        deployment.iam.delete_role(RoleName=names.FIREHOSE_ROLE)

        assert deployment.deliver(an_event()).failures[0].code == "S3.AccessDenied"


class TestASampleEvent:
    def test_a_sample_event_is_preferably_one_of_iam(self):
        event = sample_events(ACCOUNT_ID, "us-east-1", ["aws.sso", "aws.iam"], ["AWS API Call via CloudTrail"])[0]

        assert (event["source"], event["detail"]["eventName"]) == ("aws.iam", "CreateAccessKey")

    def test_a_sample_event_is_a_sign_in_where_iam_does_not_occur(self):
        detail_types = ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"]
        event = sample_events(ACCOUNT_ID, "eu-west-1", ["aws.sso", "aws.signin"], detail_types)[0]

        assert (event["source"], event["detail"]["eventName"]) == ("aws.signin", "ConsoleLogin")
        assert event["detail-type"] == "AWS Console Sign In via CloudTrail"

    def test_a_sample_event_is_of_its_account_and_region(self):
        event = sample_events(ACCOUNT_ID, "eu-west-1", ["aws.sso"], ["AWS API Call via CloudTrail"])[0]

        assert (event["account"], event["region"]) == (ACCOUNT_ID, "eu-west-1")
        assert (event["detail"]["recipientAccountId"], event["detail"]["awsRegion"]) == (ACCOUNT_ID, "eu-west-1")

    def test_a_sample_event_can_be_of_a_source_that_is_not_known_here(self):
        event = sample_events(ACCOUNT_ID, "eu-west-1", ["aws.kms"], ["AWS API Call via CloudTrail"])[0]

        assert takes(a_rule(EventPattern=json.dumps({"source": ["aws.kms"]})), event)
