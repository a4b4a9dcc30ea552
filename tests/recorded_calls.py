"""The calls that an emulated AWS gets in this process, as an IAM policy sees them: action, resource, conditions."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.models import iam_backends

# What S3's requests are to IAM, by the part of the query that says what they are about; a dictionary where IAM names
# a request otherwise than by the prefix Get or Put:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_OF_A_BUCKET = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_OF_AN_OBJECT = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}

# What a request takes besides its own action, if it has such a parameter: tags, and roles that a service is handed.
_TAGGING = {
    "events:PutRule": ("Tags", "events:TagResource"),
    "firehose:CreateDeliveryStream": ("Tags", "firehose:TagDeliveryStream"),
    "glue:CreateDatabase": ("Tags", "glue:TagResource"),
    "athena:CreateWorkGroup": ("Tags", "athena:TagResource"),
    "iam:CreateRole": ("Tags.member.1.Key", "iam:TagRole"),
    "kms:CreateKey": ("Tags", "kms:TagResource"),
    "logs:CreateLogGroup": ("tags", "logs:TagResource"),
    "sqs:CreateQueue": ("tags", "sqs:TagQueue"),
    "cloudwatch:PutMetricAlarm": ("Tags.member.1.Key", "cloudwatch:TagResource"),
}
_PARTITION = "aws"
# What a service is called to IAM, where requests are signed for another name.
_TO_IAM = {"monitoring": "cloudwatch"}


class Call(NamedTuple):
    """What one call asks of the policies of the account that it is made with."""

    account_id: str
    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


@contextmanager
def recorded_calls() -> Iterator[list[Call]]:
    """Collect the calls that moto gets in this process while the block runs, refused ones too."""
    calls: list[Call] = []
    check = ActionAuthenticatorMixin._authenticate_and_authorize_action

    def record(self: Any, iam_request_cls: type, resource: str = "*") -> None:
        calls.extend(_asked(self))
        check(self, iam_request_cls, resource)

    with patch.object(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", record):
        yield calls


def _asked(response: Any) -> Iterator[Call]:
    scope = response.headers["Authorization"].partition("Credential=")[2].split("/")
    region, service, account = scope[2], _TO_IAM.get(scope[3], scope[3]), response.current_account
    if service == "s3":
        many = response.method == "POST" and response.is_delete_keys()
        yield from _deleted(response, account) if many else [_of_s3(response, account)]
        return
    given = _parameters(response)
    action = f"{service}:{response._get_action()}"
    base = f"arn:{_PARTITION}:{service}:{'' if service == 'iam' else region}:{account}:"
    for resource in _resources(service, action, given, base):
        yield Call(account, action, resource, _context(account, action, given))
    yield from _implied(account, action, given, base)


def _parameters(response: Any) -> dict[str, Any]:
    if response.headers.get("X-Amz-Target"):
        return dict(json.loads(response.raw_body or b"{}"))
    return {name: values[0] for name, values in response.querystring.items()}


def _deleted(response: Any, account: str) -> Iterator[Call]:
    """Each object that one request deletes: one action always, and another if a version is named, `null` too.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    bucket = response.path.partition("?")[0].strip("/")
    for found in re.findall(r"<Object>.*?</Object>", response.raw_body.decode(), re.DOTALL):
        [key] = re.findall(r"<Key>(.*?)</Key>", found)
        for action in ("DeleteObject", "DeleteObjectVersion") if "<VersionId>" in found else ("DeleteObject",):
            yield Call(account, f"s3:{action}", f"arn:{_PARTITION}:s3:::{bucket}/{key}")


def _of_s3(response: Any, account: str) -> Call:
    bucket, _, key = response.path.lstrip("/").partition("/")
    method, query = response.method, response.querystring or {}
    if key:
        action = "s3:DeleteObjectVersion" if "versionId" in query and method == "DELETE" else _OF_AN_OBJECT[method]
        return Call(account, action, f"arn:{_PARTITION}:s3:::{bucket}/{key}")
    about = next((name for name in _OF_A_BUCKET if name in query), None)
    if about:
        # Removing a configuration is putting none, except of the policy.
        verb = {"GET": "Get", "PUT": "Put", "DELETE": "Delete" if about == "policy" else "Put"}[method]
        action = f"s3:{verb}{_OF_A_BUCKET[about]}"
    elif "versions" in query:
        action = "s3:ListBucketVersions"
    else:
        plain = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
        action = f"s3:{plain[method]}"
    return Call(account, action, f"arn:{_PARTITION}:s3:::{bucket}")


def _context(account: str, action: str, given: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    boundary = given.get("PermissionsBoundary")
    if action in ("iam:PutRolePolicy", "iam:DeleteRolePolicy"):
        # That which the role has:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
        boundary = iam_backends[account][_PARTITION].get_role(given["RoleName"]).permissions_boundary_arn
    return (("iam:PermissionsBoundary", boundary),) if boundary else ()


def _resources(service: str, action: str, given: dict[str, Any], base: str) -> list[str]:
    named = {"iam": _of_iam, "events": _of_events, "firehose": _of_firehose, "sqs": _of_sqs, "logs": _of_logs}
    named |= {"kms": _of_kms, "glue": _of_glue, "athena": _of_athena, "cloudwatch": _of_cloudwatch}
    if service == "sts":
        return [given["RoleArn"]] if action == "sts:AssumeRole" else []
    return named[service](action, given, base)


def _of_iam(_action: str, given: dict[str, Any], base: str) -> list[str]:
    return [f"{base}role/{given['RoleName']}"]


def _of_events(_action: str, given: dict[str, Any], base: str) -> list[str]:
    return [given.get("ResourceARN") or f"{base}rule/{given.get('Rule') or given['Name']}"]


def _of_firehose(_action: str, given: dict[str, Any], base: str) -> list[str]:
    return [f"{base}deliverystream/{given['DeliveryStreamName']}"]


def _of_sqs(_action: str, given: dict[str, Any], base: str) -> list[str]:
    return [base + (given.get("QueueName") or given["QueueUrl"].rpartition("/")[2])]


def _of_logs(action: str, given: dict[str, Any], base: str) -> list[str]:
    if action == "logs:DescribeLogGroups":
        return ["*"]
    group = (given.get("resourceArn") or f"{base}log-group:{given.get('logGroupName')}").removesuffix(":*")
    if action in ("logs:CreateLogStream", "logs:DeleteLogStream"):
        return [f"{group}:log-stream:{given['logStreamName']}"]
    return [group]


def _of_cloudwatch(action: str, given: dict[str, Any], base: str) -> list[str]:
    if action == "cloudwatch:DescribeAlarms":
        # For all alarms (`alarm:*`), whatever names it is asked for; the evaluator takes no pattern for one.
        return [f"{base}alarm:of-any-name"]
    found = [value for name, value in given.items() if name == "AlarmName" or name.startswith("AlarmNames.")]
    return [given["ResourceARN"]] if "ResourceARN" in given else [f"{base}alarm:{name}" for name in found]


def _of_kms(action: str, given: dict[str, Any], base: str) -> list[str]:
    if action in ("kms:CreateKey", "kms:ListAliases"):
        return ["*"]
    key = given.get("KeyId") or given.get("TargetKeyId", "")
    # The id is another one in every run.
    found = [f"{base}key/11111111-2222-3333-4444-555555555555"] if key else []
    return [*found, f"{base}{given['AliasName']}"] if "AliasName" in given else found


def _of_glue(action: str, given: dict[str, Any], base: str) -> list[str]:
    if "ResourceArn" in given:
        return [given["ResourceArn"]]
    database = given.get("DatabaseName") or given.get("Name") or given["DatabaseInput"]["Name"]
    found = [f"{base}catalog", f"{base}database/{database}"]
    table = given.get("TableName") or given.get("TableInput", {}).get("Name") or given.get("Name")
    return [*found, f"{base}table/{database}/{table}"] if "DatabaseName" in given else found


def _of_athena(action: str, given: dict[str, Any], base: str) -> list[str]:
    # A named query is its workgroup's to IAM, and the call may not name it; there is only one.
    name = given.get("WorkGroup") or (given.get("Name") if action == "athena:CreateWorkGroup" else None) or "orgtrail"
    return [given.get("ResourceARN") or f"{base}workgroup/{name}"]


def _implied(account: str, action: str, given: dict[str, Any], base: str) -> Iterator[Call]:
    parameter, tagging = _TAGGING.get(action, ("", ""))
    if given.get(parameter):
        resources = _resources(action.partition(":")[0], "kms:TagResource" if "kms" in action else action, given, base)
        for resource in resources or [f"{base}key/11111111-2222-3333-4444-555555555555"]:
            if resource.rpartition(":")[2] != "catalog":
                yield Call(account, tagging, resource)
    for target in given.get("Targets", []) if action == "events:PutTargets" else []:
        yield _passed(account, target["RoleArn"], "events")
    for name in ("ExtendedS3DestinationConfiguration", "ExtendedS3DestinationUpdate"):
        if name in given:
            yield _passed(account, given[name]["RoleARN"], "firehose")


def _passed(account: str, role: str, service: str) -> Call:
    return Call(account, "iam:PassRole", role, (("iam:PassedToService", f"{service}.amazonaws.com"),))
