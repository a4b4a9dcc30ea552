"""A look at an archive in an emulated S3, with its own credentials."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from orgtrail.aws import AccountSession
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.archive import archive_listing
from orgtrail.contents.listing import Listing
from orgtrail.errors import UserError
from orgtrail.selection.pipelines import pipelines_of
from orgtrail.settings import load
from orgtrail.status.arrivals import Newest
from orgtrail.status.look import look
from tests.builders import ARCHIVE_ACCOUNT_ID, BUCKET, REPOSITORY, an_account, an_archive, settings
from tests.emulated_organization import session_of
from tests.listed_bucket import ListedBucket
from tests.unit.test_status_arrivals import key

REGIONS = ("us-east-1", "eu-west-1")
ROLE = f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/archive"


@pytest.fixture
def s3(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    return session_of(ROLE, "us-east-1").client("s3")


def looked(*accounts, **archive):
    organization = settings(*accounts, archive=an_archive(roles=(ROLE,), **archive))
    listing = archive_listing(organization.archive)
    return look(
        organization,
        pipelines_of(accounts),
        listing,
        since=timedelta(days=1),
        known={},
        questions=Questions(at_once=8, seconds=60),
    )


def test_what_was_put_there_is_found(s3):
    s3.create_bucket(Bucket=BUCKET)
    now = datetime.now(UTC).replace(microsecond=0)
    for number in range(3):
        at = now - timedelta(days=number, minutes=5)
        s3.put_object(Bucket=BUCKET, Key=key(at, region="us-east-1"), Body=b"{}\n")

    status = looked(an_account(), an_account("444444444444", name="other"))

    assert [(one.pipeline.account.name, one.verdict.word) for one in status.found] == [
        ("other", "never"),
        ("payments", "arriving"),
    ]
    assert len(status.found[1].arrivals.days) == 3
    assert abs(status.now - now) < timedelta(minutes=1)


def test_the_stand_in_for_large_archives_tells_the_same_as_an_emulated_s3(s3):
    s3.create_bucket(Bucket=BUCKET)
    now = datetime.now(UTC).replace(microsecond=0)
    accounts = [an_account(str(number) * 12, name=f"a{number}", regions=REGIONS) for number in range(1, 4)]
    keys = [
        key(now - timedelta(days=every * number, minutes=5), account=account.account_id, region=region)
        for every, account in enumerate(accounts[:2], 1)
        for region in REGIONS
        for number in range(6)
    ]
    keys += [f"errors/{'1' * 12}/{REGIONS[0]}/processing-failed/{now:%Y/%m/%d}/x", f"{'2' * 12}/{REGIONS[0]}/notes"]
    for one in keys:
        s3.put_object(Bucket=BUCKET, Key=one, Body=b"{}\n")
    archive = an_archive(roles=(ROLE,))

    emulated, listed = (
        look(
            settings(*accounts, archive=archive),
            pipelines_of(accounts),
            listing,
            since=timedelta(days=1),
            known={},
            questions=Questions(at_once=8, seconds=60),
        )
        for listing in (archive_listing(archive), Listing(ListedBucket(keys, now), archive))
    )

    assert [(one.pipeline, one.verdict.word, one.arrivals) for one in emulated.found] == [
        (one.pipeline, one.verdict.word, one.arrivals) for one in listed.found
    ]
    assert emulated.calls == listed.calls


@pytest.mark.parametrize(
    ("file", "host"),
    [
        ("china.yaml", "s3.cn-northwest-1.amazonaws.com.cn"),
        ("govcloud.yaml", "s3.us-gov-east-1.amazonaws.com"),
    ],
)
def test_an_archive_in_another_partition_is_listed_there(empty_aws, monkeypatch, file, host):
    organization = load(REPOSITORY / "tests" / "accounts" / "good" / file)
    archive, account = organization.archive, organization.active[0]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    s3 = AccountSession(archive, archive.region).client("s3")
    s3.create_bucket(Bucket=archive.bucket, CreateBucketConfiguration={"LocationConstraint": archive.region})
    arrived = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    delivered = key(arrived, account=account.account_id, region=account.regions[0])
    s3.put_object(Bucket=archive.bucket, Key=delivered, Body=b"{}\n")

    listing = archive_listing(archive)
    status = look(
        organization,
        pipelines_of([account])[:1],
        listing,
        since=timedelta(days=1),
        known={},
        questions=Questions(at_once=8, seconds=60),
    )

    found = status.found[0]
    assert (found.verdict.word, found.arrivals.newest) == ("arriving", Newest(delivered, arrived))
    assert urlsplit(s3.meta.endpoint_url).netloc == host


@pytest.mark.silence("no-bucket", "status")
def test_a_bucket_that_is_not_there_is_told(s3, caught):
    with pytest.raises(UserError) as told:
        looked(an_account())
    caught(str(told.value))


def test_credentials_of_another_account_are_refused(s3):
    another = "arn:aws:iam::555555555555:role/archive"

    with pytest.raises(UserError, match=r"can't be listed: the credentials are those of account 555555555555"):
        archive_listing(an_archive(roles=(another,)))


def test_no_credentials_are_told(empty_aws, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(UserError, match=r"can't be listed: Unable to locate credentials"):
        archive_listing(an_archive())
