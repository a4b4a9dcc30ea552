"""The accounts file of c7n-org becomes entries, and what can't be taken over is told."""

import pytest

from orgtrail.errors import UserError
from orgtrail.onboarding.c7n_org import convert
from orgtrail.settings import InvalidSettings
from tests.builders import an_account, settings


def converted(tmp_path, text, *accounts):
    file = tmp_path / "c7n.yml"
    file.write_text(text)
    return convert(file, settings(*accounts))


def entries(tmp_path, text, *accounts):
    return [dict(entry) for entry in converted(tmp_path, text, *accounts).entries]


def test_what_both_know_is_taken_over_as_it_is(tmp_path):
    text = (
        "accounts:\n- account_id: '333333333333'\n  name: Web\n  email: web@example.com\n  role: Deploy\n"
        "  external_id: secret\n  regions: [us-east-1, eu-west-1]\n  tags: [env:prod, 'path:/Workloads']\n"
        "  vars: {tier: 1}\n"
    )

    assert entries(tmp_path, text) == [
        {
            "account_id": "333333333333",
            "name": "Web",
            "email": "web@example.com",
            "role": "Deploy",
            "external_id": "secret",
            "regions": ["us-east-1", "eu-west-1"],
            "tags": ["env:prod", "path:/Workloads"],
            "vars": {"tier": 1},
        }
    ]
    assert converted(tmp_path, text).notes == ()


@pytest.mark.parametrize("digits", ["012345670123", "333333333333", "123456789012"])
def test_an_id_without_quotes_is_taken_by_its_digits(tmp_path, digits):
    assert entries(tmp_path, f"accounts:\n- {{account_id: {digits}, name: a}}\n")[0]["account_id"] == digits


@pytest.mark.parametrize(
    ("keys", "left", "note"),
    [
        (
            "name: Payments (EU)",
            {"name": "payments-eu", "display_name": "Payments (EU)"},
            "its name had to change; the",
        ),
        ("name: TAKEN", {"name": "TAKEN-333333333333", "display_name": "TAKEN"}, "its name had to change"),
        ("regions: [eu-west-1]", {"regions": ["us-east-1", "eu-west-1"]}, "us-east-1 was added to its regions"),
        ("regions: eu-west-1", {"regions": ["us-east-1", "eu-west-1"]}, "us-east-1 was added to its regions"),
        ("regions: [all]", {"regions": ["all"]}, ""),
        ("regions: [mars-1]", {}, "a: regions has a value that it can't have here; left out"),
        ("provider: aws", {}, "a: provider means nothing here; left out"),
        ("tags: {env: [1]}", {}, "a: tags has a value that it can't have here; left out"),
        ("role: 'arn:aws:iam::444444444444:role/R'", {}, "a: role isn't in the account itself; left out"),
        ("role: ['arn:aws:iam::444444444444:role/Hub', R]", {"role": ["arn:aws:iam::444444444444:role/Hub", "R"]}, ""),
        ("email: null", {}, ""),
    ],
)
def test_what_does_not_fit_is_left_out_or_made_to_fit_and_told(tmp_path, keys, left, note):
    keys = keys if keys.startswith("name") else f"name: a, {keys}"
    text = f"accounts:\n- {{account_id: '333333333333', {keys}}}\n"
    found = converted(tmp_path, text, an_account(account_id="444444444444", name="taken"))

    assert [dict(entry) for entry in found.entries] == [{"account_id": "333333333333", "name": "a", **left}]
    assert len(found.notes) == bool(note)
    assert note in "".join(found.notes)


def test_one_accounts_trouble_costs_that_account_alone(tmp_path):
    text = (
        "accounts:\n- {account_id: '123', name: short}\n- just text\n- {account_id: '444444444444', name: listed}\n"
        "- {account_id: '333333333333', name: a}\n- {account_id: '333333333333', name: again}\n"
    )
    found = converted(tmp_path, text, an_account(account_id="444444444444", name="x"))

    assert [entry["name"] for entry in found.entries] == ["a"]
    assert found.notes == (
        "accounts[0] 'short': account_id has 3 digits; left out",
        "accounts[1] '': account_id is not an account id; left out",
        "accounts[2] 'listed', accounts[4] 'again': listed already; left out",
    )


def test_what_is_beside_the_accounts_is_told(tmp_path):
    text = "vars: {a: 1, b: 2}\nsubscriptions: []\nother: 1\naccounts: []\n"

    assert converted(tmp_path, text).notes == (
        "subscriptions: not AWS, left out",
        "vars at the top (a, b): put those that a role names into defaults.vars",
        "'other': not known here, left out",
    )


@pytest.mark.parametrize("text", ["subscriptions: []\n", "accounts: 3\n"])
def test_a_file_without_aws_accounts_is_refused(tmp_path, text):
    with pytest.raises(UserError, match="has no list `accounts`"):
        converted(tmp_path, text)


@pytest.mark.parametrize("text", ["accounts: [\n", "accounts: [{name: yes}]\n", "- 1\n", ""])
def test_a_file_that_is_misread_is_reported_with_its_place(tmp_path, text):
    with pytest.raises(InvalidSettings):
        converted(tmp_path, text)
