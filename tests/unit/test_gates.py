"""What `--fail-on` finds, and how it says so."""

import subprocess

import pytest

from orgtrail.rollout.gates import FailOn, failures, weaker_evidence
from orgtrail.rollout.results import Result
from orgtrail.settings import load
from orgtrail.terraform.changes import Change
from orgtrail.weaker import Loss, Weakening

FILE = """\
organization: {{id: o-a1b2c3d4e5}}
archive: {{account_id: "999999999999", region: us-east-1, bucket: the-archive{archive}}}
state: {{backend: local}}
defaults: {{regions: [us-east-1]}}
accounts:
  - {{account_id: "111111111111", name: alice{alice}}}
  - {{account_id: "222222222222", name: bob{bob}}}
"""


@pytest.fixture
def accounts(tmp_path):
    """Writes the accounts file of a repository, whose HEAD keeps all events for ever."""

    def write(archive="", alice="", bob=""):
        file = tmp_path / "accounts.yaml"
        file.write_text(FILE.format(archive=archive, alice=alice, bob=bob))
        return file

    def git(*arguments):
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    write()
    git("init")
    git("add", ".")
    git("commit", "-m", "base")
    return write


EXPIRES = Loss("events are deleted", "never", "after 30 days")
PLANNED = Result("archive", "changes", (Change("aws_s3_bucket_x.y", "update", losses=(EXPIRES,)),))


def found(file, selectors, *results):
    said: list[str] = []
    weaker = weaker_evidence(load(file), selectors, results, said.append)
    return [(one.stack, one.words, one.known_from) for one in weaker], said


def test_without_a_revision_the_plan_alone_tells(accounts):
    assert found(accounts(archive=", expire_days: 30"), ["archive"], PLANNED) == (
        [("archive", "events are deleted: never → after 30 days", ("plan",))],
        [],
    )


def test_what_settings_and_plan_both_tell_is_told_once(accounts):
    assert found(accounts(archive=", expire_days: 30"), ["affected:HEAD"], PLANNED) == (
        [("archive", "events are deleted: never → after 30 days", ("settings", "plan"))],
        [],
    )


def test_what_only_the_settings_tell_is_told_too(accounts):
    file = accounts(alice=", status: suspended")

    assert found(file, ["affected:HEAD"]) == ([("alice", "account: active → suspended", ("settings",))], [])


def test_an_account_that_is_left_out_of_the_run_is_not_its_business(accounts):
    file = accounts(alice=", enabled: false", bob=", enabled: false")

    assert [stack for stack, _words, _from in found(file, ["affected:HEAD"], Result("bob", "unchanged"))[0]] == ["bob"]


def test_a_revision_that_cannot_be_compared_is_told(accounts):
    weaker, said = found(accounts(), ["affected:nowhere"])

    assert weaker == []
    assert said[0].startswith("Whether the settings are weaker than those of nowhere isn't known: ")


class TestTheReason:
    WEAKER = (Weakening.of("archive", EXPIRES, "plan"), *(Weakening.of(f"a{n}", EXPIRES, "plan") for n in range(3)))
    DESTROYED = Result("bob", "changes", (Change("a.b", "delete"), Change("c.d", "replace"), Change("e.f", "update")))

    def test_the_reason_names_what_is_destroyed(self):
        assert failures([self.DESTROYED], [], [FailOn.DESTROY]) == [
            "--fail-on destroy: 2 resources destroyed or replaced\n  bob: delete a.b\n  bob: replace c.d"
        ]

    def test_the_reason_names_what_gets_weaker_once_for_all_stacks(self):
        assert failures([], self.WEAKER, [FailOn.WEAKER]) == [
            "--fail-on weaker: evidence gets weaker\n"
            "  archive, a0, a1 and 1 more: events are deleted: never → after 30 days (plan)"
        ]

    def test_the_reason_is_one_for_each_that_was_asked_for(self):
        assert len(failures([self.DESTROYED], self.WEAKER, [FailOn.DESTROY, FailOn.WEAKER])) == 2

    def test_the_reason_is_none_where_nobody_asked_or_nothing_was_found(self):
        assert failures([self.DESTROYED], self.WEAKER, []) == []
        assert failures([Result("a", "unchanged")], [], [FailOn.DESTROY, FailOn.WEAKER]) == []

    def test_the_reason_names_no_more_than_twenty(self):
        many = Result("bob", "changes", tuple(Change(f"a.{number}", "delete") for number in range(25)))

        assert failures([many], [], [FailOn.DESTROY])[0].splitlines()[-1] == "  … and 5 more"
