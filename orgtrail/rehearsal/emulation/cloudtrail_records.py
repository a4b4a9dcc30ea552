"""The record that CloudTrail would make of a call to the emulator, in the event that EventBridge would get.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

import json
from datetime import datetime
from typing import Any

from botocore.parsers import create_parser
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends

from orgtrail.events import API_CALL, home_region
from orgtrail.rehearsal.emulation.event_bus import Event
from orgtrail.rehearsal.emulation.sample_events import CALLER_ADDRESS, sample_event

# moto's services whose write calls are recorded, and what EventBridge calls them.
_SOURCES = {
    "cloudtrail": "aws.cloudtrail",
    "events": "aws.events",
    "firehose": "aws.firehose",
    "iam": "aws.iam",
    "identitystore": "aws.identitystore",
    "organizations": "aws.organizations",
    "sso-admin": "aws.sso",
}
_READS = ("Describe", "Generate", "Get", "Is", "List", "Lookup", "Simulate", "Test")
# Data events, which a trail doesn't log unless it is told to.
_DATA = frozenset({"PutEvents", "PutRecord", "PutRecordBatch"})
_SECRET = frozenset({"password", "newPassword", "oldPassword", "secretAccessKey", "privateKey"})

Answer = tuple[int, dict[str, Any], Any]
"""An answer of moto: status, headers and body."""


def is_recorded(request: BaseResponse) -> bool:
    """Whether a call to the emulator is one of those that become records."""
    if request.service_name not in _SOURCES:
        return False
    action = request._get_action()
    return bool(action) and not action.startswith(_READS) and action not in _DATA


def event_of(request: BaseResponse, answer: Answer) -> Event:
    """The event of a call that was answered, or refused, in the region in which AWS would have it occur."""
    source = _SOURCES[str(request.service_name)]
    result = _result(request, answer)
    error = result.get("Error", {})
    call = {
        "userIdentity": _caller(request),
        "eventName": request._get_action(),
        "sourceIPAddress": CALLER_ADDRESS,
        "userAgent": request.headers.get("User-Agent", "unknown"),
        "requestParameters": _written(_parameters(request)) or None,
        "responseElements": None if error else _written(_elements(result)) or None,
        "requestID": result.get("ResponseMetadata", {}).get("RequestId"),
    }
    if error:
        call |= {"errorCode": error.get("Code"), "errorMessage": error.get("Message")}
    region = home_region(source, request.partition) or request.region
    return sample_event(request.current_account, region, source, API_CALL, call)


def _parameters(request: BaseResponse) -> dict[str, Any]:
    if request.automated_parameter_parsing:
        return dict(request.params)
    return dict(json.loads(request.body or "{}"))


def _result(request: BaseResponse, answer: Answer) -> dict[str, Any]:
    """The answer as a client reads it."""
    status, headers, body = answer
    model = get_service_model(request.boto3_service_name)
    parser = create_parser(request.determine_response_protocol(model))
    raw = body if isinstance(body, bytes) else str(body).encode()
    response = {"status_code": status, "headers": headers, "body": raw}
    parsed: dict[str, Any] = parser.parse(response, model.operation_model(request._get_action()).output_shape)
    return parsed


def _elements(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "ResponseMetadata"}


def _written(value: Any) -> Any:
    """A value as CloudTrail writes it: names begin with a small letter, and secrets are left out."""
    if isinstance(value, dict):
        named = {name[:1].lower() + name[1:]: one for name, one in value.items()}
        return {name: _written(one) for name, one in named.items() if name not in _SECRET}
    if isinstance(value, list):
        return [_written(one) for one in value]
    return value.strftime("%b %d, %Y %I:%M:%S %p") if isinstance(value, datetime) else value


def _caller(request: BaseResponse) -> dict[str, Any]:
    """Who has called. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    account_id, key = request.current_account, request.access_key
    role = sts_backends[account_id][request.partition].get_assumed_role_from_access_key(key)
    if role:
        return _assumed(account_id, role)
    user = iam_backends[account_id][request.partition].get_user_from_access_key_id(key)
    if user:
        known = {"principalId": user.id, "arn": user.arn, "accountId": account_id, "userName": user.name}
        return {"type": "IAMUser", **known, "accessKeyId": key}
    arn = f"arn:{request.partition}:iam::{account_id}:root"
    return {"type": "Root", "principalId": account_id, "arn": arn, "accountId": account_id, "accessKeyId": key}


def _assumed(account_id: str, role: AssumedRole) -> dict[str, Any]:
    principal = role.user_id.partition(":")[0]
    issuer = {"type": "Role", "principalId": principal, "arn": role.role_arn, "accountId": account_id}
    return {
        "type": "AssumedRole",
        "principalId": role.user_id,
        "arn": role.arn,
        "accountId": account_id,
        "accessKeyId": role.access_key_id,
        "sessionContext": {"sessionIssuer": {**issuer, "userName": role.role_arn.rpartition("/")[2]}},
    }
