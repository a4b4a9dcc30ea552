"""What AWS tells about an existing archive, in the usual report."""

import json

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from tests.emulated_organization import session_of

ACCOUNT = "222222222222"
FILE = """\
organization: {{id: o-a1b2c3d4e5}}
archive:
  account_id: "{account}"
  region: eu-west-1
  bucket: the-archive
  existing: true
  role: archivist
{more}
state: {{backend: local}}
accounts: {entries}
"""
ENTRIES = '[{account_id: "333333333333", name: payments, regions: [us-east-1]}]'


@pytest.fixture
def accounts(empty_aws, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    monkeypatch.chdir(tmp_path)

    def write(more="", entries="[]"):
        (tmp_path / "accounts.yaml").write_text(FILE.format(account=ACCOUNT, more=more, entries=entries))

    write()
    return write


def archivist():
    return session_of(f"arn:aws:iam::{ACCOUNT}:role/archivist", "eu-west-1")


def make_bucket(region="eu-west-1", versioned=True):
    s3 = archivist().client("s3", region_name=region)
    s3.create_bucket(Bucket="the-archive", CreateBucketConfiguration={"LocationConstraint": region})
    if versioned:
        s3.put_bucket_versioning(Bucket="the-archive", VersioningConfiguration={"Status": "Enabled"})


def check():
    done = CliRunner().invoke(application(), ["check", "--aws", "--json"])
    return done.exit_code, done.stderr


def put_needed_policy():
    needed = CliRunner().invoke(application(), ["policy"]).stdout
    archivist().client("s3").put_bucket_policy(Bucket="the-archive", Policy=needed)


def test_a_bucket_as_the_file_says_is_fine(accounts):
    make_bucket()
    put_needed_policy()

    assert check() == (0, "")


@pytest.mark.silence("bucket-policy", "check --aws")
def test_a_policy_that_lets_no_delivery_in_is_shown_what_it_lacks(accounts, caught):
    make_bucket()
    accounts(entries=ENTRIES)

    status, report = check()
    assert status == 1
    assert "s3://the-archive, whose encryption and policy others manage:" in report
    caught(report)
    put_needed_policy()
    assert check() == (0, "")


@pytest.mark.silence("key-not-named", "check --aws")
@pytest.mark.parametrize("more", ["", "  manage_policy: true"], ids=["policy of others", "policy of ours"])
def test_a_bucket_that_encrypts_with_a_key_that_the_file_doesnt_name_is_told(accounts, more, caught):
    make_bucket()
    accounts(more, ENTRIES)
    put_needed_policy()
    key = archivist().client("kms").create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    archivist().client("s3").put_bucket_encryption(
        Bucket="the-archive",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )

    status, report = check()
    assert status == 1
    caught(report)
    accounts(f"{more}\n  kms_key: {key}", ENTRIES)
    put_needed_policy()
    assert check() == (0, "")


@pytest.mark.silence("bucket-elsewhere", "check --aws")
def test_a_bucket_in_another_region_is_a_fault_at_the_region(accounts, caught):
    make_bucket(region="eu-west-3")

    status, report = check()
    assert status == 1
    caught(report)
    assert "did you mean eu-west-3?" in report


def test_a_bucket_without_versioning_is_a_fault_at_the_bucket(accounts):
    make_bucket(versioned=False)

    status, report = check()
    assert status == 1
    assert "accounts.yaml:5:11: archive.bucket: 'the-archive' isn't versioned" in report


@pytest.mark.silence("no-bucket", "check --aws")
def test_a_bucket_that_is_not_there_is_a_fault(accounts, caught):
    status, report = check()

    assert status == 1
    caught(report)


@pytest.mark.silence("key-disabled", "check --aws")
def test_a_key_that_is_disabled_is_a_fault_at_the_key(accounts, caught):
    make_bucket()
    kms = archivist().client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    accounts(f"  kms_key: {json.dumps(key['Arn'])}")

    status, report = check()
    assert status == 1
    assert "archive.kms_key:" in report
    caught(report)
