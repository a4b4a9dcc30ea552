"""Which stacks a rollout applies, and when it starts nothing new. Terraform is tests/scripted_terraform.py."""

import pytest

from orgtrail.rollout.deploy import Callbacks, Deploy
from orgtrail.rollout.journal import Journal, earlier
from orgtrail.rollout.report import headline
from tests.scripted_terraform import statuses


class TestARollout:
    def test_a_rollout_applies_what_has_changes_and_leaves_the_rest_alone(self, world):
        it = world(count=2)
        it.unchanged("account-2")

        assert statuses(it.deploy()) == {"archive": "applied", "account-1": "applied", "account-2": "unchanged"}
        assert it.calls("account-2") == ["init", "plan"]

    def test_a_rollout_begins_with_the_archive_and_starts_nothing_else_where_that_fails(self, world):
        it = world(count=2, rollout="{max_failures: 100%}")
        it.fails("archive", "apply:broken")

        assert statuses(it.deploy()) == {"archive": "failed", "account-1": "not started", "account-2": "not started"}

    def test_a_rollout_starts_nothing_where_the_archive_cannot_even_be_planned(self, world):
        it = world(count=2, rollout="{max_failures: 100%}")
        it.fails("archive", "plan:broken")

        assert statuses(it.deploy()) == {"archive": "failed", "account-1": "not started", "account-2": "not started"}

    def test_a_rollout_goes_on_while_failures_are_within_the_budget(self, world):
        it = world(count=3, rollout="{max_failures: 1, parallelism: 1}")
        it.fails("account-1", "apply:broken")

        assert statuses(it.deploy())["account-3"] == "applied"

    @pytest.mark.silence("budget-spent", "deploy")
    def test_a_rollout_starts_nothing_new_once_the_budget_is_spent(self, world, caught):
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
        caught("\n".join(it.told))

    def test_a_rollout_counts_a_share_of_the_stacks_as_budget(self, world):
        it = world(count=3, rollout="{max_failures: 50%, parallelism: 1}")
        it.fails("account-1", "plan:broken")
        it.fails("account-2", "apply:broken")

        assert statuses(it.deploy())["account-3"] == "applied"

    def test_a_rollout_tells_what_terraform_said_of_a_failure(self, world):
        it = world(count=1)
        it.fails("account-1", "apply:the role is gone")

        assert it.deploy()["account-1"].error == "the role is gone"

    def test_a_rollout_of_forty_accounts_in_three_waves_with_two_failures_is_done_but_for_those(self, world):
        waves = (
            "{waves: [{name: canary, accounts: [account-1, account-2], max_failures: 1}, "
            "{name: early, accounts: ['account-1*']}], max_failures: 5%, parallelism: 4}"
        )
        it = world(count=40, rollout=waves)
        it.fails("account-2", "apply:broken")
        it.fails("account-30", "apply:broken")

        results = it.deploy()

        assert [name for name, result in results.items() if result.status != "applied"] == ["account-2", "account-30"]
        assert {result.wave for result in results.values() if result.wave} == {"archive", "canary", "early", "the rest"}
        assert headline(list(results.values())).startswith("41 stacks: 39 applied, 2 failed")


class TestAJournal:
    def test_a_journal_tells_what_is_left_of_a_rollout(self, world):
        it = world(count=3, rollout="{max_failures: 0, parallelism: 1}")
        it.fails("account-2", "apply:broken")
        it.unchanged("account-1")
        it.deploy()

        before = earlier(it.workspace.folder)
        assert before is not None
        assert before.left == ("account-2", "account-3")

    def test_a_journal_is_read_up_to_the_line_that_a_crash_cut_off(self, tmp_path):
        Journal(tmp_path).begin(tmp_path / "accounts.yaml", ["a", "b"])
        Journal(tmp_path).write("applied", stack="a")
        with (tmp_path / "journal.jsonl").open("a") as file:
            file.write('{"event": "appl')

        before = earlier(tmp_path)
        assert before is not None
        assert before.left == ("b",)

    def test_a_journal_that_cannot_take_a_stack_in_keeps_it_from_being_applied(self, world):
        it = world(count=1, rollout="{parallelism: 1}")
        planned = it.plan("account-1")
        (it.workspace.folder / "journal.jsonl").symlink_to("/dev/full")
        callbacks = Callbacks(say=it.told.append, ended=lambda result: None)
        deploy = Deploy(it.engine, it.settings.rollout, it.waves, Journal(it.workspace.folder), callbacks)
        results = deploy.run(planned)

        assert statuses({result.stack: result for result in results}) == {"account-1": "not started"}
        assert "apply" not in it.calls("account-1")

    def test_a_journal_is_not_there_in_a_folder_of_something_else(self, tmp_path):
        assert earlier(tmp_path) is None
