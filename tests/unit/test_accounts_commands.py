"""`accounts add`, `import` and `list`, as a shell sees them."""

import json

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.settings import load
from tests.builders import REPOSITORY, accounts_yaml

SAMPLE = (REPOSITORY / "accounts.yaml").read_text()


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "accounts.yaml"
    file.write_text(SAMPLE)
    return file


def accounts(name, *arguments, file):
    return CliRunner().invoke(application(), ["accounts", name, *arguments, "--accounts", str(file)])


class TestAdd:
    def test_without_write_the_edit_is_only_shown(self, file):
        done = accounts("add", "777777777777", "ledger", file=file)

        assert (done.exit_code, file.read_text()) == (0, SAMPLE)
        assert '+  - account_id: "777777777777"\n+    name: ledger\n' in done.stdout
        assert "--write makes this edit" in done.stderr

    def test_several_are_added_with_what_they_share(self, file):
        arguments = ["777777777777", "ledger", "888888888888", "test", "--tag", "env=a=b", "--region", "us-east-1"]
        done = accounts("add", *arguments, "--write", file=file)
        added = load(file).accounts[-2:]

        assert done.exit_code == 0
        assert [(one.account_id, one.name, one.tags["env"], one.regions) for one in added] == [
            ("777777777777", "ledger", "a=b", ("us-east-1",)),
            ("888888888888", "test", "a=b", ("us-east-1",)),
        ]

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["777777777777"], "777777777777 has no name"),
            (["777777777777", "a", "--tag", "env"], "'env' is no tag"),
            (["77", "a"], "accounts[4].account_id: '77' has 2 digits"),
            (["333333333333", "a"], "is the account_id of accounts[0] too"),
            (["777777777777", "SANDBOX"], "is the name of accounts[2] too"),
        ],
    )
    def test_what_would_not_be_sound_is_refused_and_the_file_stays(self, file, arguments, told):
        done = accounts("add", *arguments, "--write", file=file)

        assert (done.exit_code, file.read_text()) == (1, SAMPLE)
        assert told in done.stderr.replace("\n│", "")

    def test_a_file_that_is_not_there_is_told_as_everywhere(self, tmp_path):
        done = accounts("add", "777777777777", "a", file=tmp_path / "none.yaml")

        assert (done.exit_code, "can't be read: no such file or directory" in done.stderr) == (1, True)


class TestImport:
    def test_the_accounts_of_a_c7n_org_file_are_added(self, file, tmp_path):
        c7n = tmp_path / "c7n.yml"
        c7n.write_text("accounts:\n- {account_id: 777777777777, name: My Team, role: R, tags: [a:b], note: x}\n")
        done = accounts("import", str(c7n), "--write", file=file)
        added = load(file).accounts[-1]

        assert done.exit_code == 0
        assert (added.account_id, added.name, added.display_name) == ("777777777777", "my-team", "My Team")
        assert added.roles == ("arn:aws:iam::777777777777:role/R",)
        assert "Note: my-team: note means nothing here; left out" in done.stderr
        assert file.read_text().startswith(SAMPLE)

    def test_a_file_with_nothing_new_changes_nothing(self, file, tmp_path):
        c7n = tmp_path / "c7n.yml"
        c7n.write_text("accounts:\n- {account_id: 333333333333, name: a}\n")
        done = accounts("import", str(c7n), "--write", file=file)

        assert (done.exit_code, done.stdout, file.read_text()) == (0, "", SAMPLE)


class TestList:
    def test_all_accounts_are_listed_those_that_are_skipped_too(self, file):
        done = accounts("list", file=file)

        assert "legacy          666666666666   suspended" in done.stdout
        assert done.stdout.splitlines()[-1] == "4 accounts, 1 of them skipped"

    def test_selectors_choose_what_is_listed(self, file):
        done = accounts("list", "tag:env=*", "--exclude", "sandbox", "--json", file=file)

        assert json.loads(done.stdout) == {
            "version": 1,
            "accounts": [
                {
                    "name": "payments-prod",
                    "account_id": "333333333333",
                    "status": "active",
                    "enabled": True,
                    "regions": ["us-east-1", "ap-northeast-1"],
                    "tags": {"owner": "platform-security", "env": "prod"},
                    "roles": ["arn:aws:iam::333333333333:role/OrganizationAccountAccessRole"],
                    "email": None,
                    "display_name": None,
                    "wave": None,
                }
            ],
        }

    def test_each_has_the_first_wave_that_it_is_in(self, file):
        rest = "rollout: {waves: [{name: canary, accounts: [a]}, {name: all, accounts: ['[ab]']}]}\n"
        named = ["name: a", "name: b, enabled: false", "name: c"]
        file.write_text(accounts_yaml(rest=f"{rest}defaults: {{regions: us-east-1}}", accounts=named))
        listed = json.loads(accounts("list", "--json", file=file).stdout)["accounts"]

        assert [one["wave"] for one in listed] == ["canary", "all", None]
        assert " b         444444444444   disabled   us-east-1          all" in accounts("list", file=file).stdout

    def test_a_wave_that_is_faulty_hides_no_account(self, file):
        rest = "rollout: {waves: [{name: canary, accounts: [gone]}, {name: all, accounts: [a]}]}\n"
        file.write_text(accounts_yaml(rest=f"{rest}defaults: {{regions: us-east-1}}", accounts=["name: a"]))
        listed = json.loads(accounts("list", "--json", file=file).stdout)["accounts"]

        assert [(one["name"], one["wave"]) for one in listed] == [("a", "all")]

    def test_a_selector_that_matches_nothing_is_told(self, file):
        done = accounts("list", "payment-prod", file=file)

        assert (done.exit_code, "did you mean payments-prod?" in done.stderr) == (1, True)
