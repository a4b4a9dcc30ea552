"""AWS's verdict on each request, as an evaluator reads its rules, is the one that the case states."""

import pytest

from tests.policies.cases import cases
from tests.policies.evaluator import evaluate
from tests.policies.setups import SETUPS

pytestmark = pytest.mark.xdist_group("policies")


@pytest.fixture(scope="module")
def verdicts():
    """Of each setup, the verdict on each case; one process answers them all."""
    asked = [(setup, case) for setup in SETUPS for case in cases(setup)]
    answers = evaluate(case.question(setup.documents) for setup, case in asked)
    found: dict[str, dict[str, str]] = {setup.name: {} for setup in SETUPS}
    for (setup, case), verdict in zip(asked, answers, strict=True):
        found[setup.name][case.sentence] = verdict
    return found


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_each_request_gets_its_verdict(setup, verdicts):
    assert verdicts[setup.name] == {case.sentence: case.verdict for case in cases(setup)}


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_each_case_has_a_sentence_of_its_own(setup):
    sentences = [case.sentence for case in cases(setup)]

    assert [sentence for sentence in set(sentences) if sentences.count(sentence) > 1] == []
