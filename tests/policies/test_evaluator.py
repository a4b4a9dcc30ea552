"""What there can be no verdict on is an error that says what to do, never a verdict and never a skip."""

import shutil

import pytest

from tests.builders import ACCOUNT_ID, ORGANIZATION_ID, REPOSITORY
from tests.policies.cases import cases
from tests.policies.evaluator import EvaluatorError, a_role, evaluate
from tests.policies.setups import DEFAULT

pytestmark = pytest.mark.xdist_group("policies")

QUESTION = cases(DEFAULT)[0].question(DEFAULT.documents)


def test_a_missing_evaluator_is_an_error_that_names_the_command_to_run(tmp_path):
    script = tmp_path / "evaluate.mjs"
    shutil.copy(REPOSITORY / "tests/policies/evaluate.mjs", script)

    with pytest.raises(EvaluatorError, match=r"^The IAM policy evaluator is missing: run `make setup`"):
        evaluate([QUESTION], script=script)


def test_a_missing_node_is_an_error_that_names_the_command_to_run():
    with pytest.raises(EvaluatorError, match=r"^Node\.js is missing: run `make setup`"):
        evaluate([QUESTION], node="no-such-node")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"context": {"aws:PrincipalOrganization": ORGANIZATION_ID}}, "knows nothing of aws:PrincipalOrganization"),
        ({"context": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, "knows nothing of kms:ViaService"),
        ({"action": "s3:WriteObject"}, "invalid.action"),
        ({"resource": "arn:aws:sqs:us-east-1:333333333333:queue"}, "no.resource.types"),
        ({"resource_policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Permit"}]}}, "Permit"),
        ({"identity_policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}}, "Action"),
    ],
)
def test_what_the_evaluator_does_not_understand_is_an_error(changed, message):
    with pytest.raises(EvaluatorError, match=message):
        evaluate([QUESTION._replace(**changed)])


def test_a_session_of_a_role_is_known_to_aws_as_the_role():
    role = a_role("aws", ACCOUNT_ID, "teams/developer", organization_id=ORGANIZATION_ID)

    assert role.arn == "arn:aws:sts::333333333333:assumed-role/developer/session"
    assert role.context == {
        "aws:PrincipalAccount": "333333333333",
        "aws:PrincipalArn": "arn:aws:iam::333333333333:role/teams/developer",
        "aws:PrincipalOrgID": "o-a1b2c3d4e5",
    }


def test_a_request_always_says_whether_it_came_over_tls():
    assert QUESTION.as_json()["context"]["aws:SecureTransport"] == "true"
    assert QUESTION._replace(tls=False).as_json()["context"]["aws:SecureTransport"] == "false"
