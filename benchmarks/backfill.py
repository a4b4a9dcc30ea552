"""What `orgtrail backfill` holds in memory of a day on which everything is missing.

S3 and CloudTrail are stand-ins that answer at once, as in `benchmarks.verify`. A record is as large as one of a call in
the console.
"""

import time
import tracemalloc
from datetime import UTC, date, datetime, timedelta

from benchmarks.measure import Row
from orgtrail.backfill.line import Mark
from orgtrail.backfill.plan import Planned, Planner
from orgtrail.backfill.spool import Spool
from orgtrail.concurrency.limiter import Limiter
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import Objects
from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Account
from orgtrail.verify.archived import Reader
from orgtrail.verify.lookups import Lookups
from orgtrail.verify.verifier import Verifier
from tests.builders import an_account, settings
from tests.told_history import HOME, StoredBucket, ToldHistory, evenly

_DAY = date(2026, 11, 24)
_START = datetime(2026, 11, 24, tzinfo=UTC)
_MISSING = 50_000
_MIB = 2**20
_WHO = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLEEXAMPLE123:somebody@example.com",
    "arn": "arn:aws:sts::333333333333:assumed-role/AWSReservedSSO_Administrator_0123456789abcdef/somebody@example.com",
    "accountId": "333333333333",
    "sessionContext": {
        "sessionIssuer": {
            "type": "Role",
            "principalId": "AROAEXAMPLEEXAMPLE123",
            "arn": "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Administrator",
            "accountId": "333333333333",
            "userName": "AWSReservedSSO_Administrator_0123456789abcdef",
        },
        "attributes": {"creationDate": "2026-11-24T08:00:00Z", "mfaAuthenticated": "false"},
    },
}
_CHANGED = (
    ("userIdentity", _WHO),
    ("sourceIPAddress", "192.0.2.1"),
    ("userAgent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"),
    ("requestParameters", {"userName": "somebody", "tags": [{"key": "team", "value": "payments"}]}),
    ("responseElements", {"accessKey": {"status": "Active", "userName": "somebody"}}),
    ("tlsDetails", {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}),
)


def rows(_runs: int) -> list[Row]:
    """Memory, and by itself the processor's time; tracing makes that many times more."""
    account = an_account()
    history = ToldHistory(
        one._replace(changed=_CHANGED) for one in evenly(_MISSING, _START, timedelta(hours=23) / _MISSING)
    )
    tracemalloc.start()
    planned, _seconds = _planned(account, history)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert planned.events == _MISSING
    _planned_again, seconds = _planned(account, history)
    return [
        Row(f"backfill of a day, {_MISSING:,} events missing", seconds, "s"),
        Row("  memory, at most", peak / _MIB, "MiB"),
        Row("  lines", sum(one.body.size for one in planned.objects) / _MIB, "MiB"),
    ]


def _planned(account: Account, history: ToldHistory) -> tuple[Planned, float]:
    organization = settings(account)
    archive, bucket = organization.archive, StoredBucket({}, _START + timedelta(days=3))
    reader = Reader(archive, Listing(bucket, archive), Objects(bucket, archive), late=3)
    lookups = Lookups(lambda _pipeline, _wait: history, lambda: Limiter(1e9))
    with Spool() as spool:
        planner = Planner(
            Verifier(organization, reader, lookups), archive.layout, spool, Mark(_START, "cloudtrail-lookup")
        )
        started = time.process_time()
        planned = planner.planned(Pipeline(account, HOME), [_DAY])
    return planned, time.process_time() - started
