"""The cases mean something: nothing in a policy can be weakened or dropped without one of them noticing."""

from collections import defaultdict

import pytest

from tests.policies.cases import cases
from tests.policies.deployment_documents import DEPLOY, DEPLOY_BACKFILL, DEPLOY_TRAIL, DEPLOY_TRUST
from tests.policies.evaluator import evaluate
from tests.policies.mutants import mutants
from tests.policies.setups import (
    ACCOUNT_TRAILS,
    BUCKET_POLICY,
    DEFAULT,
    FIREHOSE_TRUST,
    LIST_FORM,
    MOVING,
    ORGANIZATION_TRAIL,
    QUEUE,
)

pytestmark = pytest.mark.xdist_group("policies")

# In the order in which they are mutated. The layouts and partitions differ from these in names alone.
DOCUMENTS = [(setup, name) for setup in (DEFAULT, LIST_FORM, MOVING) for name in setup.made_documents]

_PASSED_ONLY = "no other action is about a service that a role is passed to"

# What nobody can notice, with the reason.
NO_DIFFERENCE = {
    BUCKET_POLICY: {
        "DeliveryFindsTheArchive with every resource": "its actions are of a bucket, and there is only this one",
        "ReadersFindTheArchive with every resource": "as above",
        "ReadersListOwnPrefixes with every resource": "as above",
    },
    ORGANIZATION_TRAIL: {
        "CloudTrailFindsTheBucket with every resource": "its action is of a bucket, and this is the one"
    },
    ACCOUNT_TRAILS: {"CloudTrailFindsTheBucket with every resource": "as above"},
    QUEUE: {"OnlyThisRule with every resource": "a queue's policy is of this queue alone"},
    FIREHOSE_TRUST: {"FirehoseForThisAccount with sts:*": "no other action that a service may take has an external id"},
    DEPLOY: {
        "HandTheRoleToEventBridge with iam:*": _PASSED_ONLY,
        "HandTheRoleToFirehose with iam:*": _PASSED_ONLY,
    },
    DEPLOY_BACKFILL: {"BackfillNewObjects with s3:*": "no other action is about an object that must be new"},
    DEPLOY_TRAIL: {
        "MakeCloudTrailsOwnRole with iam:*": "no other action is about a service that has a role of its own"
    },
    DEPLOY_TRUST: {"TheDeployingPrincipal with sts:*": "no other action that a role may take has an external id"},
}


def new_mutants():
    """Of each document, the mutants of those statements that no document before had too."""
    known, found = [], {}
    for setup, name in DOCUMENTS:
        document = setup.made_documents[name]
        old = {statement["Sid"] for statement in document["Statement"] if statement in known}
        known += document["Statement"]
        found[setup.name, name] = [mutant for mutant in mutants(document) if mutant.change.split()[0] not in old]
    return found


@pytest.fixture(scope="module")
def noticed():
    """Of each document, each mutant and the cases that notice it; one process answers for them all."""
    asked, questions = [], []
    found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(dict)
    by_name = {setup.name: (setup, cases(setup)) for setup in (DEFAULT, LIST_FORM, MOVING)}
    for (setup_name, name), changed in new_mutants().items():
        setup, all_cases = by_name[setup_name]
        for mutant in changed:
            assert mutant.change not in found[setup_name, name]
            found[setup_name, name][mutant.change] = []
            documents = {**setup.documents, name: mutant.document}
            for case in all_cases:
                if name in case.documents and mutant.concerns(case.action):
                    asked.append(((setup_name, name), mutant.change, case))
                    questions.append(case.question(documents))
    for (document, change, case), verdict in zip(asked, evaluate(questions), strict=True):
        found[document][change] += [case.sentence] if verdict != case.verdict else []
    return found


@pytest.mark.parametrize(("setup", "name"), DOCUMENTS, ids=lambda value: getattr(value, "name", value))
def test_no_part_of_a_document_can_be_weakened_or_dropped_unnoticed(setup, name, noticed):
    unnoticed = {change for change, sentences in noticed[setup.name, name].items() if not sentences}
    expected = set(NO_DIFFERENCE.get(name, {})) & set(noticed[setup.name, name])

    assert unnoticed == expected


def test_every_condition_of_every_document_is_dropped_in_turn():
    dropped = {
        (statement_change.split()[0], statement_change.split()[-1])
        for changed in new_mutants().values()
        for statement_change, *_ in changed
        if " without " in statement_change
    }
    conditions = {
        (statement["Sid"], key)
        for setup, name in DOCUMENTS
        for statement in setup.made_documents[name]["Statement"]
        for keys in statement.get("Condition", {}).values()
        for key in keys
    }
    assert conditions
    assert conditions <= dropped
