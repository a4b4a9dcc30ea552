"""What only AWS can tell about an existing archive: whether its bucket and its key are what the file says."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from orgtrail.aws import AccountSession
from orgtrail.settings import Archive, Finding, Problem

_BUCKET = ("archive", "bucket")
_REGION = ("archive", "region")
_KEY = ("archive", "kms_key")


def archive_findings(archive: Archive) -> Iterator[Finding]:
    """What is wrong with an existing bucket, or with a key that the file names; nothing for what Orgtrail makes.

    Raises `aws.WrongAccount`, and botocore's errors where AWS can't be asked.
    """
    session = AccountSession(archive, archive.region)
    if archive.existing:
        yield from _bucket_findings(session.client("s3"), archive)
    if archive.kms_key and not archive.manages_key:
        yield from _key_findings(session.client("kms"), archive.kms_key)


def _bucket_findings(s3: Any, archive: Archive) -> Iterator[Finding]:
    owner = {"Bucket": archive.bucket, "ExpectedBucketOwner": archive.account_id}
    try:
        region = s3.get_bucket_location(**owner)["LocationConstraint"] or "us-east-1"
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "AccessDenied"):
            raise
        yield Finding(_BUCKET, Problem(f"is no bucket of account {archive.account_id}", "a bucket that is there"))
        return
    if region != archive.region:
        yield Finding(_REGION, Problem("is not where the bucket is", region, region))
    if s3.get_bucket_versioning(**owner).get("Status") != "Enabled":
        problem = Problem("isn't versioned: what is overwritten or deleted is lost", "a bucket with versioning enabled")
        yield Finding(_BUCKET, problem)


def _key_findings(kms: Any, arn: str) -> Iterator[Finding]:
    try:
        state = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        state = "not there"
    if state != "Enabled":
        yield Finding(_KEY, Problem(f"is {state}: nothing could be written", "a key that is Enabled"))
