"""Events as CloudTrail hands them to EventBridge, made up for the rehearsal."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

_API_CALL = "AWS API Call via CloudTrail"
_SIGN_IN = "AWS Console Sign In via CloudTrail"

# One telling call for each source; another source gets a call that says where it comes from.
_CALLS = {
    "aws.access-analyzer": "DeleteAnalyzer",
    "aws.iam": "CreateAccessKey",
    "aws.identitystore": "CreateUser",
    "aws.organizations": "DetachPolicy",
    "aws.rolesanywhere": "CreateTrustAnchor",
    "aws.signin": "ConsoleLogin",
    "aws.sso": "AttachManagedPolicyToPermissionSet",
    "aws.sso-directory": "CreateUser",
}
_PARAMETERS = {"CreateAccessKey": {"userName": "alice"}}
_PREFERRED = ("aws.iam", "aws.signin")


def sample_event(account_id: str, region: str, sources: list[str], detail_types: list[str]) -> dict[str, Any]:
    """An event that a rule with these sources and detail types would take, preferably of IAM.

    Shape: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    source = next((name for name in _PREFERRED if name in sources), sources[0])
    detail_type = _SIGN_IN if source == "aws.signin" and _SIGN_IN in detail_types else detail_types[0]
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
        "detail": _record(account_id, region, source, now),
    }


def _record(account_id: str, region: str, source: str, now: str) -> dict[str, Any]:
    name = _CALLS.get(source, "RehearsalCall")
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAREHEARSALONLY0000",
            "arn": f"arn:aws:iam::{account_id}:user/admin",
            "accountId": account_id,
            "userName": "admin",
        },
        "eventTime": now,
        "eventSource": f"{source.removeprefix('aws.')}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": _PARAMETERS.get(name),
        "responseElements": None,
        "requestID": str(uuid4()),
        "eventID": str(uuid4()),
        "readOnly": False,
        "eventType": "AwsConsoleSignIn" if name == "ConsoleLogin" else "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account_id,
        "eventCategory": "Management",
    }
