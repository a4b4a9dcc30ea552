"""`deploy` and `diff`, as on the command line. Terraform is tests/scripted_terraform.py."""

import json
import sys

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.archive.access import Access
from orgtrail.commands import deploy as deploy_module
from orgtrail.console import question as question_module
from orgtrail.rollout import adoption
from orgtrail.state.orphans import StatesUnreadable
from tests.builders import REPOSITORY
from tests.scripted_terraform import invoked


@pytest.mark.silence("bucket-policy", "deploy")
def test_a_deploy_into_an_existing_bucket_that_lets_nothing_in_applies_nothing(world, tmp_path, monkeypatch, caught):
    it = world(count=2)
    text = it.settings.path.read_text().replace("bucket: the-archive", "bucket: the-archive, existing: true")
    it.settings.path.write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(deploy_module, "built", lambda *_arguments, **_options: it.engine)
    monkeypatch.setattr(deploy_module, "find_provider", lambda: None)
    monkeypatch.setattr(deploy_module, "objections", lambda *_arguments: [])
    monkeypatch.setattr(deploy_module, "access_to_existing", lambda _settings: Access(("It is a wall.",)))
    arguments = ["deploy", "account-1", "--yes", "-f", str(it.settings.path)]
    deploy = application(["deploy"])
    refused = CliRunner().invoke(deploy, arguments)

    assert refused.exit_code == 1
    assert "  - It is a wall." in refused.stderr
    caught(refused.stderr)
    assert "apply" not in it.calls("account-1")
    assert CliRunner().invoke(deploy, [*arguments, "--accept-gap"]).exit_code == 0
    assert "apply" in it.calls("account-1")


@pytest.mark.silence("interrupted", "deploy")
def test_ctrl_c_between_diff_and_apply_ends_with_130_and_says_that_nothing_was_deployed(
    world, tmp_path, monkeypatch, caught
):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    it = world(count=1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(deploy_module, "built", lambda *_arguments, **_options: it.engine)
    monkeypatch.setattr(deploy_module, "find_provider", lambda: None)
    monkeypatch.setattr(deploy_module, "objections", interrupted)
    done = CliRunner().invoke(application(["deploy"]), ["deploy", "account-1", "--yes", "-f", str(it.settings.path)])

    caught(done.stderr)
    assert done.exit_code == 130
    assert done.stderr.endswith("Interrupted before anything was applied: nothing was deployed.\n")
    assert "apply" not in it.calls("account-1")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_nothing_is_asked_where_what_would_be_done_cannot_be_shown(world, tmp_path, monkeypatch, stream):
    it = world(count=1)
    monkeypatch.setattr(question_module, "lost", lambda tried: OSError() if tried is getattr(sys, stream) else None)
    done = invoked(it, ["deploy", "account-1"], tmp_path, monkeypatch, answer="y\n")

    assert done.exit_code == 1
    assert "Deploy this?" not in done.output
    assert "apply" not in it.calls("account-1")


def test_what_cannot_be_answered_is_not_done(world, tmp_path, monkeypatch):
    it = world(count=1)
    done = invoked(it, ["deploy", "account-1"], tmp_path, monkeypatch, answer="")

    assert done.exit_code == 1
    assert "nobody answered, so nothing was done" in done.stderr
    assert "apply" not in it.calls("account-1")


@pytest.mark.silence("wave-never-reached", "deploy")
def test_what_was_not_started_is_told_with_the_command_that_does_it(world, tmp_path, monkeypatch, caught):
    it = world(count=2, rollout="{check: 'false', waves: [{name: canary, accounts: [account-1]}]}")
    done = invoked(it, ["deploy", "--yes"], tmp_path, monkeypatch)

    assert done.exit_code == 1
    caught(done.stdout)
    assert f"--resume --accounts {it.settings.path}" in done.stdout
    assert "Again: `bin/orgtrail deploy --resume" in (it.workspace.folder / "report.md").read_text()


def test_what_was_not_taken_in_is_taken_in_by_the_command_that_does_the_rest(world, tmp_path, monkeypatch):
    monkeypatch.setattr(adoption, "add_imports", lambda *_arguments: False)
    it = world(count=2, rollout="{check: 'false', waves: [{name: canary, accounts: [account-1]}]}")
    done = invoked(it, ["deploy", "--yes", "--adopt"], tmp_path, monkeypatch)

    assert "Again, only what is left: bin/orgtrail deploy --resume --adopt" in done.stdout


class TestARenamedAccount:
    """Its state is a file that is named after what it was called before."""

    @pytest.fixture
    def it(self, world, tmp_path):
        it = world(count=1, state="{backend: local, path: 'states/{name}.tfstate'}")
        arn = "arn:aws:iam::000000000001:role/x"
        resources = [{"mode": "managed", "instances": [{"attributes": {"arn": arn}}]}]
        (tmp_path / "states").mkdir()
        (tmp_path / "states" / "old.tfstate").write_text(json.dumps({"resources": resources}))
        return it

    @pytest.mark.silence("renamed", "deploy")
    def test_a_renamed_account_is_not_deployed_until_its_state_has_been_moved(self, it, tmp_path, monkeypatch, caught):
        done = invoked(it, ["deploy", "account-1", "--yes"], tmp_path, monkeypatch)

        assert done.exit_code == 1
        caught(done.stderr)
        assert not (it.workspace.stack("account-1") / "calls").exists()

    def test_a_renamed_account_is_no_reason_to_refuse_others(self, it, tmp_path, monkeypatch):
        assert invoked(it, ["deploy", "archive", "--yes"], tmp_path, monkeypatch).exit_code == 0

    def test_a_renamed_account_is_an_error_of_a_diff(self, it, tmp_path, monkeypatch):
        it.unchanged("archive")
        done = invoked(it, ["diff", "archive"], tmp_path, monkeypatch)

        assert done.exit_code == 1
        assert "mv -n -- states/old.tfstate states/account-1.tfstate" in done.stderr

    def test_a_renamed_account_is_said_not_to_be_known_where_the_states_cannot_be_listed(
        self, it, tmp_path, monkeypatch
    ):
        def refuse(_settings):
            raise StatesUnreadable("Permission denied")

        monkeypatch.setattr(deploy_module, "renamed", refuse)
        done = invoked(it, ["deploy", "account-1", "--yes"], tmp_path, monkeypatch)

        assert done.exit_code == 0
        assert "Whether an account has been renamed, and its state not, isn't known" in done.stderr


class TestWhatAPlanWeakens:
    """The scripted Terraform has a saved plan to show: one that a real one has made."""

    @pytest.fixture
    def planned(self, world):
        it = world(count=1)
        plan = REPOSITORY / "tests" / "plans" / "account-weaker.json"
        for name in ("shown", "planned"):
            (it.workspace.stack("account-1") / name).write_text(json.dumps(json.loads(plan.read_text())))
        return it, it.plan("account-1")[0]

    def test_what_a_plan_weakens_is_known_of_a_stack_where_something_changes(self, planned):
        _it, result = planned

        assert [one.words for one in result.weaker][:2] == [
            "pipeline in eu-west-1: there → removed",
            "sources taken in us-east-1: aws.sso → no longer",
        ]
        assert ("tags.env", "test", "prod") in {one for change in result.changes for one in change.attributes}

    def test_what_a_plan_weakens_is_not_looked_for_where_all_is_new(self, world):
        it = world(count=1)
        it.plan("account-1")

        assert "show" not in it.calls("account-1")

    def test_what_a_plan_weakens_leaves_no_plan_in_the_log(self, planned):
        it, _result = planned

        assert "show -json" in it.workspace.log("account-1").read_text()
        assert "resource_changes" not in it.workspace.log("account-1").read_text()

    def test_what_a_plan_weakens_that_was_planned_is_reported_where_it_has_come_about(
        self, planned, tmp_path, monkeypatch
    ):
        it, result = planned
        trust = next(change for change in result.changes if change.action == "delete")
        it.completes("account-1", f"{trust.address} delete")
        it.fails("account-1", "apply:broken")
        done = invoked(it, ["deploy", "account-1", "--json", "--yes"], tmp_path, monkeypatch)
        document = json.loads(done.stdout)

        assert [one["what"] for one in document["weaker"]] == [loss.what for loss in trust.losses]
        assert [change["address"] for change in document["stacks"][0]["changes"]] == [trust.address]
        assert (it.workspace.folder / "report.json").read_text() == done.stdout.rstrip("\n")

    def test_what_a_plan_weakens_that_has_come_about_is_in_both_reports(self, planned, tmp_path, monkeypatch):
        it, result = planned
        invoked(it, ["deploy", "account-1", "--yes"], tmp_path, monkeypatch)
        document = json.loads((it.workspace.folder / "report.json").read_text())

        assert [one["what"] for one in document["weaker"]] == [one.what for one in result.weaker]
        assert any(change["attributes"] for change in document["stacks"][0]["changes"])
        assert "**Evidence gets weaker**\n\n- pipeline in eu-west-1" in (it.workspace.folder / "report.md").read_text()


class TestPreflightOfNewAccounts:
    """One that preflight refuses fails before its plan, and the others go on."""

    @pytest.fixture
    def done(self, world, tmp_path, monkeypatch):
        it = world(count=2, rollout="{parallelism: 2, max_failures: 1}")
        it.refused["account-1"] = "error, trail: account-1 us-east-1\n  no trail reaches the region"
        done = invoked(it, ["deploy", "--yes", "--json"], tmp_path, monkeypatch)
        return it, done, {stack["stack"]: stack for stack in json.loads(done.stdout)["stacks"]}

    def test_it_fails_with_what_preflight_found_and_isnt_planned(self, done):
        it, done, stacks = done

        assert done.exit_code == 1
        assert stacks["account-1"]["status"] == "failed"
        assert "no trail reaches the region" in stacks["account-1"]["error"]
        assert not (it.workspace.stack("account-1") / "calls").exists()

    def test_the_other_accounts_are_applied(self, done):
        _, _, stacks = done

        assert stacks["account-2"]["status"] == "applied"

    def test_the_report_says_that_new_accounts_were_looked_at(self, done):
        _, done, _ = done

        assert json.loads(done.stdout)["preflight"] == "made"
