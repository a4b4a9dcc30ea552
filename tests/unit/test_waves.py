"""Waves, their order and their budgets. Terraform is tests/scripted_terraform.py."""

import pytest

from orgtrail.selection.select import SelectionError
from tests.scripted_terraform import statuses


class TestWaves:
    def test_waves_whose_selectors_match_nothing_are_refused(self, world):
        it = world(count=1, rollout="{waves: [{name: canary, accounts: [acount-1]}]}")

        with pytest.raises(SelectionError, match="acount-1"):
            assert it.waves

    def test_waves_are_applied_in_the_order_of_the_file_and_the_rest_comes_last(self, world):
        it = world(count=3, rollout="{waves: [{name: canary, accounts: [account-2]}]}")

        assert [(wave.name, wave.names) for wave in it.waves.waves] == [
            ("archive", ("archive",)),
            ("canary", ("account-2",)),
            ("the rest", ("account-1", "account-3")),
        ]

    def test_the_trail_comes_before_the_accounts_and_may_not_fail(self, world):
        it = world(count=1, trail="{scope: account, bucket: acme-cloudtrail}")

        assert [(wave.name, wave.budget) for wave in it.waves.waves] == [
            ("archive", None),
            ("trail", 0),
            ("all", None),
        ]

    def test_waves_hold_a_stack_only_once(self, world):
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
    def test_waves_go_on_only_where_the_check_between_them_passes(self, world, check, last):
        rollout = f'{{waves: [{{name: canary, accounts: [account-1]}}], check: "{check}"}}'
        it = world(count=2, rollout=rollout)

        assert statuses(it.deploy())["account-2"] == last

    def test_waves_are_named_to_the_check_between_them(self, world, tmp_path):
        check = tmp_path / "check"
        check.write_text("#!/bin/sh\necho checked $ORGTRAIL_WAVE\n")
        check.chmod(0o755)
        it = world(count=2, rollout=f"{{waves: [{{name: canary, accounts: [account-1]}}], check: {check}}}")
        it.deploy()

        assert "checked canary" in it.told


class TestTheBudgetOfAWave:
    CANARY = "{{max_failures: 100%, parallelism: 1, waves: [{{name: canary, accounts: [account-1, account-2]{}}}{}]}}"

    @pytest.mark.parametrize("command", ["plan", "apply"])
    def test_the_budget_of_a_wave_is_none_for_the_first_and_nothing_comes_after_one_that_failed(self, world, command):
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

    def test_the_budget_of_a_wave_stops_what_comes_later_also_where_nothing_of_the_wave_can_be_applied(self, world):
        it = world(count=3, rollout=self.CANARY.format("", ""))
        it.fails("account-1", "plan:broken")
        it.fails("account-2", "plan:broken")

        assert statuses(it.deploy())["account-3"] == "not started"

    @pytest.mark.parametrize("most", ["1", "50%"])
    def test_the_budget_of_a_wave_can_be_written_as_a_number_or_as_a_share_of_the_wave(self, world, most):
        it = world(count=3, rollout=self.CANARY.format(f", max_failures: {most}", ""))
        it.fails("account-1", "apply:broken")

        assert statuses(it.deploy()) == {
            "archive": "applied",
            "account-1": "failed",
            "account-2": "applied",
            "account-3": "applied",
        }

    def test_the_budget_of_a_wave_of_a_later_wave_lets_the_waves_before_it_go_on(self, world):
        it = world(count=3, rollout=self.CANARY.format("", ", {name: prod, accounts: [account-3], max_failures: 0}"))
        it.fails("account-3", "plan:broken")
        results = it.deploy()

        assert statuses(results)["account-2"] == "applied"

    def test_the_budget_of_a_wave_is_only_that_of_the_whole_where_a_later_wave_has_none(self, world):
        it = world(count=4, rollout=self.CANARY.format("", ", {name: prod, accounts: [account-3]}"))
        it.fails("account-3", "apply:broken")

        assert statuses(it.deploy())["account-4"] == "applied"


class TestTheOrderThatIsAgreedTo:
    def test_the_order_that_is_agreed_to_is_told_in_waves_with_how_many_may_fail(self, world):
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

    def test_the_order_that_is_agreed_to_ends_before_a_wave_of_which_too_much_could_not_be_planned(self, world):
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
