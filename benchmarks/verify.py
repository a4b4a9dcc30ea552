"""What `orgtrail verify` costs: a day of 5,000 accounts in 4 regions, and one busy day of one pipeline.

S3 and CloudTrail are stand-ins that answer at once: boto3, the network, and CloudTrail's two calls a second are
missing. In its home region, each account has 60 identity events among so many others that the history is asked by
source; in the other three regions little happens.
"""

import time
import tracemalloc
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Row
from orgtrail.concurrency.limiter import Limiter
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import Objects
from orgtrail.selection.pipelines import Pipeline, pipelines_of
from orgtrail.settings import Account
from orgtrail.verify.archived import Reader
from orgtrail.verify.kept import Kept
from orgtrail.verify.lookups import Lookups
from orgtrail.verify.run import AT_ONCE, Pair, Run, run
from orgtrail.verify.verifier import Verifier
from tests.builders import an_account, settings
from tests.told_history import Happened, StoredBucket, ToldHistory, evenly, identity, object_key

_ACCOUNTS = 5_000
_REGIONS = ("us-east-1", "us-east-2", "eu-west-1", "eu-central-1")
_DAY = date(2026, 11, 24)
_START = datetime(2026, 11, 24, tzinfo=UTC)
_BUSY = 50_000  # events of one day
_OTHERS = evenly(600, _START, timedelta(minutes=2), source="aws.ec2")
_MIB = 2**20


def rows(_runs: int) -> list[Row]:
    """Calls and processor seconds of many pipelines, seconds and memory of a busy one."""
    accounts = [an_account(f"{number:012}", name=f"a{number}", regions=_REGIONS) for number in range(_ACCOUNTS)]
    histories = {one.place: _history(one) for one in pipelines_of(accounts)}
    many, seconds, bucket = _run(accounts, histories)
    assert not many.is_trouble
    busy = evenly(_BUSY, _START, timedelta(days=1) / _BUSY)
    account = an_account("0" * 12)
    tracemalloc.start()
    one, _seconds, _bucket = _run([account], {(account.account_id, _REGIONS[0]): ToldHistory(_of(account, busy))})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    _one, busy_seconds, _bucket = _run([account], {(account.account_id, _REGIONS[0]): ToldHistory(_of(account, busy))})
    return [
        Row(f"verify of a day: {_ACCOUNTS:,} accounts, {len(_REGIONS)} regions", seconds, "s"),
        Row("  lookups", many.calls, ""),
        Row("  listings", many.listings, ""),
        Row("  objects read", len(bucket.read), ""),
        Row(f"verify of one pipeline, {_BUSY:,} events", busy_seconds, "s"),
        Row("  lookups", one.calls, ""),
        Row("  memory, at most", peak / _MIB, "MiB"),
    ]


def _of(account: Account, happened: Iterable[Happened]) -> Iterator[Happened]:
    return (one._replace(account_id=account.account_id) for one in happened)


def _history(pipeline: Pipeline) -> ToldHistory:
    account_id, region = pipeline.place
    if region == _REGIONS[0]:
        ours = evenly(60, _START, timedelta(minutes=20), account_id=account_id)
        return ToldHistory([*ours, *_OTHERS])
    return ToldHistory([Happened(identity(1), _START + timedelta(hours=8), account_id, region, "aws.signin")])


def _run(
    accounts: Iterable[Account], histories: Mapping[tuple[str, str], ToldHistory]
) -> tuple[Run, float, StoredBucket]:
    organization = settings(*accounts)
    archive = organization.archive
    bucket = StoredBucket(dict(_content(histories)), datetime.now(UTC))
    reader = Reader(archive, Listing(bucket, archive), Objects(bucket, archive), late=1)
    # No limit: these answer at once, and it is the processor that is measured.
    lookups = Lookups(lambda pipeline, _wait: histories.get(pipeline.place, ToldHistory([])), lambda: Limiter(1e9))
    pairs = [Pair(one, _DAY) for one in pipelines_of(organization.accounts)]
    with TemporaryDirectory() as folder:
        kept = Kept(organization, history="LookupEvents", late=1, folder=Path(folder))
        started = time.process_time()
        found = run(Verifier(organization, reader, lookups), pairs, kept, Questions(at_once=AT_ONCE, seconds=6 * 3600))
    return found, time.process_time() - started, bucket


def _content(histories: Mapping[tuple[str, str], ToldHistory]) -> Iterator[tuple[str, bytes]]:
    """An object for each five minutes in which anything arrived."""
    for place, history in histories.items():
        objects: dict[datetime, list[bytes]] = {}
        for one in history.happened:
            if one.source != "aws.ec2":
                arrived = one.time + timedelta(minutes=1)
                objects.setdefault(arrived - (arrived - _START) % timedelta(minutes=5), []).append(one.line)
        for at, lines in objects.items():
            yield object_key(at, *place), b"".join(lines)
