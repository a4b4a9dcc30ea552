"""The version of an account's stack: raised when what the stack makes changes, and only then.

A release that changes nothing there must not change the stacks of thousands of accounts, and a change must not go
untold: `status --deep` shows by it which accounts were deployed before.
"""

import copy
from dataclasses import fields

import pytest

from orgtrail import names
from scripts import stack_version
from tests.builders import resources

pytestmark = pytest.mark.xdist_group("synthesis")


@pytest.fixture(scope="module")
def stacks():
    return stack_version.reference_stacks()


def digests(stacks):
    return {name: stack_version.digests(stack) for name, stack in stacks.items()}


def test_the_version_is_raised_when_what_an_accounts_stack_makes_changes(stacks):
    told = stack_version.complaint(digests(stacks))

    assert told is None, told


def test_what_is_recorded_has_all_that_an_account_can_have():
    """A new setting of accounts is one of the full account's, or makes nothing in a stack of its own."""
    plain, full = stack_version.reference_accounts().values()
    of_the_provider = {"org_id", "roles", "plan_roles", "external_id", "session_name", "profile", "tags"}
    of_no_resource = {"account_id", "name", "email", "display_name", "vars", "status", "enabled", "written"}

    same = {one.name for one in fields(plain) if getattr(plain, one.name) == getattr(full, one.name)}

    # Another text of an alarm shall make no account outdated, above all none without alarms.
    assert same == of_the_provider | of_no_resource | {"alarms"}


def test_both_roles_carry_it_as_a_tag_and_nothing_else_does(stacks):
    stamp = {names.STACK_VERSION_TAG: str(names.STACK_VERSION)}

    for stack in stacks.values():
        assert [role["tags"] for role in resources(stack, "aws_iam_role")] == [stamp, stamp]
        others = [
            item for kind, named in stack["resource"].items() if kind != "aws_iam_role" for item in named.values()
        ]
        assert [item for item in others if names.STACK_VERSION_TAG in item.get("tags", {})] == []


def test_a_raised_version_is_no_change_of_the_stack(stacks):
    raised = copy.deepcopy(stacks)
    for role in resources(raised["plain"], "aws_iam_role"):
        role["tags"][names.STACK_VERSION_TAG] = "99"

    assert digests(raised) == digests(stacks)


def test_a_changed_resource_is_named_with_what_to_do(stacks):
    changed = copy.deepcopy(stacks)
    [address] = [name for name in changed["plain"]["resource"]["aws_iam_role"] if "firehose" in name]
    changed["plain"]["resource"]["aws_iam_role"][address]["description"] = "another"
    version = names.STACK_VERSION

    assert stack_version.complaint(digests(changed)) == "\n".join(
        [
            "What an account's stack makes has changed:",
            f"  plain: aws_iam_role.{address}",
            f"So all accounts are to be deployed again. Raise STACK_VERSION in orgtrail/names.py to {version + 1}:",
            "`status --deep` then tells which of them are older. Say in CHANGELOG.md what changes, and run",
            "  python -m scripts.stack_version",
        ]
    )


def test_what_only_a_new_setting_makes_may_keep_the_version(stacks):
    more = {**digests(stacks)["full"], "aws_sns_topic.new": "0123456789abcdef"}
    told = str(stack_version.complaint({**digests(stacks), "full": more})).splitlines()

    assert told[:2] == ["What an account's stack makes has changed:", "  full: aws_sns_topic.new"]
    assert told[-1] == "  python -m scripts.stack_version --new-setting"


def test_what_every_account_has_may_not(stacks):
    more = {**digests(stacks)["plain"], "aws_sns_topic.new": "0123456789abcdef"}
    told = str(stack_version.complaint({**digests(stacks), "plain": more})).splitlines()

    assert told[-1] == "  python -m scripts.stack_version"


def test_a_version_that_isnt_recorded_is_told(stacks, monkeypatch):
    monkeypatch.setattr(stack_version, "STACK_VERSION", names.STACK_VERSION + 1)

    assert stack_version.complaint(digests(stacks)) == (
        f"Version {names.STACK_VERSION + 1} isn't recorded yet. Run\n  python -m scripts.stack_version"
    )
