"""What somebody does about a status."""

from dataclasses import replace
from typing import Any

import pytest

from orgtrail.status.finding import NOT_DEPLOYED, Finding, Word
from orgtrail.status.next_steps import next_steps
from tests.status_pages import a_found, a_status

CAUSES = "What to do about it, cause by cause: docs/nothing-arrives.md"
CREDENTIALS = "What the credentials need: docs/permissions.md#who-looks-at-the-archive"


def steps(*words: Word, **changed: Any) -> list[str]:
    return [*next_steps(replace(a_status(len(words), words, ["us-east-1"]), **changed))]


def test_nothing_is_to_be_done_where_nothing_is_in_trouble():
    assert steps("arriving", "quiet", "skipped") == []


@pytest.mark.parametrize("word", ["failing", "never", "silent"])
def test_of_what_does_not_arrive_the_accounts_are_asked_next(word):
    assert steps(word) == ["Why? Ask the accounts: bin/orgtrail status team-0000-prod --deep", CAUSES]


def test_once_they_were_asked_what_lies_before_them_is():
    assert steps("silent", is_deep=True) == [
        "What lies before a pipeline, such as the trail: bin/orgtrail preflight team-0000-prod",
        "Whether events would arrive, by a harmless one: bin/orgtrail status team-0000-prod --probe",
        CAUSES,
    ]


def test_what_is_not_there_is_deployed():
    status = a_status(2, ["failing"], ["us-east-1"])
    absent = replace(status.found[1], findings=(NOT_DEPLOYED,))
    status = replace(status, found=(status.found[0], absent), is_deep=True)

    assert [*next_steps(status)][:2] == [
        "Deploy what isn't there: bin/orgtrail deploy team-0001-prod",
        "What a deploy would set right: bin/orgtrail diff team-0000-prod",
    ]


def test_what_is_outdated_is_deployed():
    assert steps("outdated") == ["What a deploy would set right: bin/orgtrail diff team-0000-prod"]


@pytest.mark.parametrize(("accounts", "told"), [(3, []), (4, ["Deploy all 4 outdated accounts: bin/orgtrail deploy"])])
def test_after_an_update_that_makes_many_outdated_all_are_deployed(accounts, told):
    status = a_status(accounts, ["outdated"])

    assert [*next_steps(status)][1:] == told


def test_what_is_near_a_limit_is_looked_at_before_it_fails():
    status = a_status(1, ["arriving"], ["us-east-1"])
    (found,) = status.found
    warned = replace(
        found, verdict=replace(found.verdict, is_trouble=True), findings=(Finding("warning", "a limit is near"),)
    )

    assert [*next_steps(replace(status, found=(warned,), is_deep=True))] == [
        "What is near a limit, before it fails: docs/alarms.md#near-limits"
    ]


def test_what_is_not_known_is_a_matter_of_permissions():
    assert steps("not known") == steps("arriving", is_whole=False) == [CREDENTIALS]


def test_the_first_three_accounts_are_named_each_once_and_as_a_shell_takes_them():
    status = a_status(5, ["silent"])
    named = replace(status.found[0].pipeline.account, name="it's mine")
    status = replace(status, found=(a_found(named, "us-east-1", "never"), *status.found[4:]))

    assert next(next_steps(status)).endswith(" status 'it'\"'\"'s mine' team-0001-prod team-0002-prod --deep")


def test_never_where_no_iam_event_occurs_is_no_trouble():
    status = a_status(1, ["never"], ["us-east-1"])
    found = status.found[0]
    fine = replace(found, verdict=replace(found.verdict, is_trouble=False))

    assert [*next_steps(replace(status, found=(fine,)))] == []
