"""States that no account of the file claims."""

import json
from dataclasses import replace

import pytest

from orgtrail.commands.orphans import show_orphans
from orgtrail.console.output import results_console
from orgtrail.settings import CloudState, LocalState, S3State, updated
from orgtrail.state.orphans import Orphan, StatesUnreadable, orphans, renamed
from orgtrail.state.ways_out import ways_out
from tests.builders import an_account, settings
from tests.emulated_organization import session_of

STATE_ACCOUNT = "999999999999"


def a_state(resources):
    instances: list[dict[str, object]] = [{"attributes": {}}] * resources
    data = {"mode": "data", "type": "aws_region", "name": "it", "instances": [{}]}
    return json.dumps({"version": 4, "resources": [{"mode": "managed", "instances": instances}, data]}).encode()


@pytest.fixture
def bucket(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    s3 = session_of(f"arn:aws:iam::{STATE_ACCOUNT}:role/states", "us-east-1").client("s3")
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


@pytest.mark.silence("orphaned", "orphans")
def test_a_state_of_an_account_that_is_not_in_the_file_is_an_orphan(bucket, capsys, caught):
    bucket.put_object(Bucket="the-states", Key="orgtrail/444444444444/terraform.tfstate", Body=a_state(10))
    found = orphans(in_bucket())
    show_orphans(results_console(), found)

    assert found == [Orphan("orgtrail/444444444444/terraform.tfstate", 10)]
    caught(capsys.readouterr().out)


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
    local = replace(in_bucket(), state=LocalState(path="terraform.{name}.tfstate"))

    assert orphans(local) == [Orphan("terraform.gone.tfstate", 2)]


@pytest.mark.parametrize("path", ["./states/{name}.tfstate", "{folder}/states/{name}.tfstate"])
def test_a_path_of_states_may_be_written_in_any_way(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "states").mkdir()
    (tmp_path / "states" / "gone.tfstate").write_bytes(a_state(2))
    local = replace(in_bucket(), state=LocalState(path=path.replace("{folder}", str(tmp_path))))

    assert orphans(local) == [Orphan("states/gone.tfstate", 2)]


def test_a_state_that_cannot_be_read_is_told_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "terraform.gone.tfstate").write_bytes(b"cut off")

    assert len(orphans(replace(in_bucket(), state=LocalState(path="terraform.{name}.tfstate")))) == 1


class TestARenamedAccount:
    """Its entry is `kept` now."""

    def state(self, account_id="333333333333"):
        attributes = [{"arn": f"arn:aws:iam::{account_id}:role/x"}, {"arn": "arn:aws:s3:::bucket"}, {"id": "x"}]
        instances = [{"attributes": attribute} for attribute in attributes]
        return json.dumps({"version": 4, "resources": [{"mode": "managed", "instances": instances}]}).encode()

    def test_a_renamed_account_has_its_state_moved_in_the_bucket(self, bucket):
        bucket.put_object(Bucket="the-states", Key="o k/old/tfstate", Body=self.state())

        move = "aws s3 mv 's3://the-states/o k/old/tfstate' 's3://the-states/o k/kept/tfstate'"
        assert renamed(in_bucket("o k/{name}/tfstate")) == [Orphan("o k/old/tfstate", 3, "kept", move)]

    def test_a_renamed_account_is_known_by_its_key_too(self, bucket):
        bucket.put_object(Bucket="the-states", Key="old-333333333333", Body=a_state(1))

        assert [orphan.account for orphan in renamed(in_bucket("{name}-{account_id}"))] == ["kept"]

    def test_a_renamed_account_keeps_the_key_that_encrypts_its_state(self, bucket):
        bucket.put_object(Bucket="the-states", Key="old", Body=self.state())
        it = in_bucket("{name}")
        [orphan] = renamed(replace(it, state=updated(it.state, kms_key_id="alias/states")))

        assert str(orphan.move).endswith("s3://the-states/kept --sse aws:kms --sse-kms-key-id alias/states")

    def test_a_renamed_account_has_its_file_moved(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "old.tfstate").write_bytes(self.state())
        local = replace(in_bucket(), state=LocalState(path="{name}.tfstate"))

        assert renamed(local) == [Orphan("old.tfstate", 3, "kept", "mv -n -- old.tfstate kept.tfstate")]

    def test_a_renamed_account_has_no_state_overwritten_that_is_there_already(self, tmp_path, monkeypatch, bucket):
        monkeypatch.chdir(tmp_path)
        for name in ("old", "kept"):
            (tmp_path / name).write_bytes(self.state())
            bucket.put_object(Bucket="the-states", Key=name, Body=self.state())

        for it in (in_bucket("{name}"), replace(in_bucket(), state=LocalState(path="{name}"))):
            [orphan] = renamed(it)
            assert str(orphan.move).startswith("kept exists as well")

    def test_a_renamed_account_has_its_workspace_renamed(self, hcp):
        hcp.workspace("old-333333333333", resources=3)
        [orphan] = renamed(replace(in_bucket(), state=CloudState(organization="acme", workspace="{name}-{account_id}")))

        assert str(orphan.move).startswith("rename the workspace old-333333333333 to kept-333333333333")

    def test_a_renamed_account_is_not_told_to_remove_its_pipelines(self):
        [told] = ways_out([Orphan("old", 3, "kept", "mv old kept")])

        assert "enabled: false" not in told
        assert told.endswith("mv old kept")

    def test_a_renamed_account_is_no_reason_to_look_where_no_name_is_in_the_key(self):
        assert renamed(in_bucket("{account_id}")) == []

    def test_a_renamed_account_is_another_one_where_the_resources_are_in_an_account_without_an_entry(self, bucket):
        bucket.put_object(Bucket="the-states", Key="old", Body=self.state("444444444444"))

        assert renamed(in_bucket("{name}")) == []


def test_of_any_other_orphan_it_is_said_that_renaming_is_another_case():
    [told] = ways_out([Orphan("gone", 3)])

    assert "Not where an entry was only renamed" in told


class TestInHcpTerraform:
    def found(self, template="orgtrail-{account_id}", project=None):
        return orphans(replace(in_bucket(), state=CloudState(organization="acme", project=project, workspace=template)))

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

    def test_in_hcp_terraform_of_many_workspaces_the_last_is_found_too(self, hcp):
        for number in range(250):
            hcp.workspace(f"orgtrail-{number:012}", resources=number // 249)

        assert self.found() == [Orphan("orgtrail-000000000249", 1)]

    def test_in_hcp_terraform_only_the_project_is_looked_into_where_there_is_one(self, hcp):
        mine, other = hcp.project("audit")["id"], hcp.project("other")["id"]
        hcp.workspace("444444444444", resources=1, project=mine)
        hcp.workspace("555555555555", resources=1, project=other)

        assert self.found("{account_id}", "audit") == [Orphan("444444444444", 1)]
        assert len(self.found("{account_id}")) == 2

    def test_a_project_that_is_not_there_is_told(self, hcp):
        with pytest.raises(StatesUnreadable, match="has no project audit in acme, or the token may not see it"):
            self.found(project="audit")
