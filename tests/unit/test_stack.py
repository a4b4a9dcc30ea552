"""The stacks of an organization, as one value each."""

import pytest

from orgtrail.selection.stack import Stack, archive_stack, stacks_of
from orgtrail.settings import CloudState, LocalState
from tests.builders import ARCHIVE_ACCOUNT_ID, a_trail, an_account, an_s3_state, settings

LATE = an_account("999999999999", name="late")
EARLY = an_account("111111111111", name="early")
SUSPENDED = an_account("555555555555", name="gone", status="suspended")
ORGANIZATION = settings(LATE, SUSPENDED, EARLY)


def test_are_the_archives_and_those_of_active_accounts_in_the_order_of_the_file():
    assert [stack.name for stack in stacks_of(ORGANIZATION)] == ["archive", "late", "early"]


def test_have_the_trails_after_the_archives():
    with_trail = stacks_of(settings(LATE, EARLY, trail=a_trail()))

    assert [stack.name for stack in with_trail] == ["archive", "trail", "late", "early"]
    assert [stack.name for stack in sorted(with_trail, key=lambda one: one.order)] == [
        "archive",
        "trail",
        "early",
        "late",
    ]
    assert with_trail[1].state_key == "terraform.trail.tfstate"


def test_may_be_asked_for_of_other_accounts():
    assert [stack.name for stack in stacks_of(ORGANIZATION, [SUSPENDED])] == ["archive", "gone"]


def test_are_sorted_with_the_archive_first_and_accounts_by_id():
    stacks = sorted(stacks_of(ORGANIZATION), key=lambda stack: stack.order)

    assert [stack.name for stack in stacks] == ["archive", "early", "late"]


@pytest.mark.parametrize(
    ("state", "keys"),
    [
        (
            an_s3_state(key="orgtrail/{account_id}.tfstate"),
            ["orgtrail/archive.tfstate", "orgtrail/111111111111.tfstate"],
        ),
        (LocalState(path="{name}.tfstate"), ["archive.tfstate", "early.tfstate"]),
        (CloudState(organization="acme", workspace="{name}-{account_id}"), ["archive-archive", "early-111111111111"]),
    ],
    ids=["s3", "local", "cloud"],
)
def test_know_the_key_of_their_state_in_each_backend(state, keys):
    assert [stack.state_key for stack in stacks_of(settings(EARLY, state=state))] == keys


def test_of_the_archive_and_of_the_archive_account_are_two():
    own = Stack.of(an_account(ARCHIVE_ACCOUNT_ID, name="log-archive"), ORGANIZATION.state)
    archive = archive_stack(ORGANIZATION)

    assert own.owner.account_id == archive.owner.account_id
    assert (own.is_archive, archive.is_archive) == (False, True)
    assert own.state_key != archive.state_key
