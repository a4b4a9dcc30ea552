"""Which stacks selectors choose, and how a selection is shared out."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgtrail.selection.select import Selection, SelectionError, problems, select, shard
from orgtrail.selection.shards import MOST_JOBS, matrix
from orgtrail.selection.stack import stacks_of
from orgtrail.settings import Settings, Wave
from tests.builders import a_rollout, an_account, settings

PAYMENTS = an_account("100000000001", name="payments-prod", tags={"env": "prod"}, regions=("us-east-1", "eu-west-1"))
PAYMENTS_TEST = an_account("100000000002", name="payments-test", tags={"env": "test"})
DATA = an_account("100000000003", name="data", tags={"env": "prod", "team": "data"})
LEGACY = an_account("100000000004", name="legacy", status="suspended", tags={"age": "old"})
WAVES = (Wave("canary", ("payments-test",)), Wave("rest", ("*", "!wave:canary")))
ORGANIZATION = replace(settings(PAYMENTS, PAYMENTS_TEST, DATA, LEGACY), rollout=a_rollout(waves=WAVES))


def names(*include: str, exclude: tuple[str, ...] = (), organization: Settings = ORGANIZATION) -> tuple[str, ...]:
    return select(organization, include, exclude).names


def problems_of(*include: str, exclude: tuple[str, ...] = ()) -> tuple[str, ...]:
    with pytest.raises(SelectionError) as caught:
        select(ORGANIZATION, include, exclude)
    return caught.value.problems


def test_without_selectors_everything_is_selected():
    assert names() == ("archive", "payments-prod", "payments-test", "data")


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("data", ("data",)),
        ("100000000003", ("data",)),
        ("payments-*", ("payments-prod", "payments-test")),
        ("tag:env=prod", ("payments-prod", "data")),
        ("tag:env=*", ("payments-prod", "payments-test", "data")),
        ("region:eu-west-1", ("payments-prod",)),
        ("region:us-*", ("payments-prod", "payments-test", "data")),
        ("wave:canary", ("payments-test",)),
        ("archive", ("archive",)),
    ],
)
def test_each_kind_of_selector_selects_what_it_names(selector, selected):
    assert names(selector) == selected


def test_several_selectors_add_up_in_the_order_of_the_file():
    assert names("data", "payments-prod") == ("payments-prod", "data")


def test_exclusion_beats_inclusion():
    assert names("payments-*", "payments-prod", exclude=("tag:env=prod",)) == ("payments-test",)


def test_an_exclamation_mark_excludes_too():
    assert names("payments-*", "!payments-prod") == ("payments-test",)


def test_exclusions_alone_leave_the_rest_of_everything():
    assert names("!payments-*", exclude=("archive",)) == ("data",)


def test_no_glob_selects_the_archive():
    assert "archive" not in names("*")


def test_a_wave_may_be_what_is_left_of_another():
    assert names("wave:rest") == ("payments-prod", "data")


def test_a_wave_without_selectors_has_all_accounts():
    organization = replace(ORGANIZATION, rollout=a_rollout())
    assert names("wave:all", organization=organization) == ("payments-prod", "payments-test", "data")


def test_a_wave_that_contains_itself_is_an_error():
    organization = replace(ORGANIZATION, rollout=a_rollout(waves=(Wave("loop", ("wave:loop",)),)))
    with pytest.raises(SelectionError, match="contains itself"):
        select(organization, ["wave:loop"])


def test_a_mistake_in_a_wave_names_the_wave():
    organization = replace(ORGANIZATION, rollout=a_rollout(waves=(Wave("first", ("dta",)),)))
    with pytest.raises(SelectionError) as caught:
        select(organization, ["wave:first"])
    assert caught.value.problems == ("'wave:first': 'dta': is no account's name or id; did you mean data?",)


@pytest.mark.parametrize("selector", ["legacy", "100000000004", "l*", "tag:age=old"])
def test_a_suspended_account_is_skipped_and_no_error(selector):
    selection = select(ORGANIZATION, [selector])
    assert (selection.names, selection.skipped) == ((), (LEGACY,))


def test_accounts_are_those_of_the_stacks_and_all_accounts_the_skipped_ones_too():
    selection = select(ORGANIZATION, ["archive", "legacy", "payments-prod"])
    assert [one.name for one in selection.accounts] == ["payments-prod"]
    assert [one.name for one in selection.all_accounts] == ["payments-prod", "legacy"]


@pytest.mark.parametrize(
    ("selector", "problem"),
    [
        ("paymnets-prod", "'paymnets-prod': is no account's name or id; did you mean payments-prod?"),
        ("Data", "'Data': is no account's name or id; did you mean data?"),
        ("x*", "'x*': matches no account's name"),
        ("tag:env=prd", "'tag:env=prd': no account has this tag; did you mean tag:env=prod?"),
        ("region:eu-west-2", "'region:eu-west-2': no account has a pipeline there; did you mean region:eu-west-1?"),
        ("wave:cnary", "'wave:cnary': no such wave in rollout.waves; did you mean wave:canary?"),
    ],
)
def test_what_matches_nothing_is_an_error(selector, problem):
    assert problems_of(selector) == (problem,)


def test_an_exclusion_that_matches_nothing_is_an_error():
    assert problems_of("data", exclude=("dta",)) == ("'dta': is no account's name or id; did you mean data?",)


def test_all_mistakes_are_told_at_once():
    assert len(problems_of("dta", "tag:env", "wave:x", exclude=("zone:here",))) == 4


@pytest.mark.parametrize("text", ["a", "!a*", "archive", "tag:env=prod", "tag:path=/a:b", "wave:x", "affected:HEAD~1"])
def test_a_selector_in_each_form_of_the_grammar_is_sound(text):
    assert problems(text) == []


@pytest.mark.parametrize("text", ["", "!", "a b", "tag:env", "tag:=x", "wave:", "zone:here", "a,b"])
def test_what_is_no_selector_is_a_problem_that_names_it(text):
    (problem,) = problems(text)
    assert repr(text) in problem


def test_affected_accounts_are_selected_with_their_reasons():
    selection = select(ORGANIZATION, ["affected:main"], reasons_since={"main": {"data": ("new",)}}.__getitem__)
    assert (selection.names, selection.reasons) == (("data",), {"data": ("new",)})


def test_that_nothing_is_affected_is_no_error():
    selection = select(ORGANIZATION, ["affected:main"], reasons_since=lambda base: {})
    assert selection.names == ()


def test_why_a_revision_is_of_no_use_is_told_with_the_rest():
    def fail(base: str) -> dict[str, tuple[str, ...]]:
        raise SelectionError(["no such revision"])

    with pytest.raises(SelectionError) as caught:
        select(ORGANIZATION, ["affected:mian", "dta"], reasons_since=fail)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["'affected", "'dta'"]


def test_reasons_name_every_selector_that_matched():
    assert select(ORGANIZATION, ["data", "tag:env=prod"]).reasons["data"] == ("data", "tag:env=prod")


def selection_of(count: int, *, archive: bool = True) -> Selection:
    stacks = stacks_of(settings(*(an_account(f"{i:012}", name=f"account-{i}") for i in range(count))))
    return Selection(stacks if archive else stacks[1:])


@given(st.integers(0, 40), st.booleans(), st.integers(1, 12))
def test_shards_are_even_and_make_up_the_selection(count, archive, total):
    selection = selection_of(count, archive=archive)
    parts = [shard(selection, f"{number}/{total}").names for number in range(1, total + 1)]
    assert sorted(name for part in parts for name in part) == sorted(selection.names)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_the_archive_is_in_the_first_shard():
    assert ["archive" in shard(selection_of(5), f"{number}/3").names for number in (1, 2, 3)] == [True, False, False]


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_file_has_no_say_in_the_shards(shuffler: random.Random):
    selection = selection_of(20)
    stacks = list(selection.stacks)
    shuffler.shuffle(stacks)
    shuffled = replace(selection, stacks=tuple(stacks))
    assert set(shard(shuffled, "2/3").names) == set(shard(selection, "2/3").names)


@pytest.mark.parametrize("text", ["0/3", "4/3", "2", "2/", "/3", "1/0", "a/b", "-1/3"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(SelectionError, match="such as 2/8"):
        shard(selection_of(3), text)


def test_a_job_of_the_matrix_has_the_stacks_of_its_shard():
    selection = selection_of(7)
    for job in matrix(selection.stacks, 3)["include"]:
        assert set(job["accounts"].split()) == set(shard(selection, job["shard"]).names)


def test_no_job_of_the_matrix_is_empty():
    assert [job["shard"] for job in matrix(selection_of(1).stacks, 8)["include"]] == ["1/2", "2/2"]


def test_the_matrix_of_nothing_is_empty():
    assert matrix((), 8) == {"include": []}


def test_the_matrix_keeps_to_the_limit_of_github():
    assert len(matrix(selection_of(400).stacks, 1000)["include"]) == MOST_JOBS
