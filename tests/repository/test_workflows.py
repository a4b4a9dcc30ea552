"""The CI workflows: sound by the tools made for that, careful with credentials, and doing what docs/ci.md says."""

import re

import pytest
import yaml

from tests.builders import REPOSITORY
from tests.repository.workflows import (
    FILES,
    GITLAB,
    JOBS,
    OWN_JOBS,
    SCRIPTS,
    STEPS,
    TOOLS,
    WORKFLOWS,
    actionlint,
    read,
    run,
    triggers,
    workflow,
)


class TestTheLinters:
    def test_actionlint_has_no_finding_in_a_workflow(self):
        done = actionlint(REPOSITORY)

        assert done.returncode == 0, done.stdout
        assert f"Checking {len(WORKFLOWS)} workflow file(s)" in done.stdout

    def test_actionlint_finds_a_job_that_needs_one_that_is_not_there(self, tmp_path):
        folder = tmp_path / ".github" / "workflows"
        folder.mkdir(parents=True)
        text = (REPOSITORY / ".github" / "workflows" / "diff.yml").read_text(encoding="utf-8")
        (folder / "diff.yml").write_text(text.replace("needs: select", "needs: selects"))
        done = actionlint(tmp_path)

        assert done.returncode == 1
        assert 'job "diff" needs job "selects" which does not exist' in done.stdout

    def test_zizmor_has_no_finding_not_even_a_pedantic_one(self):
        done = run(str(TOOLS / "zizmor"), "--offline", "--no-progress", "--pedantic", ".github", cwd=REPOSITORY)

        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.name)
    def test_a_file_has_the_shape_that_github_reads(self, path):
        schema = "vendor.github-actions" if path.name == "action.yml" else "vendor.github-workflows"
        done = run(str(TOOLS / "check-jsonschema"), "--builtin-schema", schema, str(path))

        assert done.returncode == 0, done.stdout

    def test_dependabots_file_has_the_shape_that_github_reads(self):
        file = str(REPOSITORY / ".github" / "dependabot.yml")
        done = run(str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.dependabot", file)

        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("name", SCRIPTS)
    def test_shellcheck_has_no_finding_in_a_script(self, name):
        done = run(str(TOOLS / "shellcheck"), "--shell=bash", "-", input=SCRIPTS[name])

        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
    def test_what_an_expression_takes_from_another_job_is_there(self, path):
        text, document = path.read_text(encoding="utf-8"), read(path)
        called = triggers("diff")["workflow_call"]["outputs"]
        for job, output in set(re.findall(r"needs\.(\w+)\.outputs\.(\w+)", text)):
            declared = document["jobs"][job].get("outputs", called if "uses" in document["jobs"][job] else {})
            assert output in declared, f"{job} has no output {output}"
        for job in document["jobs"].values():
            needs = job.get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            assert set(re.findall(r"needs\.(\w+)\.", yaml.safe_dump(job))) <= set(needs)


class TestWhatRunsIsKnown:
    def test_every_action_is_pinned_by_a_commit_with_its_version_beside_it(self):
        pins: dict[str, set[str]] = {}
        for path in FILES:
            for action, rest in re.findall(r"uses: ([^\s@]+)(.*)", path.read_text(encoding="utf-8")):
                if not action.startswith("./"):
                    assert re.fullmatch(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+", rest), f"{path.name}: {action}{rest}"
                    pins.setdefault(action, set()).add(rest)

        assert {action: pin for action, pin in pins.items() if len(pin) > 1} == {}

    @pytest.mark.parametrize("name", STEPS)
    def test_no_step_makes_code_of_what_somebody_typed(self, name):
        step = STEPS[name]

        assert "${{" not in step.get("run", "") + str(step.get("with", {}).get("script", ""))

    @pytest.mark.parametrize("name", OWN_JOBS)
    def test_a_job_ends_at_some_time(self, name):
        assert OWN_JOBS[name]["timeout-minutes"] <= 360

    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
    def test_a_script_stops_at_the_first_failure_in_a_pipe_too(self, path):
        assert read(path)["defaults"]["run"]["shell"].split()[0] == "bash"


class TestPermissions:
    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
    def test_a_workflow_gives_none_and_a_job_says_what_it_needs(self, path):
        document = read(path)

        assert document["permissions"] == {}
        assert [name for name, job in document["jobs"].items() if "permissions" not in job] == []

    @pytest.mark.parametrize("name", JOBS)
    def test_a_job_that_may_write_to_the_repository_runs_no_code_of_it(self, name):
        writes = {what for what, how in JOBS[name]["permissions"].items() if how == "write"}
        uses = [step.get("uses", "run") for step in JOBS[name].get("steps", [])]

        assert writes <= {"id-token", "attestations", "pull-requests", "issues", "contents"}
        assert not writes - {"id-token"} or not any(re.match(r"run|\./|actions/checkout", use) for use in uses)

    @pytest.mark.parametrize("name", STEPS)
    def test_a_checkout_leaves_no_token_behind(self, name):
        if STEPS[name].get("uses", "").startswith("actions/checkout@"):
            assert STEPS[name]["with"]["persist-credentials"] is False

    def test_a_pull_request_from_a_fork_gets_no_credentials(self):
        own = "github.event.pull_request.head.repo.full_name == github.repository"
        credentials = [job for job in workflow("pull-request")["jobs"].values() if "id-token" in job["permissions"]]

        assert [job["if"] for job in credentials] == [own]
        assert "pull_request_target" not in "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)

    def test_permissions_only_a_job_of_the_approved_environment_names_the_deploying_role(self):
        deploying = [name for name, job in JOBS.items() if "ORGTRAIL_DEPLOY_ROLE" in yaml.safe_dump(job)]

        assert deploying == ["rollout/deploy"]
        assert JOBS["rollout/deploy"]["environment"] == "orgtrail-production"

    def test_the_rollout_takes_nothing_from_a_cache(self):
        prepare = [step for step in JOBS["rollout/deploy"]["steps"] if step.get("uses") == "./.github/actions/prepare"]

        assert [step["with"] for step in prepare] == [{"cache": "false"}]


class TestWhatRunsTogether:
    def test_two_rollouts_never_overlap_and_none_is_cut_short(self):
        assert workflow("rollout")["concurrency"] == {"group": "rollout", "cancel-in-progress": False}

    @pytest.mark.parametrize("name", ["pull-request", "drift"])
    def test_a_plan_which_holds_a_lock_is_not_cut_short(self, name):
        assert workflow(name)["concurrency"]["cancel-in-progress"] is False


class TestThePlanningRole:
    def test_whatever_asks_aws_as_the_planning_role_enters_accounts_by_their_plan_role(self):
        asking = [
            step
            for job in JOBS.values()
            if any("ORGTRAIL_PLAN_ROLE" in str(step.get("with", "")) for step in job.get("steps", ()))
            for step in job["steps"]
            if "-m orgtrail" in step.get("run", "")
        ]

        assert len(asking) == 3
        assert [step.get("env", {}).get("ORGTRAIL_PLAN_ONLY") for step in asking] == ["1"] * 3

    def test_so_does_the_example_for_git_lab(self):
        assert read(GITLAB)[".read_only"]["variables"]["ORGTRAIL_PLAN_ONLY"] == "1"


class TestTheExampleForGitLab:
    def test_the_example_for_git_lab_has_the_shape_that_gitlab_reads(self):
        command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci", "--data-transform"]
        done = run(*command, "gitlab-ci", str(GITLAB))

        assert done.returncode == 0, done.stdout

    def test_a_rollout_waits_for_a_person_and_for_the_one_before_it(self):
        deploy = read(GITLAB)["deploy"]

        assert deploy["resource_group"] == "orgtrail-production"
        assert deploy["rules"][-1]["when"] == "manual"

    def test_its_scripts_have_no_finding_of_shellcheck(self):
        for name, job in read(GITLAB).items():
            for part in ("before_script", "script"):
                lines = job.get(part, []) if isinstance(job, dict) else []
                script = "\n".join(line for line in lines if isinstance(line, str))
                done = run(str(TOOLS / "shellcheck"), "--shell=bash", "-", input=script)
                assert done.returncode == 0, f"{name}: {done.stdout}"
