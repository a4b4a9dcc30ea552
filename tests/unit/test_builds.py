"""Which accounts are built, which are compared with their stamps, and when they are too many to be built."""

import json

import pytest

from orgtrail.terraform import builds
from orgtrail.terraform.builds import Shapes, TooManyPipelines
from orgtrail.terraform.shapes import Stamp, StandIns
from tests.builders import an_account


def named(*names, **settings):
    return [an_account(f"{number:012}", name=name, **settings) for number, name in enumerate(names)]


def stamp_of(account, build=lambda account: account.name):
    probes = StandIns("").probes(account)
    short, long = (json.dumps(build(probe.account), ensure_ascii=False) for probe in probes)
    return Stamp.of(probes, (short, long))


def controls(*names, build=lambda account: account.name):
    accounts = named(*names)
    return [one.name for one in Shapes(accounts).controls(accounts[0], stamp_of(accounts[0], build))]


def is_prod(account):
    return account.name == "a-prod"


class TestShapes:
    def test_shapes_of_four_accounts_are_worth_a_stamp(self):
        accounts = named("a", "b", "c", "d")
        one_alone = [an_account("000000000009", compression="GZIP")]

        assert Shapes([*accounts, *one_alone]).worth_a_stamp() == [accounts[0]]
        assert Shapes(accounts[:3]).worth_a_stamp() == []


class TestControls:
    def test_controls_have_the_words_that_most_accounts_have(self):
        prod, test = [f"{one}-prod" for one in "abcde"], [f"{one}-test" for one in "abcd"]

        assert {one[2:] for one in controls(*test, *prod, "f-sandbox", "g-sandbox", "h")} == {"prod", "test", "sandbox"}

    def test_few_accounts_have_one_control(self):
        assert controls("account-1", "account-2", "account-3", "account-4") == ["account-1"]

    def test_many_accounts_have_three_controls(self):
        assert len({*controls(*(f"account-{number}" for number in range(1_000)))}) == 3

    def test_an_account_that_the_stamp_doesnt_fit_is_none(self):
        assert controls("a-prod", "b", "c", "d", build=is_prod) == ["b"]


class TestTooManyPipelines:
    @pytest.fixture(autouse=True)
    def carried(self, monkeypatch):
        monkeypatch.setattr(builds, "CARRIED_BY_A_PROCESS", 10)

    def test_more_than_one_process_can_build_are_refused(self):
        alike = named(*(f"account-{number}" for number in range(100)), regions=("us-east-1", "eu-west-1"))
        different = [an_account(f"{number:012}", log_retention_days=number) for number in range(11)]

        Shapes(alike)
        with pytest.raises(TooManyPipelines, match="11 accounts are too different for one synthesis: over 10 of their"):
            Shapes(different)

    def test_those_that_turn_out_to_have_no_stamp_are_refused_with_what_stands_in_its_way(self):
        alike = named(*"abcdefghijk")

        with pytest.raises(TooManyPipelines) as raised:
            Shapes(alike).build_all_like(alike[0], "a construct calls upper of a text")
        assert str(raised.value) == (
            "a and 10 accounts like it have to be built one by one: a construct calls upper of a text. "
            "One synthesis builds 10 pipelines at most. Ask for fewer stacks at once, such as with --shard 1/2."
        )

    def test_so_are_those_that_a_stamp_doesnt_fit(self):
        alike = named(*(["a-prod"] * 7 + ["b"] * 4))

        with pytest.raises(TooManyPipelines, match="7 accounts like a-prod have a text that a construct looks for"):
            Shapes(alike).build_misfits(alike[0], stamp_of(alike[0], is_prod))

    def test_a_stamp_that_fits_all_of_them_builds_no_more(self):
        alike = named(*(f"account-{number}" for number in range(100)))

        Shapes(alike).build_misfits(alike[0], stamp_of(alike[0]))
