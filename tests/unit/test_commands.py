"""The commands of `bin/orgtrail`, as a shell sees them."""

import json
import subprocess
import sys

import boto3
import pytest
import typer
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.console.command_group import every_command
from orgtrail.settings import load
from tests.builders import REPOSITORY, accounts_yaml

COMMANDS = sorted(name for name, _command in every_command(typer.main.get_command(application())))
SAMPLE = REPOSITORY / "accounts.yaml"
FAULTY = REPOSITORY / "tests" / "accounts" / "bad" / "ten-different-faults.yaml"


def orgtrail(*arguments, **options):
    """Run a command in this process."""
    return CliRunner().invoke(application(), [str(argument) for argument in arguments], **options)


def python_m_orgtrail(*arguments):
    """Run a command as a shell does."""
    command = [sys.executable, "-m", "orgtrail", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)


class TestEveryCommand:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_explains_itself_with_an_example(self, command):
        done = orgtrail(*command.split(), "--help")

        assert done.exit_code == 0
        assert "Example: " in done.stdout
        assert f"bin/orgtrail {command}" in done.stdout

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_is_listed_with_what_it_does(self, command):
        *group, name = command.split()
        listed = orgtrail(*group, "--help").stdout

        assert any(line.split()[:1] == [name] and len(line.split()) > 3 for line in listed.splitlines())


class TestWrongUsage:
    @pytest.mark.parametrize("arguments", [["chekc"], ["check", "--no-such-option"], ["check", "superfluous"]])
    def test_wrong_usage_ends_with_status_1_because_2_says_that_there_are_changes(self, arguments):
        done = python_m_orgtrail(*arguments)

        assert done.returncode == 1
        assert "Usage: python -m orgtrail" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("arguments", [["diff", "--shard\n::error::x"], ["check\n::error::\x1b[31mx"]])
    def test_wrong_usage_is_told_as_text_whatever_was_typed(self, arguments):
        done = python_m_orgtrail(*arguments)

        assert done.returncode == 1
        assert not [line for line in done.stderr.splitlines() if line.startswith("::")]
        assert "\x1b" not in done.stderr


class TestOptionsThatExcludeEachOther:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["diff", "--json", "--markdown"], "--json and --markdown exclude each other"),
            (["affected", "HEAD", "--json", "--matrix"], "--json and --matrix exclude each other"),
            (["affected", "HEAD", "--shards", "3"], "--shards says something only with --matrix"),
        ],
    )
    def test_options_that_exclude_each_other_are_wrong_usage(self, arguments, told):
        done = python_m_orgtrail(*arguments)

        assert (done.returncode, done.stdout) == (1, "")
        assert told in done.stderr


class TestDeploy:
    @pytest.mark.parametrize("arguments", [["payments-prod"], ["--exclude", "sandbox"], ["--shard", "1/2"]])
    def test_deploy_takes_no_selection_where_it_resumes(self, arguments):
        done = orgtrail("deploy", "--resume", "--yes", "--accounts", SAMPLE, *arguments)

        assert done.exit_code == 1
        assert "takes no selectors" in done.stderr


class TestCheck:
    def test_check_shows_every_pipeline_of_the_file(self):
        done = orgtrail("check", "--accounts", SAMPLE)

        assert done.exit_code == 0
        rows = [line.split() for line in done.stdout.splitlines()]
        for account in load(SAMPLE).active:
            for region in account.regions:
                assert any(row[:3] == [account.name, account.account_id, region] for row in rows)

    def test_check_says_that_there_are_no_faults(self):
        assert "no faults" in orgtrail("check", "--accounts", SAMPLE).stdout

    def test_check_tells_on_standard_error_who_is_skipped(self):
        done = python_m_orgtrail("check", "--accounts", str(SAMPLE))

        assert load(SAMPLE).skipped
        for account in load(SAMPLE).skipped:
            assert account.name in done.stderr
            assert account.name not in done.stdout

    def test_check_prints_json_on_request(self):
        done = orgtrail("check", "--accounts", SAMPLE, "--json")
        payments = next(row for row in json.loads(done.stdout)["accounts"] if row["name"] == "payments-prod")

        assert payments["account_id"] == "333333333333"
        assert payments["status"] == "active"
        assert {pipeline["region"]: pipeline["prefix"] for pipeline in payments["pipelines"]} == {
            region: f"333333333333/{region}/!{{timestamp:yyyy}}/!{{timestamp:MM}}/!{{timestamp:dd}}/"
            for region in ("us-east-1", "ap-northeast-1")
        }

    def test_check_prints_accounts_that_are_skipped_as_json_too(self):
        rows = json.loads(orgtrail("check", "--accounts", SAMPLE, "--json").stdout)["accounts"]

        assert {row["name"]: row["status"] for row in rows}["legacy"] == "suspended"

    @pytest.fixture
    def file_with(self, tmp_path):
        """Writes a file with these waves, in YAML, and three accounts: one is off, one suspended."""

        def write(waves="null"):
            path = tmp_path / "accounts.yaml"
            path.write_text(
                accounts_yaml(
                    "profile: archive",
                    rest=f"defaults: {{regions: us-east-1, role: Deployer}}\nrollout: {{waves: {waves}}}",
                    accounts=[
                        "name: payments, events: {sources: [aws.iam, aws.sts]}",
                        "name: data, enabled: false, events: {sources: [aws.iam, aws.sts]}",
                        "name: legacy, status: suspended",
                    ],
                )
            )
            return path

        return write

    def test_check_says_what_becomes_of_the_pipelines_of_a_disabled_account(self, file_with):
        done = orgtrail("check", "--accounts", file_with())

        assert "disabled: its pipelines are removed" in done.stdout
        assert "2 accounts (1 with `enabled: false`), 1 pipeline into" in done.stdout

    def test_check_tells_in_the_table_and_in_json_which_sources_deliver_next_to_nothing(self, file_with):
        table = orgtrail("check", "--accounts", file_with())
        document = json.loads(orgtrail("check", "--accounts", file_with(), "--json").stdout)

        (notice,) = document["notices"]
        assert notice.startswith("payments: next to nothing of aws.sts arrives")
        assert f"Note: {notice}" in table.stdout

    def test_check_has_in_json_that_an_account_is_disabled_and_without_pipelines(self, file_with):
        rows = json.loads(orgtrail("check", "--accounts", file_with(), "--json").stdout)["accounts"]

        assert [(row["enabled"], len(row["pipelines"])) for row in rows] == [(True, 1), (False, 0), (True, 1)]

    @pytest.mark.parametrize(
        ("waves", "place", "problem"),
        [
            ("[{name: a, accounts: [paymnets]}]", "4:40: rollout.waves[0].accounts[0]", "is no account's name or id"),
            (
                "[{name: a, accounts: ['wave:b']}]",
                "4:40: rollout.waves[0].accounts[0]",
                "no such wave",
            ),
            ("[{name: a, accounts: [legacy]}]", "4:39: rollout.waves[0].accounts", "legacy is suspended"),
            (
                "[{name: a, accounts: [data, '!d*']}]",
                "4:39: rollout.waves[0].accounts",
                "select no account",
            ),
        ],
        ids=["misspelt", "unknown-wave", "suspended", "excluded"],
    )
    @pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "json"])
    def test_a_wave_without_an_account_to_roll_out_is_a_fault(self, file_with, waves, place, problem, options):
        path = file_with(waves)
        done = orgtrail("check", "--accounts", path, *options)

        assert (done.exit_code, done.stdout) == (1, "")
        assert f"{path}:{place}: " in done.stderr
        assert problem in done.stderr

    def test_a_misspelt_account_of_a_wave_comes_with_the_one_that_was_meant(self, file_with):
        done = orgtrail("check", "--accounts", file_with("[{name: a, accounts: [paymnets]}]"))

        assert "did you mean payments?" in done.stderr

    def test_a_wave_of_what_is_affected_may_have_any_account(self, file_with):
        done = orgtrail("check", "--accounts", file_with("[{name: a, accounts: ['affected:main']}]"))

        assert done.exit_code == 0

    def test_check_of_a_faulty_file_prints_every_fault_and_ends_with_status_1(self):
        done = orgtrail("check", "--accounts", FAULTY)

        assert done.exit_code == 1
        assert done.stdout == ""
        assert done.stderr == FAULTY.with_suffix(".txt").read_text(encoding="utf-8").replace(FAULTY.name, str(FAULTY))

    def test_check_of_a_faulty_file_prints_no_json_either(self):
        done = orgtrail("check", "--accounts", FAULTY, "--json")

        assert (done.exit_code, done.stdout) == (1, "")

    def test_check_of_a_file_that_is_not_there_says_so(self, tmp_path):
        done = orgtrail("check", "--accounts", tmp_path / "no-such-file.yaml")

        assert done.exit_code == 1
        assert "no-such-file.yaml" in done.stderr
        assert "Traceback" not in done.stderr

    def test_check_reads_the_file_that_the_environment_names(self):
        done = orgtrail("check", env={"ORGTRAIL_ACCOUNTS": str(FAULTY)})

        assert (done.exit_code, done.stdout) == (1, "")

    def test_check_needs_neither_cdktf_nor_an_aws_provider(self):
        done = orgtrail("check", "--accounts", SAMPLE, env={"ORGTRAIL_PROVIDER_MIRROR": "/no/such/folder"})

        assert done.exit_code == 0


class TestSchema:
    def test_schema_is_the_json_schema_that_is_kept_in_the_repository(self):
        schema = json.loads(orgtrail("schema").stdout)

        assert schema == json.loads((REPOSITORY / "accounts.schema.json").read_text(encoding="utf-8"))
        assert schema["title"] == "Orgtrail accounts file"


class TestEnv:
    def test_env_prints_lines_for_a_shell(self):
        done = orgtrail("env", env={"ORGTRAIL_PROVIDER_MIRROR": "none"})

        assert done.exit_code == 0
        assert all(line.startswith("export ") for line in done.stdout.splitlines())

    def test_env_prints_the_same_as_json_on_request(self):
        lines = orgtrail("env", env={"ORGTRAIL_PROVIDER_MIRROR": "none"}).stdout.splitlines()
        variables = json.loads(orgtrail("env", "--json", env={"ORGTRAIL_PROVIDER_MIRROR": "none"}).stdout)["variables"]

        assert [line.removeprefix("export ").partition("=")[0] for line in lines] == list(variables)

    def test_env_says_which_mirror_is_not_usable(self, tmp_path):
        done = orgtrail("env", env={"ORGTRAIL_PROVIDER_MIRROR": str(tmp_path)})

        assert done.exit_code == 1
        assert str(tmp_path) in done.stderr
        assert done.stdout == ""


def buckets():
    """The buckets of the caller's account."""
    return [bucket["Name"] for bucket in boto3.Session().client("s3", "us-east-1").list_buckets()["Buckets"]]


@pytest.mark.usefixtures("empty_aws")
class TestBootstrap:
    @pytest.fixture
    def accounts(self, tmp_path):
        """An accounts file whose states are in a bucket of the caller's account."""
        path = tmp_path / "accounts.yaml"
        path.write_text(
            accounts_yaml(
                state="backend: s3, bucket: acme-terraform-state, region: us-east-1, account_id: '123456789012'",
                accounts=["name: payments, regions: us-east-1"],
            )
        )
        return path

    def test_bootstrap_shows_what_it_would_do_and_asks(self, accounts):
        done = orgtrail("bootstrap", "--accounts", accounts, input="n\n")

        assert done.exit_code == 1
        assert "create the bucket acme-terraform-state in us-east-1" in done.stdout
        assert buckets() == []

    def test_bootstrap_does_it_when_told_so(self, accounts):
        done = orgtrail("bootstrap", "--accounts", accounts, input="y\n")

        assert done.exit_code == 0
        assert buckets() == ["acme-terraform-state"]

    def test_bootstrap_has_nothing_to_do_the_second_time(self, accounts):
        orgtrail("bootstrap", "--accounts", accounts, "--yes")
        done = orgtrail("bootstrap", "--accounts", accounts, "--yes")

        assert done.exit_code == 0
        assert "nothing to do" in done.stdout

    def test_bootstrap_with_the_credentials_of_another_account_says_whose_they_are(self, accounts):
        accounts.write_text(accounts.read_text().replace("123456789012", "999999999999"))
        done = orgtrail("bootstrap", "--accounts", accounts, "--yes")

        assert done.exit_code == 1
        assert "123456789012" in done.stderr
        assert "Traceback" not in done.stderr

    def test_bootstrap_has_nothing_to_make_for_states_that_are_not_in_a_bucket(self, accounts):
        text = accounts.read_text().splitlines()
        accounts.write_text("\n".join("state: {backend: local}" if line.startswith("state") else line for line in text))
        done = orgtrail("bootstrap", "--accounts", accounts)

        assert done.exit_code == 0
        assert "there is no bucket to make" in done.stdout
