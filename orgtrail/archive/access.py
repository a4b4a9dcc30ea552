"""Whether the policy and the encryption of an existing bucket let every account's deliveries in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from orgtrail import names, policies
from orgtrail.archive.policy import archive_policy
from orgtrail.aws import AccountSession
from orgtrail.bucket import owned
from orgtrail.policies.comparison import missing
from orgtrail.policies.decision import Request, Verdict, decide
from orgtrail.settings import Account, Settings
from orgtrail.words import some

_KEY_OF_AWS = "alias/aws/s3"


class Access(NamedTuple):
    """What is wrong with a bucket, in sentences about it; `refused`: of what it doesn't let in.

    `unprotected`: of what it lets in and should refuse, and of readers that it doesn't let in: neither keeps a
    delivery away.
    """

    refused: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()

    def told(self, settings: Settings) -> list[str]:
        """What to print: nothing, or the bucket, then everything that is wrong with it."""
        policy = "" if settings.archive.manage_policy else " and policy"
        heading = f"s3://{settings.archive.bucket}, whose encryption{policy} others manage:"
        sentences = [f"  - {text}" for text in (*self.refused, *self.doubts, *self.unprotected)]
        return [heading, *sentences] if sentences else []


def access_to_existing(settings: Settings) -> Access:
    """What an existing bucket refuses or may refuse to the accounts of the file, and what its policy lacks.

    Nothing of a policy that Orgtrail manages. Raises `aws.WrongAccount`, and botocore's errors where AWS can't be
    asked.
    """
    archive = settings.archive
    if not archive.existing:
        return Access()
    try:
        access = access_to_bucket(settings, AccountSession(archive, archive.region).client("s3"))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
        return Access(refused=("There is no such bucket.",))
    return access


def access_to_bucket(settings: Settings, s3: Any, *, managed_too: bool = False) -> Access:
    """The same of any archive's bucket, with a client of its account; `managed_too`: of what Orgtrail manages as well.

    Raises botocore's errors, `NoSuchBucket` among them.
    """
    archive = settings.archive
    bucket = owned(archive)
    # The ARN of a key that Orgtrail makes isn't in the file.
    encryption = Access() if archive.manages_key else judge_encryption(settings, _default_encryption(s3, bucket))
    is_judged = managed_too or not archive.manage_policy
    policy = judge(settings, _policy(s3, bucket)) if is_judged else Access()
    return Access(policy.refused + encryption.refused, policy.doubts + encryption.doubts, policy.unprotected)


def _policy(s3: Any, bucket: dict[str, str]) -> policies.Document:
    try:
        policy: policies.Document = json.loads(s3.get_bucket_policy(**bucket)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return policies.document()
    return policy


def _default_encryption(s3: Any, bucket: dict[str, str]) -> Mapping[str, str]:
    """The bucket's `ApplyServerSideEncryptionByDefault`; empty if it has none."""
    try:
        rules = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return {}
    return next((rule["ApplyServerSideEncryptionByDefault"] for rule in rules), {})


def judge_encryption(settings: Settings, default: Mapping[str, str]) -> Access:
    """Whether the roles of the accounts may use the key that a bucket encrypts with by default.

    `default` is `ApplyServerSideEncryptionByDefault`. No other account can use AWS's own key:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
    """
    if not default.get("SSEAlgorithm", "").startswith("aws:kms"):
        return Access()
    key = default.get("KMSMasterKeyID", _KEY_OF_AWS)
    if key.endswith(_KEY_OF_AWS):
        others = [one.name for one in _delivering(settings) if one.account_id != settings.archive.account_id]
        told = f"It encrypts with AWS's own key {_KEY_OF_AWS}, which the roles of {some(others)} can't use."
        return Access(refused=(told,) if others else ())
    if "alias/" in key:
        return Access(doubts=(f"It encrypts with {key}. Whether that is the key of archive.kms_key isn't known.",))
    usable = [one for one in settings.archive.delivery_keys if one]
    if any(one.endswith(key.rpartition("/")[2]) for one in usable):
        return Access()
    named = " and ".join(usable) or "no key"
    told = f"It encrypts with {key}, but archive.kms_key names {named}: the accounts' roles may not use it."
    return Access(refused=(told,))


def judge(settings: Settings, policy: policies.Document) -> Access:
    """What a bucket's policy refuses or may refuse to the accounts of the file, and what it lacks."""
    needed = archive_policy(settings, None)
    # The verdict and the statement that made or would change it, as text: the actions and the accounts it is about.
    told: dict[tuple[Verdict, str], tuple[list[str], list[str]]] = {}
    for account in _delivering(settings):
        # Within one account the role's policy is enough, unless the bucket's denies.
        is_own = account.account_id == settings.archive.account_id
        for statement, request in _requests(settings, needed, account):
            verdict, cause = decide(policy, request)
            if verdict is Verdict.ALLOWED or (is_own and verdict is Verdict.REFUSED):
                continue
            actions, accounts = told.setdefault((verdict, json.dumps(cause or statement)), ([], []))
            actions.append(request.action)
            accounts.append(account.name)
    sentences = {key: _sentence(*key, *map(list, map(dict.fromkeys, about))) for key, about in told.items()}
    lacking = missing(needed, policy)
    unprotected = [
        f"It doesn't refuse what this statement refuses: {json.dumps(one)}" for one in lacking if _denies(one)
    ]
    unprotected += [
        f"It doesn't let readers in as this statement does: {json.dumps(one)}" for one in lacking if _reads(one)
    ]
    return Access(
        tuple(text for (verdict, _), text in sentences.items() if verdict is not Verdict.UNKNOWN),
        tuple(text for (verdict, _), text in sentences.items() if verdict is Verdict.UNKNOWN),
        tuple(unprotected),
    )


def _denies(statement: policies.Statement) -> bool:
    return bool(statement["Effect"] == "Deny")


def _reads(statement: policies.Statement) -> bool:
    return statement["Sid"] in policies.READER_SIDS


def _delivering(settings: Settings) -> list[Account]:
    return [account for account in settings.active if account.enabled]


def delivery_role(settings: Settings, account_id: str) -> tuple[str, dict[str, str | None]]:
    """The role that an account's events are delivered with, and what AWS knows of it in each of its requests."""
    role = f"arn:{settings.partition}:iam::{account_id}:role/{names.FIREHOSE_ROLE}"
    known: dict[str, str | None] = {
        "aws:principalarn": role,
        "aws:principalaccount": account_id,
        "aws:principaltype": "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:securetransport": "true",
        "aws:resourceaccount": settings.archive.account_id,
    }
    if settings.organization_id:
        known["aws:principalorgid"] = settings.organization_id
    return role, known


def _requests(
    settings: Settings, needed: policies.Document, account: Account
) -> Iterator[tuple[policies.Statement, Request]]:
    """What an account's delivery role asks of the bucket, and the statement that is to allow it."""
    role, asking = delivery_role(settings, account.account_id)
    context = {
        **asking,
        # Firehose asks for no encryption, and gets the bucket's default.
        "s3:x-amz-server-side-encryption": None,
        "s3:x-amz-server-side-encryption-aws-kms-key-id": None,
        "s3:x-amz-server-side-encryption-customer-algorithm": None,
    }
    for statement in needed["Statement"]:
        if _denies(statement) or _reads(statement):
            continue
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            example = resource.replace(policies.CALLING_ACCOUNT, account.account_id).replace("*", "any")
            for action in statement["Action"]:
                acl = {"s3:x-amz-acl": "bucket-owner-full-control"} if action.startswith("s3:PutObject") else {}
                yield statement, Request(role, account.account_id, action, example, {**context, **acl})


def _sentence(verdict: Verdict, cause: str, actions: list[str], accounts: list[str]) -> str:
    who, what = some(accounts), ", ".join(actions)
    if verdict is Verdict.REFUSED:
        return f"It doesn't allow {what} to {who}. This statement would: {cause}"
    if verdict is Verdict.DENIED:
        return f"It denies {what} to {who}, by this statement: {cause}"
    return f"Whether it lets {who} do {what} depends on a condition that can't be judged here: {cause}"
