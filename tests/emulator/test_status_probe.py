"""Probes of a pipeline that is deployed in an emulated AWS, whose CloudTrail and deliveries are emulated, too."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from orgtrail import names
from orgtrail.concurrency.pool import Pool
from orgtrail.concurrency.questions import Questions
from orgtrail.events import Events
from orgtrail.rehearsal.emulation.cloudtrail import emulated_cloudtrail
from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status, pipelines_of
from orgtrail.status.look import archive_client, archive_listing
from orgtrail.status.probe.archived import Archived
from orgtrail.status.probe.run import Probing
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, an_account, an_archive
from tests.emulator.test_delivery import ROLE, Deployment

ACCOUNT = an_account(roles=(f"{ROLE}/admin",))
ARCHIVE = an_archive(roles=(f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/admin",))
HOME = (ACCOUNT_ID, "us-east-1")
OTHERS = [{"Key": "ManagedBy", "Value": "orgtrail"}]


@pytest.fixture
def cloudtrail(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    with emulated_cloudtrail() as cloudtrail:
        yield cloudtrail


@pytest.fixture
def deployment(cloudtrail):
    deployment = Deployment()
    deployment.pipeline()
    deployment.iam.tag_role(RoleName=names.FIREHOSE_ROLE, Tags=OTHERS)
    cloudtrail.delivers = True
    return deployment


def probed(*accounts):
    """What comes of probes whose time passes only while they wait."""
    now = [0.0]
    found = tuple(Found(one, Verdict.of("quiet", "as it was")) for one in pipelines_of(accounts or (ACCOUNT,)))
    archived = Archived(archive_client(ARCHIVE), ARCHIVE)
    probing = Probing(
        ARCHIVE,
        archive_listing(ARCHIVE),
        archived,
        timedelta(minutes=15),
        wait=lambda seconds: now.append(now[-1] + seconds),
        clock=lambda: now[-1],
    )
    probing.call_all(probing.choose(Status(datetime.now(UTC), found, 0)), Pool())
    probing.follow(Questions(at_once=4, seconds=60))
    return probing.results


def tags(deployment):
    return deployment.iam.list_role_tags(RoleName=names.FIREHOSE_ROLE)["Tags"]


def calls(cloudtrail, *names_of_calls):
    return [one for one in cloudtrail.history(*HOME) if one["eventName"] in names_of_calls]


@pytest.mark.parametrize("compression", ["UNCOMPRESSED", "GZIP"])
def test_a_tag_is_put_and_removed_and_its_event_found_in_the_archive(cloudtrail, compression):
    deployment = Deployment()
    deployment.pipeline(CompressionFormat=compression)
    cloudtrail.delivers = True

    result = probed()[HOME]

    put, removed = calls(cloudtrail, "TagRole", "UntagRole")
    body = deployment.archived()[result.arrived.key]
    event = json.loads(body if compression == "UNCOMPRESSED" else gzip.decompress(body))
    assert result.word == "arrived"
    assert event["detail"]["eventID"] == put["eventID"]
    assert result.arrived.called == datetime.fromisoformat(put["eventTime"])
    assert timedelta(0) <= result.latency < timedelta(minutes=5)
    tag = {"key": "OrgtrailProbe", "value": result.call.value}
    assert put["requestParameters"] == {"roleName": names.FIREHOSE_ROLE, "tags": [tag]}
    assert removed["requestParameters"] == {"roleName": names.FIREHOSE_ROLE, "tagKeys": ["OrgtrailProbe"]}
    assert tags(deployment) == []


def test_what_a_killed_probe_has_left_is_removed_and_other_tags_stay(deployment):
    deployment.iam.tag_role(RoleName=names.FIREHOSE_ROLE, Tags=[{"Key": names.PROBE_TAG, "Value": "left"}])

    assert probed()[HOME].word == "arrived"
    assert tags(deployment) == OTHERS


@pytest.mark.parametrize(("source", "call"), [("aws.events", "TagResource"), ("aws.firehose", "TagDeliveryStream")])
def test_where_no_iam_event_is_taken_another_part_of_the_pipeline_is_tagged(cloudtrail, deployment, source, call):
    deployment.rule(EventPattern=json.dumps({"source": [source]}))
    account = an_account(roles=(f"{ROLE}/admin",), events=Events(("aws.signin", source)))

    assert probed(account)[HOME].word == "arrived"
    assert len(calls(cloudtrail, call)) == 1
    rule = f"arn:aws:events:us-east-1:{ACCOUNT_ID}:rule/{names.RULE}"
    firehose = deployment.session.client("firehose")
    stream = firehose.list_tags_for_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM)
    assert [deployment.events.list_tags_for_resource(ResourceARN=rule)["Tags"], stream["Tags"]] == [[], []]


@pytest.mark.parametrize("broken", ["rule", "trail"])
def test_a_probe_that_does_not_arrive_is_told_once_its_time_is_over(cloudtrail, deployment, broken):
    if broken == "rule":
        deployment.rule(State="DISABLED")
    else:
        cloudtrail.needs_trail = True

    result = probed()[HOME]

    assert (result.word, result.trouble) == ("not arrived", True)
    assert tags(deployment) == OTHERS


def test_an_account_that_refuses_or_was_never_deployed_hides_no_other(cloudtrail, deployment):
    refuses = an_account("444444444444", name="refuses", roles=("arn:aws:iam::555555555555:role/deploy",))
    empty = an_account("666666666666", name="empty", roles=("arn:aws:iam::666666666666:role/deploy",))

    results = {account_id: result for (account_id, _region), result in probed(refuses, empty, ACCOUNT).items()}

    assert results[ACCOUNT_ID].word == "arrived"
    assert results["444444444444"].word == "not known"
    assert results["444444444444"].why.startswith(
        "not known, because TagRole on role/orgtrail-firehose was refused: the credentials are those of account 555"
    )
    assert (results["666666666666"].word, results["666666666666"].why, results["666666666666"].advice) == (
        "not arrived",
        "role/orgtrail-firehose isn't there: nothing is deployed",
        "bin/orgtrail deploy empty",
    )
