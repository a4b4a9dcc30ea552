"""Settings for a plan only."""

from dataclasses import replace

import pytest

from orgtrail.console.startup import load_settings, refuse_plan_only
from orgtrail.errors import UserError
from orgtrail.settings import PLAN_ONLY, S3State, load, with_plan_roles
from tests.builders import accounts_yaml

ROLES = "defaults: {regions: [us-east-1], role: [hub, deployer], plan_role: reader, external_id: known}"
STATE = "backend: s3, bucket: states, region: us-east-1, role: StateWriter, plan_role: StateReader"


@pytest.fixture
def accounts(tmp_path):
    """Writes an accounts file with these parts."""

    def write(rest=ROLES, state=STATE, accounts=("name: payments",)):
        file = tmp_path / "accounts.yaml"
        file.write_text(accounts_yaml(state=state, rest=rest, accounts=accounts))
        return file

    return write


def test_every_account_the_archive_and_the_states_are_entered_by_the_role_that_reads_and_nothing_else_differs(accounts):
    written = load(accounts())
    planned = with_plan_roles(written)

    assert [one.roles for one in planned.accounts] == [("arn:aws:iam::333333333333:role/reader",)]
    assert planned.archive.roles == ("arn:aws:iam::222222222222:role/reader",)
    assert isinstance(planned.state, S3State)
    assert planned.state.role == "arn:aws:iam::222222222222:role/StateReader"
    assert [replace(one, roles=()) for one in planned.accounts] == [replace(one, roles=()) for one in written.accounts]
    assert replace(planned.archive, roles=()) == replace(written.archive, roles=())


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ({"rest": "defaults: {regions: [us-east-1], role: deployer}"}, "archive, payments"),
        ({"state": STATE.replace(", plan_role: StateReader", "")}, "state"),
        ({"accounts": ("name: payments, plan_role: []",)}, "payments"),
    ],
)
def test_a_role_without_one_that_only_reads_is_never_taken_in_its_place(accounts, parts, missing):
    with pytest.raises(UserError, match=f"there is no plan_role for {missing}:"):
        with_plan_roles(load(accounts(**parts)))


def test_who_enters_with_their_own_credentials_plans_with_them_too(accounts):
    file = accounts(rest="defaults: {regions: [us-east-1]}", state="backend: local")

    assert with_plan_roles(load(file)) == load(file)


def test_the_environment_says_that_only_plans_are_made(accounts, monkeypatch):
    file = accounts()
    assert load_settings(file).accounts[0].roles[-1].endswith("role/deployer")

    monkeypatch.setenv(PLAN_ONLY, "1")
    assert load_settings(file).accounts[0].roles == ("arn:aws:iam::333333333333:role/reader",)
    with pytest.raises(UserError, match=f"{PLAN_ONLY} is set: unset it for what does more than plan"):
        refuse_plan_only()
