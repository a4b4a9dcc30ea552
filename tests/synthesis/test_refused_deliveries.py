"""No step of a change of layout or key refuses what an account delivers; what would is found in the plans.

The plans are made of synthesized stacks: what Terraform would find before, and what it would make of it.
"""

import json
from dataclasses import replace
from typing import cast

import pytest

from orgtrail.archive.policy import archive_policy
from orgtrail.layout import Layout
from orgtrail.rollout.archive_guard import objections
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.results import Result, Status
from orgtrail.selection.stack import Stack
from orgtrail.settings import Archive, Former, MovingFrom, Settings
from orgtrail.terraform.changes import Change
from orgtrail.terraform.processes import Processes
from tests.builders import (
    OTHER_ACCOUNT_ID,
    Document,
    account_stack,
    an_account,
    an_archive,
    archive_stack,
    settings,
    unescaped,
)

pytestmark = pytest.mark.xdist_group("synthesis")

MANAGED_KEY = "arn:aws:kms:us-east-1:222222222222:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = "arn:aws:kms:us-east-1:222222222222:key/00000000-2222-3333-4444-555555555555"
OWN_KEY = "arn:aws:kms:us-east-1:222222222222:key/99999999-2222-3333-4444-555555555555"
NEW = Layout("iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/")
PAYMENTS = an_account()
ARCHIVE = Stack.of(an_archive(), settings().state)
SANDBOX = an_account(OTHER_ACCOUNT_ID, name="sandbox")
KINDS = (
    "aws_iam_role_policy",
    "aws_kinesis_firehose_delivery_stream",
    "aws_kms_key",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_server_side_encryption_configuration",
)


@pytest.fixture(autouse=True)
def no_managed_key_yet(monkeypatch):
    """AWS is asked whether there is one; tests/emulator/test_adoption_of_the_archive.py shows what is said if so."""
    monkeypatch.setattr("orgtrail.rollout.archive_guard.second_key", lambda _plan, _settings: iter(()))


def organization(archive: Archive) -> Settings:
    return settings(PAYMENTS, SANDBOX, archive=archive)


def stack(archive: Archive, name: str) -> Document:
    """The resources of a stack as a plan has them, by their addresses."""
    wanted = organization(archive)
    account = next((one for one in wanted.accounts if one.name == name), None)
    made = account_stack(account, wanted) if account else archive_stack(wanted)
    return {
        f"{kind}.{key}": _state(kind, resource)
        for kind in KINDS
        for key, resource in made.get("resource", {}).get(kind, {}).items()
    }


def _state(kind: str, resource: Document) -> Document:
    state: Document = json.loads(json.dumps(resource).replace("${aws_kms_key.archive.arn}", MANAGED_KEY))
    if "policy" in state:
        state["policy"] = unescaped(state["policy"])
    if kind == "aws_kms_key":
        state["arn"] = MANAGED_KEY
    if kind == "aws_s3_bucket_server_side_encryption_configuration":
        state["bucket"] = an_archive().bucket
        for rule in state["rule"]:
            rule["apply_server_side_encryption_by_default"] = [rule["apply_server_side_encryption_by_default"]]
    if kind == "aws_kinesis_firehose_delivery_stream":
        state["extended_s3_configuration"] = [state["extended_s3_configuration"]]
    return state


class Plans:
    """The plans of a rollout, and of a stack that is looked at besides; nothing is applied."""

    def __init__(self, now: dict[str, Archive | None], then: Archive, looked_at: Status = "unchanged") -> None:
        """`now`: with which archive's settings each stack was applied last; None: never."""
        self._plans = {name: self._plan(name, archive, then) for name, archive in now.items()}
        self._looked_at = looked_at

    @staticmethod
    def _plan(name: str, now: Archive | None, then: Archive) -> Document:
        before, after = stack(now, name) if now else {}, stack(then, name)
        return {
            "resource_changes": [
                {
                    "address": address,
                    "type": address.partition(".")[0],
                    "change": {
                        "actions": _actions(before.get(address), after.get(address)),
                        "before": before.get(address),
                        "after": after.get(address),
                    },
                }
                for address in before | after
            ]
        }

    processes = Processes()
    plans_at_once = 2

    def show(self, stack: Stack) -> Document:
        return self._plans[stack.name]

    def plan_all(self, stacks: list[Stack], _on_result: object) -> list[Result]:
        return [replace(self.result(one.name), status=self._looked_at, error="access denied") for one in stacks]

    def objections(self, then: Archive, *names: str) -> list[str]:
        """What is objected to where these stacks are to be applied."""
        return objections(cast(Engine, self), organization(then), [self.result(name) for name in names])

    def result(self, name: str) -> Result:
        changes = tuple(
            Change(one["address"], one["change"]["actions"][0])
            for one in self._plans[name]["resource_changes"]
            if one["change"]["actions"] != ["no-op"]
        )
        return Result(name, "changes" if changes else "unchanged", changes)


def _actions(before: Document | None, after: Document | None) -> list[str]:
    if before == after:
        return ["no-op"]
    return ["create"] if before is None else ["delete"] if after is None else ["update"]


def rollout(then: Archive, **now: Archive | None) -> list[str]:
    """What is objected to in a rollout of all stacks that were applied last with these settings."""
    plans = Plans(now, then)
    return plans.objections(then, *now)


def everywhere(archive: Archive | None) -> dict[str, Archive | None]:
    return dict.fromkeys(("archive", "payments", "sandbox"), archive)


KEPT = Former(kms_key="managed")
MOVES = {
    "layout": (an_archive(), an_archive(layout=NEW, moving_from=MovingFrom(layout=Layout())), an_archive(layout=NEW)),
    "no key to a managed one": (
        an_archive(),
        an_archive(kms_key="managed", moving_from=MovingFrom(kms_key="none")),
        an_archive(kms_key="managed"),
    ),
    "a managed key to none": (
        an_archive(kms_key="managed"),
        an_archive(moving_from=MovingFrom(kms_key="managed")),
        an_archive(former=KEPT),
    ),
    "a managed key to another": (
        an_archive(kms_key="managed"),
        an_archive(kms_key=OWN_KEY, moving_from=MovingFrom(kms_key="managed")),
        an_archive(kms_key=OWN_KEY, former=KEPT),
    ),
    "another key to a managed one": (
        an_archive(kms_key=OWN_KEY),
        an_archive(kms_key="managed", moving_from=MovingFrom(kms_key=OWN_KEY)),
        an_archive(kms_key="managed"),
    ),
    "one key to another": (
        an_archive(kms_key=OWN_KEY),
        an_archive(kms_key=OTHER_KEY, moving_from=MovingFrom(kms_key=OWN_KEY)),
        an_archive(kms_key=OTHER_KEY),
    ),
    "both at once": (
        an_archive(),
        an_archive(layout=NEW, kms_key=OWN_KEY, moving_from=MovingFrom(layout=Layout(), kms_key="none")),
        an_archive(layout=NEW, kms_key=OWN_KEY),
    ),
}
# With a managed key the roles may use any key of the archive account, and S3's own encryption needs no permission.
WRITTEN = {
    "layout": '    layout: "{account_id}/{region}/{yyyy}/{MM}/{dd}/"',
    "no key to a managed one": "    kms_key: none",
    "another key to a managed one": f"    kms_key: {OWN_KEY}",
    "one key to another": f"    kms_key: {OWN_KEY}",
    "both at once": '    layout: "{account_id}/{region}/{yyyy}/{MM}/{dd}/"\n    kms_key: none',
}
REFUSED = {name: MOVES[name] for name in WRITTEN}
REFUSED_BEFORE_THE_ARCHIVE = {name: MOVES[name] for name in ("layout", "one key to another", "both at once")}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
class TestAMoveInItsSteps:
    def test_a_move_in_its_steps_can_be_opened(self, move):
        before, moving, _after = move

        assert rollout(moving, **everywhere(before)) == []

    def test_a_move_in_its_steps_can_be_gone_on_with_after_some_accounts_have_failed(self, move):
        before, moving, _after = move

        assert rollout(moving, archive=moving, payments=moving, sandbox=before) == []

    def test_a_move_in_its_steps_can_be_closed_once_all_accounts_have_moved(self, move):
        _before, moving, after = move

        assert rollout(after, **everywhere(moving)) == []

    def test_a_move_in_its_steps_can_be_gone_on_with_after_the_closing_has_failed_for_some(self, move):
        _before, moving, after = move

        assert rollout(after, archive=after, payments=after, sandbox=moving) == []

    def test_a_move_in_its_steps_can_be_called_off(self, move):
        before, moving, _after = move
        back = replace(before, former=KEPT)

        assert rollout(back, archive=moving, payments=before, sandbox=before) == []


@pytest.mark.parametrize(("name", "move"), REFUSED.items(), ids=REFUSED)
class TestAMoveThatSkipsAStep:
    def test_a_move_that_skips_a_step_is_refused_with_what_to_write(self, name, move):
        before, _moving, after = move
        (text,) = rollout(after, **everywhere(before))

        assert text.startswith("The archive would refuse what payments, sandbox deliver")
        assert text.endswith(f"archive:\n  moving_from:\n{WRITTEN[name]}")

    def test_a_move_that_skips_a_step_is_refused_while_one_account_has_not_moved(self, name, move):
        before, moving, after = move
        (text,) = rollout(after, archive=moving, payments=moving, sandbox=before)

        assert text.startswith("The archive would refuse what sandbox deliver")

    def test_a_move_that_skips_a_step_is_refused_while_one_account_is_not_looked_at(self, name, move):
        _before, moving, after = move
        (text,) = rollout(after, archive=moving, payments=moving)

        assert "whether sandbox still deliver in the old way isn't known" in text


@pytest.mark.parametrize("move", REFUSED_BEFORE_THE_ARCHIVE.values(), ids=REFUSED_BEFORE_THE_ARCHIVE)
def test_an_account_doesnt_move_before_the_archive(move):
    before, _moving, after = move
    (text,) = Plans({"archive": before, "payments": before}, after).objections(after, "payments")

    assert text.endswith("Deploy the stack archive with them.")


def test_accounts_that_move_after_the_archive_need_it_in_no_run():
    before, moving, _after = MOVES["layout"]
    plans = Plans({"archive": moving, "payments": before}, moving)

    assert plans.objections(moving, "payments") == []


def test_an_archive_that_cant_be_looked_at_is_told():
    before, moving, _after = MOVES["layout"]
    plans = Plans({"archive": moving, "payments": before}, moving, looked_at="failed")
    (text,) = plans.objections(moving, "payments")

    assert text == "Whether the archive takes what payments would deliver isn't known: access denied"


def test_what_is_deployed_for_the_first_time_can_be_refused_nothing():
    assert rollout(an_archive(kms_key="managed"), **everywhere(None)) == []


@pytest.mark.parametrize(
    "archive",
    [
        an_archive(),
        an_archive(kms_key="managed", break_glass_role="arn:aws:iam::222222222222:role/break-glass"),
        an_archive(kms_key=OWN_KEY, layout=NEW, moving_from=MovingFrom(layout=Layout(), kms_key="none")),
    ],
    ids=["plain", "with key and break-glass role", "moving"],
)
def test_a_new_account_begins_where_the_archive_is_as_the_file_says(archive):
    assert Plans({"archive": archive, "payments": None}, archive).objections(archive, "payments") == []


def test_a_new_account_needs_an_archive_that_is_there():
    missing = Plans({"archive": None, "payments": None}, an_archive())

    assert missing.objections(an_archive(), "payments") == [
        "There is no archive yet that takes what payments would deliver. Deploy the stack archive with them."
    ]


@pytest.mark.parametrize("name", REFUSED_BEFORE_THE_ARCHIVE)
def test_a_new_account_doesnt_begin_in_a_way_that_the_archive_refuses(name):
    before, _moving, after = MOVES[name]
    (text,) = Plans({"archive": before, "payments": None}, after).objections(after, "payments")

    assert text.endswith("Deploy the stack archive with them.")


def test_a_new_account_that_the_archive_doesnt_list_is_told():
    both = replace(organization(an_archive()), organization_id=None)
    plans = Plans({"archive": an_archive(), "sandbox": None}, an_archive())
    for change in plans.show(ARCHIVE)["resource_changes"]:
        if change["type"] == "aws_s3_bucket_policy":
            listing = archive_policy(replace(both, accounts=(PAYMENTS,)), None)
            change["change"]["before"] = {"policy": json.dumps(listing)}

    assert objections(cast(Engine, plans), both, [plans.result("sandbox")]) == [
        "The archive's policy doesn't let sandbox deliver. Deploy the stack archive with them."
    ]


def test_an_existing_bucket_that_is_left_alone_isnt_planned_for_an_account():
    theirs = an_archive(existing=True)

    assert Plans({"payments": None}, theirs).objections(theirs, "payments") == []


def test_another_organization_is_told():
    moved = replace(organization(an_archive()), organization_id="o-zzzzzzzzzz")
    plans = Plans(everywhere(an_archive()), an_archive(noncurrent_days=90))
    planned = [replace(plans.result("archive"), status="changes"), plans.result("payments"), plans.result("sandbox")]
    (text,) = objections(cast(Engine, plans), moved, planned)

    assert text.startswith("The archive would let the accounts of organization o-zzzzzzzzzz deliver, and no longer")


def test_a_managed_key_that_would_be_forgotten_is_told_with_the_line_that_keeps_it():
    moving = an_archive(moving_from=MovingFrom(kms_key="managed"))
    plans = Plans(everywhere(moving), an_archive())
    for change in plans.show(ARCHIVE)["resource_changes"]:
        if change["type"] == "aws_kms_key":
            change["change"]["actions"] = ["forget"]
    (text,) = plans.objections(an_archive(), *everywhere(moving))

    assert text.startswith("Terraform would forget the archive's key.")
    assert text.endswith("archive:\n  former:\n    kms_key: managed")
