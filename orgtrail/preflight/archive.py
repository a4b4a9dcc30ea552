"""What the checks of the archive have in common, and what its key lets in."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from orgtrail import names
from orgtrail.archive.access import delivery_role
from orgtrail.aws import AccountSession
from orgtrail.bucket import owned
from orgtrail.policies.decision import Request, Verdict, decide
from orgtrail.policies.guards import ENCRYPTED_ARN, KEY_ACTIONS, through_s3
from orgtrail.preflight.finding import Fault
from orgtrail.preflight.scopes import SharedScope
from orgtrail.settings import MANAGED_KEY, Archive, Settings
from orgtrail.words import some


def archive_session(scope: SharedScope) -> AccountSession:
    """With the archive's own credentials, in its region."""
    return scope.many.session(scope.settings.archive, scope.settings.archive.region)


def with_its_key(settings: Settings, session: AccountSession) -> Settings:
    """The settings with the ARN of the key that Orgtrail has made, so that what is deployed can be held against it.

    As they are, where it makes none, or hasn't yet. Raises botocore's errors.
    """
    archive = settings.archive
    if MANAGED_KEY not in archive.delivery_keys:
        return settings
    try:
        arn = session.client("kms").describe_key(KeyId=names.ARCHIVE_KEY_ALIAS)["KeyMetadata"]["Arn"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        return settings  # which is what judge_key tells

    def known(key: str | None) -> str | None:
        return arn if key == MANAGED_KEY else key

    before = archive.moving_from.model_copy(update={"kms_key": known(archive.moving_from.kms_key)})
    return replace(settings, archive=replace(archive, kms_key=known(archive.kms_key), moving_from=before))


def judge_key(settings: Settings, session: AccountSession) -> Iterator[Fault]:
    """What the policies of the archive's keys refuse. Raises botocore's errors."""
    archive, keys = settings.archive, [key for key in settings.archive.delivery_keys if key]
    if not keys:
        return
    kms, bucket_key = session.client("kms"), _has_bucket_key(archive, session.client("s3"))
    for named in dict.fromkeys(keys):
        is_ours = archive.manages_key and named == archive.kms_key
        try:
            key = kms.describe_key(KeyId=names.ARCHIVE_KEY_ALIAS if is_ours else named)["KeyMetadata"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise
            mend = "Deploy the archive" if is_ours else "Name a key that exists in archive.kms_key"
            yield Fault(f"there is no key {names.ARCHIVE_KEY_ALIAS if is_ours else named}", mend)
            continue
        if key["KeyState"] != "Enabled":
            yield Fault(f"the key {key['Arn']} is {key['KeyState']}", _enable(key))
        policy = json.loads(kms.get_key_policy(KeyId=key["Arn"], PolicyName="default")["Policy"])
        yield from _refusals(settings, key["Arn"], policy, bucket_key)


def _has_bucket_key(archive: Archive, s3: Any) -> bool:
    """Whether S3 tells KMS the bucket's ARN, and not the object's; see `through_s3`."""
    try:
        answer = s3.get_bucket_encryption(**owned(archive))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return False
    return any(rule.get("BucketKeyEnabled") for rule in answer["ServerSideEncryptionConfiguration"]["Rules"])


def _enable(key: Mapping[str, str]) -> str:
    enable = f"aws kms enable-key --key-id {key['Arn']}"
    if key["KeyState"] == "PendingDeletion":
        return f"aws kms cancel-key-deletion --key-id {key['Arn']}, then {enable}"
    return enable


def _refusals(settings: Settings, key: str, policy: dict[str, object], bucket_key: bool) -> Iterator[Fault]:
    refused: dict[Verdict, list[str]] = {}
    for account in (one for one in settings.active if one.enabled):
        # In the key's own account, its policy may hand on to those of the roles.
        if account.account_id == settings.archive.account_id:
            continue
        requests = (_request(settings, account.account_id, action, key, bucket_key) for action in KEY_ACTIONS)
        verdicts = {decide(policy, request).verdict for request in requests}
        for verdict in verdicts - {Verdict.ALLOWED}:
            refused.setdefault(verdict, []).append(account.name)
    for verdict, accounts in refused.items():
        told = f"the policy of {key} doesn't let the delivery role of {some(accounts)} use it"
        if verdict is Verdict.UNKNOWN:
            told = f"whether the policy of {key} lets {some(accounts)} use it depends on a condition not judged here"
        yield Fault(
            told, f"Allow {', '.join(KEY_ACTIONS)} in the key's policy; docs/archive.md", verdict is not Verdict.UNKNOWN
        )


def _request(settings: Settings, account_id: str, action: str, key: str, bucket_key: bool) -> Request:
    archive = settings.archive
    role, asking = delivery_role(settings, account_id)
    through = through_s3(settings.partition, archive.bucket, archive.region)["StringEquals"]
    if not bucket_key:
        patterns = archive.layout.key_patterns(account_id)
        through = {**through, ENCRYPTED_ARN: f"{through[ENCRYPTED_ARN]}/{patterns[0].replace('*', 'any')}"}
    context = {**asking, "kms:calleraccount": account_id, **{name.lower(): value for name, value in through.items()}}
    # In a key's policy, `*` is the key.
    return Request(role, account_id, action, key, context)
