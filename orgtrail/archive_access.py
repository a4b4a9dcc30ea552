"""Whether the policy of an existing bucket lets every account's deliveries in."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from botocore.exceptions import ClientError

from orgtrail import names, policies
from orgtrail.archive_policy import archive_policy
from orgtrail.aws import AccountSession
from orgtrail.policies.comparison import missing
from orgtrail.policies.decision import Request, Verdict, decide
from orgtrail.settings import Account, Settings

_LISTED = 5  # accounts that are named


class Access(NamedTuple):
    """What is wrong with a bucket's policy, in sentences about it; `refused`: of what it doesn't let in."""

    refused: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def told(self, settings: Settings) -> list[str]:
        """What to print: nothing, or the bucket, then all that is wrong with its policy."""
        heading = f"The policy of s3://{settings.archive.bucket}, which isn't managed here:"
        sentences = [f"  - {text}" for text in (*self.refused, *self.doubts)]
        return [heading, *sentences] if sentences else []


def access_to_existing(settings: Settings) -> Access:
    """What the policy of an existing bucket refuses or may refuse to the accounts of the file, and what it lacks.

    Nothing where Orgtrail manages the policy. Raises `aws.WrongAccount`, and botocore's errors where AWS can't be
    asked.
    """
    archive = settings.archive
    if not archive.existing or archive.manage_policy:
        return Access()
    s3 = AccountSession(archive, archive.region).client("s3")
    try:
        text = s3.get_bucket_policy(Bucket=archive.bucket, ExpectedBucketOwner=archive.account_id)["Policy"]
    except ClientError as error:
        match error.response["Error"]["Code"]:
            case "NoSuchBucketPolicy":
                return judge(settings, policies.document())
            case "NoSuchBucket":
                return Access(refused=("There is no such bucket.",))
            case _:
                raise
    return judge(settings, json.loads(text))


def judge(settings: Settings, policy: policies.Document) -> Access:
    """What a bucket's policy refuses or may refuse to the accounts of the file, and what it lacks."""
    needed = archive_policy(settings, None)
    # The verdict and the statement that made or would change it, as text: the actions and the accounts it is about.
    told: dict[tuple[Verdict, str], tuple[list[str], list[str]]] = {}
    for account in settings.active:
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
    unprotected = [one for one in missing(needed, policy) if one["Effect"] == "Deny"]
    return Access(
        tuple(text for (verdict, _), text in sentences.items() if verdict is not Verdict.UNKNOWN),
        (
            *(text for (verdict, _), text in sentences.items() if verdict is Verdict.UNKNOWN),
            *(f"It doesn't refuse what this statement refuses: {json.dumps(one)}" for one in unprotected),
        ),
    )


def _requests(
    settings: Settings, needed: policies.Document, account: Account
) -> Iterator[tuple[policies.Statement, Request]]:
    """What an account's delivery role asks of the bucket, and the statement that is to allow it."""
    account_id, archive = account.account_id, settings.archive
    role = f"arn:{settings.partition}:iam::{account_id}:role/{names.FIREHOSE_ROLE}"
    context: dict[str, str | None] = {
        "aws:principalarn": role,
        "aws:principalaccount": account_id,
        "aws:principaltype": "AssumedRole",
        "aws:principalisawsservice": "false",
        "aws:securetransport": "true",
        "aws:resourceaccount": archive.account_id,
        # Firehose asks for no encryption, and gets the bucket's default.
        "s3:x-amz-server-side-encryption": None,
        "s3:x-amz-server-side-encryption-aws-kms-key-id": None,
        "s3:x-amz-server-side-encryption-customer-algorithm": None,
    }
    if settings.organization_id:
        context["aws:principalorgid"] = settings.organization_id
    for statement in needed["Statement"]:
        if statement["Effect"] != "Allow":
            continue
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            example = resource.replace(policies.CALLING_ACCOUNT, account_id).replace("*", "any")
            for action in statement["Action"]:
                acl = {"s3:x-amz-acl": "bucket-owner-full-control"} if action.startswith("s3:PutObject") else {}
                yield statement, Request(role, account_id, action, example, {**context, **acl})


def _sentence(verdict: Verdict, cause: str, actions: list[str], accounts: list[str]) -> str:
    who = ", ".join(accounts[:_LISTED])
    if len(accounts) > _LISTED:
        who += f" and {len(accounts) - _LISTED} more"
    what = ", ".join(actions)
    if verdict is Verdict.REFUSED:
        return f"It doesn't allow {what} to {who}. This statement would: {cause}"
    if verdict is Verdict.DENIED:
        return f"It denies {what} to {who}, by this statement: {cause}"
    return f"Whether it lets {who} do {what} depends on a condition that can't be judged here: {cause}"
