"""The service control policy, and the boundary of the delivery roles: what they must allow and refuse."""

from collections.abc import Iterator
from dataclasses import replace

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.deployment_documents import (
    BOUNDARY,
    BOUNDARY_NAME,
    DEPLOY_ROLE,
    GUARD,
    MANAGEMENT_ACCOUNT_ID,
    MANAGER,
    PLAN_ROLE,
    TRAIL_BUCKET,
)
from tests.policies.evaluator import ALLOWED, DENIED, REFUSED
from tests.policies.setups import DELIVERY_ROLE, EVENTBRIDGE_ROLE, EVERYBODY, EVERYTHING, Setup

_GROUP = "The service control policy"
_NAME = "orgtrail-iam-events"
# What changes one thing of a pipeline, or what it lets others do.
_CHANGES = {
    "rule": (
        "events:DeleteRule",
        "events:DisableRule",
        "events:EnableRule",
        "events:PutRule",
        "events:PutTargets",
        "events:RemoveTargets",
        "events:UntagResource",
    ),
    "stream": (
        "firehose:CreateDeliveryStream",
        "firehose:DeleteDeliveryStream",
        "firehose:StopDeliveryStreamEncryption",
        "firehose:UntagDeliveryStream",
        "firehose:UpdateDestination",
    ),
    "queue": (
        "sqs:AddPermission",
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:PurgeQueue",
        "sqs:RemovePermission",
        "sqs:SetQueueAttributes",
        "sqs:UntagQueue",
    ),
    "log": (
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:PutRetentionPolicy",
        "logs:UntagResource",
    ),
    "alarm": (
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DisableAlarmActions",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:SetAlarmState",
        "cloudwatch:UntagResource",
    ),
}
_READS = {
    "rule": "events:DescribeRule",
    "stream": "firehose:DescribeDeliveryStream",
    "queue": "sqs:ReceiveMessage",
    "log": "logs:FilterLogEvents",
    "alarm": "cloudwatch:DescribeAlarmHistory",
}
_CHANGES_OF_A_ROLE = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
)
_CHANGES_OF_A_BUCKET = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "s3:UntagResource",
)
_DELETIONS = ("s3:BypassGovernanceRetention", "s3:DeleteObjectVersion", "s3:PutObjectRetention")
_CHANGES_OF_A_TRAIL = (
    "cloudtrail:AddTags",
    "cloudtrail:CreateTrail",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:RemoveTags",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
)
_TRAILS = ("orgtrail", "payroll")
_LOOKS_AT_A_TRAIL = ("cloudtrail:GetTrail", "cloudtrail:GetEventSelectors", "cloudtrail:ListTags")


def guard_cases(setup: Setup) -> list[Case]:
    """Every case about what binds others than Orgtrail."""
    parts = (_pipelines(setup), _roles(setup), _archive(setup), _catalog(setup), _trail(setup), _boundary(setup))
    return [case for part in parts for case in part]


def _bound(setup: Setup, who: str, name: str, account_id: str = ACCOUNT_ID) -> Asker:
    return Asker(
        group=_GROUP,
        who=who,
        principal=setup.role(account_id, name),
        identity=EVERYTHING,
        guardrail=GUARD,
        owner=account_id,
    )


def _administrator(setup: Setup, account_id: str = ACCOUNT_ID) -> Asker:
    return _bound(setup, "an account's administrator", "administrator", account_id)


def _deployer(setup: Setup, account_id: str = ACCOUNT_ID) -> Asker:
    return _bound(setup, "the deploy role", DEPLOY_ROLE, account_id)


def _named(setup: Setup, name: str = _NAME) -> dict[str, str]:
    """The resources of a pipeline, or such that are somebody else's."""
    base = f"arn:{setup.partition}:{{}}:{setup.region}:{ACCOUNT_ID}:"
    return {
        "rule": base.format("events") + f"rule/{name}",
        "stream": base.format("firehose") + f"deliverystream/{name}",
        "queue": base.format("sqs") + f"{name}-dlq",
        "log": base.format("logs") + f"log-group:/aws/kinesisfirehose/{name}",
        "alarm": base.format("cloudwatch") + f"alarm:{'orgtrail-silence' if name == _NAME else name}",
    }


def _pipelines(setup: Setup) -> Iterator[Case]:
    administrator, deployer = _administrator(setup), _deployer(setup)
    for what, resource in _named(setup).items():
        yield from administrator.asks(_CHANGES[what], f"on a pipeline's {what}", resource, DENIED)
        yield from administrator.asks(_READS[what], f"on a pipeline's {what}", resource, ALLOWED)
        yield from deployer.asks(_CHANGES[what], f"on a pipeline's {what}", resource, ALLOWED)
    for what, resource in _named(setup, "payroll").items():
        yield from administrator.asks(_CHANGES[what], f"on another {what}", resource, ALLOWED)
    stream = _named(setup)["stream"]
    put = ("firehose:PutRecord", "firehose:PutRecordBatch")
    eventbridge = _bound(setup, "the EventBridge role", EVENTBRIDGE_ROLE)
    yield from eventbridge.asks(put, "on the account's stream", stream, ALLOWED)
    for asker in (administrator, deployer):
        yield from asker.asks(put, "on the account's stream", stream, DENIED)
    log = f"{_named(setup)['log']}:log-stream:DestinationDelivery"
    yield from administrator.asks("logs:DeleteLogStream", "of the delivery log", log, DENIED)
    delivery = _bound(setup, "an account's delivery role", DELIVERY_ROLE)
    yield from delivery.asks("logs:PutLogEvents", "in the delivery log", log, ALLOWED)


def _roles(setup: Setup) -> Iterator[Case]:
    iam = f"arn:{setup.partition}:iam::{ACCOUNT_ID}:"
    administrator, deployer = _administrator(setup), _deployer(setup)
    manager = _bound(setup, "a StackSet", MANAGER)
    for name in (EVENTBRIDGE_ROLE, DELIVERY_ROLE):
        role = f"{iam}role/{name}"
        yield from administrator.asks(_CHANGES_OF_A_ROLE, f"on the role {name}", role, DENIED)
        yield from administrator.asks("iam:GetRole", f"on the role {name}", role, ALLOWED)
        yield from deployer.asks(_CHANGES_OF_A_ROLE, f"on the role {name}", role, ALLOWED)
    for what, name in (
        ("the deploy role", DEPLOY_ROLE),
        ("the planning role", PLAN_ROLE),
        ("a StackSet's role", MANAGER),
    ):
        role = f"{iam}role/{name}"
        for asker, verdict in ((administrator, DENIED), (deployer, DENIED), (manager, ALLOWED)):
            yield from asker.asks(_CHANGES_OF_A_ROLE, f"on {what}", role, verdict)
    boundary, edits = f"{iam}policy/{BOUNDARY_NAME}", ("iam:CreatePolicyVersion", "iam:DeletePolicy")
    for asker, verdict in ((administrator, DENIED), (deployer, DENIED), (manager, ALLOWED)):
        yield from asker.asks(edits, "on the boundary", boundary, verdict)
    yield from administrator.asks(_CHANGES_OF_A_ROLE, "on another role", f"{iam}role/payroll", ALLOWED)


def _archive(setup: Setup) -> Iterator[Case]:
    administrator, deployer = _administrator(setup, ARCHIVE_ACCOUNT_ID), _deployer(setup, ARCHIVE_ACCOUNT_ID)
    custodian = _bound(setup, "the break-glass role", setup.break_glass_role_name, ARCHIVE_ACCOUNT_ID)
    delivery = _bound(setup, "an account's delivery role", DELIVERY_ROLE, ARCHIVE_ACCOUNT_ID)
    buckets = {"the archive": setup.bucket, "the results' bucket": f"{setup.bucket}-results"}
    others = [custodian] if setup.guarded else []
    for what, bucket in buckets.items():
        yield from administrator.asks(_CHANGES_OF_A_BUCKET, f"on {what}", bucket, DENIED)
        yield from administrator.asks("s3:ListBucket", f"on {what}", bucket, ALLOWED)
        for asker in (deployer, *others):
            yield from asker.asks(_CHANGES_OF_A_BUCKET, f"on {what}", bucket, ALLOWED)
    payroll = f"arn:{setup.partition}:s3:::acme-payroll"
    yield from administrator.asks(_CHANGES_OF_A_BUCKET, "on another bucket", payroll, ALLOWED)
    event = setup.event_of(ACCOUNT_ID)
    yield from administrator.asks(_DELETIONS, "in the archive", event, DENIED)
    yield from administrator.asks("s3:GetObject", "in the archive", event, ALLOWED)
    yield from deployer.asks(_DELETIONS, "in the archive", event, DENIED if setup.guarded else ALLOWED)
    for asker in others:
        yield from asker.asks(_DELETIONS, "in the archive", event, ALLOWED)
    written = ("s3:PutObject", "s3:PutObjectAcl")
    for asker, verdict in ((administrator, DENIED), (deployer, DENIED), (delivery, ALLOWED)):
        yield from asker.asks(written, "in the archive", event, verdict)
    yield from administrator.asks((*written, *_DELETIONS), "in another bucket", f"{payroll}/1.csv", ALLOWED)
    # A key admits nobody without its own policy.
    admitted = [replace(one, resource_policy=EVERYBODY) for one in (administrator, deployer, *others)]
    yield from _key(setup, admitted[0], admitted[1:])


def _key(setup: Setup, administrator: Asker, admitted: list[Asker]) -> Iterator[Case]:
    changes = ("kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DeleteAlias", "kms:UpdateAlias")
    named, other = ({"kms:ResourceAliases": alias} for alias in ("alias/orgtrail-archive", "alias/payroll"))
    yield from administrator.asks(changes, "on the archive's key", setup.key, DENIED, context=named)
    yield from administrator.asks("kms:DescribeKey", "on the archive's key", setup.key, ALLOWED, context=named)
    yield from administrator.asks(changes, "on another key", setup.key, ALLOWED, context=other)
    for asker in admitted:
        yield from asker.asks(changes, "on the archive's key", setup.key, ALLOWED, context=named)


def _catalog(setup: Setup) -> Iterator[Case]:
    administrator, deployer = _administrator(setup, ARCHIVE_ACCOUNT_ID), _deployer(setup, ARCHIVE_ACCOUNT_ID)

    def arn(service: str, resource: str) -> str:
        return f"arn:{setup.partition}:{service}:{setup.region}:{ARCHIVE_ACCOUNT_ID}:{resource}"

    workgroup = ("athena:CreateWorkGroup", "athena:DeleteWorkGroup", "athena:UpdateWorkGroup")
    tables, database = ("glue:CreateTable", "glue:DeleteTable", "glue:UpdateTable"), ("glue:UpdateDatabase",)
    for asker, verdict in ((administrator, DENIED), (deployer, ALLOWED)):
        yield from asker.asks(workgroup, "on the workgroup", arn("athena", "workgroup/orgtrail"), verdict)
        yield from asker.asks(tables, "on a table", arn("glue", "table/orgtrail/iam_events"), verdict)
        yield from asker.asks(database, "on the database", arn("glue", "database/orgtrail"), verdict)
    yield from administrator.asks(
        ("athena:StartQueryExecution", "athena:CreateNamedQuery"),
        "in the workgroup",
        arn("athena", "workgroup/orgtrail"),
        ALLOWED,
    )
    yield from administrator.asks("glue:GetTable", "of a table", arn("glue", "table/orgtrail/iam_events"), ALLOWED)
    yield from administrator.asks(workgroup, "on another workgroup", arn("athena", "workgroup/payroll"), ALLOWED)
    yield from administrator.asks(tables, "on another table", arn("glue", "table/payroll/payments"), ALLOWED)
    yield from administrator.asks(database, "on another database", arn("glue", "database/payroll"), ALLOWED)


def _trail(setup: Setup) -> Iterator[Case]:
    administrator, deployer = _administrator(setup), _deployer(setup)
    own, another = (f"arn:{setup.partition}:cloudtrail:{setup.region}:{ACCOUNT_ID}:trail/{one}" for one in _TRAILS)
    yield from administrator.asks(_CHANGES_OF_A_TRAIL, "on the account's trail", own, DENIED)
    yield from administrator.asks(_LOOKS_AT_A_TRAIL, "on the account's trail", own, ALLOWED)
    yield from administrator.asks(_CHANGES_OF_A_TRAIL, "on another trail", another, ALLOWED)
    yield from deployer.asks(_CHANGES_OF_A_TRAIL, "on the account's trail", own, ALLOWED)
    delegated = _bound(setup, "a delegated administrator of CloudTrail", "administrator")
    yield from delegated.asks(
        _CHANGES_OF_A_TRAIL, "on the organization's trail", own.replace(ACCOUNT_ID, MANAGEMENT_ACCOUNT_ID), DENIED
    )
    yield from _trail_files(setup)


def _trail_files(setup: Setup) -> Iterator[Case]:
    administrator, deployer = _administrator(setup, ARCHIVE_ACCOUNT_ID), _deployer(setup, ARCHIVE_ACCOUNT_ID)
    custodian = _bound(setup, "the break-glass role", setup.break_glass_role_name, ARCHIVE_ACCOUNT_ID)
    bucket, written = f"arn:{setup.partition}:s3:::{TRAIL_BUCKET}", ("s3:DeleteObjectVersion", "s3:PutObject")
    file = f"{bucket}/AWSLogs/{ACCOUNT_ID}/CloudTrail/us-east-1/2026/01/02/1.json.gz"
    yield from administrator.asks(_CHANGES_OF_A_BUCKET, "on the trail's bucket", bucket, DENIED)
    yield from administrator.asks("s3:ListBucket", "on the trail's bucket", bucket, ALLOWED)
    yield from administrator.asks(written, "of the trail's files", file, DENIED)
    yield from administrator.asks("s3:GetObject", "of the trail's files", file, ALLOWED)
    yield from deployer.asks(_CHANGES_OF_A_BUCKET, "on the trail's bucket", bucket, ALLOWED)
    yield from deployer.asks(written, "of the trail's files", file, DENIED if setup.guarded else ALLOWED)
    if setup.guarded:
        yield from custodian.asks(_CHANGES_OF_A_BUCKET, "on the trail's bucket", bucket, ALLOWED)
        yield from custodian.asks(written, "of the trail's files", file, ALLOWED)


def _boundary(setup: Setup) -> Iterator[Case]:
    """A delivery role that was given everything."""
    role = Asker(
        group="The boundary of the delivery roles",
        who="a delivery role that may do everything",
        principal=setup.role(ACCOUNT_ID, DELIVERY_ROLE),
        identity=EVERYTHING,
        boundary=BOUNDARY,
        owner=ACCOUNT_ID,
    )
    of_pipelines, others = _named(setup), _named(setup, "payroll")
    put = ("firehose:PutRecord", "firehose:PutRecordBatch")
    yield from role.asks(put, "on the account's stream", of_pipelines["stream"], ALLOWED)
    yield from role.asks(put, "on another stream", others["stream"], REFUSED)
    yield from role.asks("firehose:DeleteDeliveryStream", "on the account's stream", of_pipelines["stream"], REFUSED)
    log, other_log = (f"{one['log']}:log-stream:DestinationDelivery" for one in (of_pipelines, others))
    yield from role.asks("logs:PutLogEvents", "in the delivery log", log, ALLOWED)
    yield from role.asks("logs:DeleteLogStream", "in the delivery log", log, REFUSED)
    yield from role.asks("logs:PutLogEvents", "in another log", other_log, REFUSED)
    iam = f"arn:{setup.partition}:iam::{ACCOUNT_ID}:"
    yield from role.asks("iam:CreateUser", "of any name", f"{iam}user/eve", REFUSED)
    yield from role.asks("iam:PutRolePolicy", "on its own role", f"{iam}role/{DELIVERY_ROLE}", REFUSED)
    yield from role.asks("sts:AssumeRole", "on another role", f"{iam}role/administrator", REFUSED)
    yield from _boundary_in_the_archive(setup, replace(role, resource_policy=EVERYBODY, owner=ARCHIVE_ACCOUNT_ID))


def _boundary_in_the_archive(setup: Setup, role: Asker) -> Iterator[Case]:
    event, payroll = setup.event_of(ACCOUNT_ID), f"arn:{setup.partition}:s3:::acme-payroll"
    objects = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject", "s3:PutObjectAcl")
    bucket = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
    yield from role.asks(objects, "in the archive", event, ALLOWED)
    yield from role.asks(bucket, "on the archive", setup.bucket, ALLOWED)
    yield from role.asks(("s3:DeleteObject", "s3:PutObjectRetention"), "in the archive", event, REFUSED)
    yield from role.asks(("s3:DeleteBucketPolicy", "s3:PutBucketPolicy"), "on the archive", setup.bucket, REFUSED)
    yield from role.asks(objects, "in another bucket", f"{payroll}/1.csv", REFUSED)
    yield from role.asks(bucket, "on another bucket", payroll, REFUSED)
    service = f"s3.{setup.region}.{setup.dns_suffix}"
    for what, context, verdict in (
        ("through S3, for the archive", _encrypting(service, setup.bucket), ALLOWED),
        ("through S3, for an object of the archive", _encrypting(service, event), ALLOWED),
        ("through S3, for another bucket", _encrypting(service, payroll), REFUSED),
        ("through another service", _encrypting("sqs.amazonaws.com", setup.bucket), REFUSED),
        ("by itself", {}, REFUSED),
    ):
        yield from role.asks(("kms:Decrypt", "kms:GenerateDataKey"), what, setup.key, verdict, context=context)
    archive = _encrypting(service, setup.bucket)
    yield from role.asks("kms:Encrypt", "through S3, for the archive", setup.key, REFUSED, context=archive)
    other, key = replace(role, owner=OTHER_ACCOUNT_ID), setup.key_of(OTHER_ACCOUNT_ID)
    yield from other.asks("kms:Decrypt", "through S3, with another account's key", key, REFUSED, context=archive)


def _encrypting(service: str, what: str) -> dict[str, str]:
    return {"kms:ViaService": service, "kms:EncryptionContext:aws:s3:arn": what}
