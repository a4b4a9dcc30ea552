"""Probes of a pipeline that is deployed in an emulated AWS, whose CloudTrail and deliveries are emulated, too."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from orgtrail import names, policies
from orgtrail.concurrency.pool import Pool
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.archive import archive_client, archive_listing
from orgtrail.contents.objects import Objects
from orgtrail.events import Events
from orgtrail.selection.pipelines import pipelines_of
from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status
from orgtrail.status.probe.run import Probing
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, an_account, an_archive
from tests.emulator.test_delivery import ROLE, Deployment

ACCOUNT = an_account(roles=(f"{ROLE}/admin",))
ARCHIVE = an_archive(roles=(f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/admin",))
HOME = (ACCOUNT_ID, "us-east-1")
OTHERS = [{"Key": "ManagedBy", "Value": "orgtrail"}]


@pytest.fixture
def deployment(cloudtrail):
    deployment = Deployment()
    deployment.pipeline()
    deployment.iam.tag_role(RoleName=names.FIREHOSE_ROLE, Tags=OTHERS)
    cloudtrail.delivers = True
    return deployment


def probed(*accounts, minutes=15):
    """What comes of probes whose time passes only while they wait."""
    now = [0.0]
    found = tuple(Found(one, Verdict.of("quiet", "as it was")) for one in pipelines_of(accounts or (ACCOUNT,)))
    objects = Objects(archive_client(ARCHIVE), ARCHIVE)
    probing = Probing(
        ARCHIVE,
        archive_listing(ARCHIVE),
        objects,
        timedelta(minutes=minutes),
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

    assert (result.word, result.is_trouble) == ("not arrived", True)
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


class Trailed:
    """The pipeline, in an account whose events a trail logs; and ways to break either."""

    def __init__(self, deployment):
        self.it = deployment
        self.trail = deployment.session.client("cloudtrail")
        self.firehose = deployment.session.client("firehose")
        deployment.session.client("s3").create_bucket(Bucket="trails")
        self.make_trail(self.trail)

    def make_trail(self, client):
        client.create_trail(Name="main", S3BucketName="trails", IsMultiRegionTrail=client is self.trail)
        client.start_logging(Name="main")

    def select(self, **selectors):
        self.trail.put_event_selectors(TrailName="main", **selectors)

    def select_fields(self, *fields):
        self.select(AdvancedEventSelectors=[{"FieldSelectors": list(fields)}])

    def trail_elsewhere(self):
        self.trail.delete_trail(Name="main")
        self.make_trail(self.it.session.client("cloudtrail", "eu-west-1"))

    def target(self, **changed):
        (target,) = self.it.events.list_targets_by_rule(Rule=names.RULE)["Targets"]
        changed_target = {name: value for name, value in {**target, **changed}.items() if value}
        self.it.events.put_targets(Rule=names.RULE, Targets=[changed_target])

    def stream(self, **changed):
        self.firehose.delete_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM)
        logs = self.it.session.client("logs")
        logs.delete_log_group(logGroupName=names.DELIVERY_LOG_GROUP)
        self.it.stream(**changed)

    def permit(self, role, *statements):
        document = json.dumps(policies.document(*statements))
        self.it.iam.put_role_policy(RoleName=role, PolicyName="it", PolicyDocument=document)

    def forbid(self, role):
        self.it.iam.delete_role_policy(RoleName=role, PolicyName="it")

    def trust(self, role):
        nobody = json.dumps(policies.document(OTHER_SERVICE))
        self.it.iam.update_assume_role_policy(RoleName=role, PolicyDocument=nobody)


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
DATA = {"Field": "eventCategory", "Equals": ["Data"]}
NOT_IAM = {"Field": "eventSource", "NotEquals": ["iam.amazonaws.com"]}
READS = {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}
OTHER_SERVICE = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
LISTING = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}


@pytest.fixture
def trailed(cloudtrail, deployment):
    cloudtrail.needs_trail = True
    return Trailed(deployment)


def test_a_probe_arrives_where_a_trail_logs_it_and_nothing_is_broken(trailed):
    assert probed()[HOME].word == "arrived"


@pytest.mark.parametrize(
    "breaks",
    [
        pytest.param(
            lambda at: at.trail.delete_trail(Name="main"), marks=pytest.mark.silence("no-trail", "status --probe")
        ),
        pytest.param(
            lambda at: at.trail.stop_logging(Name="main"), marks=pytest.mark.silence("trail-off", "status --probe")
        ),
        pytest.param(lambda at: at.trail_elsewhere(), marks=pytest.mark.silence("trail-elsewhere", "status --probe")),
        pytest.param(
            lambda at: at.select(EventSelectors=[READS]),
            marks=pytest.mark.silence("write-events-excluded", "status --probe"),
        ),
        pytest.param(
            lambda at: at.select_fields(DATA),
            marks=pytest.mark.silence("management-events-excluded", "status --probe"),
        ),
        pytest.param(
            lambda at: at.select_fields(MANAGEMENT, NOT_IAM),
            marks=pytest.mark.silence("event-source-excluded-by-an-advanced-selector", "status --probe"),
        ),
        pytest.param(
            lambda at: at.trail.update_trail(Name="main", IncludeGlobalServiceEvents=False, IsMultiRegionTrail=False),
            marks=pytest.mark.silence("global-events-excluded", "status --probe"),
        ),
        pytest.param(
            lambda at: at.it.rule(State="DISABLED"), marks=pytest.mark.silence("rule-disabled", "status --probe")
        ),
        pytest.param(
            lambda at: (
                at.it.events.remove_targets(Rule=names.RULE, Ids=[names.TARGET]),
                at.it.events.delete_rule(Name=names.RULE),
            ),
            marks=pytest.mark.silence("rule-missing", "status --probe"),
        ),
        pytest.param(
            lambda at: at.it.rule(EventPattern='{"source": ["aws.kms"]}'),
            marks=pytest.mark.silence("pattern-too-narrow", "status --probe"),
        ),
        pytest.param(
            lambda at: at.it.events.remove_targets(Rule=names.RULE, Ids=[names.TARGET]),
            marks=pytest.mark.silence("no-target", "status --probe"),
        ),
        pytest.param(
            lambda at: at.target(RoleArn=None), marks=pytest.mark.silence("target-without-role", "status --probe")
        ),
        pytest.param(
            lambda at: at.trust(names.FIREHOSE_ROLE),
            marks=pytest.mark.silence("delivery-role-not-assumable", "status --probe"),
        ),
        pytest.param(
            lambda at: at.forbid(names.EVENTBRIDGE_ROLE),
            marks=pytest.mark.silence("role-without-policy", "status --probe"),
        ),
        pytest.param(
            lambda at: at.permit(names.EVENTBRIDGE_ROLE, LISTING),
            marks=pytest.mark.silence("role-lacks-an-action", "status --probe"),
        ),
        pytest.param(
            lambda at: at.permit(names.FIREHOSE_ROLE, LISTING),
            marks=pytest.mark.silence("delivery-role-lacks-an-action", "status --probe"),
        ),
        pytest.param(
            lambda at: at.firehose.delete_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM),
            marks=pytest.mark.silence("stream-missing", "status --probe"),
        ),
        pytest.param(
            lambda at: at.stream(BucketARN="arn:aws:s3:::trails"),
            marks=pytest.mark.silence("another-bucket", "status --probe"),
        ),
        pytest.param(
            lambda at: at.stream(Prefix=f"old/{ACCOUNT_ID}/!{{timestamp:yyyy/MM/dd}}/"),
            marks=pytest.mark.silence("another-prefix", "status --probe"),
        ),
    ],
)
def test_a_probe_of_a_pipeline_that_is_broken_does_not_arrive_and_its_tag_is_removed(trailed, breaks, caught):
    breaks(trailed)
    result = probed(minutes=1)[HOME]

    assert (result.word, result.is_trouble) == ("not arrived", True)
    assert tags(trailed.it) == OTHERS
    caught(result.why)


@pytest.mark.silence("never-deployed", "status --probe")
def test_a_probe_of_what_was_never_deployed_says_so(cloudtrail, caught):
    Deployment()
    result = probed()[HOME]

    assert result.word == "not arrived"
    caught(result.why)
