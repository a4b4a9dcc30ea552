"""What accounts.yaml can say of rollouts, and of accounts that are to have no pipeline."""

from pathlib import Path

import pytest

from orgtrail.settings import MaxFailures, Rollout, Wave, load
from tests.builders import a_rollout

GOOD = Path(__file__).parents[1] / "accounts" / "good"


def test_a_file_that_says_nothing_has_one_wave_of_all_accounts():
    assert load(GOOD / "smallest.yaml").rollout == Rollout(None, MaxFailures(0), 30, 0, None, (Wave("all", ()),))


def test_a_key_without_anything_below_it_says_nothing():
    assert load(GOOD / "archive-as-evidence.yaml").rollout == a_rollout()


def test_all_that_is_written_is_there():
    assert load(GOOD / "everything-written.yaml").rollout == Rollout(
        parallelism=8,
        max_failures=MaxFailures(None, 5),
        time_limit_minutes=10,
        bake_minutes=15,
        check="make smoke",
        waves=(
            Wave("canary", ("payments",), MaxFailures(1)),
            Wave("rest", ("tag:env=none", "a*"), MaxFailures(None, 10)),
        ),
    )


@pytest.mark.parametrize(
    ("most", "total", "allowed"),
    [
        (MaxFailures(), 1000, 0),
        (MaxFailures(3), 1000, 3),
        (MaxFailures(3), 2, 3),
        (MaxFailures(None, 5), 1000, 50),
        (MaxFailures(None, 5), 19, 0),
        (MaxFailures(None, 100), 7, 7),
        (MaxFailures(None, 0), 7, 0),
    ],
)
def test_a_share_of_failures_is_rounded_down(most, total, allowed):
    assert most.allowed(total) == allowed


def test_no_account_of_the_first_wave_may_fail_unless_it_says_so(tmp_path):
    waves = "rollout: {max_failures: 5%, waves: [{name: a, accounts: ['*']}, {name: b, accounts: ['*']}]}\n"
    file = tmp_path / "accounts.yaml"
    file.write_text((GOOD / "smallest.yaml").read_text() + waves)

    assert [wave.max_failures for wave in load(file).rollout.waves] == [MaxFailures(0), None]


def test_a_rollout_can_be_hashed():
    assert hash(load(GOOD / "everything-written.yaml").rollout)


def test_accounts_are_enabled_unless_the_file_says_otherwise():
    assert all(account.enabled for account in load(GOOD / "anchors-and-aliases.yaml").accounts)


def test_enabled_is_inherited_from_defaults():
    assert [account.enabled for account in load(GOOD / "everything-written.yaml").accounts] == [True, False]


def test_a_disabled_account_is_active_all_the_same():
    settings = load(GOOD / "everything-written.yaml")
    assert settings.active == settings.accounts
