"""An emulated CloudTrail, and the archive's bucket, in this process."""

import pytest

from orgtrail.rehearsal.emulation.cloudtrail import emulated_cloudtrail
from tests.builders import ARCHIVE_ACCOUNT_ID, BUCKET
from tests.emulated_organization import session_of


@pytest.fixture
def cloudtrail(empty_aws, monkeypatch, tmp_path):
    """A CloudTrail that has recorded nothing yet; its user is in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    with emulated_cloudtrail() as cloudtrail:
        yield cloudtrail


@pytest.fixture
def s3(cloudtrail):
    """The archive account's, in which the archive is."""
    s3 = session_of(f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/orgtrail", "us-east-1").client("s3")
    s3.create_bucket(Bucket=BUCKET)
    return s3
