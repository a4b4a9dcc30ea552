"""What `status --deep` costs: each of AWS's answers is made in this process, after 50 ms.

boto3 makes its clients, signs each request and parses each answer; the network alone is missing.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl

from botocore.awsrequest import AWSResponse

from benchmarks.measure import Row
from orgtrail.concurrency.questions import Questions
from orgtrail.regions import default_regions
from orgtrail.selection.pipelines import pipelines_of
from orgtrail.status.deep import AT_ONCE, look_into_accounts
from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status
from tests.builders import an_account, settings

_FEW_REGIONS = ("us-east-1", "us-east-2", "eu-west-1", "eu-central-1")
_SECONDS_AN_ANSWER = 0.05
_SECONDS = 300  # in which the accounts are to be looked at

_JSON: Mapping[str, Any] = {
    "DescribeRule": {},
    "ListTargetsByRule": {"Targets": []},
    "DescribeDeliveryStream": {"DeliveryStreamDescription": {}},
    "GetQueueUrl": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/queue"},
    "GetQueueAttributes": {
        "Attributes": {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"}
    },
    "GetLogEvents": {"events": []},
    "GetMetricData": {"MetricDataResults": []},
}
_XML: Mapping[str, str] = {
    "AssumeRole": "<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
    "<SessionToken>{account_id}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>",
    "GetCallerIdentity": "<Account>{account_id}</Account><Arn>arn</Arn><UserId>id</UserId>",
    "GetRole": "<Role><AssumeRolePolicyDocument>{{}}</AssumeRolePolicyDocument></Role>",
    "GetRolePolicy": "<PolicyDocument>{{}}</PolicyDocument>",
    "ListRolePolicies": "<PolicyNames/>",
    "ListAttachedRolePolicies": "<AttachedPolicies/>",
}


def rows(_runs: int) -> list[Row]:
    """Many accounts in few regions, and few in many."""
    return [*_rows(300, _FEW_REGIONS), *_rows(64, default_regions("aws"))]


def _rows(accounts: int, regions: Sequence[str]) -> list[Row]:
    """Seconds by the clock and of the processor, and calls."""
    ids = [f"{number:012}" for number in range(accounts)]
    made = [an_account(one, name=one, regions=regions, roles=(f"arn:aws:iam::{one}:role/plan",)) for one in ids]
    arriving = Verdict.of("arriving", "the newest is 5 minutes old")
    status = Status(datetime.now(UTC), tuple(Found(one, arriving) for one in pipelines_of(made)), 1)
    asked: Counter[str] = Counter()
    sent = mock.patch("botocore.httpsession.URLLib3Session.send", lambda _self, request: _answer(asked, request))
    started, processor = time.monotonic(), time.process_time()
    with mock.patch.dict(os.environ, {"AWS_ACCESS_KEY_ID": "anybody", "AWS_SECRET_ACCESS_KEY": "anybody"}), sent:
        look_into_accounts(settings(*made), status, Questions(at_once=AT_ONCE, seconds=600), timedelta(days=1))
    seconds, processor = time.monotonic() - started, time.process_time() - processor
    return [
        Row(f"status --deep of {accounts} accounts, {len(regions)} regions", seconds, "s", goal=_SECONDS),
        Row("  of the processor", processor, "s"),
        Row("  calls", asked.total(), ""),
    ]


def _answer(asked: Counter[str], request: Any) -> AWSResponse:
    """AWS's answer to a request. The token of a session is the account that it is in."""
    time.sleep(_SECONDS_AN_ANSWER)
    action = _header(request, "X-Amz-Target").rpartition(".")[2]
    form = {} if action else dict(parse_qsl(request.body if isinstance(request.body, str) else request.body.decode()))
    action = action or form["Action"]
    asked[action] += 1
    account_id = form["RoleArn"].split(":")[4] if "RoleArn" in form else _header(request, "X-Amz-Security-Token")
    result = _XML[action].format(account_id=account_id) if action in _XML else ""
    xml = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
    body = xml if result else json.dumps(_JSON.get(action, {}))

    class Raw:
        def stream(self, **_arguments: Any) -> Iterator[bytes]:
            yield body.encode()

    return AWSResponse(request.url, 200, {}, Raw())


def _header(request: Any, name: str) -> str:
    value = request.headers.get(name, "")
    return value.decode() if isinstance(value, bytes) else str(value)
