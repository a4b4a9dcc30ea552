"""What exists of an account's stack, or a trail, is taken into its state if it is Orgtrail's."""

import json
from dataclasses import replace

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.rollout.adoption import CannotAdopt, add_imports, explained
from orgtrail.selection.stack import Stack
from tests.builders import a_trail, an_account, settings

REGION = "eu-west-1"
OURS = {names.MANAGED_BY: names.MANAGED_BY_US}
ACCOUNT = an_account(DEFAULT_ACCOUNT_ID, regions=(REGION,))
ORGANIZATION = settings(ACCOUNT)
QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{DEFAULT_ACCOUNT_ID}/{names.DEAD_LETTER_QUEUE}"
STREAM_ARN = f"arn:aws:firehose:{REGION}:{DEFAULT_ACCOUNT_ID}:deliverystream/{names.DELIVERY_STREAM}"
TRAIL_ARN = f"arn:aws:cloudtrail:{REGION}:{DEFAULT_ACCOUNT_ID}:trail/{names.TRAIL}"
MANAGEMENT = "111111111111"

# Type → what a plan says of the resource, and the id by which the provider imports it.
RESOURCES = {
    "aws_iam_role": ({"name": names.FIREHOSE_ROLE}, names.FIREHOSE_ROLE),
    "aws_iam_role_policy": ({"role": names.FIREHOSE_ROLE, "name": "deliver"}, f"{names.FIREHOSE_ROLE}:deliver"),
    "aws_cloudwatch_event_rule": ({"name": names.RULE}, names.RULE),
    "aws_cloudwatch_event_target": ({"rule": names.RULE, "target_id": names.TARGET}, f"{names.RULE}/{names.TARGET}"),
    "aws_kinesis_firehose_delivery_stream": ({"name": names.DELIVERY_STREAM}, STREAM_ARN),
    "aws_sqs_queue": ({"name": names.DEAD_LETTER_QUEUE}, QUEUE_URL),
    "aws_cloudwatch_log_group": ({"name": names.DELIVERY_LOG_GROUP}, names.DELIVERY_LOG_GROUP),
    "aws_cloudwatch_metric_alarm": ({"alarm_name": names.alarm("freshness")}, names.alarm("freshness")),
    "aws_cloudtrail": ({"name": names.TRAIL}, TRAIL_ARN),
    "aws_cloudwatch_log_stream": (
        {"name": names.DELIVERY_LOG_STREAM, "log_group_name": names.DELIVERY_LOG_GROUP},
        f"{names.DELIVERY_LOG_GROUP}:{names.DELIVERY_LOG_STREAM}",
    ),
}
GLOBAL = ("aws_iam_role", "aws_iam_role_policy")


def make_everything(tags):
    """All that an account's stack makes in one region, with these tags."""
    session = AccountSession(ACCOUNT, REGION)
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    iam = session.client("iam")
    role = iam.create_role(RoleName=names.FIREHOSE_ROLE, AssumeRolePolicyDocument="{}", Tags=listed)["Role"]
    statement = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=names.FIREHOSE_ROLE, PolicyName="deliver", PolicyDocument=policy)
    events = session.client("events")
    events.put_rule(Name=names.RULE, EventPattern="{}", Tags=listed)
    events.put_targets(Rule=names.RULE, Targets=[{"Id": names.TARGET, "Arn": STREAM_ARN}])
    destination = {"RoleARN": role["Arn"], "BucketARN": "arn:aws:s3:::the-archive"}
    session.client("firehose").create_delivery_stream(
        DeliveryStreamName=names.DELIVERY_STREAM, ExtendedS3DestinationConfiguration=destination, Tags=listed
    )
    session.client("sqs").create_queue(QueueName=names.DEAD_LETTER_QUEUE, tags=tags)
    session.client("cloudwatch").put_metric_alarm(
        AlarmName=names.alarm("freshness"),
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="DeliveryToS3.DataFreshness",
        Namespace="AWS/Firehose",
        Period=300,
        Statistic="Maximum",
        Threshold=900,
        Tags=listed,
    )
    logs = session.client("logs")
    logs.create_log_group(logGroupName=names.DELIVERY_LOG_GROUP, tags=tags)
    logs.create_log_stream(logGroupName=names.DELIVERY_LOG_GROUP, logStreamName=names.DELIVERY_LOG_STREAM)
    make_trail(session, listed)


def make_trail(session, tags):
    """The trail of an account, or the organization's in the management account."""
    session.client("s3", "us-east-1").create_bucket(Bucket="acme-cloudtrail")
    session.client("cloudtrail").create_trail(Name=names.TRAIL, S3BucketName="acme-cloudtrail", TagsList=tags)


def a_plan(kinds=tuple(RESOURCES), provider=5, action="create"):
    """A saved plan as `terraform show -json` has it, of provider 5.x or 6."""
    alias = f"aws.{REGION}"
    of_region = {"region": REGION} if provider == 6 else {}
    return {
        "resource_changes": [
            {
                "address": f"{kind}.it",
                "type": kind,
                "change": {
                    "actions": [action],
                    "after": {**RESOURCES[kind][0], **({} if kind in GLOBAL else of_region)},
                },
            }
            for kind in kinds
        ],
        "configuration": {
            "provider_config": {
                "aws": {"expressions": {"region": {"constant_value": "us-east-1"}}},
                alias: {"expressions": {"region": {"constant_value": REGION}}},
            },
            "root_module": {
                "resources": [
                    {
                        "address": f"{kind}.it",
                        "provider_config_key": "aws" if provider == 6 or kind in GLOBAL else alias,
                    }
                    for kind in kinds
                ]
            },
        },
    }


@pytest.fixture
def account(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")


def imports(folder):
    document = json.loads((folder / "import.tf.json").read_text())
    return {one["to"]: one["id"] for one in document["import"]}


@pytest.mark.usefixtures("account")
class TestWhatExistsAndIsOurs:
    def test_what_exists_and_is_ours_is_taken_in_by_the_id_that_the_provider_asks_for(self, tmp_path):
        make_everything(OURS)

        assert add_imports("aws", ACCOUNT, a_plan(), tmp_path)
        assert imports(tmp_path) == {f"{kind}.it": import_id for kind, (_, import_id) in RESOURCES.items()}

    def test_what_exists_and_is_ours_is_taken_in_with_its_region_where_the_provider_has_that_as_an_argument(
        self, tmp_path
    ):
        make_everything(OURS)

        assert add_imports("aws", ACCOUNT, a_plan(provider=6), tmp_path)
        assert imports(tmp_path) == {
            f"{kind}.it": import_id if kind in GLOBAL else f"{import_id}@{REGION}"
            for kind, (_, import_id) in RESOURCES.items()
        }

    def test_what_exists_and_is_ours_is_left_as_it_is_where_the_plan_would_not_create_it(self, tmp_path):
        make_everything(OURS)

        assert not add_imports("aws", ACCOUNT, a_plan(action="update"), tmp_path)
        assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("account")
class TestWhatIsNotOurs:
    @pytest.mark.parametrize("tags", [{"owner": "somebody"}, {names.MANAGED_BY: "terraform"}])
    def test_what_is_not_ours_is_named_and_nothing_of_the_stack_is_taken_in(self, tmp_path, tags):
        make_everything(tags)

        with pytest.raises(CannotAdopt, match="aren't Orgtrail's") as refused:
            add_imports("aws", ACCOUNT, a_plan(), tmp_path)
        told = {line.strip() for line in str(refused.value).splitlines()}
        assert told >= {f"{kind}.it: {import_id}" for kind, (_, import_id) in RESOURCES.items()}
        assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("account")
class TestWhatDoesNotExist:
    def test_what_does_not_exist_is_left_to_be_created(self, tmp_path):
        assert not add_imports("aws", ACCOUNT, a_plan(), tmp_path)
        assert not list(tmp_path.iterdir())

    def test_what_does_not_exist_is_told_apart_from_what_has_a_longer_name(self, tmp_path):
        logs = AccountSession(ACCOUNT, REGION).client("logs")
        logs.create_log_group(logGroupName=f"{names.DELIVERY_LOG_GROUP}-of-others")

        assert not add_imports("aws", ACCOUNT, a_plan(["aws_cloudwatch_log_group"]), tmp_path)


@pytest.mark.usefixtures("account")
class TestATrailOfTheOrganization:
    def test_a_trail_of_the_organization_is_looked_for_in_the_management_account(self, tmp_path):
        trail = a_trail(account_id=DEFAULT_ACCOUNT_ID)
        assert trail.management
        management = replace(trail.management, roles=(f"arn:aws:iam::{MANAGEMENT}:role/admin",))
        make_trail(AccountSession(management, REGION), [{"Key": names.MANAGED_BY, "Value": names.MANAGED_BY_US}])

        assert add_imports("aws", replace(trail, management=management), a_plan(["aws_cloudtrail"]), tmp_path)
        assert imports(tmp_path) == {"aws_cloudtrail.it": TRAIL_ARN.replace(DEFAULT_ACCOUNT_ID, MANAGEMENT)}

    def test_a_trail_of_the_organization_that_a_member_sees_isnt_the_members_own(self, tmp_path, monkeypatch):
        seen = {"trailList": [{"TrailARN": TRAIL_ARN.replace(DEFAULT_ACCOUNT_ID, MANAGEMENT)}]}
        monkeypatch.setattr(BaseClient, "_make_api_call", answering("DescribeTrails", seen))

        assert not add_imports("aws", ACCOUNT, a_plan(["aws_cloudtrail"]), tmp_path)


def answering(operation, answer, ask=BaseClient._make_api_call):  # type: ignore[attr-defined]
    return lambda client, asked, arguments: answer if asked == operation else ask(client, asked, arguments)


@pytest.mark.usefixtures("account")
def test_what_may_not_be_looked_at_is_told_as_not_known_and_nothing_is_taken_in(tmp_path, monkeypatch):
    make_everything(OURS)
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "GetQueueUrl")

    def client(self, service, region=None, original=AccountSession.client):
        if service == "sqs":
            raise denied
        return original(self, service, region)

    monkeypatch.setattr(AccountSession, "client", client)

    with pytest.raises(CannotAdopt, match="isn't known") as refused:
        add_imports("aws", ACCOUNT, a_plan(), tmp_path)
    assert "aws_sqs_queue.it: An error occurred (AccessDenied)" in str(refused.value)
    assert not list(tmp_path.iterdir())


class TestTheFailureOnANameThatIsTaken:
    def test_the_failure_on_a_name_that_is_taken_names_the_command_that_takes_it_in(self, tmp_path):
        told = explained("EntityAlreadyExists", Stack.of(ACCOUNT, ORGANIZATION.state), tmp_path / "my accounts.yaml")

        assert f"deploy payments --adopt --accounts '{tmp_path}/my accounts.yaml'\nEntityAlreadyExists" in told
