"""A rehearsal that is kept: what another terminal finds there."""

import json
from datetime import datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from orgtrail import names
from orgtrail.rehearsal.emulation.delivery import deliver
from orgtrail.rehearsal.emulation.sample_events import sample_events
from orgtrail.rehearsal.keep import played_cloudtrail
from tests.builders import ACCOUNT_ID, BUCKET
from tests.emulator.test_delivery import PATTERN, Deployment


@pytest.fixture
def deployment(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    deployment = Deployment()
    deployment.pipeline()
    return deployment


@pytest.fixture
def arrived(deployment):
    """Events of a pipeline, in the archive."""
    events = sample_events(ACCOUNT_ID, "us-east-1", PATTERN["source"], PATTERN["detail-type"])
    deliver(deployment.session, ACCOUNT_ID, "us-east-1", events)
    return events


def archived(deployment):
    """The events in the archive by their ids."""
    keys = [one["Key"] for one in deployment.archive.list_objects_v2(Bucket=BUCKET)["Contents"]]
    bodies = [deployment.archive.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys]
    events = [json.loads(line)["detail"] for body in bodies for line in body.splitlines()]
    return {event["eventID"]: event for event in events}


def _time(record):
    return datetime.fromisoformat(record["eventTime"])


def test_the_archive_has_all_of_today_and_lacks_one_event_of_yesterday(deployment, arrived):
    with played_cloudtrail([arrived]) as cloudtrail:
        history = cloudtrail.history(ACCOUNT_ID, "us-east-1")

    missing = [record for record in history if record["eventID"] not in archived(deployment)]
    assert len(history) == 2 * len(arrived)
    assert [record["eventName"] for record in missing] == [arrived[-1]["detail"]["eventName"]]
    assert _time(missing[0]) == _time(arrived[-1]["detail"]) - timedelta(days=1)


def test_a_pipeline_with_a_single_event_lacks_yesterdays(deployment, arrived):
    with played_cloudtrail([arrived[:1]]) as cloudtrail:
        history = cloudtrail.history(ACCOUNT_ID, "us-east-1")

    assert [record["eventID"] in archived(deployment) for record in history] == [True, False]


def test_a_call_becomes_an_event_in_the_archive(deployment, arrived):
    with played_cloudtrail([arrived]):
        deployment.iam.tag_role(RoleName=names.FIREHOSE_ROLE, Tags=[{"Key": "k", "Value": "v"}])

    assert "TagRole" in [event["eventName"] for event in archived(deployment).values()]


def test_a_call_becomes_a_dead_letter_where_the_rules_role_may_do_nothing(deployment, arrived):
    with played_cloudtrail([arrived]):
        deployment.iam.delete_role_policy(RoleName=names.EVENTBRIDGE_ROLE, PolicyName="it")

    queue = deployment.sqs.get_queue_url(QueueName=names.DEAD_LETTER_QUEUE)["QueueUrl"]
    letters = deployment.sqs.receive_message(QueueUrl=queue)["Messages"]
    assert [json.loads(letter["Body"])["detail"]["eventName"] for letter in letters] == ["DeleteRolePolicy"]


def test_a_call_succeeds_while_the_pipeline_is_taken_down(deployment, arrived, monkeypatch):
    def gone(*_events):
        raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "ListTargetsByRule")

    with played_cloudtrail([arrived]) as cloudtrail:
        monkeypatch.setattr(cloudtrail, "hand_over", gone)
        deployment.iam.tag_role(RoleName=names.FIREHOSE_ROLE, Tags=[{"Key": "k", "Value": "v"}])

        assert cloudtrail.history(ACCOUNT_ID, "us-east-1")[-1]["eventName"] == "TagRole"
