"""Preflight of an organization in which each fault is planted once: it is found, and nothing else is."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError

from orgtrail import catalog, names
from orgtrail.alarms import Alarms
from orgtrail.archive.policy import archive_policy
from orgtrail.aws import AccountSession, ManyAccounts
from orgtrail.concurrency.questions import Questions
from orgtrail.events import Events
from orgtrail.layout import Layout
from orgtrail.policies import archive_key
from orgtrail.policies.guards import ENCRYPTED_ARN
from orgtrail.preflight.run import Seen, preflight
from orgtrail.settings import Catalog
from tests.builders import (
    ARCHIVE_ACCOUNT_ID,
    BUCKET,
    ORGANIZATION_ID,
    a_trail,
    an_account,
    an_archive,
    an_s3_state,
    settings,
)
from tests.emulated_organization import leave_organization, make_organization
from tests.waiting import LONG

ALICE, BOB = "333333333333", "444444444444"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
BY_SCP = "not authorized to perform it with an explicit deny in a service control policy"
BY_ROLE = "not authorized to perform it because no identity-based policy allows it"


def role(account_id):
    return (f"arn:aws:iam::{account_id}:role/deployer",)


def organization(**changed):
    alice = an_account(ALICE, name="alice", roles=role(ALICE), regions=("us-east-1", "eu-west-1"))
    bob = an_account(BOB, name="bob", roles=role(BOB))
    state = an_s3_state(role=role(ARCHIVE_ACCOUNT_ID)[0])
    return replace(settings(alice, bob, archive=an_archive(roles=role(ARCHIVE_ACCOUNT_ID)), state=state), **changed)


class KeptClients:
    """Makes each client once for all tests, and not in each of them: making them takes longer than what they ask."""

    def __init__(self):
        self._kept: dict[tuple[str, str | None, str, str], BaseClient] = {}
        make = AccountSession._client

        def client(session, of, service, region=None):
            # A thread has the name of what it looks at, so that no two use a client at a time.
            place = (session._identity.account_id, service, region or session._home_region)
            key, credentials = (threading.current_thread().name, *place), of.get_credentials()
            if credentials is None or key not in self._kept:
                self._kept[key] = make(session, of, service, region)
            self._kept[key]._request_signer._credentials = credentials  # type: ignore[attr-defined]
            return self._kept[key]

        self.client = client


@pytest.fixture(scope="module")
def kept():
    return KeptClients()


def with_subscribers(ask, client, operation, arguments):
    """The attributes of a topic, of whose subscribers the emulator counts none."""
    attributes = ask(client, operation, arguments)["Attributes"]
    subscribers = client.list_subscriptions_by_topic(**arguments)["Subscriptions"]
    return {"Attributes": {**attributes, "SubscriptionsConfirmed": str(len(subscribers))}}


class World:
    """A healthy organization in an AWS of this process, and what AWS is made to answer instead of the emulator."""

    def __init__(self, monkeypatch, kept):
        monkeypatch.setattr(AccountSession, "_client", kept.client)
        self.settings = organization()
        self._many = ManyAccounts()
        self._sessions: dict[str, AccountSession] = {}
        self._answers: dict[tuple[str, str | None], Callable[..., object]] = {}
        ask = BaseClient._make_api_call  # type: ignore[attr-defined]

        def answered(client, operation, arguments):
            # The account isn't known to a client, but its credentials are those that it was given in it.
            answer = self._answers.get((operation, client.meta.region_name)) or self._answers.get((operation, None))
            return answer(ask, client, operation, arguments) if answer else ask(client, operation, arguments)

        self._make_healthy()
        monkeypatch.setattr(BaseClient, "_make_api_call", answered)

    def client(self, service, account, region="us-east-1"):
        if account not in self._sessions:
            self._sessions[account] = self._many.session(an_account(account, roles=role(account)), region)
        return self._sessions[account].client(service, region)

    def answers(self, operation, answer, region=None):
        self._answers[operation, region] = lambda *_call: answer

    def refuses(self, operation, code, message="", region=None):
        def refuse(_ask, _client, operation, _arguments):
            raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

        self._answers[operation, region] = refuse

    def adds(self, operation, region=None, **changed):
        self._answers[operation, region] = lambda ask, *call: {**ask(*call), **changed}

    def _make_healthy(self):
        for account in (ALICE, BOB):
            self.client("s3", account).create_bucket(Bucket=f"trail-{account}")
            trail = self.client("cloudtrail", account)
            trail.create_trail(Name="main", S3BucketName=f"trail-{account}", IsMultiRegionTrail=True)
            trail.start_logging(Name="main")
        s3 = self.client("s3", ARCHIVE_ACCOUNT_ID)
        for bucket in (BUCKET, "acme-terraform-state"):
            s3.create_bucket(Bucket=bucket)
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=BLOCK)
        self.put_policy(archive_policy(self.settings, None))
        self.answers("GetBucketRequestPayment", {"Payer": "BucketOwner"})
        self._answers["GetTopicAttributes", None] = with_subscribers
        make_organization(self.client("organizations", ALICE), ORGANIZATION_ID, ALICE, BOB)

    def put_policy(self, policy):
        self.client("s3", ARCHIVE_ACCOUNT_ID).put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))

    def seen(self, asking=None):
        return preflight(self.settings, self.settings.active, asking or Questions(at_once=1, seconds=600))

    def found(self):
        return [finding for seen in self.seen() for finding in seen.findings]


def places(found):
    return {(one.check, str(one.verdict), one.account, one.region) for one in found}


@pytest.fixture
def world(empty_aws, monkeypatch, kept):
    return World(monkeypatch, kept)


def test_nothing_is_told_of_a_healthy_organization(world):
    assert world.found() == []


def fault(check, account=None, region=None, verdict="fault"):
    return check, verdict, account, region


def unknown(check, account=None, region=None):
    return fault(check, account, region, "not known")


def events(world, **changed):
    alice, bob = world.settings.accounts
    world.settings = replace(world.settings, accounts=(alice, replace(bob, events=Events(**changed))))


def select(world, **selectors):
    world.client("cloudtrail", BOB).put_event_selectors(TrailName="main", **selectors)


def no_trail(world):
    world.client("cloudtrail", BOB).delete_trail(Name="main")


def trail_elsewhere(world):
    world.client("cloudtrail", ALICE).update_trail(Name="main", IsMultiRegionTrail=False)


def trail_off(world):
    world.client("cloudtrail", BOB).stop_logging(Name="main")


def trail_without_global_events(world):
    world.client("cloudtrail", ALICE).update_trail(Name="main", IncludeGlobalServiceEvents=False)


def trail_of_reads(world):
    select(world, EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}])


def trail_of_data(world):
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ]
    select(world, AdvancedEventSelectors=[{"Name": "Management events selector", "FieldSelectors": fields}])


def source_excluded(world):
    events(world, sources=("aws.iam", "aws.kms"))
    selector = {"IncludeManagementEvents": True, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}
    select(world, EventSelectors=[selector])


def source_excluded_by_an_advanced_selector(world):
    fields = [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "NotEquals": ["iam.amazonaws.com"]},
    ]
    select(world, AdvancedEventSelectors=[{"FieldSelectors": fields}])


def reads_wanted(world):
    events(world, include_read_only=True)
    select(world, EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}])


def some_calls_alone(world):
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventName", "NotEquals": ["GetUser"]}]
    select(world, AdvancedEventSelectors=[{"FieldSelectors": fields}])


def no_trail_and_none_needed(world):
    no_trail(world)
    events(world, sources=("aws.guardduty",), detail_types=("GuardDuty Finding",))


def trail_undelivered(world):
    world.adds("GetTrailStatus", LatestDeliveryError="AccessDenied")


def trail_unread(world):
    world.refuses("GetEventSelectors", "AccessDeniedException", BY_ROLE)


def trails_denied(world):
    world.refuses("DescribeTrails", "AccessDeniedException", BY_SCP, region="eu-west-1")


def region_off(world):
    alice, bob = world.settings.accounts
    alice = replace(alice, regions=("us-east-1", "ap-east-1"))
    world.settings = replace(world.settings, accounts=(alice, bob))
    world.answers("GetRegionOptStatus", {"RegionName": "ap-east-1", "RegionOptStatus": "DISABLED"})


def region_unread(world):
    region_off(world)
    world.refuses("GetRegionOptStatus", "AccessDeniedException", BY_ROLE)


def sts_off(world):
    world.refuses("GetCallerIdentity", "RegionDisabledException", "STS is not activated", region="eu-west-1")


def foreign_role(world):
    world.client("iam", BOB).create_role(RoleName=names.FIREHOSE_ROLE, AssumeRolePolicyDocument=TRUST)


def foreign_rule(world):
    world.client("events", ALICE, "eu-west-1").put_rule(Name=names.RULE, EventPattern='{"source": ["aws.iam"]}')


def foreign_queue(world):
    world.client("sqs", BOB).create_queue(QueueName=names.DEAD_LETTER_QUEUE)


def foreign_log_group(world):
    world.client("logs", BOB).create_log_group(logGroupName=names.DELIVERY_LOG_GROUP)


def no_room_for_roles(world):
    world.answers("GetAccountSummary", {"SummaryMap": {"Roles": 999, "RolesQuota": 1000}})


def no_room_for_rules(world):
    taken = [{"Name": f"rule-{number}"} for number in range(100)]
    world.answers("ListRules", {"Rules": taken}, region="eu-west-1")
    world.answers("GetServiceQuota", {"Quota": {"Value": 100.0}})


def room_for_rules_unread(world):
    no_room_for_rules(world)
    world.refuses("GetServiceQuota", "AccessDeniedException", BY_ROLE)


def default_room_for_rules(world):
    no_room_for_rules(world)
    world.refuses("GetServiceQuota", "NoSuchResourceException")
    world.answers("GetAWSDefaultServiceQuota", {"Quota": {"Value": 300.0}})


def no_room_for_streams(world):
    taken = [f"stream-{number}" for number in range(5000)]
    world.answers("ListDeliveryStreams", {"DeliveryStreamNames": taken, "HasMoreDeliveryStreams": False}, "eu-west-1")


def many_log_groups(world):
    groups = [{"logGroupName": f"group-{number}"} for number in range(1000)]
    world.answers("DescribeLogGroups", {"logGroups": groups}, region="eu-west-1")


def no_archive(world):
    world.settings = organization(archive=an_archive(roles=role(ARCHIVE_ACCOUNT_ID), bucket="another"))


def archive_elsewhere(world):
    archive = an_archive(roles=role(ARCHIVE_ACCOUNT_ID), region="eu-west-1")
    world.settings = replace(world.settings, archive=archive)


def archive_policy_lacks_bob(world):
    policy = archive_policy(world.settings, None)
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": BOB},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    world.put_policy({**policy, "Statement": [*policy["Statement"], deny]})


def archive_without_tls(world):
    policy = archive_policy(world.settings, None)
    world.put_policy({**policy, "Statement": [one for one in policy["Statement"] if one["Effect"] == "Allow"]})


def archive_unread(world):
    world.refuses("GetBucketPolicy", "AccessDenied", BY_ROLE)


def archive_open(world):
    world.client("s3", ARCHIVE_ACCOUNT_ID).delete_public_access_block(Bucket=BUCKET)


def left_the_organization(world):
    leave_organization(BOB)


def another_organization(world):
    leave_organization(BOB)
    make_organization(world.client("organizations", BOB), "o-another0000", BOB)


def organization_unread(world):
    world.refuses("DescribeOrganization", "AccessDeniedException", BY_ROLE)


def no_organization_named(world):
    leave_organization(BOB)
    world.settings = replace(world.settings, organization_id=None)
    world.put_policy(archive_policy(world.settings, None))


def archive_policy_of_another_organization(world):
    policy = json.dumps(archive_policy(world.settings, None))
    world.put_policy(json.loads(policy.replace(ORGANIZATION_ID, "o-another0000")))


def archive_policy_of_a_vpc_endpoint(world):
    policy = archive_policy(world.settings, None)
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    }
    world.put_policy({**policy, "Statement": [*policy["Statement"], deny]})


def archive_that_demands_a_header(world):
    policy = archive_policy(world.settings, None)
    deny = {
        "Sid": "DenyUnencryptedUploads",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
    }
    world.put_policy({**policy, "Statement": [*policy["Statement"], deny]})


def archive_without_policy(world):
    world.client("s3", ARCHIVE_ACCOUNT_ID).delete_bucket_policy(Bucket=BUCKET)


def for_everybody(world):
    policy = archive_policy(world.settings, None)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    world.put_policy({**policy, "Statement": [*policy["Statement"], allow]})


def for_everybody_and_not_closed(world):
    for_everybody(world)
    archive_open(world)


def requester_pays(world):
    world.answers("GetBucketRequestPayment", {"Payer": "Requester"})


SERDE = {"SerializationLibrary": catalog.SERDE, "Parameters": catalog.serde_parameters()}


def tables(world, serde=SERDE, **changed):
    """Deploys the tables of the file, and then changes the file."""
    archive = replace(world.settings.archive, catalog=Catalog())
    world.settings = replace(world.settings, archive=archive)
    glue = world.client("glue", ARCHIVE_ACCOUNT_ID)
    glue.create_database(DatabaseInput={"Name": "orgtrail"})
    for table in catalog.events_tables(archive.layout, ()):
        parameters = catalog.table_parameters(
            table.layout,
            bucket=BUCKET,
            account_ids=world.settings.archived_accounts if table.lists_accounts else None,
            regions=world.settings.archived_regions,
            expire_days=None,
        )
        table_input = {"Name": table.name, "Parameters": parameters, "StorageDescriptor": {"SerdeInfo": serde}}
        glue.create_table(DatabaseName="orgtrail", TableInput=table_input)
    world.settings = replace(world.settings, **changed)


def tables_of_another_layout(world, layout="iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"):
    tables(world)
    layout = Layout(layout)
    world.settings = replace(world.settings, archive=replace(world.settings.archive, layout=layout))
    world.put_policy(archive_policy(world.settings, None))


def tables_of_another_day(world):
    tables_of_another_layout(world, "{account_id}/{region}/{yyyy}-{MM}-{dd}/")


def tables_of_another_serde(world):
    tables(world, {**SERDE, "SerializationLibrary": "org.apache.hive.hcatalog.data.JsonSerDe"})


def tables_without_bob(world):
    accounts = world.settings.accounts
    world.settings = replace(world.settings, accounts=accounts[:1])
    tables(world, accounts=accounts)


def a_table_is_gone(world):
    tables(world)
    world.client("glue", ARCHIVE_ACCOUNT_ID).delete_table(DatabaseName="orgtrail", Name="iam_events")


def with_key(world, policy, bucket_key=True):
    kms = world.client("kms", ARCHIVE_ACCOUNT_ID)
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    world.settings = replace(world.settings, archive=replace(world.settings.archive, kms_key=key))
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    world.client("s3", ARCHIVE_ACCOUNT_ID).put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [{**encryption, "BucketKeyEnabled": bucket_key}]}
    )
    world.put_policy(archive_policy(world.settings, None))
    return kms, key


def the_key_policy(world):
    return archive_key(
        "aws",
        account_id=ARCHIVE_ACCOUNT_ID,
        region="us-east-1",
        bucket=BUCKET,
        organization_id=world.settings.organization_id,
        account_ids=(),
    )


def key_of_its_account_alone(world):
    policy = the_key_policy(world)
    with_key(world, {**policy, "Statement": policy["Statement"][:1]})


def key_for_objects_alone(world, bucket_key=True):
    """A key whose policy lets in what is encrypted for an object, and not for its bucket."""
    policy = the_key_policy(world)
    ours, theirs = policy["Statement"][:2]
    equal = {name: value for name, value in theirs["Condition"]["StringEquals"].items() if name != ENCRYPTED_ARN}
    objects = {"StringEquals": equal, "StringLike": {ENCRYPTED_ARN: f"arn:aws:s3:::{BUCKET}/*"}}
    condition = {**theirs["Condition"], **objects}
    with_key(world, {**policy, "Statement": [ours, {**theirs, "Condition": condition}]}, bucket_key)


def key_for_objects_alone_and_no_bucket_key(world):
    key_for_objects_alone(world, bucket_key=False)


def no_bucket_key(world):
    with_key(world, the_key_policy(world), bucket_key=False)


def key_off(world):
    kms, key = with_key(world, the_key_policy(world))
    kms.disable_key(KeyId=key.rpartition("/")[2])


def key_deleted(world):
    kms, key = with_key(world, the_key_policy(world))
    kms.schedule_key_deletion(KeyId=key.rpartition("/")[2])


def no_key(world):
    with_key(world, the_key_policy(world))
    gone = f"arn:aws:kms:us-east-1:{ARCHIVE_ACCOUNT_ID}:key/00000000-0000-0000-0000-000000000000"
    world.settings = replace(world.settings, archive=replace(world.settings.archive, kms_key=gone))


def managed_key(world):
    kms, key = with_key(world, the_key_policy(world))
    kms.create_alias(AliasName=names.ARCHIVE_KEY_ALIAS, TargetKeyId=key)
    world.settings = replace(world.settings, archive=replace(world.settings.archive, kms_key="managed"))


def managed_key_and_another_in_use(world):
    managed_key(world)
    managed = world.settings
    with_key(world, the_key_policy(world))
    world.settings = managed


def key_of_aws(world):
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    world.client("s3", ARCHIVE_ACCOUNT_ID).put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [default]}
    )


def no_state_bucket(world):
    world.settings = replace(world.settings, state=an_s3_state(role=role(ARCHIVE_ACCOUNT_ID)[0], bucket="another"))


def state_locked(world):
    for name in ("terraform.tfstate", "terraform.tfstate.tflock"):
        key = f"orgtrail/{BOB}/{name}"
        world.client("s3", ARCHIVE_ACCOUNT_ID).put_object(Bucket="acme-terraform-state", Key=key, Body=b"{}")


def state_unread(world):
    world.refuses("ListObjectsV2", "AccessDenied", BY_ROLE)


ALARMS = Alarms("arn:aws:sns:{region}:{account_id}:security-alarms")
CENTRAL = "arn:aws:sns:{{region}}:{}:security-alarms"
OF_OTHERS = "999999999999"


def for_cloudwatch(action="sns:Publish", **conditions):
    service = {"Service": "cloudwatch.amazonaws.com"}
    return {"Effect": "Allow", "Principal": service, "Action": action, "Resource": "*", **conditions}


def told_by(world, alarms, *names):
    """The accounts of these names have the alarms."""
    accounts = (replace(one, alarms=alarms if one.name in names else None) for one in world.settings.accounts)
    world.settings = replace(world.settings, accounts=tuple(accounts))


def a_topic(world, account, *statements, region="us-east-1", **attributes):
    """A topic that somebody subscribes to, with the policy that SNS gives a new one, or with these statements."""
    sns = world.client("sns", account, region)
    policy = {"Policy": json.dumps({"Statement": statements})} if statements else {}
    arn = sns.create_topic(Name="security-alarms", Attributes={**policy, **attributes})["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{region}:{account}:alarms")


def a_key(world, *statements):
    key = world.client("kms", BOB).create_key(Policy=json.dumps({"Statement": statements}))
    return str(key["KeyMetadata"]["KeyId"])


def topic_of_bob(world, *statements, **attributes):
    told_by(world, ALARMS, "bob")
    a_topic(world, BOB, *statements, **attributes)


def no_topic(world):
    told_by(world, ALARMS, "bob")


def topic_without_subscribers(world):
    topic_of_bob(world)
    (subscription,) = world.client("sns", BOB).list_subscriptions()["Subscriptions"]
    world.client("sns", BOB).unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


def topic_of_events(world):
    topic_of_bob(world, {**for_cloudwatch(), "Principal": {"Service": "events.amazonaws.com"}})


def topic_with_the_key_of_aws(world):
    topic_of_bob(world, KmsMasterKeyId="alias/aws/sns")


def topic_with_a_key(world):
    key = a_key(world, for_cloudwatch(["kms:Decrypt", "kms:GenerateDataKey*"]))
    world.client("kms", BOB).create_alias(AliasName="alias/alarms", TargetKeyId=key)
    topic_of_bob(world, KmsMasterKeyId="alias/alarms")


def topic_with_a_key_of_its_account(world):
    root = {**for_cloudwatch("kms:*"), "Principal": {"AWS": f"arn:aws:iam::{BOB}:root"}}
    topic_of_bob(world, KmsMasterKeyId=a_key(world, root))


def topic_with_a_key_that_is_off(world):
    key = a_key(world, for_cloudwatch("kms:*"))
    topic_of_bob(world, KmsMasterKeyId=key)
    world.client("kms", BOB).disable_key(KeyId=key)


def topic_with_a_key_that_is_gone(world):
    topic_of_bob(world, KmsMasterKeyId="00000000-0000-0000-0000-000000000000")


def topic_with_a_key_that_cannot_be_read(world):
    topic_with_a_key(world)
    world.refuses("GetKeyPolicy", "AccessDeniedException", BY_ROLE)


def topic_with_a_key_of_others(world):
    topic_of_bob(world, KmsMasterKeyId=f"arn:aws:kms:us-east-1:{OF_OTHERS}:key/00000000-0000-0000-0000-000000000000")


def topics_of_the_archive(world):
    """In its account, one in each region; of alice alone the policy knows nothing."""
    told_by(world, Alarms(CENTRAL.format(ARCHIVE_ACCOUNT_ID)), "alice", "bob")
    of_bob = for_cloudwatch(Condition={"StringEquals": {"aws:SourceAccount": BOB}})
    for region in ("us-east-1", "eu-west-1"):
        a_topic(world, ARCHIVE_ACCOUNT_ID, of_bob, region=region)


def topics_of_alice(world):
    told_by(world, Alarms(CENTRAL.format(ALICE)), "bob")
    a_topic(world, ALICE, for_cloudwatch())


def topics_of_others(world):
    told_by(world, Alarms(CENTRAL.format(OF_OTHERS)), "alice", "bob")
    a_topic(world, OF_OTHERS, for_cloudwatch())
    a_topic(world, OF_OTHERS, for_cloudwatch(), region="eu-west-1")


def topics_of_others_that_cannot_be_read(world):
    told_by(world, Alarms(CENTRAL.format(OF_OTHERS)), "alice", "bob")
    denied = "not authorized to perform: SNS:GetTopicAttributes because no resource-based policy allows it"
    world.refuses("GetTopicAttributes", "AuthorizationError", denied)


PLANTED = {
    "no trail": pytest.param(
        no_trail, {fault("trail", "bob", "us-east-1")}, marks=pytest.mark.silence("no-trail", "preflight")
    ),
    "a trail of another region alone": pytest.param(
        trail_elsewhere,
        {fault("trail", "alice", "eu-west-1")},
        marks=pytest.mark.silence("trail-elsewhere", "preflight"),
    ),
    "a trail that is off": pytest.param(
        trail_off, {fault("trail", "bob", "us-east-1")}, marks=pytest.mark.silence("trail-off", "preflight")
    ),
    "a trail without global events": pytest.param(
        trail_without_global_events,
        {fault("trail", "alice", "us-east-1")},
        marks=pytest.mark.silence("global-events-excluded", "preflight"),
    ),
    "a trail of reads": pytest.param(
        trail_of_reads,
        {fault("trail", "bob", "us-east-1")},
        marks=pytest.mark.silence("write-events-excluded", "preflight"),
    ),
    "a trail of data events, named otherwise": pytest.param(
        trail_of_data,
        {fault("trail", "bob", "us-east-1")},
        marks=pytest.mark.silence("management-events-excluded", "preflight"),
    ),
    "a source that the trail excludes": pytest.param(
        source_excluded,
        {fault("trail", "bob", "us-east-1")},
        marks=pytest.mark.silence("event-source-excluded", "preflight"),
    ),
    "a source that an advanced selector leaves out": pytest.param(
        source_excluded_by_an_advanced_selector,
        {fault("trail", "bob", "us-east-1")},
        marks=pytest.mark.silence("event-source-excluded-by-an-advanced-selector", "preflight"),
    ),
    "reads that the trail doesn't log": pytest.param(
        reads_wanted, {fault("trail", "bob", "us-east-1")}, marks=pytest.mark.silence("reads-excluded", "preflight")
    ),
    "a trail of some calls": pytest.param(
        some_calls_alone,
        {unknown("trail", "bob", "us-east-1")},
        marks=pytest.mark.silence("some-calls-excluded", "preflight"),
    ),
    "events that need no trail": (no_trail_and_none_needed, set()),
    "an account that has left the organization": pytest.param(
        left_the_organization,
        {fault("organization", "bob")},
        marks=pytest.mark.silence("left-the-organization", "preflight"),
    ),
    "an account of another organization": pytest.param(
        another_organization,
        {fault("organization", "bob")},
        marks=pytest.mark.silence("another-organization", "preflight"),
    ),
    "an organization that can't be read": (
        organization_unread,
        {unknown("organization", "alice"), unknown("organization", "bob")},
    ),
    "no organization in the file": (no_organization_named, set()),
    "a trail that can't deliver": pytest.param(
        trail_undelivered,
        {
            fault("trail-delivery", "alice", "us-east-1"),
            fault("trail-delivery", "alice", "eu-west-1"),
            fault("trail-delivery", "bob", "us-east-1"),
        },
        marks=pytest.mark.silence("trail-not-looked-after", "preflight"),
    ),
    "selectors that can't be read": pytest.param(
        trail_unread,
        {
            unknown("trail", "alice", "us-east-1"),
            unknown("trail", "alice", "eu-west-1"),
            unknown("trail", "bob", "us-east-1"),
        },
        marks=pytest.mark.silence("trail-unreadable", "preflight"),
    ),
    "trails that can't be read": (
        trails_denied,
        {unknown("trail", "alice", "eu-west-1"), unknown("trail-delivery", "alice", "eu-west-1")},
    ),
    "a region that isn't enabled": pytest.param(
        region_off, {fault("region", "alice", "ap-east-1")}, marks=pytest.mark.silence("region-disabled", "preflight")
    ),
    "a region of which that isn't known": (region_unread, {unknown("region", "alice", "ap-east-1")}),
    "an inactive endpoint of STS": pytest.param(
        sts_off,
        {fault("sts-endpoint", "alice", "eu-west-1")},
        marks=pytest.mark.silence("sts-endpoint-off", "preflight"),
    ),
    "a role of others": pytest.param(
        foreign_role, {fault("names-in-account", "bob")}, marks=pytest.mark.silence("role-of-others", "preflight")
    ),
    "a rule of others": pytest.param(
        foreign_rule,
        {fault("names-in-region", "alice", "eu-west-1")},
        marks=pytest.mark.silence("rule-of-others", "preflight"),
    ),
    "a queue of others": (foreign_queue, {fault("names-in-region", "bob", "us-east-1")}),
    "a log group of others": (foreign_log_group, {fault("names-in-region", "bob", "us-east-1")}),
    "no room for roles": pytest.param(
        no_room_for_roles,
        {fault("quota-of-account", "alice"), fault("quota-of-account", "bob")},
        marks=pytest.mark.silence("no-room-for-roles", "preflight"),
    ),
    "no room for rules": pytest.param(
        no_room_for_rules,
        {fault("quota-of-region", "alice", "eu-west-1")},
        marks=pytest.mark.silence("no-room-for-rules", "preflight"),
    ),
    "a quota that can't be read": (room_for_rules_unread, {unknown("quota-of-region", "alice", "eu-west-1")}),
    "room by the default quota alone": (default_room_for_rules, set()),
    "as many streams as the default quota": pytest.param(
        no_room_for_streams,
        {unknown("quota-of-region", "alice", "eu-west-1")},
        marks=pytest.mark.silence("no-room-for-streams", "preflight"),
    ),
    "uncounted log groups": (many_log_groups, {unknown("quota-of-log-groups", "alice", "eu-west-1")}),
    "no archive": pytest.param(
        no_archive, {fault("archive-bucket")}, marks=pytest.mark.silence("no-bucket", "preflight")
    ),
    "an archive of another region": pytest.param(
        archive_elsewhere, {fault("archive-bucket")}, marks=pytest.mark.silence("bucket-elsewhere", "preflight")
    ),
    "an archive that refuses an account": pytest.param(
        archive_policy_lacks_bob,
        {fault("archive-access")},
        marks=pytest.mark.silence("bucket-policy-denies", "preflight"),
    ),
    "an archive that lets plain HTTP in": (archive_without_tls, {fault("archive-access")}),
    "an archive of another organization": pytest.param(
        archive_policy_of_another_organization,
        {fault("archive-access")},
        marks=pytest.mark.silence("organization-id", "preflight"),
    ),
    "an archive for a VPC endpoint alone": pytest.param(
        archive_policy_of_a_vpc_endpoint,
        {unknown("archive-access")},
        marks=pytest.mark.silence("bucket-policy-of-a-vpc-endpoint", "preflight"),
    ),
    "an archive that demands a header": pytest.param(
        archive_that_demands_a_header,
        {fault("archive-access")},
        marks=pytest.mark.silence("encryption-demanded", "preflight"),
    ),
    "an archive without a policy": pytest.param(
        archive_without_policy,
        {fault("archive-access")},
        marks=pytest.mark.silence("bucket-policy", "preflight"),
    ),
    "an archive whose policy is public": pytest.param(
        for_everybody,
        {fault("archive-cut-off")},
        marks=pytest.mark.silence("public-access-cut-off", "preflight"),
    ),
    "an archive whose policy is public, with no block of its own": (
        for_everybody_and_not_closed,
        {unknown("archive-cut-off"), fault("archive-public")},
    ),
    "an archive of which the requester pays": pytest.param(
        requester_pays,
        {fault("archive-cut-off")},
        marks=pytest.mark.silence("requester-pays", "preflight"),
    ),
    "tables of the file": (tables, set()),
    "tables of another layout": pytest.param(
        tables_of_another_layout,
        {fault("archive-tables")},
        marks=pytest.mark.silence("prefix-and-athena-apart", "preflight"),
    ),
    "tables that write the day otherwise": pytest.param(
        tables_of_another_day, {fault("archive-tables")}, marks=pytest.mark.silence("day-format", "preflight")
    ),
    "tables that read lines otherwise": pytest.param(
        tables_of_another_serde, {fault("archive-tables")}, marks=pytest.mark.silence("another-serde", "preflight")
    ),
    "tables without an account": pytest.param(
        tables_without_bob,
        {fault("archive-tables")},
        marks=pytest.mark.silence("account-not-in-the-tables", "preflight"),
    ),
    "a table that is gone": pytest.param(
        a_table_is_gone, {fault("archive-tables")}, marks=pytest.mark.silence("no-table", "preflight")
    ),
    "an archive whose policy can't be read": (archive_unread, {unknown("archive-access")}),
    "an archive that isn't closed": (archive_open, {fault("archive-public")}),
    "a key for its account alone": pytest.param(
        key_of_its_account_alone, {fault("archive-access")}, marks=pytest.mark.silence("key-policy", "preflight")
    ),
    "a key for objects alone": pytest.param(
        key_for_objects_alone,
        {fault("archive-access")},
        marks=pytest.mark.silence("key-policy-of-objects-alone", "preflight"),
    ),
    "a key for objects alone, whose bucket has no bucket key": (key_for_objects_alone_and_no_bucket_key, set()),
    "a bucket without a bucket key": pytest.param(
        no_bucket_key, {fault("archive-access")}, marks=pytest.mark.silence("no-bucket-key", "preflight")
    ),
    "a key that is off": pytest.param(
        key_off, {fault("archive-access")}, marks=pytest.mark.silence("key-disabled", "preflight")
    ),
    "a key that will be deleted": pytest.param(
        key_deleted, {fault("archive-access")}, marks=pytest.mark.silence("key-to-be-deleted", "preflight")
    ),
    "a key that isn't there": pytest.param(
        no_key, {fault("archive-access")}, marks=pytest.mark.silence("no-key", "preflight")
    ),
    "a key of Orgtrail's": (managed_key, set()),
    "a key of Orgtrail's, and another in use": pytest.param(
        managed_key_and_another_in_use,
        {fault("archive-access")},
        marks=pytest.mark.silence("key-not-named", "preflight"),
    ),
    "AWS's own key": pytest.param(
        key_of_aws, {fault("archive-access")}, marks=pytest.mark.silence("key-of-aws", "preflight")
    ),
    "alarms without a topic": pytest.param(
        no_topic,
        {fault("alarm-topic", "bob", "us-east-1")},
        marks=pytest.mark.silence("alarm-topic-missing", "preflight"),
    ),
    "alarms whose topic is as SNS makes it": (topic_of_bob, set()),
    "a topic without subscribers": pytest.param(
        topic_without_subscribers,
        {fault("alarm-topic", "bob", "us-east-1")},
        marks=pytest.mark.silence("alarm-unheard", "preflight"),
    ),
    "a topic that lets CloudWatch not in": pytest.param(
        topic_of_events,
        {fault("alarm-topic", "bob", "us-east-1")},
        marks=pytest.mark.silence("alarm-topic-policy", "preflight"),
    ),
    "a topic with AWS's own key": pytest.param(
        topic_with_the_key_of_aws,
        {fault("alarm-topic", "bob", "us-east-1")},
        marks=pytest.mark.silence("alarm-topic-key-of-aws", "preflight"),
    ),
    "a topic with a key that lets CloudWatch in": (topic_with_a_key, set()),
    "a topic with a key of its account alone": pytest.param(
        topic_with_a_key_of_its_account,
        {fault("alarm-topic", "bob", "us-east-1")},
        marks=pytest.mark.silence("alarm-topic-key-policy", "preflight"),
    ),
    "a topic with a key that is off": pytest.param(
        topic_with_a_key_that_is_off,
        {fault("alarm-topic", "bob", "us-east-1")},
        marks=pytest.mark.silence("alarm-topic-key-disabled", "preflight"),
    ),
    "a topic with a key that is gone": (topic_with_a_key_that_is_gone, {fault("alarm-topic", "bob", "us-east-1")}),
    "a topic with a key that can't be read": (
        topic_with_a_key_that_cannot_be_read,
        {unknown("alarm-topic", "bob", "us-east-1")},
    ),
    "a topic with another account's key": (topic_with_a_key_of_others, {unknown("alarm-topic", "bob", "us-east-1")}),
    "topics in the archive's account for one account alone": (
        topics_of_the_archive,
        {fault("alarm-topic", "alice", "us-east-1"), fault("alarm-topic", "alice", "eu-west-1")},
    ),
    "a topic of another account of the file": (topics_of_alice, set()),
    "topics of others that can't be read": pytest.param(
        topics_of_others_that_cannot_be_read,
        {
            unknown("alarm-topic", "alice", "us-east-1"),
            unknown("alarm-topic", "alice", "eu-west-1"),
            unknown("alarm-topic", "bob", "us-east-1"),
        },
        marks=pytest.mark.silence("alarm-topic-unreadable", "preflight"),
    ),
    "no bucket for the states": (no_state_bucket, {fault("state")}),
    "a locked state": pytest.param(
        state_locked, {fault("state")}, marks=pytest.mark.silence("state-locked", "preflight")
    ),
    "states that can't be read": (state_unread, {unknown("state")}),
}


@pytest.mark.parametrize(("plant", "expected"), PLANTED.values(), ids=PLANTED)
def test_each_fault_is_found_and_nothing_else_is(world, plant, expected, caught):
    plant(world)
    found = world.found()

    assert places(found) == expected
    caught("\n".join(one.what for one in found))


class TestTheTopicsOfAlarms:
    @pytest.mark.parametrize(
        ("plant", "owner"), [(topics_of_the_archive, ARCHIVE_ACCOUNT_ID), (topics_of_alice, ALICE)]
    )
    def test_each_is_asked_about_once_with_credentials_of_its_own_account(self, world, plant, owner):
        plant(world)
        asked = []

        def note(ask, client, operation, arguments):
            asked.append(arguments["TopicArn"])
            return with_subscribers(ask, client, operation, arguments)

        world._answers["GetTopicAttributes", None] = note
        found = world.found()

        regions = {region for one in world.settings.accounts if one.alarms for region in one.regions}
        assert sorted(asked) == sorted(f"arn:aws:sns:{region}:{owner}:security-alarms" for region in regions)
        # In an emulated account, the topics of others aren't there.
        assert not any("there is no topic" in finding.what for finding in found)

    def test_what_can_not_be_read_is_asked_once_and_fails_no_run(self, world):
        topics_of_others_that_cannot_be_read(world)
        refuse = world._answers["GetTopicAttributes", None]
        calls = []

        def note(*call):
            calls.append(call)
            return refuse(*call)

        world._answers["GetTopicAttributes", None] = note
        found = world.found()

        assert len(calls) == 2  # of one topic in each of two regions, which three pipelines tell
        assert {finding.what for finding in found} == {
            "not known, because a resource-based policy doesn't allow it (AuthorizationError: not authorized to "
            "perform: SNS:GetTopicAttributes because no resource-based policy allows it)"
        }
        assert not any(finding.stops for finding in found)

    def test_of_others_one_that_answers_is_judged(self, world):
        told_by(world, Alarms(CENTRAL.format(OF_OTHERS)), "bob")
        world.answers("GetTopicAttributes", {"Attributes": {"Policy": "{}", "SubscriptionsConfirmed": "1"}})
        (finding,) = world.found()

        assert (finding.check, finding.stops) == ("alarm-topic", False)
        assert finding.what == (
            f"the policy of the topic arn:aws:sns:us-east-1:{OF_OTHERS}:security-alarms doesn't let CloudWatch publish"
        )

    def test_of_others_an_alias_is_none_of_the_asking_account(self, world):
        topic_with_a_key(world)
        policy = json.dumps({"Statement": [for_cloudwatch()]})
        attributes = {"Policy": policy, "SubscriptionsConfirmed": "1", "KmsMasterKeyId": "alias/alarms"}
        told_by(world, Alarms(CENTRAL.format(OF_OTHERS)), "bob")
        world.answers("GetTopicAttributes", {"Attributes": attributes})
        (finding,) = world.found()

        assert finding.what == (
            f"not known, because KMS tells the policy of the key alias/alarms to its own account alone, {OF_OTHERS}"
        )

    def test_where_aws_gives_no_answer_it_is_not_known(self, world):
        topic_of_bob(world)

        def hang(_ask, _client, _operation, _arguments):
            raise ConnectTimeoutError(endpoint_url="https://sns.us-east-1.amazonaws.com")

        world._answers["GetTopicAttributes", None] = hang
        (finding,) = world.found()

        assert (str(finding.verdict), finding.account) == ("not known", "bob")


def test_what_orgtrail_made_is_no_clash(world):
    tags = [{"Key": "ManagedBy", "Value": "orgtrail"}]
    world.client("iam", BOB).create_role(RoleName=names.FIREHOSE_ROLE, AssumeRolePolicyDocument=TRUST, Tags=tags)
    world.client("events", BOB).put_rule(Name=names.RULE, EventPattern='{"source": ["aws.iam"]}', Tags=tags)
    world.client("sqs", BOB).create_queue(QueueName=names.DEAD_LETTER_QUEUE, tags={"ManagedBy": "orgtrail"})

    assert world.found() == []


def test_a_trail_that_a_member_may_not_read_is_read_in_the_account_that_owns_it(world):
    arn = f"arn:aws:cloudtrail:us-east-1:{ALICE}:trail/main"
    theirs = {"TrailARN": arn, "HomeRegion": "us-east-1", "IsMultiRegionTrail": True, "IsOrganizationTrail": True}
    world.answers("DescribeTrails", {"trailList": [theirs]})

    assert world.found() == []
    world.client("cloudtrail", ALICE).stop_logging(Name="main")
    assert {one.account for one in world.found()} == {"alice", "bob"}


class TestATrailThatTheFileAsksFor:
    def told(self, world, **trail):
        no_trail(world)
        world.settings = replace(world.settings, trail=a_trail(**trail))
        (finding,) = world.found()
        assert (finding.check, finding.account) == ("trail", "bob")
        return str(finding.severity), finding.what, finding.mend.rpartition("deploy ")[2]

    def test_of_the_account_itself_is_missing_before_its_first_deploy_without_harm(self, world):
        told = self.told(world, management=None)

        assert told == ("warning", "no trail reaches the region; the stack bob makes one", "bob")

    def test_of_the_account_itself_is_missing_later(self, world):
        tags = [{"Key": "ManagedBy", "Value": "orgtrail"}]
        world.client("events", BOB).put_rule(Name=names.RULE, EventPattern='{"source": ["aws.iam"]}', Tags=tags)

        assert self.told(world, management=None)[0] == "error"

    @pytest.mark.silence("trail-not-deployed", "preflight")
    def test_of_the_organization_must_be_there_first(self, world, caught):
        told = self.told(world)

        caught(told[1])
        assert told == ("error", "no trail reaches the region; the stack trail makes one", "trail")


class TestAnAccountThatCantBeEntered:
    """It costs itself alone, and is told once."""

    def told(self, world):
        (finding,) = world.found()
        assert (finding.check, finding.account) == ("role", "bob")
        return str(finding.verdict), finding.what, finding.mend

    def refuse(self, world, error):
        def assume(ask, client, operation, arguments):
            if BOB in arguments["RoleArn"]:
                raise error
            return ask(client, operation, arguments)

        world._answers["AssumeRole", None] = assume

    def denied(self, message, code="AccessDenied"):
        return ClientError({"Error": {"Code": code, "Message": message}}, "AssumeRole")

    @pytest.mark.silence("role-not-assumable", "preflight")
    def test_a_role_that_can_not_be_assumed_is_a_fault(self, world, caught):
        self.refuse(world, self.denied("not authorized to perform: sts:AssumeRole"))

        verdict, what, mend = self.told(world)
        assert verdict == "fault"
        caught(what)
        assert mend.startswith("See that the role exists, trusts your credentials")

    @pytest.mark.silence("role-denied-by-the-organization", "preflight")
    def test_a_refusal_by_a_policy_of_the_organization_is_told_as_that(self, world, caught):
        self.refuse(world, self.denied(BY_SCP))

        verdict, what, mend = self.told(world)
        assert verdict == "fault"
        caught(what)
        assert mend == "Ask who manages the organization's policies to allow sts:AssumeRole"

    def test_credentials_that_have_expired_are_told_as_that(self, world):
        self.refuse(world, self.denied("The security token included in the request is expired", "ExpiredToken"))

        verdict, what, mend = self.told(world)
        assert (verdict, mend) == ("fault", "Log in again")
        assert "have expired" in what

    @pytest.mark.parametrize(
        "error",
        [
            ConnectTimeoutError(endpoint_url="https://sts.us-east-1.amazonaws.com"),
            ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "AssumeRole"),
        ],
    )
    def test_no_answer_is_not_known(self, world, error):
        self.refuse(world, error)

        verdict, what, _ = self.told(world)
        assert verdict == "not known"
        assert what.startswith("not known, because ")

    @pytest.mark.silence("wrong-account", "preflight")
    def test_a_role_of_another_account_is_a_fault(self, world, caught):
        alice, bob = world.settings.accounts
        world.settings = replace(world.settings, accounts=(alice, replace(bob, roles=role(ALICE))))

        verdict, what, _ = self.told(world)
        assert verdict == "fault"
        caught(what)

    def test_an_account_that_hangs_is_not_known_and_the_others_are(self, world):
        over, told = threading.Event(), list[Seen]()

        def hang(ask, client, operation, arguments):
            if BOB in arguments["RoleArn"]:
                over.wait(LONG)
            return ask(client, operation, arguments)

        world._answers["AssumeRole", None] = hang
        asking = Questions(at_once=4, seconds=90, clock=lambda: 100.0 if len(told) >= 3 else 0.0)
        seen = preflight(world.settings, world.settings.active, asking, on_result=told.append)
        over.set()

        assert {one.name: [finding.what for finding in one.findings] for one in seen} == {
            "the archive": [],
            "the states": [],
            "alice": [],
            "bob": ["not known, because no answer within 90 s"],
        }


def test_without_credentials_each_account_says_so(world, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert places(world.found()) == {
        fault("role", "alice"),
        fault("role", "bob"),
        unknown("archive-bucket"),
        unknown("archive-access"),
        unknown("archive-cut-off"),
        unknown("archive-public"),
        unknown("state"),
    }
