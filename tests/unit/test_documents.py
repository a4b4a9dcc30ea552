"""The JSON that commands print: it fits the schemas in docs/json, which are those of the models."""

import json
import subprocess
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.documents import DOCUMENTS, RunDocument
from orgtrail.documents.document import Document
from orgtrail.rollout.report import document, write_report
from orgtrail.rollout.results import Result
from orgtrail.terraform.changes import Attribute, Change
from orgtrail.weaker import Weakening
from scripts.merge_diffs import read
from tests.builders import REPOSITORY, accounts_yaml, valid

SAMPLE = REPOSITORY / "accounts.yaml"
UPDATED = Change("aws_sqs_queue.q", "update", (Attribute("tags.env", "test", "prod"),))
WEAKER = [Weakening("archive", "events are deleted", "never", "after 30 days", ("settings", "plan"))]
RESULTS = [
    Result("alice", "changes", (Change("aws_iam_role.one", "create"), UPDATED), seconds=2.5, log="/tmp/alice.log"),
    Result("bob", "failed", error="AccessDenied", started=datetime(2026, 11, 24, tzinfo=UTC), wave="canary"),
    Result("carol", "not started"),
]


def output(*arguments):
    done = CliRunner().invoke(application(), [str(argument) for argument in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.stdout


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_schema_in_the_repository_is_that_of_the_model(name):
    written = json.loads((REPOSITORY / "docs" / "json" / f"{name}.schema.json").read_text(encoding="utf-8"))

    assert written == DOCUMENTS[name].schema_of_output(), "run `make docs` and commit what it changes"


def test_there_is_no_schema_without_a_document():
    written = {path.name.removesuffix(".schema.json") for path in (REPOSITORY / "docs" / "json").iterdir()}

    assert written == set(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_asks_for_every_field_and_the_version(name):
    schema = DOCUMENTS[name].schema_of_output()

    assert schema["properties"]["version"]["const"] == 1
    assert set(schema["required"]) == set(schema["properties"])


def test_every_command_with_json_has_a_schema():
    commands = {
        command.callback.__name__
        for command in application().registered_commands
        if command.callback and "as_json" in command.callback.__annotations__
    }
    assert commands <= set(DOCUMENTS)


class TestWhatACommandPrints:
    def test_what_check_prints_fits_its_schema(self):
        assert len(valid("check", json.loads(output("check", "-f", SAMPLE, "--json")))["accounts"]) == 4

    def test_what_env_prints_fits_its_schema(self, monkeypatch):
        monkeypatch.setenv("ORGTRAIL_PROVIDER_MIRROR", "none")

        assert valid("env", json.loads(output("env", "--json")))["variables"]

    def test_what_trace_prints_of_every_verdict_fits_its_schema(self):
        lines = output("trace", "-f", SAMPLE, REPOSITORY / "tests/events/one-of-each.jsonl", "--json").splitlines()

        assert len({valid("trace", json.loads(line))["verdict"] for line in lines}) > 5

    def test_what_orphans_prints_fits_its_schema(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "accounts.yaml").write_text(
            accounts_yaml(
                state="backend: local, path: 'states/{account_id}.tfstate'",
                accounts=["name: payments, regions: us-east-1"],
            )
        )
        (tmp_path / "states").mkdir()
        (tmp_path / "states" / "444444444444.tfstate").write_text("not a state")

        assert valid("orphans", json.loads(output("orphans", "--json")))["orphans"] == [
            {"key": "states/444444444444.tfstate", "resources": 1, "account": None, "move": None}
        ]

    def test_what_affected_prints_fits_its_schema(self, tmp_path, monkeypatch):
        monkeypatch.setattr("orgtrail.affected.find.REPOSITORY", tmp_path)
        monkeypatch.chdir(tmp_path)
        text = SAMPLE.read_text(encoding="utf-8")
        (tmp_path / "accounts.yaml").write_text(text)
        for command in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "-"],
        ):
            subprocess.run(["git", *command], check=True, capture_output=True)
        (tmp_path / "accounts.yaml").write_text(text.replace("[us-east-1, eu-west-1]", "[us-east-1]"))

        assert valid("affected", json.loads(output("affected", "HEAD", "--json")))["archive"]["affected"] is True


class TestARun:
    def test_a_run_fits_its_schema(self):
        told = valid("diff", json.loads(document(RESULTS, WEAKER).text()))

        assert told["summary"]["not started"] == 1
        assert told["weaker"][0]["known_from"] == ["settings", "plan"]

    def test_the_report_of_a_run_fits_its_schema(self, tmp_path):
        write_report(RESULTS, tmp_path, "again", [])

        assert valid("deploy", json.loads((tmp_path / "report.json").read_text()))["stacks"][0]["stack"] == "alice"

    def test_a_run_in_several_jobs_fits_its_schema(self, tmp_path):
        (tmp_path / "shard-0").mkdir()
        (tmp_path / "shard-0" / "diff.json").write_text(document(RESULTS).text())

        assert valid("merged-diff", json.loads(read(tmp_path, 2).document.text()))["missing_shards"] == 1

    def test_a_run_read_back_says_the_same(self):
        assert RunDocument.model_validate_json(document(RESULTS).text()) == document(RESULTS)

    def test_a_run_of_a_later_version_is_read_as_far_as_it_is_known(self):
        later = {**json.loads(document(RESULTS).text()), "new_field": 1}

        assert RunDocument.model_validate(later) == document(RESULTS)

    def test_a_run_of_another_version_is_refused(self):
        with pytest.raises(ValueError, match="version"):
            RunDocument.model_validate({**json.loads(document(RESULTS).text()), "version": 2})


def test_what_would_steer_a_terminal_is_escaped():
    class Told(Document):
        text_of_others: str

    assert Told(text_of_others="\x1b[2J\u202e").text(indent=None) == (
        '{"version":1,"text_of_others":"\\u001b[2J\\u202e"}'
    )


@pytest.mark.parametrize("code", [0xD800, 0xDCFF])
def test_half_a_surrogate_pair_is_shown_as_its_escape_and_every_reader_takes_the_document(code):
    lone = chr(code)
    told = document([Result(lone, "failed", error=f"\U0001f600 {lone}")])

    read_back = RunDocument.model_validate_json(told.text()).stacks[0]
    escape = f"\\u{code:x}"
    assert (read_back.stack, read_back.error) == (escape, f"\U0001f600 {escape}")
