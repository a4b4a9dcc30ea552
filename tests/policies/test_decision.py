"""What `decide` says of a bucket's policy is what the evaluator says, which isn't ours."""

import pytest

from orgtrail.policies.decision import Request, Verdict, decide
from tests.builders import ARCHIVE_ACCOUNT_ID
from tests.policies.archive_cases import archive_cases
from tests.policies.evaluator import ALLOWED, ANONYMOUS, DENIED, REFUSED
from tests.policies.pipeline_cases import pipeline_cases
from tests.policies.setups import BUCKET_POLICY, EVERYTHING, QUEUE, SETUPS

_VERDICTS = {ALLOWED: Verdict.ALLOWED, REFUSED: Verdict.REFUSED, DENIED: Verdict.DENIED}
# What a request of a case has only where the case says so.
_ABSENT = (
    "aws:principalorgid",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-server-side-encryption-customer-algorithm",
)


def cases(setup):
    """The cases in which the bucket's policy alone decides: of other accounts, which may do anything by themselves."""
    return [
        case
        for case in archive_cases(setup)
        if (case.asker.resource_policy, case.asker.identity) == (BUCKET_POLICY, EVERYTHING)
        and case.asker.principal is not ANONYMOUS
        and case.asker.principal.context["aws:PrincipalAccount"] != ARCHIVE_ACCOUNT_ID
    ]


def request_of(case):
    context = {**case.asker.principal.context, "aws:SecureTransport": str(case.tls).lower(), **case.context}
    known = {key.lower(): value for key, value in context.items()}
    account_id, role = known["aws:principalaccount"], known["aws:principalarn"]
    return Request(role, account_id, case.action, case.resource, {**dict.fromkeys(_ABSENT), **known})


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_every_verdict_on_the_archives_policy_is_the_evaluators(setup):
    policy = setup.documents[BUCKET_POLICY]
    verdicts = {case.sentence: decide(policy, request_of(case)).verdict for case in cases(setup)}

    assert len(verdicts) > 20
    assert verdicts == {case.sentence: _VERDICTS[case.verdict] for case in cases(setup)}


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_every_verdict_on_a_service_that_asks_a_queue_is_the_evaluators(setup):
    policy = setup.documents[QUEUE]
    of_services = [
        case
        for case in pipeline_cases(setup)
        if case.asker.resource_policy == QUEUE and str(case.asker.principal.arn).endswith(".amazonaws.com")
    ]

    def verdict(case):
        known = {"aws:securetransport": str(case.tls).lower(), "aws:sourcearn": None, "aws:sourceaccount": None}
        context = {**known, **{key.lower(): value for key, value in case.context.items()}}
        return decide(policy, Request(case.asker.principal.arn, "", case.action, case.resource, context)).verdict

    assert {_VERDICTS[case.verdict] for case in of_services} == {Verdict.ALLOWED, Verdict.REFUSED, Verdict.DENIED}
    assert [verdict(case) for case in of_services] == [_VERDICTS[case.verdict] for case in of_services]
