"""Two policy documents compared by what they mean: which statements differ, and which of that is weaker."""

from typing import Any

import pytest

from orgtrail.layout import Layout
from orgtrail.policies import archive_bucket
from orgtrail.policies.comparison import compare

ALLOW: dict[str, Any] = {
    "Sid": "Write",
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": ["s3:PutObject", "s3:GetObject"],
    "Resource": "arn:aws:s3:::b/${aws:PrincipalAccount}/*",
    "Condition": {
        "StringEquals": {"aws:PrincipalOrgID": "o-1"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/r"},
    },
}
DENY: dict[str, Any] = {
    "Sid": "BreakGlass",
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "Resource": "arn:aws:s3:::b/*",
    "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/a"}},
}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def changed(statement, condition=None, **elements):
    return {**statement, **elements, **({"Condition": condition} if condition is not None else {})}


def but(*actions):
    return {**{key: value for key, value in ALLOW.items() if key != "Action"}, "NotAction": list(actions)}


CONDITION = ALLOW["Condition"]
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}

WEAKER = {
    "an allowance that is new": (policy(DENY), policy(DENY, ALLOW)),
    "a refusal that is gone": (policy(ALLOW, DENY), policy(ALLOW)),
    "another action": (
        policy(ALLOW),
        policy(changed(ALLOW, Action=["s3:PutObject", "s3:GetObject", "s3:DeleteObject"])),
    ),
    "an action that is a pattern": (policy(ALLOW), policy(changed(ALLOW, Action="s3:*"))),
    "another resource": (policy(ALLOW), policy(changed(ALLOW, Resource="arn:aws:s3:::b/*"))),
    "a condition less": (policy(ALLOW), policy(changed(ALLOW, ORGANIZATION))),
    "another organization": (
        policy(ALLOW),
        policy(changed(ALLOW, {**CONDITION, "StringEquals": {"aws:PrincipalOrgID": "o-2"}})),
    ),
    "two organizations": (
        policy(ALLOW),
        policy(changed(ALLOW, {**CONDITION, "StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}})),
    ),
    "a wider pattern in a condition": (
        policy(ALLOW),
        policy(changed(ALLOW, {**CONDITION, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}})),
    ),
    "everybody in place of an account": (
        policy(changed(ALLOW, Principal={"AWS": "arn:aws:iam::111111111111:root"})),
        policy(ALLOW),
    ),
    "everything but an action in place of some": (policy(ALLOW), policy(but("s3:deletebucket"))),
    "everything but fewer actions": (policy(but("s3:a", "s3:b")), policy(but("s3:a"))),
    "a refusal of fewer actions": (policy(DENY), policy(changed(DENY, Action=["s3:DeleteObject"]))),
    "a refusal with one more exception": (
        policy(DENY),
        policy(
            changed(DENY, {"ArnNotEquals": {"aws:PrincipalArn": ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"]}})
        ),
    ),
    "a refusal with another exception": (
        policy(DENY),
        policy(changed(DENY, {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/b"}})),
    ),
    "a refusal under one more condition": (
        policy(DENY),
        policy(changed(DENY, {**DENY["Condition"], "Bool": {"aws:SecureTransport": False}})),
    ),
    "a refusal that became an allowance": (policy(DENY), policy(changed(DENY, Effect="Allow"))),
}
NOT_WEAKER = {
    "an exception that is narrower than everything": (policy(changed(ALLOW, Action="*")), policy(but("s3:a"))),
    "nothing": (policy(ALLOW, DENY), policy(ALLOW, DENY)),
    "another order": (policy(ALLOW, DENY), policy(DENY, changed(ALLOW, Action=["s3:GetObject", "s3:PutObject"]))),
    "another Sid": (policy(ALLOW), policy(changed(ALLOW, Sid="Other"))),
    "a statement in two": (
        policy(ALLOW),
        policy(changed(ALLOW, Action="s3:PutObject"), changed(ALLOW, Sid="Read", Action="s3:GetObject")),
    ),
    "two statements in one": (
        policy(changed(DENY, Action="s3:DeleteObject"), changed(DENY, Sid="2", Action="s3:DeleteObjectVersion")),
        policy(DENY),
    ),
    "a refusal that is new": (policy(ALLOW), policy(ALLOW, DENY)),
    "a refusal of more": (policy(DENY), policy(changed(DENY, Action="s3:*"))),
    "a refusal without exception": (policy(DENY), policy(changed(DENY, {}))),
    "an allowance that is gone": (policy(ALLOW, DENY), policy(DENY)),
    "an allowance of less": (policy(changed(ALLOW, Action="s3:*")), policy(ALLOW)),
    "an allowance under one more condition": (policy(changed(ALLOW, ORGANIZATION)), policy(ALLOW)),
    "an action in other letters": (policy(ALLOW), policy(changed(ALLOW, Action=["s3:putobject", "S3:GetObject"]))),
    "everybody, written otherwise": (policy(ALLOW), policy(changed(ALLOW, Principal="*"))),
    "one text in place of a list": (policy(changed(DENY, Resource=["a"])), policy(changed(DENY, Resource="a"))),
    "one statement in place of a list": (policy(ALLOW), {"Statement": ALLOW}),
    "a principal's ARN in place of its id": (
        policy(changed(ALLOW, Principal={"AWS": "111111111111"})),
        policy(changed(ALLOW, Principal={"AWS": ["arn:aws:iam::111111111111:root"]})),
    ),
}


@pytest.mark.parametrize("change", WEAKER)
def test_a_policy_is_weaker_with_this_change(change):
    assert any(one.is_weaker for one in compare(*WEAKER[change]))


@pytest.mark.parametrize("change", NOT_WEAKER)
def test_a_policy_is_not_weaker_with_this_change(change):
    assert [one for one in compare(*NOT_WEAKER[change]) if one.is_weaker] == []


def test_what_only_looks_different_is_no_change():
    same = ("nothing", "another order", "another Sid", "an action in other letters", "everybody, written otherwise")
    assert [name for name in same if compare(*NOT_WEAKER[name])] == []


def test_a_statement_is_told_by_what_differs():
    [change] = compare(*WEAKER["a refusal with another exception"])

    assert (change.sid, change.before, change.after) == (
        "BreakGlass",
        "Condition ArnNotEquals aws:PrincipalArn arn:aws:iam::1:role/a",
        "Condition ArnNotEquals aws:PrincipalArn arn:aws:iam::1:role/b",
    )


def test_a_statement_that_is_gone_is_told_as_a_whole():
    [change] = compare(*WEAKER["a refusal that is gone"])

    assert change.before == (
        "Deny, Principal *, Action s3:deleteobject s3:deleteobjectversion, Resource arn:aws:s3:::b/*, "
        "Condition ArnNotEquals aws:PrincipalArn arn:aws:iam::1:role/a"
    )
    assert change.after == ""


class TestTheArchivesPolicyThatListsAccounts:
    @staticmethod
    def listing(*accounts):
        return archive_bucket("aws", bucket="b", layout=Layout(), organization_id=None, account_ids=accounts)

    def test_the_archives_policy_that_lists_accounts_is_not_weaker_with_an_account_of_the_file_more(self):
        old, new = self.listing("111111111111"), self.listing("111111111111", "222222222222")

        assert any(one.is_weaker for one in compare(old, new))
        assert not any(one.is_weaker for one in compare(old, new, {"111111111111", "222222222222"}))

    def test_the_archives_policy_that_lists_accounts_is_weaker_with_an_account_that_is_not_in_the_file(self):
        old, new = self.listing("111111111111"), self.listing("111111111111", "999999999999")

        assert any(one.is_weaker for one in compare(old, new, {"111111111111"}))
