"""States that no account of the file claims."""

import json
from dataclasses import replace

import boto3
import pytest

from orgtrail.hcp_terraform import HcpTerraformError
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


class TestInHcpTerraform:
    def found(self, template="orgtrail-{account_id}", project=None):
        return orphans(replace(in_bucket(), state=CloudState("acme", None, project, template)))

    def test_a_workspace_that_holds_resources_and_that_no_account_claims_is_an_orphan(self, hcp):
        hcp.workspace("orgtrail-444444444444", resources=10)

        assert self.found() == [Orphan("orgtrail-444444444444", 10)]

    @pytest.mark.parametrize("name", ["orgtrail-333333333333", "orgtrail-archive"])
    def test_the_workspaces_of_the_accounts_and_of_the_archive_are_not(self, hcp, name):
        hcp.workspace(name, resources=10)

        assert self.found() == []

    def test_a_workspace_without_resources_is_not(self, hcp):
        hcp.workspace("orgtrail-444444444444")

        assert self.found() == []

    def test_a_workspace_of_which_nobody_knows_what_it_holds_is_told_too(self, hcp):
        hcp.workspace("orgtrail-444444444444", resources=None)

        assert len(self.found()) == 1

    @pytest.mark.parametrize("name", ["network", "orgtrail-frontend", "my-orgtrail-444444444444"])
    def test_what_the_template_cannot_give_is_somebody_elses(self, hcp, name):
        hcp.workspace(name, resources=10)

        assert self.found() == []

    def test_of_many_workspaces_the_last_is_found_too(self, hcp):
        for number in range(250):
            hcp.workspace(f"orgtrail-{number:012}", resources=number // 249)

        assert self.found() == [Orphan("orgtrail-000000000249", 1)]

    def test_only_the_project_is_looked_into_where_there_is_one(self, hcp):
        mine, other = hcp.project("audit")["id"], hcp.project("other")["id"]
        hcp.workspace("444444444444", resources=1, project=mine)
        hcp.workspace("555555555555", resources=1, project=other)

        assert self.found("{account_id}", "audit") == [Orphan("444444444444", 1)]
        assert len(self.found("{account_id}")) == 2

    def test_a_project_that_is_not_there_is_told(self, hcp):
        with pytest.raises(HcpTerraformError, match="has no project audit in acme, or the token may not see it"):
            self.found(project="audit")
