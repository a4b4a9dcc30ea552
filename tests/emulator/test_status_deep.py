"""A look into accounts of an emulated AWS: pipelines as they are deployed, and one thing broken at a time."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orgtrail import names, policies
from orgtrail.alarms import OPTIONAL, Alarms, alarms_of
from orgtrail.archive.policy import delivery_permissions
from orgtrail.aws import AccountSession
from orgtrail.concurrency.questions import Questions
from orgtrail.events import READ_ONLY_TOO
from orgtrail.rehearsal.emulation.delivery import deliver
from orgtrail.selection.pipelines import pipelines_of
from orgtrail.status.deep import look_into_accounts
from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status
from tests.alarm_states import as_described
from tests.builders import ACCOUNT_ID, an_account, settings
from tests.emulated_organization import session_of
from tests.emulator.test_delivery import an_event
from tests.unit.test_status_deployed import REGION, a_destination, a_rule, a_target

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/deploy"
ACCOUNT = an_account(roles=(ROLE,))
DAY = timedelta(days=1)
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT_ID}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_SERVICE = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
LOGGED = a_destination()["CloudWatchLoggingOptions"]
ANOTHER_RULES = policies.dead_letter_queue("aws", ACCOUNT_ID, "eu-west-1")
STREAM = f"arn:aws:firehose:*:{ACCOUNT_ID}:deliverystream/{names.DELIVERY_STREAM}"
STAMP: Any = [{"Key": names.STACK_VERSION_TAG, "Value": str(names.STACK_VERSION)}]
ONE_ACTION = policies.document({"Effect": "Allow", "Action": "firehose:PutRecord", "Resource": STREAM})


class Deployed:
    """A pipeline that is deployed as the settings say."""

    def __init__(self):
        session = session_of(ROLE, REGION)
        self.events, self.firehose, self.sqs = (
            session.client("events"),
            session.client("firehose"),
            session.client("sqs"),
        )
        self.logs, self.iam, self.cloudwatch = (
            session.client("logs"),
            session.client("iam"),
            session.client("cloudwatch"),
        )
        trusts = {
            names.EVENTBRIDGE_ROLE: policies.eventbridge_trust("aws", ACCOUNT_ID),
            names.FIREHOSE_ROLE: policies.firehose_trust(ACCOUNT_ID),
        }
        for name, trust in trusts.items():
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Tags=STAMP)
        self.permit(policies.eventbridge_permissions("aws", ACCOUNT_ID))
        self.permit(delivery_permissions(settings(ACCOUNT), ACCOUNT_ID), names.FIREHOSE_ROLE, "deliver")
        self.make_stream()
        queue_policy = json.dumps(policies.dead_letter_queue("aws", ACCOUNT_ID, REGION))
        kept: Any = {"Policy": queue_policy, "MessageRetentionPeriod": str(names.DEAD_LETTERS_KEPT_SECONDS)}
        self.queue = self.sqs.create_queue(QueueName=names.DEAD_LETTER_QUEUE, Attributes=kept)["QueueUrl"]
        self.events.put_rule(**a_rule())
        self.events.put_targets(Rule=names.RULE, Targets=[a_target()])
        self.logs.create_log_group(logGroupName=names.DELIVERY_LOG_GROUP)
        self.log: Any = {"logGroupName": names.DELIVERY_LOG_GROUP, "logStreamName": names.DELIVERY_LOG_STREAM}
        self.logs.create_log_stream(**self.log)

    def permit(self, permissions, role=names.EVENTBRIDGE_ROLE, policy="put-records"):
        self.iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(permissions))

    def deny_all(self, role):
        """Attach a policy to a role that denies it everything."""
        document = json.dumps(policies.document({"Effect": "Deny", "Action": "*", "Resource": "*"}))
        arn = self.iam.create_policy(PolicyName="quarantine", PolicyDocument=document)["Policy"]["Arn"]
        self.iam.attach_role_policy(RoleName=role, PolicyArn=arn)

    def remove_role(self, role, policy):
        self.iam.delete_role_policy(RoleName=role, PolicyName=policy)
        self.iam.delete_role(RoleName=role)

    def stamp(self, value):
        for name in (names.EVENTBRIDGE_ROLE, names.FIREHOSE_ROLE):
            self.iam.tag_role(RoleName=name, Tags=[{"Key": names.STACK_VERSION_TAG, "Value": value}])

    def unstamp(self):
        for name in (names.EVENTBRIDGE_ROLE, names.FIREHOSE_ROLE):
            self.iam.untag_role(RoleName=name, TagKeys=[names.STACK_VERSION_TAG])

    def trust(self, role):
        """Have a role trust a service that has nothing to do with it."""
        self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(policies.document(OTHER_SERVICE)))

    def log_error(self, code, message):
        """Have the delivery log say why a delivery failed."""
        now = int(datetime.now(UTC).timestamp() * 1000)
        text = json.dumps({"errorCode": code, "message": message})
        self.logs.put_log_events(**self.log, logEvents=[{"timestamp": now, "message": text}])

    def remove_target(self):
        self.events.remove_targets(Rule=names.RULE, Ids=[names.TARGET])

    def change_target(self, **changed):
        target: Any = {name: value for name, value in a_target(**changed).items() if value}
        self.events.put_targets(Rule=names.RULE, Targets=[target])

    def change_stream(self, **changed):
        self.firehose.delete_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM)
        self.make_stream(**changed)

    def make_stream(self, **changed):
        self.firehose.create_delivery_stream(
            DeliveryStreamName=names.DELIVERY_STREAM, ExtendedS3DestinationConfiguration=a_destination(**changed)
        )

    def change_queue(self, name: Any, value):
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={name: value})

    def deliver(self, event):
        deliver(AccountSession(ACCOUNT, REGION), ACCOUNT_ID, REGION, [event])


@pytest.fixture
def pipeline(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    return Deployed()


def looked(*accounts):
    arriving = Verdict.of("arriving", "the newest is 5 minutes old")
    found = tuple(Found(one, arriving) for one in pipelines_of(accounts))
    status = Status(datetime.now(UTC), found, 1)
    organization = settings(*accounts)
    return look_into_accounts(organization, status, Questions(at_once=4, seconds=60), DAY)


def verdict():
    return looked(ACCOUNT).found[0].verdict


def test_a_pipeline_that_is_deployed_as_the_settings_say_keeps_its_verdict(pipeline):
    assert verdict() == Verdict("arriving", "the newest is 5 minutes old")


@pytest.mark.parametrize(
    ("broken", "word", "why"),
    [
        pytest.param(
            lambda it: it.events.disable_rule(Name=names.RULE),
            "failing",
            "the rule is disabled",
            marks=pytest.mark.silence("rule-disabled", "status --deep"),
        ),
        pytest.param(
            lambda it: it.remove_target(),
            "failing",
            "the rule has no target: nothing takes its events",
            marks=pytest.mark.silence("no-target", "status --deep"),
        ),
        pytest.param(
            lambda it: it.firehose.delete_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM),
            "failing",
            "the delivery stream isn't there",
            marks=pytest.mark.silence("stream-missing", "status --deep"),
        ),
        pytest.param(
            lambda it: it.sqs.delete_queue(QueueUrl=it.queue),
            "failing",
            "the dead-letter queue isn't there",
            marks=pytest.mark.silence("queue-missing", "status --deep"),
        ),
        pytest.param(
            lambda it: it.sqs.send_message(QueueUrl=it.queue, MessageBody="{}"),
            "failing",
            "1 dead letter in orgtrail-iam-events-dlq: redrive shows why",
            marks=pytest.mark.silence("hand-over-refused", "status --deep"),
        ),
        pytest.param(
            lambda it: it.logs.delete_log_group(logGroupName=names.DELIVERY_LOG_GROUP),
            "failing",
            "the delivery log isn't there",
            marks=pytest.mark.silence("delivery-log-missing", "status --deep"),
        ),
        pytest.param(
            lambda it: it.log_error("S3.InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required"),
            "failing",
            "the delivery log says 'S3.InvalidRequest': 'Content-MD5 OR x-amz-checksum- HTTP header is required'",
            marks=pytest.mark.silence("object-lock", "status --deep"),
        ),
        pytest.param(
            lambda it: it.log_error("S3.AccessDenied", "no"),
            "failing",
            "the delivery log says 'S3.AccessDenied': 'no'",
            marks=pytest.mark.silence("delivery-refused", "status --deep"),
        ),
        pytest.param(
            lambda it: it.cloudwatch.put_metric_data(
                Namespace="AWS/Events",
                MetricData=[
                    {
                        "MetricName": "FailedInvocations",
                        "Dimensions": [{"Name": "RuleName", "Value": names.RULE}],
                        "Value": 2,
                        "Timestamp": datetime.now(UTC) - timedelta(minutes=10),
                    }
                ],
            ),
            "failing",
            "FailedInvocations is 2: events that EventBridge couldn't hand over",
            marks=pytest.mark.silence("hand-over-failing", "status --deep"),
        ),
        pytest.param(
            lambda it: it.iam.delete_role_policy(RoleName=names.EVENTBRIDGE_ROLE, PolicyName="put-records"),
            "failing",
            "the policy of the role orgtrail-eventbridge isn't there",
            marks=pytest.mark.silence("role-without-policy", "status --deep"),
        ),
        pytest.param(
            lambda it: it.trust(names.FIREHOSE_ROLE),
            "outdated",
            "who may assume the role orgtrail-firehose is another",
            marks=pytest.mark.silence("delivery-role-not-assumable", "status --deep"),
        ),
        pytest.param(
            lambda it: it.events.put_rule(**a_rule(EventPattern='{"source": ["aws.kms"]}')),
            "outdated",
            'the rule\'s pattern is another: \'{"source": ["aws.kms"]}\'',
            marks=pytest.mark.silence("pattern-too-narrow", "status --deep"),
        ),
        pytest.param(
            lambda it: (it.remove_target(), it.events.delete_rule(Name=names.RULE)),
            "failing",
            "the rule isn't there; the rule's target isn't there",
            marks=pytest.mark.silence("rule-missing", "status --deep"),
        ),
        pytest.param(
            lambda it: it.remove_role(names.FIREHOSE_ROLE, "deliver"),
            "failing",
            "the role orgtrail-firehose isn't there",
            marks=pytest.mark.silence("delivery-role-missing", "status --deep"),
        ),
        pytest.param(
            lambda it: it.permit(ONE_ACTION),
            "outdated",
            "the policy of the role orgtrail-eventbridge is another",
            marks=pytest.mark.silence("role-lacks-an-action", "status --deep"),
        ),
        (
            lambda it: it.permit(ONE_ACTION, names.FIREHOSE_ROLE, names.FIREHOSE_POLICY),
            "outdated",
            "the policy of the role orgtrail-firehose is another",
        ),
        pytest.param(
            lambda it: it.iam.delete_role_policy(RoleName=names.FIREHOSE_ROLE, PolicyName="deliver"),
            "failing",
            "the policy of the role orgtrail-firehose isn't there",
            marks=pytest.mark.silence("delivery-role-without-policy", "status --deep"),
        ),
        (
            lambda it: it.permit(ONE_ACTION, policy="another"),
            "outdated",
            "the role orgtrail-eventbridge has policies of others, which may deny it what it does: 'another'; "
            "no deploy removes them",
        ),
        (
            lambda it: it.stamp("0"),
            "outdated",
            "what is deployed is version '0': this Orgtrail makes version 1 of the account's stack",
        ),
        pytest.param(
            lambda it: it.unstamp(),
            "outdated",
            "what is deployed is of a time before versions: this Orgtrail makes version 1 of the account's stack",
            marks=pytest.mark.silence("stack-of-another-version", "status --deep"),
        ),
        pytest.param(
            lambda it: it.deliver(an_event(resources=["x" * 1_030_000])),
            "failing",
            "1 dead letter in orgtrail-iam-events-dlq: redrive shows why",
            marks=pytest.mark.silence("event-too-large", "status --deep"),
        ),
    ],
)
def test_what_is_broken_is_told(pipeline, broken, word, why, caught):
    broken(pipeline)
    told = verdict()

    caught(told.why)
    assert (told.word, told.why) == (word, why)


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        pytest.param(
            [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}],
            "S3.AccessDenied",
            marks=pytest.mark.silence("delivery-role-lacks-an-action", "status --deep"),
        ),
        pytest.param(
            [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}],
            "S3.NoSuchBucket",
            marks=pytest.mark.silence("no-bucket", "status --deep"),
        ),
    ],
)
def test_what_firehose_says_of_a_delivery_that_failed_is_told(pipeline, statements, code, caught):
    pipeline.permit(policies.document(*statements), names.FIREHOSE_ROLE, names.FIREHOSE_POLICY)
    pipeline.deliver(an_event())
    told = verdict()

    assert told.word == "failing"
    assert code in told.why
    caught(told.why)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(
            lambda it: it.events.put_rule(**a_rule(State=READ_ONLY_TOO)),
            marks=pytest.mark.silence("rule-state", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_target(Arn="arn:aws:sqs:us-east-1:333333333333:another"),
            marks=pytest.mark.silence("target-replaced", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_target(RoleArn=None),
            marks=pytest.mark.silence("target-without-role", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_target(RoleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/another"),
            marks=pytest.mark.silence("target-with-another-role", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_target(DeadLetterConfig=None),
            marks=pytest.mark.silence("target-without-dead-letters", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(BucketARN="arn:aws:s3:::old"),
            marks=pytest.mark.silence("another-bucket", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(RoleARN=f"arn:aws:iam::{ACCOUNT_ID}:role/another"),
            marks=pytest.mark.silence("stream-with-another-role", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(Prefix="old/"),
            marks=pytest.mark.silence("another-prefix", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(ErrorOutputPrefix="old/!{firehose:error-output-type}/"),
            marks=pytest.mark.silence("another-error-prefix", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(CompressionFormat="GZIP"),
            marks=pytest.mark.silence("another-compression", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(EncryptionConfiguration={"KMSEncryptionConfig": {"AWSKMSKeyARN": KEY}}),
            marks=pytest.mark.silence("stream-with-a-key", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(ProcessingConfiguration={"Enabled": False}),
            marks=pytest.mark.silence("no-newline", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(CloudWatchLoggingOptions={"Enabled": False}),
            marks=pytest.mark.silence("no-delivery-log", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(CloudWatchLoggingOptions={**LOGGED, "LogGroupName": "another"}),
            marks=pytest.mark.silence("another-delivery-log", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(CustomTimeZone="Asia/Tokyo"),
            marks=pytest.mark.silence("another-time-zone", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(FileExtension=".gz"),
            marks=pytest.mark.silence("another-file-extension", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(DataFormatConversionConfiguration={"Enabled": True}),
            marks=pytest.mark.silence("converted", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_stream(DynamicPartitioningConfiguration={"Enabled": True}),
            marks=pytest.mark.silence("partitioned", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_target(InputPath="$.detail"),
            marks=pytest.mark.silence("event-replaced", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_queue("Policy", json.dumps(ANOTHER_RULES)),
            marks=pytest.mark.silence("dead-letter-queue-policy", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_queue("KmsMasterKeyId", "alias/aws/sqs"),
            marks=pytest.mark.silence("dead-letter-queue-key", "status --deep"),
        ),
        pytest.param(
            lambda it: it.change_queue("MessageRetentionPeriod", "60"),
            marks=pytest.mark.silence("dead-letter-queue-forgets", "status --deep"),
        ),
        pytest.param(
            lambda it: it.deny_all(names.FIREHOSE_ROLE),
            marks=pytest.mark.silence("policies-of-others", "status --deep"),
        ),
        pytest.param(
            lambda it: it.iam.put_role_permissions_boundary(
                RoleName=names.EVENTBRIDGE_ROLE, PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess"
            ),
            marks=pytest.mark.silence("permissions-boundary", "status --deep"),
        ),
    ],
)
def test_what_is_deployed_and_is_another_than_the_settings_say_is_told(pipeline, broken, caught):
    broken(pipeline)

    caught(verdict().why)


def test_alarms_that_are_wanted_and_not_there_are_told(pipeline):
    with_alarms = replace(ACCOUNT, alarms=Alarms("arn:aws:sns:{region}:{account_id}:alarms", without=OPTIONAL[1:]))

    assert looked(with_alarms).found[0].verdict == Verdict.of(
        "outdated", "the alarm orgtrail-failed-invocations isn't there"
    )


def test_alarms_as_they_are_wanted_are_fine_until_one_is_in_alarm(pipeline):
    alarms = Alarms("arn:aws:sns:{region}:{account_id}:alarms", silent_hours=24)
    with_alarms = replace(ACCOUNT, alarms=alarms)
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:alarms"
    for alarm in alarms_of(alarms, "us-east-1", 300):
        told = [topic] if alarm.tells_ok else []
        pipeline.cloudwatch.put_metric_alarm(**as_described(alarm), AlarmActions=[topic], OKActions=told)

    assert looked(with_alarms).found[0].verdict.word == "arriving"

    pipeline.cloudwatch.set_alarm_state(AlarmName="orgtrail-near-limits", StateValue="ALARM", StateReason="81 %")
    status = looked(with_alarms)

    assert (status.found[0].verdict.word, status.is_trouble) == ("arriving", True)
    assert "the alarm orgtrail-near-limits is in ALARM, and nothing fails yet" in status.found[0].verdict.why

    pipeline.cloudwatch.set_alarm_state(AlarmName="orgtrail-near-limits", StateValue="OK", StateReason="70 %")
    pipeline.cloudwatch.set_alarm_state(AlarmName="orgtrail-silence", StateValue="ALARM", StateReason="nothing came")

    assert looked(with_alarms).found[0].verdict == Verdict.of("failing", "the alarm orgtrail-silence is in ALARM")


def test_an_account_that_is_denied_hides_no_other(pipeline):
    elsewhere = "arn:aws:iam::555555555555:role/deploy"
    denied = an_account("444444444444", name="other", roles=(elsewhere,))

    status = looked(ACCOUNT, denied)

    assert [(one.pipeline.account.name, one.verdict.word) for one in status.found] == [
        ("other", "not known"),
        ("payments", "arriving"),
    ]
    assert status.found[0].verdict.why.startswith(
        "not known, because the credentials are those of account 555555555555"
    )


@pytest.mark.silence("never-deployed", "status --deep")
def test_where_nothing_is_deployed_that_is_said_in_a_word(pipeline, caught):
    other = replace(an_account("444444444444", name="other"), roles=("arn:aws:iam::444444444444:role/deploy",))
    told = looked(other).found[0].verdict

    caught(told.why)
    assert told == Verdict.of("failing", "it isn't deployed")


def test_skipped_accounts_are_not_asked(pipeline):
    skipped = Found(pipelines_of([ACCOUNT])[0], Verdict.of("skipped", "enabled: false"))
    status = Status(datetime.now(UTC), (skipped,), 1)

    assert look_into_accounts(settings(ACCOUNT), status, Questions(at_once=1, seconds=60), DAY).found == (skipped,)
