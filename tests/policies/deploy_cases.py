"""The deploy role and its sibling: the calls that Terraform made, and what somebody with the role could try."""

from collections.abc import Iterator
from dataclasses import replace

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.deployment_documents import (
    BOUNDARY_NAME,
    DEPLOY,
    DEPLOY_ARCHIVE,
    DEPLOY_ROLE,
    DEPLOY_STATES,
    DEPLOY_TRAIL,
    DEPLOY_TRAIL_FILES,
    DEPLOY_TRUST,
    EXTERNAL_ID,
    MANAGEMENT_ACCOUNT_ID,
    PLAN,
    PLAN_ARCHIVE,
    PLAN_ROLE,
    PLAN_STATES,
    PLAN_TRAIL,
    PLAN_TRAIL_FILES,
    STATES,
    TRAIL_BUCKET,
)
from tests.policies.evaluator import ALLOWED, REFUSED
from tests.policies.setups import DELIVERY_ROLE, EVENTBRIDGE_ROLE, EVERYBODY, EVERYTHING, KEY_POLICY, Setup
from tests.policies.terraform_calls import STATES_KEY, every_call
from tests.recorded_calls import Call

_DOCUMENTS = {
    "deploy": (DEPLOY, DEPLOY_ARCHIVE, DEPLOY_STATES, DEPLOY_TRAIL, DEPLOY_TRAIL_FILES),
    "plan": (PLAN, PLAN_ARCHIVE, PLAN_STATES, PLAN_TRAIL, PLAN_TRAIL_FILES),
}


def deploy_cases(setup: Setup) -> list[Case]:
    """Every case about who deploys and who plans."""
    parts = (_calls(setup), _trust(setup), _escalations(setup), _not_ours(setup), _archive(setup), _plans(setup))
    return [case for part in parts for case in part]


def _role(setup: Setup, who: str, document: str, account_id: str, group: str) -> Asker:
    name, words = (DEPLOY_ROLE, "the deploy role") if who == "deploy" else (PLAN_ROLE, "the planning role")
    return Asker(group=group, who=words, principal=setup.role(account_id, name), identity=document, owner=account_id)


def _calls(setup: Setup) -> Iterator[Case]:
    """In other partitions and regions the same calls have other ARNs."""

    def here(text: str) -> str:
        return text.replace("arn:aws:", f"arn:{setup.partition}:").replace("us-east-1", setup.region)

    for who, call in every_call():
        document = _DOCUMENTS[who][_part(call)]
        asker = _role(setup, who, document, call.account_id, f"What Terraform asks to {who}")
        if ":key/" in call.resource:
            # A key admits nobody without its own policy, which leaves it to the account's.
            asker = replace(asker, resource_policy=KEY_POLICY)
        context = {key: here(value) for key, value in call.context}
        what = f"on `{call.resource.split(':', 5)[-1]}`"
        handed = context.get("iam:PassedToService")
        words = f"{what}, for {handed}" if handed else what
        words += ", in the management account" if call.account_id == MANAGEMENT_ACCOUNT_ID else ""
        yield from asker.asks(call.action, words, here(call.resource), ALLOWED, context=context)


def _part(call: Call) -> int:
    """Which of the documents a call is judged by."""
    if STATES in call.resource or call.resource == STATES_KEY:
        return 2
    if TRAIL_BUCKET in call.resource:
        return 4
    return {ACCOUNT_ID: 0, ARCHIVE_ACCOUNT_ID: 1, MANAGEMENT_ACCOUNT_ID: 3}[call.account_id]


def _trust(setup: Setup) -> Iterator[Case]:
    role = f"arn:{setup.partition}:iam::{ACCOUNT_ID}:role/{DEPLOY_ROLE}"
    principal = Asker(
        group="Taking on the deploy role",
        who="the deploying principal",
        principal=setup.role(OTHER_ACCOUNT_ID, "ci"),
        identity=EVERYTHING,
        resource_policy=DEPLOY_TRUST,
        owner=ACCOUNT_ID,
    )
    known = {"sts:ExternalId": EXTERNAL_ID}
    yield from principal.asks("sts:AssumeRole", "with the external id", role, ALLOWED, context=known)
    yield from principal.asks("sts:TagSession", "as it is", role, REFUSED)
    wrong = {"sts:ExternalId": "guessed"}
    yield from principal.asks("sts:AssumeRole", "with another external id", role, REFUSED, context=wrong)
    yield from principal.asks("sts:AssumeRole", "without an external id", role, REFUSED)
    for who, account_id, name in (
        ("another role of its account", OTHER_ACCOUNT_ID, "developer"),
        ("a role of its name in another account", ARCHIVE_ACCOUNT_ID, "ci"),
        ("the account's administrator", ACCOUNT_ID, "administrator"),
    ):
        stranger = replace(principal, who=who, principal=setup.role(account_id, name))
        yield from stranger.asks("sts:AssumeRole", "with the external id", role, REFUSED, context=known)


def _escalations(setup: Setup) -> Iterator[Case]:
    """What would give somebody with the deploy role more than it has."""
    role = _role(setup, "deploy", DEPLOY, ACCOUNT_ID, "Escalation by the deploy role")
    iam = f"arn:{setup.partition}:iam::{ACCOUNT_ID}:"
    ours, another = ({"iam:PermissionsBoundary": f"{iam}policy/{name}"} for name in (BOUNDARY_NAME, "payroll"))
    bounded = ("iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy")
    for name in (EVENTBRIDGE_ROLE, DELIVERY_ROLE):
        on, arn = f"on the role {name}", f"{iam}role/{name}"
        yield from role.asks(bounded, f"{on}, without a boundary", arn, REFUSED)
        yield from role.asks(bounded, f"{on}, with another boundary", arn, REFUSED, context=another)
        yield from role.asks("iam:PutRolePermissionsBoundary", f"{on}, to another", arn, REFUSED, context=another)
        yield from role.asks("iam:DeleteRolePermissionsBoundary", on, arn, REFUSED, context=ours)
        yield from role.asks(("iam:AttachRolePolicy", "iam:DetachRolePolicy"), on, arn, REFUSED, context=ours)
        yield from role.asks(("iam:UpdateAssumeRolePolicy", "iam:UpdateRole"), f"{on}, to trust others", arn, REFUSED)
    for what, name in (("on a role of another name", "payroll"), ("on itself", DEPLOY_ROLE)):
        arn = f"{iam}role/{name}"
        yield from role.asks((*bounded, "iam:PutRolePermissionsBoundary"), what, arn, REFUSED, context=ours)
        yield from role.asks(("iam:DeleteRole", "iam:GetRole", "iam:UpdateAssumeRolePolicy"), what, arn, REFUSED)
    edits = ("iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:SetDefaultPolicyVersion")
    yield from role.asks(edits, "on the boundary", f"{iam}policy/{BOUNDARY_NAME}", REFUSED)
    yield from role.asks(("iam:CreateAccessKey", "iam:CreateUser"), "of any name", f"{iam}user/eve", REFUSED)
    yield from role.asks("sts:AssumeRole", "on another role", f"{iam}role/administrator", REFUSED)
    for name, service in (
        (EVENTBRIDGE_ROLE, "firehose"),
        (DELIVERY_ROLE, "events"),
        (DELIVERY_ROLE, "lambda"),
        ("administrator", "events"),
        ("administrator", "firehose"),
        (DEPLOY_ROLE, "firehose"),
    ):
        passed = {"iam:PassedToService": f"{service}.amazonaws.com"}
        yield from role.asks(
            "iam:PassRole", f"of {name} to {service}.amazonaws.com", f"{iam}role/{name}", REFUSED, context=passed
        )


def _not_ours(setup: Setup) -> Iterator[Case]:
    """Resources that Orgtrail didn't make, and what it never does with its own."""
    role = _role(setup, "deploy", DEPLOY, ACCOUNT_ID, "Out of the deploy role's reach")

    def arn(service: str, resource: str) -> str:
        return f"arn:{setup.partition}:{service}:{setup.region}:{ACCOUNT_ID}:{resource}"

    log = "log-group:/aws/kinesisfirehose"
    for what, own, other, actions, never in (
        ("rule", "rule/orgtrail-iam-events", "rule/payroll", ("events:PutRule", "events:PutTargets"), "DisableRule"),
        (
            "stream",
            "deliverystream/orgtrail-iam-events",
            "deliverystream/payroll",
            ("firehose:UpdateDestination",),
            "PutRecord",
        ),
        ("queue", "orgtrail-iam-events-dlq", "payroll", ("sqs:DeleteQueue",), "PurgeQueue"),
        ("log", f"{log}/orgtrail-iam-events", f"{log}/payroll", ("logs:DeleteLogGroup",), "PutSubscriptionFilter"),
        (
            "alarm",
            "alarm:orgtrail-silence",
            "alarm:payroll",
            ("cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"),
            "DisableAlarmActions",
        ),
    ):
        service = actions[0].partition(":")[0]
        yield from role.asks(actions, f"on another {what}", arn(service, other), REFUSED)
        yield from role.asks(f"{service}:{never}", f"on the pipeline's {what}", arn(service, own), REFUSED)
    stream = arn("logs", f"{log}/payroll:log-stream:one")
    yield from role.asks(("logs:DeleteLogStream", "logs:GetLogEvents"), "of another log", stream, REFUSED)
    yield from role.asks("logs:FilterLogEvents", "of any log", arn("logs", f"{log}/payroll"), REFUSED)
    trail = arn("cloudtrail", "trail/payroll")
    yield from role.asks(("cloudtrail:DeleteTrail", "cloudtrail:StopLogging"), "of the account", trail, REFUSED)
    yield from _trail(setup, role.group)


def _trail(setup: Setup, group: str) -> Iterator[Case]:
    """The organization's trail, and the bucket of its files."""
    role = _role(setup, "deploy", DEPLOY_TRAIL, MANAGEMENT_ACCOUNT_ID, group)
    here = f"arn:{setup.partition}:cloudtrail:{setup.region}:{MANAGEMENT_ACCOUNT_ID}:trail"
    yield from role.asks("cloudtrail:StopLogging", "of Orgtrail's trail", f"{here}/orgtrail", REFUSED)
    changes = ("cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:UpdateTrail")
    yield from role.asks(changes, "of another trail", f"{here}/payroll", REFUSED)
    yield from role.asks("organizations:LeaveOrganization", "with the account", "*", REFUSED)
    services = f"arn:{setup.partition}:iam::{MANAGEMENT_ACCOUNT_ID}:role/aws-service-role"
    own, other = f"{services}/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail", f"{services}/other/Role"
    made = "iam:CreateServiceLinkedRole"
    yield from role.asks(made, "of CloudTrail, for nobody in particular", own, REFUSED)
    named = {"iam:AWSServiceName": "cloudtrail.amazonaws.com"}
    yield from role.asks(made, "of another service", other, REFUSED, context=named)
    yield from role.asks("iam:DeleteServiceLinkedRole", "of CloudTrail", own, REFUSED)
    files = _role(setup, "deploy", DEPLOY_TRAIL_FILES, ARCHIVE_ACCOUNT_ID, group)
    bucket, other_bucket = (f"arn:{setup.partition}:s3:::{name}" for name in (TRAIL_BUCKET, "acme-wages"))
    yield from files.asks(("s3:DeleteBucket", "s3:PutBucketAcl"), "on the bucket of the trail's files", bucket, REFUSED)
    yield from files.asks(("s3:PutBucketPolicy", "s3:ListBucket"), "on a bucket that isn't it", other_bucket, REFUSED)
    yield from files.asks(("s3:GetObject", "s3:DeleteObject"), "of a trail's file", f"{bucket}/AWSLogs/1.gz", REFUSED)


def _archive(setup: Setup) -> Iterator[Case]:
    """The same in the archive's account, and among the states."""
    group = "Out of the deploy role's reach"
    role = _role(setup, "deploy", DEPLOY_ARCHIVE, ARCHIVE_ACCOUNT_ID, group)
    event, payroll = setup.event_of(ACCOUNT_ID), f"arn:{setup.partition}:s3:::acme-payroll"
    yield from role.asks(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"), "in the archive", event, REFUSED)
    yield from role.asks(("s3:DeleteBucket", "s3:PutBucketAcl"), "on the archive", setup.bucket, REFUSED)
    yield from role.asks(
        ("s3:DeleteBucket", "s3:ListBucket", "s3:PutBucketPolicy"), "on another bucket", payroll, REFUSED
    )
    yield from role.asks("s3:PutBucketAcl", "on the results' bucket", f"{setup.bucket}-results", REFUSED)
    yield from role.asks(("s3:DeleteObject", "s3:DeleteObjectVersion"), "in another bucket", f"{payroll}/1", REFUSED)
    yield from role.asks("s3:GetObject", "of a result", f"{setup.bucket}-results/1.csv", REFUSED)
    keyed, here = replace(role, resource_policy=KEY_POLICY), f"{setup.region}:{ARCHIVE_ACCOUNT_ID}"
    ended = ("kms:CreateGrant", "kms:Decrypt", "kms:DisableKeyRotation")
    yield from keyed.asks(ended, "on the archive's key", setup.key, REFUSED)
    foreign = replace(keyed, owner=OTHER_ACCOUNT_ID, resource_policy=EVERYBODY)
    other_key = setup.key_of(OTHER_ACCOUNT_ID)
    yield from foreign.asks(("kms:CreateAlias", "kms:PutKeyPolicy"), "on another account's key", other_key, REFUSED)
    kms = f"arn:{setup.partition}:kms:{here}:alias"
    yield from role.asks(("kms:CreateAlias", "kms:DeleteAlias"), "of another name", f"{kms}/payroll", REFUSED)
    yield from role.asks("kms:DeleteAlias", "of the archive's key", f"{kms}/orgtrail-archive", REFUSED)
    yield from role.asks("kms:ListKeys", "of the account", "*", REFUSED)
    glue, athena = f"arn:{setup.partition}:glue:{here}", f"arn:{setup.partition}:athena:{here}"
    yield from role.asks(
        ("glue:DeleteTable", "glue:UpdateTable"), "of another database", f"{glue}:table/pay/1", REFUSED
    )
    yield from role.asks("glue:CreatePartition", "of a table", f"{glue}:table/orgtrail/iam_events", REFUSED)
    yield from role.asks("athena:DeleteWorkGroup", "of another name", f"{athena}:workgroup/payroll", REFUSED)
    yield from role.asks("athena:StartQueryExecution", "in the workgroup", f"{athena}:workgroup/orgtrail", REFUSED)
    yield from _states(setup, group)


def _states(setup: Setup, group: str) -> Iterator[Case]:
    bucket = f"arn:{setup.partition}:s3:::{STATES}"
    state, payroll = f"{bucket}/orgtrail/{ACCOUNT_ID}/terraform.tfstate", f"{bucket}/payroll/terraform.tfstate"
    for who, document in (("deploy", DEPLOY_STATES), ("plan", PLAN_STATES)):
        role = _role(setup, who, document, ARCHIVE_ACCOUNT_ID, group)
        yield from role.asks(("s3:DeleteObject", "s3:GetObjectVersion"), "of a state", state, REFUSED)
        yield from role.asks(("s3:GetObject", "s3:PutObject"), "of another product's state", payroll, REFUSED)
        yield from role.asks("s3:DeleteObject", "of another product's lock", f"{payroll}.tflock", REFUSED)
        yield from role.asks("s3:DeleteObjectVersion", "of a lock", f"{state}.tflock", REFUSED)
        yield from role.asks("s3:PutBucketPolicy", "on the states' bucket", bucket, REFUSED)
        yield from role.asks("s3:ListBucket", "on a bucket without states", setup.bucket, REFUSED)
        keyed = replace(role, resource_policy=KEY_POLICY)
        yield from keyed.asks(("kms:Encrypt", "kms:PutKeyPolicy"), "with the states' key", setup.key, REFUSED)
        foreign, key = replace(keyed, owner=OTHER_ACCOUNT_ID, resource_policy=EVERYBODY), setup.key_of(OTHER_ACCOUNT_ID)
        yield from foreign.asks("kms:Decrypt", "with another account's key", key, REFUSED)


def _plans(setup: Setup) -> Iterator[Case]:
    """Whatever Terraform asks to deploy, the planning role is refused unless it asks it to plan, too."""
    group = "Out of the planning role's reach"
    planned = {(call.account_id, call.action) for who, call in every_call() if who == "plan"}
    for case in _calls(setup):
        asker = case.asker
        if asker.identity in _DOCUMENTS["deploy"] and (asker.owner, case.action) not in planned:
            document = _DOCUMENTS["plan"][_DOCUMENTS["deploy"].index(asker.identity or "")]
            role = replace(_role(setup, "plan", document, asker.owner, group), resource_policy=asker.resource_policy)
            yield from role.asks(case.action, case.what, case.resource, REFUSED, context=case.context)
    here = f"{setup.region}:{{}}:"
    for account_id, document, service, resource, action in (
        (ACCOUNT_ID, PLAN, "iam", "role/payroll", "iam:GetRole"),
        (ACCOUNT_ID, PLAN, "events", "rule/payroll", "events:DescribeRule"),
        (ACCOUNT_ID, PLAN, "firehose", "deliverystream/payroll", "firehose:DescribeDeliveryStream"),
        (ACCOUNT_ID, PLAN, "sqs", "payroll", "sqs:GetQueueAttributes"),
        (ACCOUNT_ID, PLAN, "logs", "log-group:payroll", "logs:DescribeLogStreams"),
        (ACCOUNT_ID, PLAN, "cloudwatch", "alarm:payroll", "cloudwatch:ListTagsForResource"),
        (ARCHIVE_ACCOUNT_ID, PLAN_ARCHIVE, "glue", "table/payroll/payments", "glue:GetTable"),
        (MANAGEMENT_ACCOUNT_ID, PLAN_TRAIL, "cloudtrail", "trail/payroll", "cloudtrail:GetTrailStatus"),
        (ARCHIVE_ACCOUNT_ID, PLAN_ARCHIVE, "athena", "workgroup/payroll", "athena:GetWorkGroup"),
    ):
        role = _role(setup, "plan", document, account_id, group)
        place = f":{account_id}:" if service == "iam" else here.format(account_id)
        arn = f"arn:{setup.partition}:{service}:{place}{resource}"
        yield from role.asks(action, f"on `{resource}`", arn, REFUSED)
    archive = _role(setup, "plan", PLAN_ARCHIVE, ARCHIVE_ACCOUNT_ID, group)
    payroll = f"arn:{setup.partition}:s3:::acme-payroll"
    yield from archive.asks(("s3:GetBucketPolicy", "s3:ListBucket"), "on another bucket", payroll, REFUSED)
    yield from archive.asks("s3:GetObject", "in the archive", setup.event_of(ACCOUNT_ID), REFUSED)
    files = _role(setup, "plan", PLAN_TRAIL_FILES, ARCHIVE_ACCOUNT_ID, group)
    yield from files.asks("s3:ListBucket", "on a bucket that isn't the trail's", payroll, REFUSED)
    yield from files.asks(
        "s3:GetObject", "of a trail's file", f"arn:{setup.partition}:s3:::{TRAIL_BUCKET}/AWSLogs/1.gz", REFUSED
    )
    foreign = replace(archive, owner=OTHER_ACCOUNT_ID, resource_policy=EVERYBODY)
    yield from foreign.asks("kms:GetKeyPolicy", "of another account's key", setup.key_of(OTHER_ACCOUNT_ID), REFUSED)
