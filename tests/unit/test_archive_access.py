"""Whether an existing bucket lets deliveries in, and what its policy lacks."""

import json
from dataclasses import replace

import pytest

from orgtrail import policies
from orgtrail.archive.access import judge, judge_encryption
from orgtrail.archive.policy import archive_policy
from orgtrail.settings import MovingFrom
from tests.builders import ACCOUNT_ID, BUCKET, OTHER_ACCOUNT_ID, an_account, an_archive, settings

ORGANIZATION = settings(an_account(), an_account(OTHER_ACCOUNT_ID, name="sandbox"), archive=an_archive(existing=True))
NEEDED = archive_policy(ORGANIZATION, None)
FINDS, WRITES, TLS = NEEDED["Statement"]
ARN = f"arn:aws:s3:::{BUCKET}"


def role(account_id):
    return f"arn:aws:iam::{account_id}:role/orgtrail-firehose"


def access(*statements, organization=ORGANIZATION):
    return judge(organization, policies.document(*statements))


SAME_MEANING = {
    "in another order": [TLS, WRITES, FINDS],
    "under other names": [{**one, "Sid": f"Other{number}"} for number, one in enumerate(NEEDED["Statement"])],
    "without names": [{key: value for key, value in one.items() if key != "Sid"} for one in NEEDED["Statement"]],
    "split": [
        *({**WRITES, "Action": action, "Sid": action[3:]} for action in WRITES["Action"]),
        *({**FINDS, "Action": [action], "Sid": action[3:]} for action in FINDS["Action"]),
        TLS,
    ],
    "with another case of the actions": [
        {**FINDS, "Action": [action.upper() for action in FINDS["Action"]]},
        WRITES,
        TLS,
    ],
    "wider": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [ARN, f"{ARN}/*"]},
        TLS,
    ],
    "by roles instead of the organization": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": [role(ACCOUNT_ID), role(OTHER_ACCOUNT_ID)]},
            "Action": ["s3:Get*", "s3:List*"],
            "Resource": ARN,
        },
        {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT_ID}:root", OTHER_ACCOUNT_ID]},
            "NotAction": "s3:Delete*",
            "Resource": [f"{ARN}/${{aws:PrincipalAccount}}/*", f"{ARN}/errors/*"],
            "Condition": {"StringLike": {"aws:PrincipalArn": "*/orgtrail-firehose"}},
        },
        TLS,
    ],
    "beside statements of others": [
        *NEEDED["Statement"],
        {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": ARN},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"{ARN}/*",
            "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        },
    ],
}


@pytest.mark.parametrize("statements", SAME_MEANING.values(), ids=SAME_MEANING)
def test_a_policy_of_the_same_meaning_lets_deliveries_in(statements):
    assert access(*statements) == ((), (), ())


def test_a_bucket_without_a_policy_is_shown_the_statements_that_it_needs():
    refused, doubts, unprotected = access()

    assert refused == (
        "It doesn't allow s3:GetBucketLocation, s3:ListBucket, s3:ListBucketMultipartUploads to payments, sandbox. "
        f"This statement would: {json.dumps(FINDS)}",
        "It doesn't allow s3:AbortMultipartUpload, s3:GetObject, s3:PutObject, s3:PutObjectAcl to payments, sandbox. "
        f"This statement would: {json.dumps(WRITES)}",
    )
    assert (doubts, unprotected) == ((), (f"It doesn't refuse what this statement refuses: {json.dumps(TLS)}",))


def test_an_account_that_is_left_out_is_named():
    mine = {**WRITES, "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID}}}

    ((refused,), *_) = access(FINDS, mine, TLS)
    assert refused.startswith(
        "It doesn't allow s3:AbortMultipartUpload, s3:GetObject, s3:PutObject, s3:PutObjectAcl to sandbox."
    )


def test_a_folder_that_is_left_out_is_found():
    ((refused,), *_) = access(FINDS, {**WRITES, "Resource": f"{ARN}/${{aws:PrincipalAccount}}/*"}, TLS)

    assert "s3:PutObject" in refused


def test_a_denial_that_is_in_the_way_is_shown():
    wall = {"Sid": "Wall", "Effect": "Deny", "Principal": "*", "NotAction": "s3:Get*", "Resource": f"{ARN}/*"}

    ((refused,), *_) = access(*NEEDED["Statement"], wall)
    assert refused == (
        "It denies s3:AbortMultipartUpload, s3:PutObject, s3:PutObjectAcl to payments, sandbox, "
        f"by this statement: {json.dumps(wall)}"
    )


def test_a_demand_for_encryption_that_firehose_does_not_ask_for_is_a_denial():
    demand = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{ARN}/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
    }

    ((refused,), *_) = access(*NEEDED["Statement"], demand)
    assert refused.startswith("It denies s3:PutObject to payments, sandbox")


READING = replace(ORGANIZATION, archive=an_archive(existing=True, readers=("SecurityAudit", "Reader*")))


def test_a_policy_that_keeps_readers_out_refuses_no_delivery_and_is_told():
    refused, doubts, told = access(*NEEDED["Statement"], organization=READING)

    assert (refused, doubts) == ((), ())
    assert [text.partition("{")[0] for text in told] == ["It doesn't let readers in as this statement does: "] * 3
    assert all(role in told[0] for role in ("role/SecurityAudit", "role/Reader*"))


def test_a_policy_that_lets_readers_in_in_its_own_words_lacks_nothing():
    of_readers = [one for one in archive_policy(READING, None)["Statement"] if one["Sid"] in policies.READER_SIDS]
    wider = [{key: value for key, value in one.items() if key != "Sid"} for one in of_readers]
    wider[0]["Action"] = "s3:GetBucket*"
    wider[2]["Condition"]["ArnLike"]["aws:PrincipalArn"] = "arn:aws:iam::*:role/*"

    assert access(*NEEDED["Statement"], *wider, organization=READING) == ((), (), ())


def test_a_condition_that_only_aws_can_judge_is_a_doubt():
    fence = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [ARN, f"{ARN}/*"],
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    }

    refused, (doubt,), _unprotected = access(*NEEDED["Statement"], fence)
    assert refused == ()
    assert doubt.endswith(f"depends on a condition that can't be judged here: {json.dumps(fence)}")


def test_the_archives_own_account_needs_no_statement_and_is_kept_out_by_a_denial():
    own = settings(an_account("222222222222", name="log-archive"), archive=an_archive(existing=True))
    wall = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{ARN}/*"}

    assert access(TLS, organization=own).refused == ()
    assert access(TLS, wall, organization=own).refused[0].startswith("It denies s3:PutObject to log-archive")


KEY = "arn:aws:kms:us-east-1:222222222222:key/11111111-2222-3333-4444-555555555555"


def encrypted(default, **archive):
    return judge_encryption(replace(ORGANIZATION, archive=an_archive(existing=True, **archive)), default)


@pytest.mark.parametrize(
    ("default", "key"),
    [
        ({}, None),
        ({"SSEAlgorithm": "AES256"}, None),
        ({"SSEAlgorithm": "AES256"}, KEY),
        ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, KEY),
        ({"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": KEY.rpartition("/")[2]}, KEY),
    ],
    ids=["none", "of S3", "of S3 though a key may be used", "the same key", "the same key by its id"],
)
def test_an_encryption_that_the_roles_may_use_is_fine(default, key):
    assert encrypted(default, kms_key=key) == ((), (), ())


def test_a_key_that_the_file_doesnt_name_refuses_every_delivery():
    refused, *_ = encrypted({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY})

    assert refused == (
        f"It encrypts with {KEY}, but archive.kms_key names no key: the accounts' roles may not use it.",
    )


def test_a_key_that_is_moved_from_may_be_used():
    moving = {"kms_key": KEY.replace("1", "9"), "moving_from": MovingFrom(kms_key=KEY)}

    assert encrypted({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, **moving) == ((), (), ())


def test_aws_own_key_refuses_the_deliveries_of_other_accounts():
    ((refused,), *_) = encrypted({"SSEAlgorithm": "aws:kms"})

    assert refused == "It encrypts with AWS's own key alias/aws/s3, which the roles of payments, sandbox can't use."


def test_a_key_by_its_alias_is_a_doubt():
    alias = "arn:aws:kms:us-east-1:222222222222:alias/archive"

    assert encrypted({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": alias}).refused == ()


def test_a_disabled_account_asks_for_nothing():
    off = settings(an_account(enabled=False), archive=an_archive(existing=True))

    assert judge(off, policies.document(TLS)) == ((), (), ())
