"""`orgtrail affected`."""

import json

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.affected import find
from tests.projects import FILE, PAYMENTS

NEW = {"kind": "new", "key": None, "before": None, "after": None}


@pytest.fixture
def run(project, monkeypatch):
    """Run `orgtrail affected` in the project."""
    monkeypatch.setattr(find, "REPOSITORY", project.folder)
    monkeypatch.chdir(project.folder)
    monkeypatch.delenv("ORGTRAIL_ACCOUNTS", raising=False)
    return lambda *arguments: CliRunner().invoke(application(["affected"]), ["affected", *arguments])


def test_the_command_says_that_nothing_is_affected(run):
    result = run("base")
    assert (result.exit_code, result.stdout) == (0, "Affected since base: no accounts\n")


def test_the_command_lists_accounts_with_reasons_and_what_was_removed(project, run):
    project.edit(PAYMENTS, "")
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    result = run("base")
    assert result.exit_code == 0
    assert "compression: GZIP → UNCOMPRESSED" in result.stdout
    assert "payments (333333333333) has no entry any more" in result.stdout
    assert "  payments: account: active → removed from the file (settings)" in result.stdout
    assert result.stdout.endswith("Affected since base: 1 account and the archive; 1 removed\n")


def test_the_command_tells_who_is_skipped_apart_from_the_results(project, run):
    project.write("main.py", "# changed\n")
    result = run("base")
    assert result.stderr == "legacy (555555555555) is suspended: skipped\n"


def test_the_command_tells_what_gets_weaker(project, run):
    project.edit("name: data", "name: data\n    log_retention_days: 7")
    assert [one["stack"] for one in json.loads(run("base", "--json").stdout)["weaker"]] == ["data"]


def test_the_command_lists_a_new_trail_and_tells_that_it_is_no_longer_wanted(project, run):
    project.edit("defaults:\n", "trail: {scope: account, bucket: acme-cloudtrail}\ndefaults:\n")
    made = json.loads(run("base", "--json").stdout)
    assert made["trail"] == {"affected": True, "reasons": [{**NEW, "text": "new"}]}
    assert {one["name"] for one in made["accounts"]} == {"payments", "data"}
    assert run("base").stdout.endswith("Affected since base: 2 accounts and the trail\n")

    project.commit()
    project.accounts.write_text(FILE)
    gone = json.loads(run("HEAD", "--json").stdout)
    assert [(one["stack"], one["what"]) for one in gone["weaker"]] == [
        ("trail", "trail that hands events to EventBridge")
    ]


def test_the_command_says_where_it_cannot_tell_what_gets_weaker(project, run):
    project.accounts.write_text("accounts: 1\n")
    project.commit()
    project.accounts.write_text(FILE)
    result = run("HEAD")
    assert "Whether the settings are weaker than those of HEAD isn't known" in result.stderr


def test_the_command_says_once_what_holds_for_every_account(project, run):
    project.write("main.py", "# changed\n")
    assert run("base").stdout.count("main.py changed") == 1


def test_the_command_prints_json(project, run):
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    document = json.loads(run("base", "--json").stdout)
    assert document == {
        "version": 1,
        "base": "base",
        "head": None,
        "archive": {"affected": False, "reasons": []},
        "trail": {"affected": False, "reasons": []},
        "accounts": [
            {
                "name": "data",
                "account_id": "444444444444",
                "reasons": [
                    {
                        "kind": "setting",
                        "key": "compression",
                        "before": "GZIP",
                        "after": "UNCOMPRESSED",
                        "text": "compression: GZIP → UNCOMPRESSED",
                    }
                ],
            },
        ],
        "removed": [],
        "skipped": [],
        "weaker": [],
    }


def test_the_command_prints_a_matrix_on_one_line(project, run):
    project.write("main.py", "# changed\n")
    result = run("base", "--matrix", "--shards", "2")
    assert result.stdout.count("\n") == 1
    assert json.loads(result.stdout) == {
        "include": [{"shard": "1/2", "accounts": "archive data"}, {"shard": "2/2", "accounts": "payments"}]
    }


def test_the_matrix_of_nothing_affected_is_empty(run):
    assert run("base", "--matrix").stdout == '{"include": []}\n'


def test_the_command_keeps_to_a_selection(project, run):
    project.write("main.py", "# changed\n")
    document = json.loads(run("base", "payments", "archive", "--exclude", "archive", "--json").stdout)
    assert [account["name"] for account in document["accounts"]] == ["payments"]
    assert document["archive"] == {"affected": False, "reasons": []}


def test_the_command_takes_the_selection_from_the_revision_it_looks_at(project, run):
    project.edit("name: data", "name: lake")
    project.commit()
    project.edit("name: lake", "name: data")
    assert "lake" in run("base", "lake", "--head", "HEAD").stdout


@pytest.mark.parametrize("arguments", [("nowhere",), ("base", "dta"), ("base", "--head", "nowhere")])
def test_the_command_fails_with_a_message(run, arguments):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert arguments[-1] in result.stderr


def test_the_command_is_one_of_orgtrail():
    assert "affected" in CliRunner().invoke(application(), ["--help"]).stdout
