"""Waves, failure budget, retries and journal of a rollout; Terraform is a script that does as a test tells it.

What Terraform itself does when things go wrong is in tests/rehearsal/test_faults.py.
"""

import json
import shutil
import stat
import sys
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.archive.access import Access
from orgtrail.commands import deploy as deploy_module
from orgtrail.commands import diff as diff_module
from orgtrail.console import question as question_module
from orgtrail.console.display import Display
from orgtrail.escape import terminal
from orgtrail.rollout import adoption, failures, stack_job
from orgtrail.rollout.adoption import CannotAdopt
from orgtrail.rollout.deploy import Callbacks, Deploy
from orgtrail.rollout.display import kept_report, show, watched
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.journal import Journal, earlier
from orgtrail.rollout.report import document, headline, rollout_markdown, totals
from orgtrail.rollout.results import Result
from orgtrail.rollout.waves import waves_of
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.select import SelectionError
from orgtrail.selection.stack import stacks_of
from orgtrail.settings import load
from orgtrail.state.orphans import StatesUnreadable
from orgtrail.terraform.cli import Change
from orgtrail.terraform.provider import Provider
from orgtrail.weaker import Loss, Weakening
from tests.builders import REPOSITORY

# Plans one resource to create; applies it, unless the stack's file `fails` has a line (taken off) with an error.
TERRAFORM = f"""#!{sys.executable}
import json, os, pathlib, sys
here = pathlib.Path.cwd()
command = sys.argv[1]
with open(here / "calls", "a") as calls:
    calls.write(command + "\\n")
fails = here / "fails"
errors = fails.read_text().splitlines() if fails.exists() else []
if errors and errors[0].partition(":")[0] == command:
    fails.write_text("\\n".join(errors[1:]))
    text = errors[0].partition(":")[2].replace("\\\\n", "\\n")
    for line in (here / "completes").read_text().splitlines() if (here / "completes").exists() else ():
        address, action = line.split()
        hook = {{"resource": {{"addr": address}}, "action": action}}
        print(json.dumps({{"type": "apply_complete", "hook": hook}}), flush=True)
    if text == "KILLED":
        os.kill(os.getpid(), 9)
    print(json.dumps({{"type": "diagnostic", "diagnostic": {{"severity": "error", "summary": text}}}}))
    sys.exit(1)
if command == "init":
    made = here / ".terraform"
    made.mkdir(exist_ok=True)
    (made / "terraform.tfstate").write_text((here / "cdk.tf.json").read_text())
    (made / "provider").symlink_to(pathlib.Path(sys.argv[0]).parent / "mirror")
    (here / ".terraform.lock.hcl").write_text("provider")
if command == "plan":
    print(json.dumps({{"type": "change_summary"}}))
if command == "show":
    print((here / "shown").read_text())
if command == "plan" and (here / "planned").exists():
    for change in json.loads((here / "planned").read_text())["resource_changes"]:
        told = {{"resource": {{"addr": change["address"]}}, "action": change["change"]["actions"][0]}}
        print(json.dumps({{"type": "planned_change", "change": told}}))
elif command == "plan" and not (here / "unchanged").exists():
    change = {{"resource": {{"addr": "aws_iam_role.it"}}, "action": "create"}}
    print(json.dumps({{"type": "planned_change", "change": change}}))
"""

ACCOUNTS = """\
organization: {{id: o-a1b2c3d4e5}}
archive: {{account_id: "999999999999", region: us-east-1, bucket: the-archive}}
state: {state}
defaults: {{regions: [us-east-1]}}
rollout: {rollout}
accounts:
{accounts}
"""


class World:
    """An organization of so many accounts, `account-1` and on, and a fake Terraform."""

    def __init__(self, folder, monkeypatch, count=4, rollout="{parallelism: 2}", state="{backend: local}"):
        accounts = folder / "accounts.yaml"
        entries = [f'  - {{account_id: "{number:012}", name: account-{number}}}' for number in range(1, count + 1)]
        accounts.write_text(ACCOUNTS.format(rollout=rollout, state=state, accounts="\n".join(entries)))
        (folder / "mirror").mkdir()
        binary = folder / "terraform"
        binary.write_text(TERRAFORM)
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(binary))
        monkeypatch.setattr(stack_job, "_SECONDS_BEFORE_RETRY", 0)
        self.settings = load(accounts)
        self.stacks = stacks_of(self.settings)
        self._runs = folder / "runs"
        self.run_again()

    def run_again(self, backend=None, environment=None):
        """A new workspace, as each run has one; `backend` is what its stacks say, `environment` what Terraform gets."""
        self.workspace = Workspace.new(self._runs / str(uuid4()))
        for stack in self.stacks:
            folder = self.workspace.stack(stack.name)
            folder.mkdir(parents=True)
            terraform = {"terraform": {"backend": backend or {"local": {"path": stack.name}}}}
            (folder / "cdk.tf.json").write_text(json.dumps(terraform))
        self.engine = Engine(self.workspace, self.settings, Provider("6.25.0", None), environment or {})
        self.told = []

    def kept(self, stack):
        return self.workspace.init_cache(stack)

    def fails(self, stack, *errors):
        (self.workspace.stack(stack) / "fails").write_text("\n".join(errors))

    def completes(self, stack, *changes):
        """What an apply that fails has completed before, each `ADDRESS ACTION`."""
        (self.workspace.stack(stack) / "completes").write_text("\n".join(changes))

    def unchanged(self, stack):
        (self.workspace.stack(stack) / "unchanged").touch()

    def calls(self, stack):
        return (self.workspace.stack(stack) / "calls").read_text().split()

    def plan(self, *names):
        """The plans of these stacks, of all without any."""
        stacks = [stack for stack in self.stacks if not names or stack.name in names]
        return self.engine.plan_all(stacks, lambda result: None)

    @property
    def waves(self):
        return waves_of(self.settings, self.stacks)

    def deploy(self, *names):
        planned = self.plan(*names)
        journal = Journal(self.workspace.folder)
        journal.begin(self.settings.path, [stack.name for stack in self.stacks])
        callbacks = Callbacks(say=self.told.append, ended=lambda result: None)
        deploy = Deploy(self.engine, self.settings.rollout, self.waves, journal, callbacks)
        return {result.stack: result for result in deploy.run(planned)}


@pytest.fixture
def world(tmp_path, monkeypatch):
    return lambda **arguments: World(tmp_path, monkeypatch, **arguments)


def invoked(it, arguments, tmp_path, monkeypatch, answer=None):
    """`diff` or `deploy`, as on the command line, with the scripted Terraform; all of AWS is as it should be."""
    monkeypatch.chdir(tmp_path)
    for command in (diff_module, deploy_module):
        monkeypatch.setattr(command, "built", lambda *_arguments, **_options: it.engine)
        monkeypatch.setattr(command, "find_provider", lambda: None)
        monkeypatch.setattr(command, "objections", lambda *_arguments: [])
    arguments = [*arguments, "-f", str(it.settings.path)]
    return CliRunner().invoke(application([arguments[0]]), arguments, input=answer)


def statuses(results):
    return {name: result.status for name, result in results.items()}


class TestARollout:
    def test_applies_what_has_changes_and_leaves_the_rest_alone(self, world):
        it = world(count=2)
        it.unchanged("account-2")

        assert statuses(it.deploy()) == {"archive": "applied", "account-1": "applied", "account-2": "unchanged"}
        assert it.calls("account-2") == ["init", "plan"]

    def test_begins_with_the_archive_and_starts_nothing_else_where_that_fails(self, world):
        it = world(count=2, rollout="{max_failures: 100%}")
        it.fails("archive", "apply:broken")

        assert statuses(it.deploy()) == {"archive": "failed", "account-1": "not started", "account-2": "not started"}

    def test_starts_nothing_where_the_archive_cannot_even_be_planned(self, world):
        it = world(count=2, rollout="{max_failures: 100%}")
        it.fails("archive", "plan:broken")

        assert statuses(it.deploy()) == {"archive": "failed", "account-1": "not started", "account-2": "not started"}

    def test_goes_on_while_failures_are_within_the_budget(self, world):
        it = world(count=3, rollout="{max_failures: 1, parallelism: 1}")
        it.fails("account-1", "apply:broken")

        assert statuses(it.deploy())["account-3"] == "applied"

    def test_starts_nothing_new_once_the_budget_is_spent(self, world):
        it = world(count=4, rollout="{max_failures: 1, parallelism: 1}")
        it.fails("account-1", "apply:broken")
        it.fails("account-2", "apply:broken")

        assert statuses(it.deploy()) == {
            "archive": "applied",
            "account-1": "failed",
            "account-2": "failed",
            "account-3": "not started",
            "account-4": "not started",
        }
        assert any("rollout.max_failures allows 1" in line for line in it.told)

    def test_counts_a_share_of_the_stacks_as_budget(self, world):
        it = world(count=3, rollout="{max_failures: 50%, parallelism: 1}")
        it.fails("account-1", "plan:broken")
        it.fails("account-2", "apply:broken")

        assert statuses(it.deploy())["account-3"] == "applied"

    def test_tells_what_terraform_said_of_a_failure(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:the role is gone")

        assert it.deploy()["account-1"].error == "the role is gone"

    def test_of_two_hundred_accounts_in_three_waves_with_two_failures_is_done_but_for_those(self, world):
        waves = (
            "{waves: [{name: canary, accounts: [account-1, account-2], max_failures: 1}, "
            "{name: early, accounts: ['account-1*']}], max_failures: 1%, parallelism: 16}"
        )
        it = world(count=200, rollout=waves)
        it.fails("account-2", "apply:broken")
        it.fails("account-150", "apply:broken")

        results = it.deploy()

        assert [name for name, result in results.items() if result.status != "applied"] == ["account-2", "account-150"]
        assert {result.wave for result in results.values() if result.wave} == {"archive", "canary", "early", "the rest"}
        assert headline(list(results.values())).startswith("201 stacks: 199 applied, 2 failed")


class TestWaves:
    def test_whose_selectors_match_nothing_are_refused(self, world):
        it = world(count=1, rollout="{waves: [{name: canary, accounts: [acount-1]}]}")

        with pytest.raises(SelectionError, match="acount-1"):
            assert it.waves

    def test_are_applied_in_the_order_of_the_file_and_the_rest_comes_last(self, world):
        it = world(count=3, rollout="{waves: [{name: canary, accounts: [account-2]}]}")

        assert [(wave.name, wave.names) for wave in it.waves.waves] == [
            ("archive", ("archive",)),
            ("canary", ("account-2",)),
            ("the rest", ("account-1", "account-3")),
        ]

    def test_hold_a_stack_only_once(self, world):
        waves = "{waves: [{name: a, accounts: [account-1]}, {name: b, accounts: ['account-*']}]}"
        it = world(count=2, rollout=waves)

        assert [wave.names for wave in it.waves.waves] == [
            ("archive",),
            ("account-1",),
            ("account-2",),
        ]

    @pytest.mark.parametrize(
        ("check", "last"), [("true", "applied"), ("false", "not started"), ("./not-there", "not started")]
    )
    def test_go_on_only_where_the_check_between_them_passes(self, world, check, last):
        rollout = f'{{waves: [{{name: canary, accounts: [account-1]}}], check: "{check}"}}'
        it = world(count=2, rollout=rollout)

        assert statuses(it.deploy())["account-2"] == last

    def test_are_named_to_the_check_between_them(self, world, tmp_path):
        check = tmp_path / "check"
        check.write_text("#!/bin/sh\necho checked $ORGTRAIL_WAVE\n")
        check.chmod(0o755)
        it = world(count=2, rollout=f"{{waves: [{{name: canary, accounts: [account-1]}}], check: {check}}}")
        it.deploy()

        assert "checked canary" in it.told


class TestTheBudgetOfAWave:
    CANARY = "{{max_failures: 100%, parallelism: 1, waves: [{{name: canary, accounts: [account-1, account-2]{}}}{}]}}"

    @pytest.mark.parametrize("command", ["plan", "apply"])
    def test_is_none_for_the_first_and_nothing_comes_after_one_that_failed(self, world, command):
        it = world(count=4, rollout=self.CANARY.format("", ", {name: prod, accounts: [account-3]}"))
        it.fails("account-2", f"{command}:broken")
        results = it.deploy()

        assert statuses(results) == {
            "archive": "applied",
            "account-1": "applied" if command == "apply" else "not started",
            "account-2": "failed",
            "account-3": "not started",
            "account-4": "not started",
        }
        assert any("1 of wave canary failed, and its max_failures allows 0" in line for line in it.told)

    def test_stops_what_comes_later_also_where_nothing_of_the_wave_can_be_applied(self, world):
        it = world(count=3, rollout=self.CANARY.format("", ""))
        it.fails("account-1", "plan:broken")
        it.fails("account-2", "plan:broken")

        assert statuses(it.deploy())["account-3"] == "not started"

    @pytest.mark.parametrize("most", ["1", "50%"])
    def test_can_be_written_as_a_number_or_as_a_share_of_the_wave(self, world, most):
        it = world(count=3, rollout=self.CANARY.format(f", max_failures: {most}", ""))
        it.fails("account-1", "apply:broken")

        assert statuses(it.deploy()) == {
            "archive": "applied",
            "account-1": "failed",
            "account-2": "applied",
            "account-3": "applied",
        }

    def test_of_a_later_wave_lets_the_waves_before_it_go_on(self, world):
        it = world(count=3, rollout=self.CANARY.format("", ", {name: prod, accounts: [account-3], max_failures: 0}"))
        it.fails("account-3", "plan:broken")
        results = it.deploy()

        assert statuses(results)["account-2"] == "applied"

    def test_is_only_that_of_the_whole_where_a_later_wave_has_none(self, world):
        it = world(count=4, rollout=self.CANARY.format("", ", {name: prod, accounts: [account-3]}"))
        it.fails("account-3", "apply:broken")

        assert statuses(it.deploy())["account-4"] == "applied"


def _backend_file(kept):
    return kept / ".terraform" / "terraform.tfstate"


def backend_file_is_empty(kept, _other):
    _backend_file(kept).write_bytes(b"")


def backend_file_is_zeros(kept, _other):
    _backend_file(kept).write_bytes(bytes(_backend_file(kept).stat().st_size))


def backend_file_is_truncated(kept, _other):
    _backend_file(kept).write_bytes(_backend_file(kept).read_bytes()[:-5])


def backend_file_is_gone(kept, _other):
    _backend_file(kept).unlink()


def backend_file_names_another_state(kept, _other):
    _backend_file(kept).write_text('{"backend": {"type": "local", "config": {"path": "of-somebody-else"}}}')


def all_is_of_another_stack(kept, other):
    (other / ".terraform" / "other").touch()
    shutil.rmtree(kept)
    shutil.copytree(other, kept, symlinks=True)


def there_is_more_in_it(kept, _other):
    (kept / ".terraform" / "environment").write_text("another-workspace")


def lock_file_is_empty(kept, _other):
    (kept / ".terraform.lock.hcl").write_text("")


def lock_file_is_changed(kept, _other):
    (kept / ".terraform.lock.hcl").write_text("another provider")


def lock_file_is_gone(kept, _other):
    (kept / ".terraform.lock.hcl").unlink()


def provider_is_gone(kept, _other):
    (kept / ".terraform" / "provider").unlink()


def provider_leads_nowhere(kept, _other):
    (kept / ".terraform" / "provider").unlink()
    (kept / ".terraform" / "provider").symlink_to("/nowhere")


def provider_leads_elsewhere(kept, _other):
    (kept / ".terraform" / "provider").unlink()
    (kept / ".terraform" / "provider").symlink_to("/tmp")


def provider_leads_to_itself(kept, _other):
    (kept / ".terraform" / "provider").unlink()
    (kept / ".terraform" / "provider").symlink_to("provider")


def data_is_a_file(kept, _other):
    shutil.rmtree(kept / ".terraform")
    (kept / ".terraform").touch()


def key_is_empty(kept, _other):
    (kept / "key").write_bytes(b"")


def key_is_binary(kept, _other):
    (kept / "key").write_bytes(b"\xff\x00")


def key_is_gone(kept, _other):
    (kept / "key").unlink()


def it_is_a_file(kept, _other):
    shutil.rmtree(kept)
    kept.touch()


def it_is_a_link(kept, other):
    shutil.rmtree(kept)
    kept.symlink_to(other)


DAMAGES = (
    *(backend_file_is_empty, backend_file_is_zeros, backend_file_is_truncated, backend_file_is_gone),
    *(backend_file_names_another_state, all_is_of_another_stack, there_is_more_in_it),
    *(lock_file_is_empty, lock_file_is_changed, lock_file_is_gone),
    *(provider_is_gone, provider_leads_nowhere, provider_leads_elsewhere, provider_leads_to_itself),
    *(data_is_a_file, key_is_empty, key_is_binary, key_is_gone, it_is_a_file, it_is_a_link),
)


class TestAnInitialization:
    """A Terraform that says `init` where it wasn't run; the second run is of another workspace, as every run is."""

    def test_is_made_once_for_a_stack_that_stays_as_it_is(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again()
        it.deploy()

        assert it.calls("account-1") == ["plan", "apply"]

    def test_is_made_anew_where_backend_or_provider_has_changed(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again(backend={"local": {"path": "elsewhere"}})
        it.deploy()

        assert it.calls("account-1") == ["init", "plan", "apply"]

    def test_that_terraform_refuses_is_made_anew(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again()
        it.fails("account-1", 'plan:Backend initialization required, please run "terraform init"')

        assert statuses(it.deploy())["account-1"] == "applied"
        assert it.calls("account-1") == ["plan", "init", "plan", "apply"]

    @pytest.mark.parametrize("damage", DAMAGES, ids=[damage.__name__ for damage in DAMAGES])
    def test_that_is_not_as_it_was_made_is_thrown_away_and_made_anew(self, world, damage):
        it = world(count=2)
        it.deploy()
        it.run_again()
        damage(it.kept("account-1"), it.kept("account-2"))

        assert statuses(it.deploy())["account-1"] == "applied"
        assert it.calls("account-1") == ["init", "plan", "apply"]
        it.run_again()
        it.deploy()
        assert it.calls("account-1") == ["plan", "apply"]

    def test_is_not_kept_where_its_plan_fails_for_whatever_reason(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again()
        it.fails("account-1", "plan:whatever a damaged provider says")
        it.deploy()
        it.run_again()
        it.deploy()

        assert it.calls("account-1") == ["init", "plan", "apply"]

    def test_leaves_nothing_half_done_beside_it(self, world):
        it = world(count=1)
        it.deploy()

        assert sorted(path.name for path in it.kept("account-1").parent.iterdir()) == ["account-1", "archive"]

    def test_is_made_anew_where_its_arguments_have_changed_as_they_may_say_where_the_state_is(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again(environment={"TF_CLI_ARGS_init": "-backend-config=path=elsewhere"})
        it.deploy()

        assert it.calls("account-1") == ["init", "plan", "apply"]


def broken(*_arguments):
    raise KeyError("getpwuid(): uid not found: 1234")


class TestAStateThatCannotBeWritten:
    def test_is_no_reason_to_make_everything_again_however_passing_its_cause(self, world):
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
    def test_is_counted_however_it_ended(self, it, error):
        it.fails("account-1", f"apply:{error}")
        result = it.deploy()["account-1"]

        assert (result.status, result.changes) == ("failed", self.CHANGES)
        assert headline([result]) == "1 stack: 1 failed (resources: +2 ~1 -1)"
        assert rollout_markdown([result], "").count("| failed | 2 | 1 | 1 |") == 1
        assert result.document.add == 2

    def test_is_counted_over_all_tries(self, it):
        it.fails("account-1", "apply:Throttling", "apply:broken")
        (it.workspace.stack("account-1") / "completes").write_text("a.new create")

        assert it.deploy()["account-1"].changes == (Change("a.new", "create"),)
        assert it.calls("account-1").count("apply") == 2

    def test_is_told_as_soon_as_it_fails(self, it, capsys):
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
    def test_whose_holder_has_ended_meanwhile_is_no_failure(self, world, command):
        it = world(count=1)
        self.fails(it, command, self.LOCKED.format(id="96a3d543-e325-872c-6436-12d4767f3bf9"))

        assert it.deploy()["account-1"].status == "applied"

    @pytest.mark.parametrize("command", ["plan", "apply"])
    def test_that_is_still_there_at_a_second_look_is_told(self, world, command):
        it = world(count=1)
        lock = self.LOCKED.format(id="96a3d543-e325-872c-6436-12d4767f3bf9")
        it.fails("account-1", f"{command}:{lock}", f"state:{lock}")
        result = it.deploy()["account-1"]

        assert result.status == "failed"
        assert "somebody@elsewhere" in result.error

    @pytest.mark.parametrize("error", ["KILLED", "Error releasing the state lock: StatusCode: 503"])
    def test_that_its_own_terraform_has_left_is_told_at_once(self, world, error):
        it = world(count=1)
        lock = self.LOCKED.format(id="96a3d543-e325-872c-6436-12d4767f3bf9")
        it.fails("account-1", f"apply:{error}", f"state:{lock}")
        result = it.deploy()["account-1"]

        assert "force-unlock 96a3d543-e325-872c-6436-12d4767f3bf9" in result.error
        assert it.calls("account-1") == ["init", "plan", "apply", "state"]

    def test_that_may_have_been_left_is_told_where_it_cannot_be_looked_at(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:KILLED", "state:no backend")

        assert "It may have left its lock" in it.deploy()["account-1"].error


class TestALongError:
    def test_is_cut_for_journal_and_report_with_a_pointer_to_the_log(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:" + "x" * 100_000)
        result = it.deploy()["account-1"]

        assert len(result.error) < 6_000
        assert result.error.endswith(f"(100,000 characters; all of it: {it.workspace.log('account-1')})")
        assert (it.workspace.folder / "journal.jsonl").stat().st_size < 20_000


class TestAnErrorThatNobodyExpected:
    """Such as Python's own, of a user without a name in this machine's list, when a lock is explained."""

    def test_costs_its_own_stack_alone(self, world, monkeypatch):
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
    def test_is_tried_again_before_anything_was_made(self, world, command):
        it = world(count=1)
        it.fails("account-1", f"{command}:Rate exceeded", f"{command}:StatusCode: 503")

        assert statuses(it.deploy())["account-1"] == "applied"

    def test_of_an_apply_is_followed_by_a_new_plan_of_what_is_left(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:ThrottlingException")

        assert statuses(it.deploy())["account-1"] == "applied"
        assert it.calls("account-1") == ["init", "plan", "apply", "plan", "apply"]

    def test_that_does_not_pass_is_a_failure(self, world):
        it = world(count=1)
        it.fails("account-1", *["plan:Throttling"] * 3)

        assert statuses(it.deploy())["account-1"] == "failed"

    def test_is_not_what_terraform_says_of_a_mistake(self, world):
        it = world(count=1)
        it.fails("account-1", "plan:Invalid value for variable")
        it.deploy()

        assert it.calls("account-1") == ["init", "plan"]


class TestAJournal:
    def test_tells_what_is_left_of_a_rollout(self, world):
        it = world(count=3, rollout="{max_failures: 0, parallelism: 1}")
        it.fails("account-2", "apply:broken")
        it.unchanged("account-1")
        it.deploy()

        before = earlier(it.workspace.folder)
        assert before is not None
        assert before.left == ("account-2", "account-3")

    def test_is_read_up_to_the_line_that_a_crash_cut_off(self, tmp_path):
        Journal(tmp_path).begin(tmp_path / "accounts.yaml", ["a", "b"])
        Journal(tmp_path).write("applied", stack="a")
        with (tmp_path / "journal.jsonl").open("a") as file:
            file.write('{"event": "appl')

        before = earlier(tmp_path)
        assert before is not None
        assert before.left == ("b",)

    def test_that_cannot_take_a_stack_in_keeps_it_from_being_applied(self, world):
        it = world(count=1, rollout="{parallelism: 1}")
        planned = it.plan("account-1")
        (it.workspace.folder / "journal.jsonl").symlink_to("/dev/full")
        callbacks = Callbacks(say=it.told.append, ended=lambda result: None)
        deploy = Deploy(it.engine, it.settings.rollout, it.waves, Journal(it.workspace.folder), callbacks)
        results = deploy.run(planned)

        assert statuses({result.stack: result for result in results}) == {"account-1": "not started"}
        assert "apply" not in it.calls("account-1")

    def test_is_not_there_in_a_folder_of_something_else(self, tmp_path):
        assert earlier(tmp_path) is None


class TestAReport:
    RESULTS = (
        Result("alice", "changes", (Change("a.b", "create"), Change("c.d", "replace"))),
        Result("bob", "failed", error="two\nlines"),
    )

    def test_counts_a_replacement_as_an_addition_and_a_destruction(self):
        total = totals(self.RESULTS)

        assert (total["add"], total["change"], total["destroy"]) == (2, 0, 1)

    def test_is_plain_json(self):
        assert json.loads(document(self.RESULTS).text())["stacks"][0]["destroy"] == 1


class TestTheReportOfARollout:
    def test_tells_how_each_wave_ended_then_each_stack_with_its_time_and_what_failed(self):
        created = (Change("aws_iam_role.it", "create"),)
        began = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
        results = [
            Result("archive", "unchanged", wave="archive"),
            Result("alice", "applied", created, started=began, seconds=28.4, wave="canary", log="alice.log"),
            Result("bob", "failed", error="the role\nis gone", wave="canary"),
        ]

        assert rollout_markdown(results, "orgtrail deploy --resume").splitlines() == [
            "### Orgtrail: 3 stacks: 1 applied, 1 unchanged, 1 failed (resources: +1 ~0 -0)",
            "",
            "**bob**",
            "",
            "```",
            "the role",
            "is gone",
            "```",
            "",
            "Again: `orgtrail deploy --resume`",
            "",
            "| wave | stacks | applied | unchanged | failed | not started |",
            "| --- | --- | --- | --- | --- | --- |",
            "| archive | 1 | 0 | 1 | 0 | 0 |",
            "| canary | 2 | 1 | 0 | 1 | 0 |",
            "",
            "| stack | wave | ended | add | change | destroy | began | seconds | log |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            "| bob | canary | failed | 0 | 0 | 0 |  | 0 |  |",
            "| archive | archive | unchanged | 0 | 0 | 0 |  | 0 |  |",
            "| alice | canary | applied | 1 | 0 | 0 | 2026-11-24 10:15:00 | 28 | `alice.log` |",
        ]

    def test_of_a_diff_has_no_waves(self):
        assert "wave | stacks" not in rollout_markdown([Result("bob", "changes")], "")

    def test_that_cannot_be_written_is_said_to_be_so_and_nothing_else(self, tmp_path):
        told = kept_report([], tmp_path / "nowhere", "", [])

        assert told.startswith("The report can't be written: ")
        assert "\n" not in told

    def test_is_kept_by_a_diff_too(self, world, tmp_path, monkeypatch):
        it = world(count=1)
        it.fails("account-1", "plan:broken")
        done = invoked(it, ["diff", "account-1"], tmp_path, monkeypatch)

        assert done.exit_code == 1
        report = it.workspace.folder / "report.md"
        assert f"Report: {report} and report.json" in done.stderr
        assert "broken" in report.read_text()

    def test_is_on_disk_before_anything_of_it_is_printed(self, world, tmp_path, monkeypatch):
        it = world(count=1)
        seen = []

        def printing(results, **_options):
            seen.append([(it.workspace.folder / name).exists() for name in ("report.md", "report.json")])

        monkeypatch.setattr(deploy_module, "show", printing)
        done = invoked(it, ["deploy", "account-1", "--yes"], tmp_path, monkeypatch)

        assert done.exit_code == 0, done.stderr
        assert seen == [[False, False], [True, True]]
        assert '"finished"' in (it.workspace.folder / "journal.jsonl").read_text()


def test_a_failure_of_the_archive_is_told_with_what_to_do(world):
    it = world(count=1)
    it.fails("archive", "plan:Instance cannot be destroyed")
    archive, _account = it.plan()

    assert "docs/archive.md says how to begin another one and keep this one" in archive.error


def test_a_deploy_into_an_existing_bucket_that_lets_nothing_in_applies_nothing(world, tmp_path, monkeypatch):
    it = world(count=2)
    text = it.settings.path.read_text().replace("bucket: the-archive", "bucket: the-archive, existing: true")
    it.settings.path.write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(deploy_module, "built", lambda *_arguments, **_options: it.engine)
    monkeypatch.setattr(deploy_module, "find_provider", lambda: None)
    monkeypatch.setattr(deploy_module, "objections", lambda *_arguments: [])
    monkeypatch.setattr(deploy_module, "access_to_existing", lambda _settings: Access(("It is a wall.",)))
    arguments = ["deploy", "account-1", "--yes", "-f", str(it.settings.path)]
    deploy = application(["deploy"])
    refused = CliRunner().invoke(deploy, arguments)

    assert refused.exit_code == 1
    assert "  - It is a wall." in refused.stderr
    assert "so nothing was deployed; --accept-gap deploys all the same" in refused.stderr
    assert "apply" not in it.calls("account-1")
    assert CliRunner().invoke(deploy, [*arguments, "--accept-gap"]).exit_code == 0
    assert "apply" in it.calls("account-1")


class TestTheOrderThatIsAgreedTo:
    def test_is_told_in_waves_with_how_many_may_fail(self, world):
        it = world(
            count=4,
            rollout="{max_failures: 50%, waves: [{name: canary, accounts: [account-1]}, "
            "{name: prod, accounts: [account-2, account-3], max_failures: 1}]}",
        )
        it.unchanged("account-2")
        planned = it.plan()

        assert list(it.waves.in_words(planned)) == [
            "In this order:",
            "  archive: 1 of 1 to apply",
            "  canary: 1 of 1 to apply, of which none may fail",
            "  prod: 1 of 2 to apply, of which 1 may fail",
            "  the rest: 1 of 1 to apply",
            "Of all together 2 may fail.",
        ]

    def test_ends_before_a_wave_of_which_too_much_could_not_be_planned(self, world):
        it = world(
            count=3, rollout="{max_failures: 50%, waves: [{name: canary, accounts: [account-1], max_failures: 0}]}"
        )
        it.fails("account-1", "plan:broken")
        planned = it.plan()

        assert list(it.waves.in_words(planned)) == [
            "In this order:",
            "  archive: 1 of 1 to apply",
            "  canary: 1 could not be planned, so nothing of it is applied, nor what follows",
        ]


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_nothing_is_asked_where_what_would_be_done_cannot_be_shown(world, tmp_path, monkeypatch, stream):
    it = world(count=1)
    monkeypatch.setattr(question_module, "lost", lambda tried: OSError() if tried is getattr(sys, stream) else None)
    done = invoked(it, ["deploy", "account-1"], tmp_path, monkeypatch, answer="y\n")

    assert done.exit_code == 1
    assert "Deploy this?" not in done.output
    assert "apply" not in it.calls("account-1")


def test_what_cannot_be_answered_is_not_done(world, tmp_path, monkeypatch):
    it = world(count=1)
    done = invoked(it, ["deploy", "account-1"], tmp_path, monkeypatch, answer="")

    assert done.exit_code == 1
    assert "nobody answered, so nothing was done" in done.stderr
    assert "apply" not in it.calls("account-1")


def test_what_was_not_started_is_told_with_the_command_that_does_it(world, tmp_path, monkeypatch):
    it = world(count=2, rollout="{check: 'false', waves: [{name: canary, accounts: [account-1]}]}")
    done = invoked(it, ["deploy", "--yes"], tmp_path, monkeypatch)

    assert done.exit_code == 1
    assert f"Again, only what is left: bin/orgtrail deploy --resume --accounts {it.settings.path}" in done.stdout
    assert "Again: `bin/orgtrail deploy --resume" in (it.workspace.folder / "report.md").read_text()


class TestARenamedAccount:
    """Its state is a file that is named after what it was called before."""

    @pytest.fixture
    def it(self, world, tmp_path):
        it = world(count=1, state="{backend: local, path: 'states/{name}.tfstate'}")
        arn = "arn:aws:iam::000000000001:role/x"
        resources = [{"mode": "managed", "instances": [{"attributes": {"arn": arn}}]}]
        (tmp_path / "states").mkdir()
        (tmp_path / "states" / "old.tfstate").write_text(json.dumps({"resources": resources}))
        return it

    def test_is_not_deployed_until_its_state_has_been_moved(self, it, tmp_path, monkeypatch):
        done = invoked(it, ["deploy", "account-1", "--yes"], tmp_path, monkeypatch)

        assert done.exit_code == 1
        assert "mv -n -- states/old.tfstate states/account-1.tfstate\nSo nothing was deployed." in done.stderr
        assert not (it.workspace.stack("account-1") / "calls").exists()

    def test_is_no_reason_to_refuse_others(self, it, tmp_path, monkeypatch):
        assert invoked(it, ["deploy", "archive", "--yes"], tmp_path, monkeypatch).exit_code == 0

    def test_is_an_error_of_a_diff(self, it, tmp_path, monkeypatch):
        it.unchanged("archive")
        done = invoked(it, ["diff", "archive"], tmp_path, monkeypatch)

        assert done.exit_code == 1
        assert "mv -n -- states/old.tfstate states/account-1.tfstate" in done.stderr

    def test_is_said_not_to_be_known_where_the_states_cannot_be_listed(self, it, tmp_path, monkeypatch):
        def refuse(_settings):
            raise StatesUnreadable("Permission denied")

        monkeypatch.setattr(deploy_module, "renamed", refuse)
        done = invoked(it, ["deploy", "account-1", "--yes"], tmp_path, monkeypatch)

        assert done.exit_code == 0
        assert "Whether an account has been renamed, and its state not, isn't known" in done.stderr


class TestWhatTerraformSaid:
    HOSTILE = "```\n<img src=x>\n@everyone\n::error::gone\n\x1b[31m[/b]"

    def test_stays_code_in_the_report(self):
        results = [Result("bob", "failed", error=self.HOSTILE, log="/tmp/x[/b]|y.log", wave="a")]
        tokens = MarkdownIt("commonmark").enable("table").parse(rollout_markdown(results, "again"))
        inline = [part.type for token in tokens for part in token.children or []]

        assert [token.content for token in tokens if token.type == "fence"] == [f"{terminal(self.HOSTILE)}\n"]
        assert not [token for token in tokens if token.type == "html_block"]
        assert "link_open" not in inline
        assert "image" not in inline

    def test_is_neither_markup_nor_a_command_to_the_terminal_or_the_workflow(self, capsys):
        results = [Result("bob", "failed", error=self.HOSTILE, log="/tmp/x[/b]y/bob.log")]
        show(results, as_json=False, as_markdown=False, repeat=" ".join)
        shown = capsys.readouterr().out

        assert "all that Terraform said: /tmp/x[/b]y/bob.log" in shown
        assert "[31m[/b]" in shown
        assert "\x1b" not in shown
        assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]


class TestASummary:
    def test_gives_stacks_that_ended_alike_one_row_where_they_are_many(self, capsys):
        created = (Change("aws_iam_role.it", "create"),)
        many = [Result(f"account-{number}", "applied", created, seconds=number, wave="prod") for number in range(21)]
        show([*many, Result("bob", "failed", error="no")], as_json=False, as_markdown=False, repeat=lambda _names: "")

        rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
        assert "21 stacks (see --json) prod applied 1 0 to 20" in rows
        assert "bob failed 0" in rows

    def test_begins_with_what_failed(self, capsys):
        results = [Result("alice", "applied", (Change("a.b", "create"),)), Result("bob", "failed", error="no")]
        show(results, as_json=False, as_markdown=False, repeat=lambda _names: "")

        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("bob failed")
        assert [line.split()[0] for line in lines if line.strip().startswith(("alice ", "bob "))] == [
            "bob",
            "bob",
            "alice",
        ]

    def test_tells_of_the_first_failures_and_counts_the_others(self, capsys):
        failures = [Result(f"account-{number}", "failed", error="no") for number in range(25)]
        show(failures, as_json=False, as_markdown=False, repeat=lambda names: f"again {len(names)}")

        out = capsys.readouterr().out
        assert out.count(" failed; all that Terraform said") == 20
        assert "and 5 more failed" in out
        assert "again 25" in out


class TestWhatAPlanWeakens:
    """The scripted Terraform has a saved plan to show: one that a real one has made."""

    @pytest.fixture
    def planned(self, world):
        it = world(count=1)
        plan = REPOSITORY / "tests" / "plans" / "account-weaker.json"
        for name in ("shown", "planned"):
            (it.workspace.stack("account-1") / name).write_text(json.dumps(json.loads(plan.read_text())))
        return it, it.plan("account-1")[0]

    def test_is_known_of_a_stack_where_something_changes(self, planned):
        _it, result = planned

        assert [one.words for one in result.weaker][:2] == [
            "pipeline in eu-west-1: there → removed",
            "sources taken in us-east-1: aws.sso → no longer",
        ]
        assert ("tags.env", "test", "prod") in {one for change in result.changes for one in change.attributes}

    def test_is_not_looked_for_where_all_is_new(self, world):
        it = world(count=1)
        it.plan("account-1")

        assert "show" not in it.calls("account-1")

    def test_leaves_no_plan_in_the_log(self, planned):
        it, _result = planned

        assert "show -json" in it.workspace.log("account-1").read_text()
        assert "resource_changes" not in it.workspace.log("account-1").read_text()

    def test_that_was_planned_is_reported_where_it_has_come_about(self, planned, tmp_path, monkeypatch):
        it, result = planned
        trust = next(change for change in result.changes if change.action == "delete")
        it.completes("account-1", f"{trust.address} delete")
        it.fails("account-1", "apply:broken")
        done = invoked(it, ["deploy", "account-1", "--json", "--yes"], tmp_path, monkeypatch)
        document = json.loads(done.stdout)

        assert [one["what"] for one in document["weaker"]] == [loss.what for loss in trust.losses]
        assert [change["address"] for change in document["stacks"][0]["changes"]] == [trust.address]
        assert (it.workspace.folder / "report.json").read_text() == done.stdout.rstrip("\n")

    def test_that_has_come_about_is_in_both_reports(self, planned, tmp_path, monkeypatch):
        it, result = planned
        invoked(it, ["deploy", "account-1", "--yes"], tmp_path, monkeypatch)
        document = json.loads((it.workspace.folder / "report.json").read_text())

        assert [one["what"] for one in document["weaker"]] == [one.what for one in result.weaker]
        assert any(change["attributes"] for change in document["stacks"][0]["changes"])
        assert "**Evidence gets weaker**\n\n- pipeline in eu-west-1" in (it.workspace.folder / "report.md").read_text()


def test_a_summary_says_what_gets_weaker(capsys):
    weaker = [Weakening.of("archive", Loss("events are deleted", "never", "after 30 days"), "plan")]
    show([], as_json=False, as_markdown=False, repeat=lambda _names: "", weaker=weaker)

    assert (
        "Evidence gets weaker:\n  archive: events are deleted: never → after 30 days (plan)" in capsys.readouterr().out
    )


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

    def test_plans_again_until_nothing_more_is_found_and_fails_those_with_what_is_not_ours(self, it):
        planned = it.plan()
        adopted = {result.stack: result for result in it.engine.adopt_all(planned, lambda result: None)}

        assert statuses(adopted) == {"archive": "changes", "account-1": "changes", "account-2": "failed"}
        assert adopted["archive"].changes == adopted["account-1"].changes == (Change("aws_iam_role.it", "import"),)
        assert adopted["account-2"].error == "aws_iam_role.it isn't Orgtrail's"

    def test_is_shown_and_counted(self, capsys):
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

    def test_is_what_a_name_that_is_taken_leads_to(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:EntityAlreadyExists: Role with name x already exists.")

        assert "deploy account-1 --adopt --accounts " in it.deploy()["account-1"].error
        assert it.calls("account-1").count("apply") == 1
