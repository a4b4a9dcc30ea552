"""What the scripts of the CI workflows do, each run as the workflow runs it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from orgtrail.affected import Reason
from orgtrail.documents import AffectedDocument
from orgtrail.rollout.report import document
from orgtrail.rollout.results import Result
from orgtrail.terraform.changes import Attribute, Change
from orgtrail.weaker import Weakening
from scripts.merge_diffs import read as read_diffs
from tests.builders import REPOSITORY
from tests.repository.workflows import GITLAB, Step, read, run, step_named, workflow


@pytest.fixture
def checkout(tmp_path: Path) -> Callable[[str], Path]:
    """A folder in which the steps' `.venv/bin/python` is `program`, a shell script."""

    def with_python(program: str) -> Path:
        python = tmp_path / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
        python.chmod(0o755)
        return tmp_path

    return with_python


def run_script(step: Step, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does: its own `env` are only the given ones."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    return run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], cwd=folder, env=environ)


class TestTheStatus:
    STEP = step_named("status", "Look")

    @pytest.mark.parametrize("status", [0, 1])
    def test_the_table_is_in_the_log_and_on_the_runs_page_whatever_was_found(self, checkout, status, tmp_path):
        summary = tmp_path / "summary.md"
        done = run_script(
            self.STEP, checkout(f"echo '```'; echo 'a  silent'; exit {status}"), GITHUB_STEP_SUMMARY=str(summary)
        )

        assert done.returncode == status
        assert "a  silent" in done.stderr
        assert summary.read_text() == "    ```\n    a  silent\n"


class TestTheDiffOfAShard:
    STEP = step_named("diff", "Diff")

    @pytest.mark.parametrize(("status", "expected"), [(0, 0), (2, 0), (1, 1), (130, 1)])
    def test_changes_are_fine_and_everything_else_is_a_failure(self, checkout, status, expected):
        done = run_script(self.STEP, checkout(f"exit {status}"), STACKS="a b")

        assert done.returncode == expected, done.stderr

    def test_the_diff_of_a_shard_names_its_stacks(self, checkout):
        folder = checkout('echo "$@"')
        run_script(self.STEP, folder, STACKS="archive payments")

        assert (folder / "diff.json").read_text() == "-m orgtrail diff --json --no-lock archive payments\n"


ORGTRAIL = f'PYTHONPATH="{REPOSITORY}" exec "{sys.executable}" "$@"'


def stacks_of(chosen: dict[str, str]) -> list[str]:
    """The stacks of each job of the matrix."""
    return [job["accounts"] for job in json.loads(chosen["matrix"])["include"]]


@pytest.mark.skipif(not shutil.which("jq"), reason="GitHub's machines have jq; this one hasn't")
class TestTheMatrix:
    @pytest.fixture
    def select(self, checkout):
        def select(program: str = ORGTRAIL, **variables: str) -> dict[str, str]:
            folder = checkout(program)
            output = folder / "output"
            done = run_script(
                step_named("diff", "select"),
                folder,
                **{"BASE": "", "SELECTORS": "", "SHARDS": "8", **variables},
                GITHUB_OUTPUT=str(output),
                GIT_DIR=str(REPOSITORY / ".git"),
                ORGTRAIL_ACCOUNTS=str(REPOSITORY / "accounts.yaml"),
            )
            assert done.returncode == 0, done.stderr
            return dict(line.split("=", 1) for line in output.read_text().splitlines())

        return select

    @pytest.mark.parametrize("base", ["", "refs/tags/there-is-none"])
    def test_the_matrix_without_a_revision_that_git_knows_all_stacks_are_split(self, select, base):
        chosen = select(BASE=base, SHARDS="2")

        assert stacks_of(chosen) == ["archive data-platform", "payments-prod sandbox"]
        assert (chosen["jobs"], chosen["selectors"]) == ("2", "")

    def test_there_are_no_more_jobs_than_stacks(self, select):
        assert select(SHARDS="8")["jobs"] == "4"

    def test_chosen_stacks_are_split_whatever_the_revision(self, select):
        chosen = select(SELECTORS="payments-* archive sandbox !sandbox", BASE="HEAD")

        assert stacks_of(chosen) == ["archive", "payments-prod"]
        assert (chosen["jobs"], chosen["selectors"]) == ("2", "payments-* archive sandbox !sandbox")

    def test_the_matrix_with_a_revision_they_are_what_differs_from_its_commit(self, select):
        commit = run("git", "rev-parse", "HEAD", cwd=REPOSITORY).stdout.strip()
        chosen = select("""echo '{"include": [], "asked": "'"$@"'"}'""", BASE="HEAD")

        assert json.loads(chosen["matrix"])["asked"] == f"-m orgtrail affected {commit} --matrix --shards 8"
        assert (chosen["jobs"], chosen["selectors"]) == ("0", f"affected:{commit}")


@pytest.mark.skipif(not shutil.which("jq"), reason="GitHub's machines have jq; this one hasn't")
class TestTheDiffInGitLab:
    @pytest.fixture
    def diff(self, checkout):
        def diff(names: list[str], status: int = 0) -> tuple[int, str]:
            matrix = {"include": [{"shard": "1/1", "accounts": " ".join(names)}] if names else []}
            answers = f"""*affected*) cat matrix ;; *diff*) echo "$@" > asked; echo '{{}}'; exit {status} ;;"""
            folder = checkout(f'case "$*" in {answers} esac')
            (folder / "matrix").write_text(json.dumps(matrix), encoding="utf-8")
            script = {"run": "\n".join(read(GITLAB)["diff"]["script"])}
            done = run_script(
                script, folder, CI_NODE_INDEX="2", CI_NODE_TOTAL="8", CI_MERGE_REQUEST_DIFF_BASE_SHA="base"
            )
            asked = folder / "asked"
            return done.returncode, asked.read_text() if asked.exists() else ""

        return diff

    def test_the_diff_in_git_lab_is_that_of_its_share_of_what_is_affected(self, diff):
        status, asked = diff(["archive", "payments"])

        assert status == 0
        assert asked.endswith(" --shard 2/8 archive payments\n")

    def test_the_diff_in_git_lab_is_none_where_nothing_is_affected(self, diff):
        assert diff([]) == (0, "")

    @pytest.mark.parametrize(("status", "expected"), [(2, 0), (1, 1)])
    def test_the_diff_in_git_lab_fails_where_something_went_wrong_and_not_where_there_are_changes(
        self, diff, status, expected
    ):
        assert diff(["payments"], status)[0] == expected


def test_the_synthesis_for_a_fork_makes_all_stacks(checkout):
    folder = checkout('echo "$@ ${ORGTRAIL_STACKS-of all}"')
    done = run_script(step_named("pull-request", "Synthesize all stacks"), folder)

    assert (done.returncode, done.stdout) == (0, "-O main.py of all\n")


EXPIRES = Weakening("archive", "events are deleted", "never", "after 30 days", ("plan",))
ADDED = (Change("aws_iam_role.one", "create"),)


def affected_json(folder: Path, **found: Any) -> None:
    """What `affected --json` has told."""
    nothing = {"affected": False, "reasons": []}
    plain: dict[str, Any] = {
        "base": "main",
        "head": None,
        "archive": nothing,
        "trail": nothing,
        "accounts": [],
        "removed": [],
        "skipped": [],
    }
    (folder / "affected").mkdir()
    text = AffectedDocument.model_validate({**plain, "weaker": [], **found}).text()
    (folder / "affected" / "affected.json").write_text(text)


class TestTheComment:
    @pytest.fixture
    def shards(self, tmp_path: Path) -> Callable[..., Path]:
        def write(*shards: list[Result] | None, weaker: Sequence[Weakening] = ()) -> Path:
            for number, results in enumerate(shards):
                folder = tmp_path / f"shard-{number}"
                folder.mkdir()
                told = "" if results is None else document(results, weaker).text()
                (folder / "diff.json").write_text(told)
            return tmp_path

        return write

    def test_the_comment_sums_up_all_shards(self, shards):
        diffs = read_diffs(shards([Result("b", "changes", ADDED)], [Result("a", "failed", error="AccessDenied")]), 2)

        assert "2 stacks: 1 with changes, 1 failed (resources: +1 ~0 -0)" in diffs.comment()
        assert "bin/orgtrail diff a" in diffs.comment()
        assert [stack["stack"] for stack in json.loads(diffs.document.text())["stacks"]] == ["a", "b"]

    def test_the_comment_shows_attributes_that_a_shard_has_found(self, shards):
        changes = (Change("aws_sqs_queue.q", "update", (Attribute("tags.env", "test", "prod"),)),)
        text = read_diffs(shards([Result("a", "changes", changes)]), 1).comment()

        assert "`tags.env`: `test` → `prod` on `aws_sqs_queue.q`" in text

    def test_the_comment_tells_once_what_settings_and_plan_weaken(self, shards):
        folder = shards([Result("archive", "changes", ADDED)], [Result("a", "unchanged")], weaker=[EXPIRES])
        affected_json(folder, weaker=[EXPIRES._replace(known_from=("settings",))._asdict()])

        assert [one.known_from for one in read_diffs(folder, 2).weaker] == [("settings", "plan")]

    def test_the_comment_says_why_a_stack_is_affected(self, shards):
        folder = shards([Result("a", "changes", ADDED)])
        reason = Reason("default", "defaults.tags changed", "defaults.tags", "env=test", "env=prod")._asdict()
        affected_json(folder, accounts=[{"name": "a", "account_id": "1", "reasons": [reason]}])

        assert "Why: defaults.tags changed" in read_diffs(folder, 1).comment()

    def test_the_comment_says_that_a_shard_is_missing(self, shards):
        assert "2 of 3 shards have no result" in read_diffs(shards([Result("a", "unchanged")], None), 3).comment()

    def test_the_comment_says_that_nothing_is_affected(self, tmp_path):
        assert read_diffs(tmp_path, 0).comment().startswith("### Orgtrail: no stack is affected")

    def test_the_comment_names_accounts_that_were_removed_from_the_file(self, tmp_path):
        affected_json(tmp_path, removed=[{"name": "payments", "account_id": "1", "why": "has no entry any more"}])

        assert "**1 removed from accounts.yaml**: `payments`" in read_diffs(tmp_path, 0).comment()


class TestTheVerdict:
    STEP = step_named("diff", "Sum up")
    REMOVED = EXPIRES._replace(stack="payments", known_from=("settings",))

    @pytest.fixture
    def sum_up(self, checkout, tmp_path):
        def sum_up(fail_on: str) -> subprocess.CompletedProcess[str]:
            folder = checkout(f'PYTHONPATH="{REPOSITORY}" exec "{sys.executable}" "$@"')
            (folder / "shards").mkdir()
            affected_json(folder / "shards", weaker=[self.REMOVED._asdict()])
            summary = {"GITHUB_STEP_SUMMARY": str(folder / "step.md")}
            return run_script(self.STEP, folder, SHARDS="0", FAIL_ON=fail_on, **summary)

        return sum_up

    def test_the_verdict_is_that_weaker_settings_fail_though_no_stack_is_diffed(self, sum_up, tmp_path):
        done = sum_up(" weaker")

        assert done.returncode == 1
        assert "payments: events are deleted: never → after 30 days (settings)" in done.stderr
        comment = (tmp_path / "summary" / "diff.md").read_text(encoding="utf-8")
        assert "**Refused: evidence gets weaker.** The label `allow-weaker` allows it." in comment
        assert (tmp_path / "step.md").read_text(encoding="utf-8") == comment

    @pytest.mark.parametrize("fail_on", [" ", "destroy "])
    def test_the_verdict_is_that_all_is_well_where_a_label_allows_it(self, sum_up, fail_on):
        assert sum_up(fail_on).returncode == 0

    def test_the_verdict_does_not_keep_the_comment_from_being_written(self):
        steps = workflow("diff")["jobs"]["summary"]["steps"]

        assert steps[-1]["with"]["name"] == "summary"
        assert steps[-1]["if"] == "${{ !cancelled() }}"

    def test_the_verdict_is_asked_for_by_pull_requests_unless_they_have_the_label(self):
        given = workflow("pull-request")["jobs"]["diff"]["with"]

        for kind in ("destroy", "weaker"):
            label = f"contains(github.event.pull_request.labels.*.name, 'allow-{kind}')"
            assert given[f"fail-on-{kind}"] == f"${{{{ !{label} }}}}"


# What actions/github-script gives its scripts; each call is a line of the output.
HARNESS = """
const listed = JSON.parse(process.env.LISTED);
const answers = JSON.parse(process.env.ANSWERS ?? '{}');
const call = name => async given => { console.log(JSON.stringify([name, given])); return { data: answers[name] }; };
const calls = new Proxy({}, { get: (_calls, name) => call(name) });
const github = { paginate: async () => listed, rest: new Proxy({}, { get: () => calls }) };
const core = { warning: text => console.log(JSON.stringify(['warning', text])) };
const context = { serverUrl: 'https://github.com', repo: { owner: 'acme', repo: 'trail' }, runId: 7, sha: 'abc',
  ref: 'refs/tags/v1.2.0', issue: { number: 5 }, payload: { pull_request: { head: { sha: 'abc' } } } };
(async () => { SCRIPT })();
"""


def calls_of(step: Step, folder: Path, listed: list[dict[str, Any]], **variables: str) -> list[tuple[str, Any]]:
    """What a github-script step asks GitHub to do, where it finds these comments or issues."""
    program = HARNESS.replace("SCRIPT", step["with"]["script"])
    environ = {**os.environ, "LISTED": json.dumps(listed), **variables}
    done = run("node", "--eval", program, cwd=folder, env=environ)
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


class TestOneCommentOnly:
    STEP = step_named("pull-request", "Write the comment, or write it anew")

    @pytest.fixture(autouse=True)
    def diff(self, tmp_path):
        (tmp_path / "diff.md").write_text("### Orgtrail: 2 stacks")

    def test_the_first_comment_is_written(self, tmp_path):
        others = [{"id": 1, "user": {"type": "User"}, "body": "<!-- orgtrail: diff --> forged"}]
        [(call, given)] = calls_of(self.STEP, tmp_path, others)

        assert (call, given["issue_number"]) == ("createComment", 5)
        assert "### Orgtrail: 2 stacks" in given["body"]

    def test_a_later_one_replaces_it(self, tmp_path):
        mine = [{"id": 9, "user": {"type": "Bot"}, "body": "<!-- orgtrail: diff -->\nolder"}]
        [(call, given)] = calls_of(self.STEP, tmp_path, mine)

        assert (call, given["comment_id"]) == ("updateComment", 9)


class TestOneIssueOnly:
    STEP = step_named("drift", "Open, update or close the issue")
    OPEN = ({"number": 9, "user": {"type": "Bot"}, "body": "<!-- orgtrail: drift -->\nolder"},)

    def found(self, folder, *, changes=0, failed=0, orphans=(), listed=OPEN, results="success success"):
        summary = {"summary": {"changes": changes, "failed": failed}}
        (folder / "diff.json").write_text(json.dumps(summary))
        (folder / "diff.md").write_text("### Orgtrail")
        (folder / "orphans.json").write_text(json.dumps({"version": 1, "orphans": list(orphans)}))
        return [call for call, _given in calls_of(self.STEP, folder, list(listed), RESULTS=results)]

    def test_drift_opens_the_issue(self, tmp_path):
        assert self.found(tmp_path, changes=1, listed=()) == ["create"]

    def test_more_drift_updates_the_issue(self, tmp_path):
        assert self.found(tmp_path, changes=2) == ["update"]

    def test_a_state_without_an_account_is_drift(self, tmp_path):
        orphan = {"key": "orgtrail/1/terraform.tfstate", "resources": 3}
        assert self.found(tmp_path, orphans=[orphan], listed=()) == ["create"]

    def test_a_clean_night_closes_it(self, tmp_path):
        assert self.found(tmp_path) == ["createComment", "update"]

    def test_a_clean_night_without_it_does_nothing(self, tmp_path):
        assert self.found(tmp_path, listed=()) == []

    @pytest.mark.parametrize("results", ["failure success", "success failure", "cancelled success"])
    def test_a_night_that_could_not_compare_everything_never_closes_it(self, tmp_path, results):
        assert self.found(tmp_path, results=results) == ["update"]


class TestOnePullRequestOnly:
    STEP = step_named("sync", "Open, update or close the pull request")
    CHANGE = {"kind": "joined", "account_id": "777777777777", "name": "ledger", "text": "called `@all` [x](y)"}  # noqa: RUF012
    OPEN = ({"number": 9, "user": {"type": "Bot"}},)

    def found(self, folder, *, written=True, changes=(CHANGE,), listed=(), refs=()):
        (folder / "sync.json").write_text(
            json.dumps({"written": written, "changes": list(changes), "notices": ["mv a b"]})
        )
        (folder / "base").write_text("abc\n")
        (folder / "accounts.yaml").write_text("edited")
        answers: dict[str, Any] = {"createBlob": {"sha": "b"}, "createTree": {"sha": "t"}, "createCommit": {"sha": "c"}}
        # GitHub promises nothing of the repository in the event of a schedule.
        answers["get"] = {"default_branch": "main"}
        answers |= {"getCommit": {"tree": {"sha": "below"}}, "listMatchingRefs": list(refs)}
        return calls_of(self.STEP, folder, list(listed), ACCOUNTS="accounts.yaml", ANSWERS=json.dumps(answers))

    def test_an_edit_becomes_one_commit_upon_main_as_it_was_read(self, tmp_path):
        calls = dict(self.found(tmp_path))

        assert list(calls) == [
            *("createBlob", "getCommit", "createTree", "createCommit", "listMatchingRefs", "createRef", "get", "create")
        ]
        assert calls["createBlob"]["content"] == "ZWRpdGVk"
        assert calls["createTree"]["tree"] == [{"path": "accounts.yaml", "mode": "100644", "type": "blob", "sha": "b"}]
        assert (calls["createCommit"]["parents"], calls["createRef"]["sha"]) == (["abc"], "c")
        assert (calls["create"]["head"], calls["create"]["base"]) == ("orgtrail/accounts-sync", "main")

    def test_what_somebody_called_an_account_is_code_and_mentions_nobody(self, tmp_path):
        body = dict(self.found(tmp_path))["create"]["body"]

        assert "- joined: `ledger` (777777777777) `called @all [x](y)`" in body
        assert "**To do besides**\n\n- `mv a b`" in body

    def test_another_night_updates_the_pull_request(self, tmp_path):
        calls = self.found(tmp_path, listed=self.OPEN, refs=[{"ref": "refs/heads/orgtrail/accounts-sync"}])

        assert [call for call, _given in calls][-2:] == ["updateRef", "update"]
        assert dict(calls)["updateRef"]["force"] is True

    def test_a_night_without_an_edit_closes_it(self, tmp_path):
        calls = self.found(tmp_path, written=False, listed=self.OPEN)

        assert [call for call, _given in calls] == ["createComment", "update"]
        assert calls[-1][1]["state"] == "closed"

    def test_who_left_is_warned_of_where_there_is_nothing_to_edit(self, tmp_path):
        left = {"kind": "left", "account_id": "666666666666", "name": "legacy", "text": "isn't there"}

        assert self.found(tmp_path, written=False, changes=[left]) == [("warning", "666666666666 isn't there")]


class TestARelease:
    CHECK = step_named("release", "The tag names this version, of a commit that main has")

    @pytest.fixture
    def clone(self, tmp_path: Path) -> Path:
        """A clone of version 1.2.0 whose `main` is its commit."""
        module = tmp_path / "orgtrail" / "__init__.py"
        module.parent.mkdir()
        module.write_text('"""x"""\n\n__version__ = "1.2.0"\n', encoding="utf-8")
        for command in ("init --quiet", "add .", "commit --quiet -m x", "update-ref refs/remotes/origin/main HEAD"):
            self.git(tmp_path, *command.split())
        return tmp_path

    def git(self, folder: Path, *arguments: str) -> None:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)

    @pytest.mark.parametrize(("tag", "status"), [("v1.2.0", 0), ("v1.2.1", 1), ("1.2.0", 1)])
    def test_a_release_has_the_version_that_its_tag_names(self, clone, tag, status):
        done = run_script(self.CHECK, clone, GITHUB_REF_NAME=tag)

        assert (done.returncode, done.stdout) == (status, "::error::the tag must be v1.2.0\n" if status else "")

    def test_a_commit_that_main_does_not_have_is_not_released(self, clone):
        self.git(clone, "commit", "--quiet", "--allow-empty", "-m", "y")
        done = run_script(self.CHECK, clone, GITHUB_REF_NAME="v1.2.0")

        assert (done.returncode, done.stdout) == (1, "::error::main doesn't have this commit\n")

    def test_the_sums_are_those_of_the_source_and_of_every_list(self, clone):
        lists = clone / "dist"
        lists.mkdir()
        for name in ("licences.csv", "sbom-node.cdx.json", "sbom-python.cdx.json"):
            (lists / name).write_text(name, encoding="utf-8")
        done = run_script(step_named("release", "The source and the sums"), clone, GITHUB_REF_NAME="v1.2.0")
        checked = run("sha256sum", "--check", "SHA256SUMS", cwd=lists)

        assert done.returncode == 0, done.stderr
        assert {path.name for path in lists.iterdir()} - {
            line.split(":")[0] for line in checked.stdout.splitlines()
        } == {"SHA256SUMS"}
        assert "orgtrail-1.2.0.tar.gz: OK" in checked.stdout.splitlines()

    def test_the_files_are_in_the_draft_before_it_becomes_a_release(self, tmp_path):
        (tmp_path / "dist").mkdir()
        for name in ("SHA256SUMS", "orgtrail-1.2.0.tar.gz"):
            (tmp_path / "dist" / name).write_text(name, encoding="utf-8")
        step = step_named("release", "A draft with its files, then the release")
        calls = calls_of(step, tmp_path, [], ANSWERS=json.dumps({"createRelease": {"id": 9}}))
        shown = ("draft", "release_id", "name", "tag_name", "prerelease")

        assert [(name, {key: given[key] for key in shown if key in given}) for name, given in calls] == [
            ("createRelease", {"draft": True, "name": "Orgtrail v1.2.0", "tag_name": "v1.2.0", "prerelease": False}),
            ("uploadReleaseAsset", {"release_id": 9, "name": "SHA256SUMS"}),
            ("uploadReleaseAsset", {"release_id": 9, "name": "orgtrail-1.2.0.tar.gz"}),
            ("updateRelease", {"release_id": 9, "draft": False}),
        ]
