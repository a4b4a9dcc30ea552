"""Events as CloudTrail hands them to EventBridge, made up for the rehearsal."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

CALLER_ADDRESS = "203.0.113.10"

_SIGN_IN = "AWS Console Sign In via CloudTrail"

# What an intruder might do; a source that isn't here gets a call that says where it comes from.
_CALLS: dict[str, list[dict[str, Any]]] = {
    "aws.iam": [
        {"eventName": "CreateAccessKey", "requestParameters": {"userName": "alice"}},
        {"eventName": "CreateUser", "requestParameters": {"userName": "mallory"}},
        {
            "eventName": "AttachUserPolicy",
            "requestParameters": {"userName": "mallory", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        },
        {"eventName": "UpdateAssumeRolePolicy", "requestParameters": {"roleName": "deployer"}},
        {"eventName": "AddUserToGroup", "requestParameters": {"userName": "mallory", "groupName": "admins"}},
        {
            "eventName": "DeactivateMFADevice",
            "requestParameters": {"userName": "alice", "serialNumber": "arn:aws:iam::aws:mfa/alice"},
        },
        {"eventName": "DeleteUser", "requestParameters": {"userName": "bob"}, "errorCode": "AccessDenied"},
    ],
    "aws.signin": [
        {
            "eventName": "ConsoleLogin",
            "eventType": "AwsConsoleSignIn",
            "additionalEventData": {"MFAUsed": "No"},
            "responseElements": {"ConsoleLogin": "Success"},
        },
        {
            "eventName": "ConsoleLogin",
            "eventType": "AwsConsoleSignIn",
            "errorMessage": "Failed authentication",
            "additionalEventData": {"MFAUsed": "No"},
            "responseElements": {"ConsoleLogin": "Failure"},
        },
    ],
    "aws.organizations": [
        {
            "eventName": "DetachPolicy",
            "requestParameters": {"policyId": "p-examplepolicyid111", "targetId": "ou-examplerootid111-exampleouid111"},
        }
    ],
    "aws.sso": [
        {
            "eventName": "CreateAccountAssignment",
            "requestParameters": {
                "instanceArn": "arn:aws:sso:::instance/ssoins-1111111111111111",
                "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111",
                "principalId": "544894e8-80c1-707f-60e3-3ba6510dfac1",
                "principalType": "USER",
                "targetId": "111111111111",
                "targetType": "AWS_ACCOUNT",
            },
        }
    ],
}
_SIGN_IN_TYPES = (_SIGN_IN, "AWS Console Signin via CloudTrail")


def sample_events(account_id: str, region: str, sources: list[str], detail_types: list[str]) -> list[dict[str, Any]]:
    """Events that a rule with these sources and detail types takes; of IAM and sign-ins if it takes those.

    Shape: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    telling = [source for source in _CALLS if source in sources] or sources[:1]
    return [
        sample_event(account_id, region, source, _detail_type(source, detail_types), call)
        for source in telling
        for call in _CALLS.get(source, [{"eventName": "RehearsalCall"}])
    ]


def _detail_type(source: str, detail_types: list[str]) -> str:
    sign_ins = [name for name in detail_types if name in _SIGN_IN_TYPES]
    others = [name for name in detail_types if name not in _SIGN_IN_TYPES]
    wanted = sign_ins + others if source == "aws.signin" else others + sign_ins
    return wanted[0]


def sample_event(account_id: str, region: str, source: str, detail_type: str, call: dict[str, Any]) -> dict[str, Any]:
    """An event of EventBridge with a CloudTrail record in it, in which the keys of `call` count."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account_id,
        "time": now,
        "region": region,
        "resources": [],
        "detail": _record(account_id, region, source, now) | call,
    }


def _record(account_id: str, region: str, source: str, now: str) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": _root(account_id) if source == "aws.signin" else _user(account_id),
        "eventTime": now,
        "eventSource": f"{source.removeprefix('aws.')}.amazonaws.com",
        "awsRegion": region,
        "sourceIPAddress": CALLER_ADDRESS,
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": None,
        "responseElements": None,
        "requestID": str(uuid4()),
        "eventID": str(uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account_id,
        "eventCategory": "Management",
    }


def _user(account_id: str) -> dict[str, str]:
    return {
        "type": "IAMUser",
        "principalId": "AIDAREHEARSALONLY0000",
        "arn": f"arn:aws:iam::{account_id}:user/admin",
        "accountId": account_id,
        "userName": "admin",
    }


def _root(account_id: str) -> dict[str, str]:
    return {
        "type": "Root",
        "principalId": account_id,
        "arn": f"arn:aws:iam::{account_id}:root",
        "accountId": account_id,
    }
