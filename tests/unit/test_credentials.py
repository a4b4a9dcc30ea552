"""With which credentials something is done in AWS."""

from orgtrail.credentials import role_chain
from tests.builders import an_account

HUB, MEMBER = "arn:aws:iam::111111111111:role/hub", "arn:aws:iam::222222222222:role/member"


def test_only_the_last_role_of_a_chain_is_shown_the_external_id():
    assert role_chain(an_account(roles=(HUB, MEMBER), external_id="secret")) == [(HUB, None), (MEMBER, "secret")]


def test_the_last_one_alone_where_a_role_comes_twice():
    assert role_chain(an_account(roles=(HUB, HUB), external_id="secret")) == [(HUB, None), (HUB, "secret")]


def test_without_roles_there_is_no_chain():
    assert role_chain(an_account(external_id="secret")) == []
