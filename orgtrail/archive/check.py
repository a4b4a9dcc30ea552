"""What only AWS can tell about an existing archive: whether its bucket and its key are what the file says."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from orgtrail.aws import AccountSession
from orgtrail.bucket import owned
from orgtrail.settings import Archive, Diagnostic

_BUCKET = ("archive", "bucket")
_REGION = ("archive", "region")
_KEY = ("archive", "kms_key")


def archive_findings(archive: Archive) -> Iterator[Diagnostic]:
    """What is wrong with an existing bucket, or with a key that the file names; nothing for what Orgtrail makes.

    Raises `aws.WrongAccount`, and botocore's errors where AWS can't be asked.
    """
    session = AccountSession(archive, archive.region)
    if archive.existing:
        yield from _bucket_findings(session.client("s3"), archive)
    if archive.kms_key and not archive.manages_key:
        yield from _key_findings(session.client("kms"), archive.kms_key)


def _bucket_findings(s3: Any, archive: Archive) -> Iterator[Diagnostic]:
    bucket = owned(archive)
    try:
        region = s3.get_bucket_location(**bucket)["LocationConstraint"] or "us-east-1"
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "AccessDenied"):
            raise
        problem = f"is no bucket of account {archive.account_id}"
        yield Diagnostic(problem, "a bucket that is there", key=_BUCKET)
        return
    if region != archive.region:
        yield Diagnostic("is not where the bucket is", region, region, key=_REGION)
    if s3.get_bucket_versioning(**bucket).get("Status") != "Enabled":
        problem = "isn't versioned: what is overwritten or deleted is lost"
        yield Diagnostic(problem, "a bucket with versioning enabled", key=_BUCKET)


def _key_findings(kms: Any, arn: str) -> Iterator[Diagnostic]:
    try:
        state = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        state = "not there"
    if state != "Enabled":
        yield Diagnostic(f"is {state}: nothing could be written", "a key that is Enabled", key=_KEY)
