"""The topics that alarms tell, as AWS describes them: each is asked about once, however many accounts tell it."""

import json
from typing import NamedTuple

from botocore.exceptions import ClientError

from orgtrail.aws import AWS_ERRORS, AccountSession, ManyAccounts
from orgtrail.concurrency.once import Once
from orgtrail.credentials import Credentials
from orgtrail.policies import Document
from orgtrail.preflight.denial import reason
from orgtrail.regions import iam_region
from orgtrail.settings import Account, Settings

KEY_OF_AWS = "alias/aws/sns"


class Key(NamedTuple):
    """The key that encrypts a topic; `state` is KMS's, or that it isn't there."""

    id: str
    is_of_aws: bool
    state: str
    policy: Document


class Topic(NamedTuple):
    """A topic. `key` None: it has none; a text: why it isn't known what the key admits."""

    arn: str
    policy: Document
    has_subscribers: bool
    key: Key | str | None


class Topics:
    """Asks about topics, each in the account that can be entered and owns it, else as whoever's alarms tell it."""

    def __init__(self, settings: Settings, many: ManyAccounts) -> None:
        self._settings = settings
        self._many = many
        self._answers = Once[str, Topic | Exception | None]()
        self._owners = Once[str, AccountSession | None]()

    def topic(self, arn: str, account: Account, session: AccountSession) -> Topic | None:
        """The topic; None if there is none. Raises `AWS_ERRORS`, for each account that tells it the same."""
        answer = self._answers.answer(arn, lambda: self._ask(arn, account, session))
        if isinstance(answer, Exception):
            # Its traceback would hold, through their frames, the sessions of all accounts that it was told.
            raise answer.with_traceback(None)
        return answer

    def _ask(self, arn: str, account: Account, session: AccountSession) -> Topic | Exception | None:
        owner = arn.split(":")[4]
        entered = session if owner == account.account_id else self._owners.answer(owner, lambda: self._enter(owner))
        try:
            return _read(arn, entered or session)
        except AWS_ERRORS as error:
            return error

    def _enter(self, account_id: str) -> AccountSession | None:
        """A session in an account that the file has credentials of."""
        known: list[Credentials] = [self._settings.archive, *self._settings.active]
        owner = next((one for one in known if one.account_id == account_id), None)
        return self._many.session(owner, iam_region(self._settings.partition)) if owner else None


def _read(arn: str, session: AccountSession) -> Topic | None:
    region, owner = arn.split(":")[3:5]
    try:
        attributes = session.client("sns", region).get_topic_attributes(TopicArn=arn)["Attributes"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NotFound", "NotFoundException"):
            raise
        return None
    key = attributes.get("KmsMasterKeyId")
    return Topic(
        arn,
        json.loads(attributes.get("Policy") or "{}"),
        attributes.get("SubscriptionsConfirmed") != "0",
        _key(key, owner, region, session) if key else None,
    )


def _key(key: str, topic_owner: str, region: str, session: AccountSession) -> Key | str:
    """A key by its id, its alias, or the ARN of either."""
    if key.endswith(KEY_OF_AWS):
        return Key(key, True, "Enabled", {})
    owner = key.split(":")[4] if key.startswith("arn:") else topic_owner
    if owner != session.account_id:
        # https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
        return f"KMS tells the policy of the key {key} to its own account alone, {owner}"
    kms = session.client("kms", region)
    try:
        found = kms.describe_key(KeyId=key)["KeyMetadata"]
        policy = json.loads(kms.get_key_policy(KeyId=found["Arn"], PolicyName="default")["Policy"])
    except AWS_ERRORS as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NotFoundException":
            return Key(key, False, "not there", {})
        return f"of the key {key}, {reason(error)}"
    return Key(found["Arn"], found["KeyManager"] == "AWS", found["KeyState"], policy)
