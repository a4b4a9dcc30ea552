"""A look into accounts of an emulated AWS: pipelines as they are deployed, and one thing broken at a time."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from orgtrail import names, policies
from orgtrail.concurrency.questions import Questions
from orgtrail.status.deep import look_into_accounts
from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status, pipelines_of
from tests.builders import ACCOUNT_ID, an_account, settings
from tests.unit.test_status_deployed import REGION, a_destination, a_rule, a_target

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/deploy"
ACCOUNT = an_account(roles=(ROLE,))
DAY = timedelta(days=1)


class Deployed:
    """A pipeline that is deployed as the settings say."""

    def __init__(self):
        keys = boto3.client("sts", REGION).assume_role(RoleArn=ROLE, RoleSessionName="it")["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION)
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
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        permissions = json.dumps(policies.eventbridge_permissions("aws", ACCOUNT_ID))
        self.iam.put_role_policy(RoleName=names.EVENTBRIDGE_ROLE, PolicyName="put-records", PolicyDocument=permissions)
        self.firehose.create_delivery_stream(
            DeliveryStreamName=names.DELIVERY_STREAM, ExtendedS3DestinationConfiguration=a_destination()
        )
        self.queue = self.sqs.create_queue(QueueName=names.DEAD_LETTER_QUEUE)["QueueUrl"]
        self.events.put_rule(**a_rule())
        self.events.put_targets(Rule=names.RULE, Targets=[a_target()])
        self.logs.create_log_group(logGroupName=names.DELIVERY_LOG_GROUP)
        self.log = {"logGroupName": names.DELIVERY_LOG_GROUP, "logStreamName": names.DELIVERY_LOG_STREAM}
        self.logs.create_log_stream(**self.log)


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
        (lambda it: it.events.disable_rule(Name=names.RULE), "failing", "the rule is disabled"),
        (
            lambda it: it.events.remove_targets(Rule=names.RULE, Ids=[names.TARGET]),
            "failing",
            "the rule has no target: nothing takes its events",
        ),
        (
            lambda it: it.firehose.delete_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM),
            "failing",
            "the delivery stream isn't there",
        ),
        (lambda it: it.sqs.delete_queue(QueueUrl=it.queue), "failing", "the dead-letter queue isn't there"),
        (
            lambda it: it.sqs.send_message(QueueUrl=it.queue, MessageBody="{}"),
            "failing",
            "1 dead letter in orgtrail-iam-events-dlq",
        ),
        (
            lambda it: it.logs.delete_log_group(logGroupName=names.DELIVERY_LOG_GROUP),
            "failing",
            "the delivery log isn't there",
        ),
        (
            lambda it: it.logs.put_log_events(
                **it.log,
                logEvents=[
                    {
                        "timestamp": int(datetime.now(UTC).timestamp() * 1000),
                        "message": json.dumps({"errorCode": "S3.AccessDenied", "message": "no"}),
                    }
                ],
            ),
            "failing",
            "the delivery log says 'S3.AccessDenied': 'no'",
        ),
        (
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
        ),
        (
            lambda it: it.iam.delete_role_policy(RoleName=names.EVENTBRIDGE_ROLE, PolicyName="put-records"),
            "failing",
            "the policy of the role orgtrail-eventbridge isn't there",
        ),
        (
            lambda it: it.iam.update_assume_role_policy(
                RoleName=names.FIREHOSE_ROLE, PolicyDocument=json.dumps(policies.firehose_trust("999999999999"))
            ),
            "outdated",
            "who may assume the role orgtrail-firehose is another",
        ),
        (
            lambda it: it.events.put_rule(**a_rule(EventPattern='{"source": ["aws.iam"]}')),
            "outdated",
            'the rule\'s pattern is another: \'{"source": ["aws.iam"]}\'',
        ),
    ],
)
def test_what_is_broken_is_told(pipeline, broken, word, why):
    broken(pipeline)

    assert (verdict().word, verdict().why) == (word, why)


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


def test_where_nothing_is_deployed_that_is_said_in_a_word(pipeline):
    other = replace(an_account("444444444444", name="other"), roles=("arn:aws:iam::444444444444:role/deploy",))

    assert looked(other).found[0].verdict == Verdict.of("failing", "it isn't deployed")


def test_skipped_accounts_are_not_asked(pipeline):
    skipped = Found(pipelines_of([ACCOUNT])[0], Verdict.of("skipped", "enabled: false"))
    status = Status(datetime.now(UTC), (skipped,), 1)

    assert look_into_accounts(settings(ACCOUNT), status, Questions(at_once=1, seconds=60), DAY) == status
