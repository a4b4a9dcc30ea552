"""The workspaces of HCP Terraform: what they lack, the token, and what can go wrong."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.settings import CloudState
from orgtrail.state.hcp_terraform import HcpTerraform, HcpTerraformError
from orgtrail.state.hcp_terraform.workspaces import plan
from orgtrail.state.ways_out import in_a_comment, tell
from tests.builders import REPOSITORY, accounts_yaml, an_account, an_archive, settings
from tests.hcp_terraform import TOKEN

STATE = CloudState(organization="acme", workspace="orgtrail-{account_id}")
IN_PROJECT = CloudState(organization="acme", project="audit", workspace="orgtrail-{account_id}")
PAYMENTS = an_account(account_id="333333333333", name="payments", tags={"env": "prod"})


def bootstrap(*accounts, state=STATE, archive=None):
    """Do what bootstrap would do; returns the titles of its steps and the notices."""
    organization = settings(*(accounts or (PAYMENTS,)), state=state, archive=archive)
    wanted = plan(organization, state, HcpTerraform(state))
    for step in wanted.steps:
        step.run()
    return [step.title for step in wanted.steps], wanted.notices


class TestTheFirstTime:
    def test_the_archive_and_each_account_get_a_workspace_with_tags_that_runs_nothing(self, hcp):
        bootstrap()

        assert hcp.tags() == {
            "orgtrail-archive": {"orgtrail": "archive"},
            "orgtrail-333333333333": {"orgtrail": "payments", "env": "prod"},
        }
        assert {workspace["mode"] for workspace in hcp.workspaces} == {"local"}

    def test_every_step_says_what_it_makes(self, hcp):
        assert bootstrap(state=IN_PROJECT) == (
            [
                "create the project audit",
                "create the workspace orgtrail-archive (orgtrail=archive)",
                "create the workspace orgtrail-333333333333 (orgtrail=payments, env=prod)",
            ],
            [],
        )

    def test_the_workspaces_are_in_the_project(self, hcp):
        bootstrap(state=IN_PROJECT)

        assert [project["name"] for project in hcp.projects] == ["audit"]
        assert {workspace["project"] for workspace in hcp.workspaces} == {hcp.projects[0]["id"]}

    def test_the_project_has_the_execution_mode_of_the_organization(self, hcp):
        bootstrap(state=IN_PROJECT)

        assert hcp.projects[0]["mode"] is None

    def test_a_project_whose_name_is_written_otherwise_is_another(self, hcp):
        hcp.project("Audit")

        assert HcpTerraform(IN_PROJECT).project_id("audit") is None

    def test_the_tag_that_names_the_account_is_nobody_elses(self, hcp):
        bootstrap(an_account(name="payments", tags={"orgtrail": "mine"}))

        assert hcp.tags()["orgtrail-333333333333"] == {"orgtrail": "payments"}

    def test_a_project_that_is_there_is_used(self, hcp):
        project = hcp.project("audit")
        bootstrap(state=IN_PROJECT)

        assert hcp.projects == [project]
        assert {workspace["project"] for workspace in hcp.workspaces} == {project["id"]}

    def test_planning_makes_nothing(self, hcp):
        plan(settings(PAYMENTS), IN_PROJECT, HcpTerraform(IN_PROJECT))

        assert (hcp.projects, hcp.workspaces) == ([], [])

    def test_the_archive_has_its_own_tags(self, hcp):
        bootstrap(archive=an_archive(tags={"team": "audit"}))

        assert hcp.tags()["orgtrail-archive"] == {"orgtrail": "archive", "team": "audit"}

    def test_an_account_that_is_skipped_gets_none(self, hcp):
        bootstrap(PAYMENTS, an_account(account_id="444444444444", name="gone", status="suspended"))

        assert "orgtrail-444444444444" not in hcp.tags()

    def test_a_tag_without_a_value_is_made_too(self, hcp):
        bootstrap(an_account(account_id="333333333333", name="payments", tags={"critical": ""}))

        assert hcp.tags()["orgtrail-333333333333"] == {"orgtrail": "payments", "critical": ""}


class TestAfterwards:
    @pytest.mark.parametrize("state", [STATE, IN_PROJECT])
    def test_there_is_nothing_to_do(self, hcp, state):
        accounts = (PAYMENTS, an_account(account_id="444444444444", name="it", tags={"critical": ""}))
        bootstrap(*accounts, state=state)

        assert bootstrap(*accounts, state=state) == ([], [])

    def test_a_tag_that_changed_is_set_and_those_that_people_added_stay(self, hcp):
        bootstrap()
        hcp.workspaces[1]["tags"]["added-by"] = "hand"
        titles, _ = bootstrap(an_account(account_id="333333333333", name="payments", tags={"env": "test"}))

        assert titles == ["tag the workspace orgtrail-333333333333 (env=test)"]
        assert hcp.tags()["orgtrail-333333333333"] == {"orgtrail": "payments", "env": "test", "added-by": "hand"}

    def test_a_tag_that_the_project_gives_is_there(self, hcp):
        hcp.project("audit", tags={"env": "prod"})
        bootstrap(an_account(account_id="333333333333", name="payments"), state=IN_PROJECT)

        assert bootstrap(PAYMENTS, state=IN_PROJECT) == ([], [])

    def test_an_account_that_is_new_gets_its_workspace(self, hcp):
        bootstrap()
        titles, _ = bootstrap(PAYMENTS, an_account(account_id="444444444444", name="ledger"))

        assert titles == ["create the workspace orgtrail-444444444444 (orgtrail=ledger)"]

    def test_an_execution_mode_stays_and_is_told(self, hcp):
        hcp.workspace("orgtrail-333333333333", mode="remote", tags={"orgtrail": "payments", "env": "prod"})
        _, notices = bootstrap()

        assert hcp.workspaces[0]["mode"] == "remote"
        assert notices == [
            "Not in execution mode local, which diff and deploy are made for (see docs/hcp-terraform.md): "
            "orgtrail-333333333333"
        ]

    def test_a_workspace_in_another_project_stays_there_and_is_told(self, hcp):
        hcp.project("audit")
        elsewhere = hcp.project("elsewhere")["id"]
        hcp.workspace("orgtrail-333333333333", project=elsewhere, tags={"orgtrail": "payments", "env": "prod"})
        titles, notices = bootstrap(state=IN_PROJECT)

        assert titles == ["create the workspace orgtrail-archive (orgtrail=archive)"]
        assert notices == ["In another project than audit, where they stay: orgtrail-333333333333"]

    def test_an_instance_that_cannot_list_tags_is_asked_for_those_of_each_workspace(self, hcp):
        hcp.knows_effective_tags = False
        bootstrap()

        assert bootstrap() == ([], [])


class TestTagsThatHcpTerraformRefuses:
    def test_tags_that_hcp_terraform_refuses_are_left_out_and_told_once(self, hcp):
        shared = {"Owner": "Platform Team", "hcp:x": "1", "env": "prod"}
        accounts = [an_account(account_id=f"{number:012}", name=f"a{number}", tags=shared) for number in (1, 2)]
        _, notices = bootstrap(*accounts)

        assert hcp.tags()["orgtrail-000000000001"] == {"orgtrail": "a1", "env": "prod"}
        assert notices == [
            "The tag Owner=Platform Team has more than A-Z a-z 0-9 _ . = + - @ :, which HCP Terraform refuses: "
            "left out (workspaces: 2)",
            "The tag hcp:x=1 begins with hc: or hcp:, which HCP Terraform refuses: left out (workspaces: 2)",
        ]

    def test_of_more_tags_than_ten_the_last_are_left_out_and_told(self, hcp):
        _, notices = bootstrap(an_account(name="payments", tags={f"t{number}": "x" for number in range(11)}))

        assert list(hcp.tags()["orgtrail-333333333333"]) == ["orgtrail", *(f"t{number}" for number in range(9))]
        assert notices == ["A workspace has no more than 10 tags: left out: t9, t10 (workspaces: 1)"]

    def test_tags_that_hcp_terraform_refuses_of_a_workspace_that_is_full_are_told_as_hcp_terraform_tells_them(
        self, hcp
    ):
        hcp.workspace("orgtrail-archive", tags={f"t{number}": "x" for number in range(10)})

        with pytest.raises(HcpTerraformError) as refusal:
            bootstrap()
        assert str(refusal.value) == f"{hcp.address} refuses this: Too many tags: at most 10"


class TestManyWorkspaces:
    ACCOUNTS = tuple(an_account(account_id=f"{number:012}", name=f"a{number}") for number in range(1, 251))

    def test_many_workspaces_are_listed_by_the_page_and_not_looked_up_one_by_one(self, hcp):
        bootstrap(*self.ACCOUNTS)
        hcp.requests.clear()

        assert bootstrap(*self.ACCOUNTS) == ([], [])
        assert hcp.requests == ["GET /api/v2/organizations/acme/workspaces"] * 3

    def test_many_workspaces_of_other_names_are_not_listed_and_progress_is_told_after_each_page(self, hcp):
        for number in range(250):
            hcp.workspace(f"orgtrail-{number}")
        hcp.workspace("of-somebody-else")
        told: list[tuple[int, int]] = []
        HcpTerraform(STATE).workspaces("orgtrail-", on_page=lambda listed, total: told.append((listed, total)))

        assert told == [(100, 250), (200, 250), (250, 250)]


def test_a_workspace_of_a_source_that_pytfe_does_not_know_is_listed(hcp):
    hcp.workspace("orgtrail-archive", source="something-new")

    assert [workspace.name for workspace in HcpTerraform(STATE).workspaces()] == ["orgtrail-archive"]


class TestWhatCanGoWrong:
    def failure(self, state=STATE):
        with pytest.raises(HcpTerraformError) as error:
            bootstrap(state=state)
        return str(error.value)

    def test_a_wrong_token_is_told_with_where_it_is_from(self, hcp, monkeypatch):
        monkeypatch.setenv(f"TF_TOKEN_{hcp.address}", "wrong")

        assert self.failure().startswith(f"{hcp.address} refuses the token from TF_TOKEN_{hcp.address}. Set TF_TOKEN_")

    @pytest.mark.parametrize("name", ["nobody", "no/body", "no body"])
    @pytest.mark.parametrize("project", [None, "audit"])
    def test_an_unknown_organization_is_named_on_one_line(self, hcp, name, project):
        message = self.failure(CloudState(organization=name, project=project, workspace="{name}"))

        assert name in message or "valid" in message
        assert "\n" not in message

    def test_a_host_that_cannot_be_reached_is_told(self, hcp, monkeypatch):
        monkeypatch.setenv("TF_CLOUD_HOSTNAME", "127.0.0.1:9")
        monkeypatch.setenv("TF_TOKEN_127.0.0.1:9", TOKEN)

        assert self.failure().startswith("127.0.0.1:9 can't be reached, or fails: ")

    @pytest.mark.parametrize("host", ["https://tfe.acme.example", "tfe.acme.example/", "a b", "host:port", "x\ny"])
    def test_a_hostname_that_is_none_is_refused(self, hcp, host):
        assert self.failure(CloudState(organization="acme", hostname=host, project=None, workspace="{name}")).endswith(
            "without https:// and /"
        )

    def test_what_hcp_terraform_says_of_a_project_name_is_told(self, hcp):
        assert "Project name" in self.failure(CloudState(organization="acme", project="au,dit", workspace="{name}"))

    def test_what_hcp_terraform_says_of_a_workspace_name_is_told(self, hcp):
        assert "name" in self.failure(CloudState(organization="acme", workspace="-{name}"))

    def test_an_answer_that_is_none_of_hcp_terraform_is_told(self, hcp, monkeypatch):
        monkeypatch.setattr(type(hcp), "answer", lambda *_: (200, {"hello": "world"}))

        assert "an answer that can't be understood" in self.failure()


class TestTheCommands:
    @pytest.fixture
    def accounts(self, tmp_path):
        path = tmp_path / "accounts.yaml"
        path.write_text(
            accounts_yaml(
                state="backend: cloud, organization: acme, workspace: 'orgtrail-{account_id}'",
                accounts=["name: payments, regions: us-east-1"],
            )
        )
        return str(path)

    def run(self, *arguments, **options):
        return CliRunner().invoke(application(), arguments, **options)

    def test_bootstrap_shows_what_it_would_do_and_asks(self, hcp, accounts):
        done = self.run("bootstrap", "--accounts", accounts, input="n\n")

        assert done.exit_code == 1
        assert "  - create the workspace orgtrail-333333333333 (orgtrail=payments)" in done.stdout
        assert hcp.workspaces == []

    def test_bootstrap_does_it_and_has_nothing_to_do_the_second_time(self, hcp, accounts):
        first = self.run("bootstrap", "--accounts", accounts, "--yes")
        second = self.run("bootstrap", "--accounts", accounts, "--yes")

        assert (first.exit_code, second.exit_code) == (0, 0)
        assert second.stdout == f"acme on {hcp.address}, 2 workspaces: nothing to do\n"

    def test_orphans_shows_them_and_ends_with_status_1(self, hcp, accounts):
        hcp.workspace("orgtrail-444444444444", resources=10)
        done = self.run("orphans", "--accounts", accounts, "--json")

        assert done.exit_code == 1
        assert json.loads(done.stdout)["orphans"] == [
            {"key": "orgtrail-444444444444", "resources": 10, "account": None, "move": None}
        ]

    def test_orphans_says_so_where_there_are_none(self, hcp, accounts):
        done = self.run("orphans", "--accounts", accounts)

        assert (done.exit_code, done.stdout) == (0, "Every state belongs to an account of the file.\n")

    @pytest.mark.parametrize("command", ["bootstrap", "orphans"])
    def test_the_commands_of_a_missing_token_there_is_one_sentence_and_status_1(
        self, hcp, accounts, monkeypatch, command
    ):
        monkeypatch.delenv(f"TF_TOKEN_{hcp.address}")
        done = self.run(command, "--accounts", accounts)

        assert (done.exit_code, done.stdout) == (1, "")
        assert "There is no token for" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("command", ["bootstrap", "orphans"])
    def test_a_wrong_token_is_not_shown(self, hcp, accounts, monkeypatch, command):
        monkeypatch.setenv(f"TF_TOKEN_{hcp.address}", "wrong-secret")
        done = self.run(command, "--accounts", accounts)

        assert done.exit_code == 1
        assert "wrong-secret" not in done.output


class TestDiff:
    def test_diff_tells_the_orphans(self, hcp):
        hcp.workspace("orgtrail-444444444444", resources=10)
        told: list[str] = []
        tell(settings(PAYMENTS, state=STATE), told.append)

        assert told[0] == "States without an account: orgtrail-444444444444."

    def test_diff_names_the_orphans_in_a_comment(self, hcp):
        hcp.workspace("orgtrail-444444444444", resources=10)
        [note, _empty] = in_a_comment(settings(PAYMENTS, state=STATE))

        assert note.startswith("**1 state without an account** in the accounts file: `orgtrail-444444444444`. ")

    def test_diff_says_in_a_comment_that_they_cannot_be_known(self, hcp, monkeypatch):
        monkeypatch.delenv(f"TF_TOKEN_{hcp.address}")

        assert "isn't known" in in_a_comment(settings(PAYMENTS, state=STATE))[0]

    def test_diff_goes_on_where_they_cannot_be_known(self, hcp, monkeypatch):
        monkeypatch.delenv(f"TF_TOKEN_{hcp.address}")
        told: list[str] = []
        tell(settings(PAYMENTS, state=STATE), told.append)

        assert "isn't known: There is no token for" in told[0]


@pytest.mark.parametrize("command", ["bootstrap", "orphans", "diff", "deploy"])
def test_nothing_but_the_cloud_backend_loads_its_library(command):
    program = f"import sys, orgtrail.commands.{command}; print({{'pytfe', 'httpx'}} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"
