"""An emulated CloudTrail, and the archive's bucket, in this process."""

import boto3
import pytest

from orgtrail.rehearsal.emulation.cloudtrail import emulated_cloudtrail
from tests.builders import ARCHIVE_ACCOUNT_ID, BUCKET


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
    role = f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/orgtrail"
    keys = boto3.client("sts", "us-east-1").assume_role(RoleArn=role, RoleSessionName="it")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-east-1")
    s3 = session.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    return s3
