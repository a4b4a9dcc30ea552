"""What is compared: revisions, work trees and files with faults."""

import subprocess

import pytest

from orgtrail.affected import Affected, Reason, affected
from orgtrail.affected.git import RevisionError
from orgtrail.settings import InvalidSettings, load
from tests.projects import FILE, LEGACY, Project


def test_two_revisions_are_compared_whatever_the_work_tree_holds(project):
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    project.commit()
    project.accounts.write_text("nonsense")
    assert project.affected(head="HEAD").in_words == {"data": ("compression: GZIP → UNCOMPRESSED",)}


def test_settings_that_are_loaded_already_are_compared_whatever_the_file_says_meanwhile(project):
    now = load(project.accounts)
    project.accounts.write_text("nonsense")

    assert affected(project.accounts, "base", now=now, app=project.folder) == Affected()


def test_an_accounts_file_may_be_anywhere_in_the_repository(project):
    project.accounts = project.folder / "organizations" / "emea" / "accounts.yaml"
    project.write("organizations/emea/accounts.yaml", FILE)
    project.commit()
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    assert project.affected("HEAD").in_words == {"data": ("compression: GZIP → UNCOMPRESSED",)}


def test_the_app_may_be_below_the_top_of_the_repository(tmp_path):
    (tmp_path / "infra").mkdir()
    project = Project(tmp_path / "infra")
    project.git("init", "-q", str(tmp_path))
    project.write("main.py", "# changed\n")
    assert project.affected().everywhere == (Reason("code", "main.py changed", "main.py"),)


def test_without_the_accounts_file_in_base_all_is_new(project):
    project.git("mv", "accounts.yaml", "organization.yaml")
    project.accounts = project.folder / "organization.yaml"
    assert project.reasons == dict.fromkeys(["archive", "payments", "data"], ("new",))


def test_with_an_invalid_file_in_base_all_is_affected(project):
    project.accounts.write_text("accounts: 1\n")
    project.commit()
    project.accounts.write_text(FILE)
    result = project.affected("HEAD")
    assert set(result.in_words) == {"archive", "payments", "data"}
    assert result.everywhere[0].text.startswith("can't be compared: HEAD:accounts.yaml:1:")


def test_faults_of_the_file_are_told_with_their_place(project):
    project.edit("compression: GZIP", "compression: ZIP")
    with pytest.raises(InvalidSettings) as caught:
        project.affected()
    assert [(fault.file, fault.line) for fault in caught.value.diagnostics] == [(str(project.accounts), 11)]


def test_an_id_that_an_unchanged_account_has_is_a_fault(project):
    project.edit(LEGACY, LEGACY + '  - account_id: "333333333333"\n    name: sandbox\n')
    with pytest.raises(InvalidSettings, match="account_id of accounts"):
        project.affected()


def test_from_the_empty_tree_every_stack_differs(project):
    empty_tree = subprocess.run(
        ["git", "hash-object", "-t", "tree", "--stdin"], input=b"", capture_output=True, check=True
    ).stdout.decode()
    found = project.affected(empty_tree.strip())
    assert [(one.name, one.reasons[0].text) for one in found.stacks] == [
        ("archive", "new"),
        ("payments", "new"),
        ("data", "new"),
    ]


@pytest.mark.parametrize("revision", ["nowhere", "", "--help", "HEAD:accounts.yaml"])
def test_what_is_no_revision_is_refused(project, revision):
    with pytest.raises(RevisionError, match="is not a revision of this repository"):
        project.affected(revision)


def test_an_accounts_file_outside_of_a_repository_is_refused(tmp_path):
    (tmp_path / "accounts.yaml").write_text(FILE)
    with pytest.raises(RevisionError, match="is in no git work tree"):
        affected(tmp_path / "accounts.yaml", "HEAD", app=tmp_path)


def test_an_accounts_file_in_another_repository_than_the_app(project, tmp_path_factory):
    other = Project(tmp_path_factory.mktemp("other"))
    with pytest.raises(RevisionError, match="in another repository"):
        affected(other.accounts, "base", app=project.folder)


def test_a_shallow_clone_is_told_what_to_fetch(project, tmp_path):
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    project.commit()
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", "--no-tags", f"file://{tmp_path}", tmp_path / "clone"], check=True
    )
    with pytest.raises(RevisionError, match="fetch-depth: 0"):
        affected(tmp_path / "clone" / "accounts.yaml", "HEAD~1", app=tmp_path / "clone")
