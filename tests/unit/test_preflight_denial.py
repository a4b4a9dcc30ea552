"""Who refuses a call, read from AWS's messages: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""

import pytest
from botocore.exceptions import ClientError

from orgtrail.preflight.denial import Denial

USER = "User: arn:aws:sts::333333333333:assumed-role/deployer/orgtrail is not authorized to perform: firehose:ListX"


def denial(message, code="AccessDeniedException"):
    return Denial.of(ClientError({"Error": {"Code": code, "Message": message}}, "ListX"))


@pytest.mark.parametrize(
    ("rest", "kind", "by_organization"),
    [
        (" with an explicit deny in a service control policy", "service control", True),
        (" because no service control policy allows the firehose:ListX action", "service control", True),
        (" with an explicit deny in a resource control policy", "resource control", True),
        (" because no identity-based policy allows the firehose:ListX action", "identity-based", False),
        (" with an explicit deny in an identity-based policy", "identity-based", False),
        (" because no permissions boundary allows the firehose:ListX action", "permissions boundary", False),
        (" with an explicit deny in a permissions boundary", "permissions boundary", False),
        (" because no session policy allows the firehose:ListX action", "session", False),
        ("", None, False),
    ],
)
def test_a_denial_by_the_organization_is_told_from_one_by_the_role(rest, kind, by_organization):
    found = denial(USER + rest)

    assert (found.kind, found.by_organization) == (kind, by_organization)


def test_only_who_manages_the_organizations_policies_can_mend_theirs():
    by_organization = denial(f"{USER} with an explicit deny in a service control policy")
    by_role = denial(f"{USER} because no identity-based policy allows the firehose:ListX action")

    assert by_organization.mend("firehose:ListX") == (
        "Ask who manages the organization's policies to allow firehose:ListX"
    )
    assert by_role.mend("firehose:ListX") == "Allow the role firehose:ListX"


def test_what_isnt_a_denial_isnt_told_as_one():
    found = denial("Rate exceeded", "ThrottlingException")

    assert not found.is_denial
    assert found.why == "AWS answers ThrottlingException: Rate exceeded"


@pytest.mark.parametrize("kind", ["resource-based", "VPC endpoint"])
def test_a_policy_that_isnt_the_roles_is_not_told_as_such(kind):
    found = denial(f"{USER} because no {kind} policy allows the firehose:ListX action")

    assert found.why.startswith(f"a {kind} policy doesn't allow it (")
    assert found.mend("firehose:ListX") == f"Allow firehose:ListX in the {kind} policy that refuses it"
