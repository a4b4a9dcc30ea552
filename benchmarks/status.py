"""What `orgtrail status` costs: 5,000 accounts in 4 regions, S3's answers made in this process.

boto3 signs each request and parses each answer, as it does with S3; the network alone is missing. A third of the
pipelines deliver every day, a third on working days, and of the rest every other one has never delivered.
"""

import os
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from benchmarks.measure import Row
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.listing import Listing
from orgtrail.selection.pipelines import pipelines_of
from orgtrail.settings import Account
from orgtrail.status.found import Status
from orgtrail.status.look import AT_ONCE, look
from orgtrail.status.record import Record
from tests.builders import an_account, settings
from tests.listed_bucket import ListedBucket

ACCOUNTS = 5_000
REGIONS = ("us-east-1", "us-east-2", "eu-west-1", "eu-central-1")
_DAYS = 35
_OBJECTS_A_DAY = 3
_SECONDS = 300  # in which 5,000 accounts are to be looked at


def rows(_runs: int) -> list[Row]:
    """Seconds and listings of a first look, and of one with the record of it."""
    accounts = [an_account(f"{number:012}", name=f"a{number}", regions=REGIONS) for number in range(ACCOUNTS)]
    now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    bucket = ListedBucket(_keys(accounts, now), now)
    first, seconds = _looked(accounts, bucket, Record("", {}))
    again, seconds_again = _looked(accounts, bucket, Record("", {}).with_all_of(first))
    what = f"status of {ACCOUNTS:,} accounts, {len(REGIONS)} regions, {len(bucket.keys):,} objects"
    return [
        Row(what, seconds, "s", goal=_SECONDS),
        Row("  listings", first.calls, ""),
        Row("  the same with a record", seconds_again, "s", goal=_SECONDS),
        Row("  listings", again.calls, ""),
    ]


def _looked(accounts: Iterable[Account], bucket: ListedBucket, record: Record) -> tuple[Status, float]:
    organization = settings(*accounts)
    with mock.patch.dict(os.environ, {"AWS_ACCESS_KEY_ID": "anybody", "AWS_SECRET_ACCESS_KEY": "anybody"}):
        s3 = boto3.client("s3", region_name="us-east-1", config=Config(max_pool_connections=AT_ONCE))
    s3.meta.events.register("before-send.s3.ListObjectsV2", lambda request, **_: _answer(bucket, request))
    started = time.process_time()
    status = look(
        organization,
        pipelines_of(organization.accounts),
        Listing(s3, organization.archive),
        since=timedelta(days=1),
        known=record.pipelines,
        questions=Questions(at_once=AT_ONCE, seconds=600),
    )
    return status, time.process_time() - started


def _keys(accounts: Iterable[Account], now: datetime) -> Iterator[str]:
    for number, account in enumerate(accounts):
        for place, region in enumerate(account.regions):
            kind = (number + place) % 6
            if kind == 5:
                continue
            for day in (now - timedelta(days=age) for age in range(_DAYS)):
                if kind < 2 or (kind < 4 and day.weekday() < 5) or day.day % 10 == 0:
                    folder = f"{account.account_id}/{region}/{day:%Y/%m/%d}"
                    for hour in range(_OBJECTS_A_DAY):
                        yield f"{folder}/orgtrail-iam-events-1-{day:%Y-%m-%d}-{hour + 1:02}-00-00-0123456789abcdef"


def _answer(bucket: ListedBucket, request: Any) -> AWSResponse:
    """S3's answer to a listing, as XML."""
    asked: dict[str, Any] = dict(parse_qsl(urlsplit(request.url).query))
    named = {"prefix": "Prefix", "delimiter": "Delimiter", "continuation-token": "ContinuationToken"}
    arguments = {ours: asked[theirs] for theirs, ours in named.items() if theirs in asked}
    limit = {"MaxKeys": int(asked["max-keys"])} if "max-keys" in asked else {}
    answer = bucket.list_objects_v2(**{"Prefix": "", **arguments, **limit})
    objects = "".join(
        f"<Contents><Key>{escape(one['Key'])}</Key><LastModified>2026-11-24T00:00:00.000Z</LastModified>"
        "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>4096</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
        for one in answer["Contents"]
    )
    folders = "".join(
        f"<CommonPrefixes><Prefix>{escape(one['Prefix'])}</Prefix></CommonPrefixes>" for one in answer["CommonPrefixes"]
    )
    token = answer.get("NextContinuationToken")
    more = f"<NextContinuationToken>{escape(token)}</NextContinuationToken>" if token else ""
    cut = "true" if answer["IsTruncated"] else "false"
    body = f"<ListBucketResult><IsTruncated>{cut}</IsTruncated>{more}{objects}{folders}</ListBucketResult>"

    class Raw:
        def stream(self, **_arguments: Any) -> Iterator[bytes]:
            yield body.encode()

    return AWSResponse(request.url, 200, answer["ResponseMetadata"]["HTTPHeaders"], Raw())
