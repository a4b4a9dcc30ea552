"""States that no account of the file claims."""

import json
from dataclasses import replace

import boto3
import pytest

from orgtrail.rollout.orphans import Orphan, orphans
from orgtrail.settings import CloudState, LocalState, S3State
from tests.builders import an_account, settings

STATE_ACCOUNT = "999999999999"


def a_state(resources):
    instances: list[dict[str, object]] = [{"attributes": {}}] * resources
    data = {"mode": "data", "type": "aws_region", "name": "it", "instances": [{}]}
    return json.dumps({"version": 4, "resources": [{"mode": "managed", "instances": instances}, data]}).encode()


@pytest.fixture
def bucket(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    role = f"arn:aws:iam::{STATE_ACCOUNT}:role/states"
    keys = boto3.client("sts", region_name="us-east-1").assume_role(RoleArn=role, RoleSessionName="it")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-east-1")
    s3 = session.client("s3")
    s3.create_bucket(Bucket="the-states")
    return s3


def in_bucket(key="orgtrail/{account_id}/terraform.tfstate", **accounts):
    state = S3State(
        bucket="the-states",
        region="us-east-1",
        key=key,
        kms_key_id=None,
        account_id=STATE_ACCOUNT,
        role=f"arn:aws:iam::{STATE_ACCOUNT}:role/states",
        external_id=None,
        session_name="orgtrail",
        profile=None,
    )
    return replace(settings(), state=state, accounts=(an_account(account_id="333333333333", name="kept"),))


def test_a_state_of_an_account_that_is_not_in_the_file_is_an_orphan(bucket):
    bucket.put_object(Bucket="the-states", Key="orgtrail/444444444444/terraform.tfstate", Body=a_state(10))

    assert orphans(in_bucket()) == [Orphan("orgtrail/444444444444/terraform.tfstate", 10)]


def test_the_states_of_the_accounts_and_of_the_archive_are_not(bucket):
    for name in ("333333333333", "archive"):
        bucket.put_object(Bucket="the-states", Key=f"orgtrail/{name}/terraform.tfstate", Body=a_state(10))

    assert orphans(in_bucket()) == []


def test_a_state_that_holds_nothing_any_more_is_not(bucket):
    bucket.put_object(Bucket="the-states", Key="orgtrail/444444444444/terraform.tfstate", Body=a_state(0))

    assert orphans(in_bucket()) == []


@pytest.mark.parametrize(
    "key", ["orgtrail/444444444444/terraform.tfstate.tflock", "orgtrail/notes.txt", "network/444444444444/x.tfstate"]
)
def test_what_the_template_cannot_give_is_somebody_elses(bucket, key):
    bucket.put_object(Bucket="the-states", Key=key, Body=b"anything")

    assert orphans(in_bucket()) == []


def test_a_template_may_name_an_account_twice(bucket):
    bucket.put_object(Bucket="the-states", Key="gone/444444444444/gone", Body=a_state(1))
    bucket.put_object(Bucket="the-states", Key="gone/444444444444/other", Body=a_state(1))

    assert [orphan.key for orphan in orphans(in_bucket("{name}/{account_id}/{name}"))] == ["gone/444444444444/gone"]


def test_states_in_files_are_looked_into_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "terraform.gone.tfstate").write_bytes(a_state(2))
    (tmp_path / "terraform.kept.tfstate").write_bytes(a_state(2))
    local = replace(in_bucket(), state=LocalState("terraform.{name}.tfstate"))

    assert orphans(local) == [Orphan("terraform.gone.tfstate", 2)]


@pytest.mark.parametrize("path", ["./states/{name}.tfstate", "{folder}/states/{name}.tfstate"])
def test_a_path_of_states_may_be_written_in_any_way(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "states").mkdir()
    (tmp_path / "states" / "gone.tfstate").write_bytes(a_state(2))
    local = replace(in_bucket(), state=LocalState(path.replace("{folder}", str(tmp_path))))

    assert orphans(local) == [Orphan("states/gone.tfstate", 2)]


def test_a_state_that_cannot_be_read_is_told_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "terraform.gone.tfstate").write_bytes(b"cut off")

    assert len(orphans(replace(in_bucket(), state=LocalState("terraform.{name}.tfstate")))) == 1


def test_workspaces_of_hcp_terraform_are_not_looked_into():
    cloud = replace(in_bucket(), state=CloudState("acme", None, None, "orgtrail-{name}"))

    assert orphans(cloud) == []
