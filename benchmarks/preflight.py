"""What `preflight` costs: 50 healthy accounts in two regions, asked for of an AWS that is emulated in this process.

The command is a process of its own, so that the emulator's work isn't counted; by the clock, they share the machine.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from unittest import mock

import boto3
from werkzeug.serving import WSGIRequestHandler

from benchmarks.measure import REPOSITORY, MeasuredFailed, Row, environment
from orgtrail.archive.policy import archive_policy
from orgtrail.rehearsal.emulation.emulator import emulated_aws
from orgtrail.settings import Settings, load
from tests.builders import ARCHIVE_ACCOUNT_ID, ORGANIZATION_ID
from tests.emulated_organization import make_organization, session_of

_ACCOUNTS, _REGIONS, _HOME = 50, 2, "us-east-1"
_FILE = f"""
organization: {{id: {ORGANIZATION_ID}}}
archive: {{account_id: "{ARCHIVE_ACCOUNT_ID}", region: {_HOME}, bucket: acme-iam-events, catalog: false}}
state: {{backend: s3, bucket: acme-states, region: {_HOME}, role: deployer, account_id: "{ARCHIVE_ACCOUNT_ID}"}}
defaults: {{role: deployer, regions: [{_HOME}, eu-west-1]}}
accounts:
"""
# The emulator can't say who pays for a bucket's requests.
_NOT_EMULATED = "archive-cut-off"


def rows(_runs: int) -> list[Row]:
    """Questions, and seconds by the clock and of the processor."""
    ids = [f"{number:012}" for number in range(300_000_000_000, 300_000_000_000 + _ACCOUNTS)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.yaml"
        file.write_text(_FILE + "".join(f'  - {{account_id: "{one}", name: a{one}}}\n' for one in ids))
        with emulated_aws(ARCHIVE_ACCOUNT_ID, _HOME, (), Path(folder)):
            _make_healthy(load(file))
            with mock.patch.object(WSGIRequestHandler, "log_request") as answered:
                seconds, processor = _asked(file)
    what = f"preflight of {_ACCOUNTS} accounts, {_REGIONS} regions"
    return [
        Row(what, seconds, "s"),
        Row("  of the processor", processor, "s"),
        Row("  questions", answered.call_count, ""),
    ]


def _make_healthy(settings: Settings) -> None:
    s3 = session_of(settings.archive.roles[-1], _HOME).client("s3")
    for bucket in (settings.archive.bucket, "acme-states"):
        s3.create_bucket(Bucket=bucket)
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket=settings.archive.bucket, PublicAccessBlockConfiguration=dict.fromkeys(closed, True)
    )
    s3.put_bucket_policy(Bucket=settings.archive.bucket, Policy=json.dumps(archive_policy(settings, None)))
    for account in settings.active:
        session = session_of(account.roles[-1], _HOME)
        session.client("s3").create_bucket(Bucket=f"trail-{account.account_id}")
        trail = session.client("cloudtrail")
        trail.create_trail(Name="main", S3BucketName=f"trail-{account.account_id}", IsMultiRegionTrail=True)
        trail.start_logging(Name="main")
    members = [account.account_id for account in settings.active]
    make_organization(boto3.client("organizations"), ORGANIZATION_ID, ARCHIVE_ACCOUNT_ID, *members)


def _asked(file: Path) -> tuple[float, float]:
    """Seconds by the clock and of the processor, if nothing is found that isn't the emulator's fault."""
    command = [sys.executable, "-m", "orgtrail", "preflight", "--accounts", str(file), "--json"]
    used, started = getrusage(RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=False)
    seconds, spent = time.monotonic() - started, getrusage(RUSAGE_CHILDREN)
    found = json.loads(done.stdout)["findings"] if done.stdout else None
    if found is None or {one["check"] for one in found} - {_NOT_EMULATED}:
        raise MeasuredFailed(f"preflight found more than {_NOT_EMULATED}:\n{done.stdout}{done.stderr}")
    return seconds, spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime
