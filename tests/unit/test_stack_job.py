"""What is tried again on one stack, and what its failure says. Terraform is tests/scripted_terraform.py."""

import json

import pytest

from orgtrail.console.display import Display
from orgtrail.rollout import adoption, failures
from orgtrail.rollout.adoption import CannotAdopt
from orgtrail.rollout.display import show, watched
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.report import headline, rollout_markdown
from orgtrail.rollout.results import Result
from orgtrail.terraform.changes import Change
from orgtrail.terraform.provider import Provider
from tests.scripted_terraform import statuses


def broken(*_arguments):
    raise KeyError("getpwuid(): uid not found: 1234")


class TestAStateThatCannotBeWritten:
    def test_a_state_that_cannot_be_written_is_no_reason_to_make_everything_again_however_passing_its_cause(
        self, world
    ):
        it = world(count=1)
        it.fails("account-1", "apply:Failed to persist state to backend: StatusCode: 503; see errored.tfstate")
        result = it.deploy()["account-1"]

        assert result.status == "failed"
        assert f"terraform -chdir={it.workspace.stack('account-1')} state push errored.tfstate" in result.error
        assert it.calls("account-1") == ["init", "plan", "apply"]


class TestWhatAFailedStackHasChanged:
    """As Terraform's log tells it: an apply that failed has made things all the same."""

    @pytest.fixture
    def it(self, world):
        it = world(count=1)
        it.completes(
            "account-1", "a.new create", "a.changed update", "a.replaced delete", "a.replaced create", "d.x read"
        )
        return it

    CHANGES = (Change("a.new", "create"), Change("a.changed", "update"), Change("a.replaced", "replace"))

    @pytest.mark.parametrize("error", ["broken", "KILLED"])
    def test_what_a_failed_stack_has_changed_is_counted_however_it_ended(self, it, error):
        it.fails("account-1", f"apply:{error}")
        result = it.deploy()["account-1"]

        assert (result.status, result.changes) == ("failed", self.CHANGES)
        assert headline([result]) == "1 stack: 1 failed (resources: +2 ~1 -1)"
        assert rollout_markdown([result], "").count("| failed | 2 | 1 | 1 |") == 1
        assert result.document.add == 2

    def test_what_a_failed_stack_has_changed_is_counted_over_all_tries(self, it):
        it.fails("account-1", "apply:Throttling", "apply:broken")
        (it.workspace.stack("account-1") / "completes").write_text("a.new create")

        assert it.deploy()["account-1"].changes == (Change("a.new", "create"),)
        assert it.calls("account-1").count("apply") == 2

    def test_what_a_failed_stack_has_changed_is_told_as_soon_as_it_fails(self, it, capsys):
        it.fails("account-1", "apply:broken")
        with watched(it.engine, Display(), "Applying", 1) as ended:
            ended(it.deploy()["account-1"])

        assert "account-1: failed after +2 ~1 -1 (" in capsys.readouterr().err


class TestALock:
    """Of a state; `held` in the stack's folder is the lock that is on it."""

    LOCKED = "Error acquiring the state lock\\n  ID: {id}\\n  Who: somebody@elsewhere"

    def fails(self, it, command, *errors):
        it.fails("account-1", *(f"{command}:{error}" for error in errors))

    @pytest.mark.parametrize("command", ["plan", "apply"])
    def test_a_lock_whose_holder_has_ended_meanwhile_is_no_failure(self, world, command):
        it = world(count=1)
        self.fails(it, command, self.LOCKED.format(id="96a3d543-e325-872c-6436-12d4767f3bf9"))

        assert it.deploy()["account-1"].status == "applied"

    @pytest.mark.parametrize("command", ["plan", "apply"])
    def test_a_lock_that_is_still_there_at_a_second_look_is_told(self, world, command):
        it = world(count=1)
        lock = self.LOCKED.format(id="96a3d543-e325-872c-6436-12d4767f3bf9")
        it.fails("account-1", f"{command}:{lock}", f"state:{lock}")
        result = it.deploy()["account-1"]

        assert result.status == "failed"
        assert "somebody@elsewhere" in result.error

    @pytest.mark.parametrize("error", ["KILLED", "Error releasing the state lock: StatusCode: 503"])
    def test_a_lock_that_its_own_terraform_has_left_is_told_at_once(self, world, error):
        it = world(count=1)
        lock = self.LOCKED.format(id="96a3d543-e325-872c-6436-12d4767f3bf9")
        it.fails("account-1", f"apply:{error}", f"state:{lock}")
        result = it.deploy()["account-1"]

        assert "force-unlock 96a3d543-e325-872c-6436-12d4767f3bf9" in result.error
        assert it.calls("account-1") == ["init", "plan", "apply", "state"]

    def test_a_lock_that_may_have_been_left_is_told_where_it_cannot_be_looked_at(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:KILLED", "state:no backend")

        assert "It may have left its lock" in it.deploy()["account-1"].error


class TestALongError:
    def test_a_long_error_is_cut_for_journal_and_report_with_a_pointer_to_the_log(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:" + "x" * 100_000)
        result = it.deploy()["account-1"]

        assert len(result.error) < 6_000
        assert result.error.endswith(f"(100,000 characters; all of it: {it.workspace.log('account-1')})")
        assert (it.workspace.folder / "journal.jsonl").stat().st_size < 20_000


class TestAnErrorThatNobodyExpected:
    """Such as Python's own, of a user without a name in this machine's list, when a lock is explained."""

    def test_an_error_that_nobody_expected_costs_its_own_stack_alone(self, world, monkeypatch):
        it = world(count=2, rollout="{max_failures: 1}")
        it.fails("account-1", "plan:broken")
        monkeypatch.setattr(failures, "explained", broken)
        results = it.deploy()

        assert statuses(results)["account-2"] == "applied"
        assert results["account-1"].error == "KeyError: 'getpwuid(): uid not found: 1234'"


class TestWithoutLocks:
    @pytest.mark.parametrize(("lock", "argument"), [(False, "-lock=false"), (True, "-lock-timeout=90s")])
    def test_a_plan_writes_nothing_where_the_states_are(self, world, lock, argument):
        it = world(count=1)
        it.engine = Engine(it.workspace, it.settings, Provider("6.25.0", None), {}, lock=lock)
        it.plan("account-1")

        [plan] = [line for line in it.workspace.log("account-1").read_text().splitlines() if " plan " in line]
        assert plan.split()[-1] == argument


class TestAPassingError:
    @pytest.mark.parametrize("command", ["init", "plan"])
    def test_a_passing_error_is_tried_again_before_anything_was_made(self, world, command):
        it = world(count=1)
        it.fails("account-1", f"{command}:Rate exceeded", f"{command}:StatusCode: 503")

        assert statuses(it.deploy())["account-1"] == "applied"

    def test_a_passing_error_of_an_apply_is_followed_by_a_new_plan_of_what_is_left(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:ThrottlingException")

        assert statuses(it.deploy())["account-1"] == "applied"
        assert it.calls("account-1") == ["init", "plan", "apply", "plan", "apply"]

    def test_a_passing_error_that_does_not_pass_is_a_failure(self, world):
        it = world(count=1)
        it.fails("account-1", *["plan:Throttling"] * 3)

        assert statuses(it.deploy())["account-1"] == "failed"

    def test_a_passing_error_is_not_what_terraform_says_of_a_mistake(self, world):
        it = world(count=1)
        it.fails("account-1", "plan:Invalid value for variable")
        it.deploy()

        assert it.calls("account-1") == ["init", "plan"]


class TestAPipelineInAnotherRegion:
    """AWS provider 6 on a state of 5.x: it read the resource of the same name in the provider's own region."""

    @pytest.fixture
    def it(self, world):
        it = world(count=2)
        self.plan(it, "account-1", [["region"]])
        return it

    def plan(self, it, stack, paths):
        change = {"actions": ["delete", "create"], "replace_paths": paths, "before": {}, "after": {}}
        plan = {"resource_changes": [{"address": "aws_sqs_queue.q", "type": "aws_sqs_queue", "change": change}]}
        (it.workspace.stack(stack) / "planned").write_text(json.dumps(plan))
        (it.workspace.stack(stack) / "shown").write_text(json.dumps({"format_version": "1.2", **plan}))

    def test_a_pipeline_in_another_region_is_never_replaced(self, it):
        results = it.deploy()

        assert (results["account-1"].status, results["account-2"].status) == ("failed", "not started")
        assert "aws_sqs_queue.q" in results["account-1"].error
        assert "docs/provider-6.md" in results["account-1"].error
        assert it.calls("account-1") == ["init", "plan", "show"]

    def test_a_pipeline_in_another_region_is_no_other_replacement(self, it):
        self.plan(it, "account-1", [["name"]])

        assert it.deploy()["account-1"].status == "applied"


def test_a_failure_of_the_archive_is_told_with_what_to_do(world):
    it = world(count=1)
    it.fails("archive", "plan:Instance cannot be destroyed")
    archive, _account = it.plan()

    assert "docs/archive.md says how to begin another one and keep this one" in archive.error


class TestAdopting:
    """What a plan creates and what exists already; looking into AWS is a function that a test gives."""

    @pytest.fixture
    def it(self, world, monkeypatch):
        it = world(count=2, rollout="{max_failures: 1}")
        for stack in it.stacks:
            (it.workspace.stack(stack.name) / "shown").write_text('{"format_version": "1.2"}')
        monkeypatch.setattr(adoption, "add_imports", self.look)
        return it

    def look(self, _partition, owner, _plan, folder):
        if owner.account_id == "000000000002":
            raise CannotAdopt("aws_iam_role.it isn't Orgtrail's")
        if (folder / "planned").exists():
            return False
        change = {"address": "aws_iam_role.it", "change": {"actions": ["import"]}}
        (folder / "planned").write_text(json.dumps({"resource_changes": [change]}))
        (folder / "shown").write_text(json.dumps({"format_version": "1.2", "resource_changes": []}))
        return True

    def test_adopting_plans_again_until_nothing_more_is_found_and_fails_those_with_what_is_not_ours(self, it):
        planned = it.plan()
        adopted = {result.stack: result for result in it.engine.adopt_all(planned, lambda result: None)}

        assert statuses(adopted) == {"archive": "changes", "account-1": "changes", "account-2": "failed"}
        assert adopted["archive"].changes == adopted["account-1"].changes == (Change("aws_iam_role.it", "import"),)
        assert adopted["account-2"].error == "aws_iam_role.it isn't Orgtrail's"

    def test_adopting_is_shown_and_counted(self, capsys):
        changes = (
            Change("a.b", "import", imported="x"),
            Change("c.d", "update", imported="y"),
            Change("e.f", "create"),
        )
        show([Result("alice", "changes", changes)], as_json=False, as_markdown=False, repeat=lambda _names: "")

        out = capsys.readouterr().out
        assert "alice: takes in a.b (x)\n" in out
        assert "alice: takes in c.d (y), and then updates it\n" in out
        assert "(resources: +1 ~1 -0, 2 taken in)" in out

    def test_adopting_is_what_a_name_that_is_taken_leads_to(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:EntityAlreadyExists: Role with name x already exists.")

        assert "deploy account-1 --adopt --accounts " in it.deploy()["account-1"].error
        assert it.calls("account-1").count("apply") == 1
