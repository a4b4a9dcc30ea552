"""Who looks at the topics that alarms tell, and at their keys: nobody tells a topic anything, or uses a key."""

from collections.abc import Iterator
from dataclasses import replace

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.deployment_documents import (
    ALARM_TOPIC,
    DEPLOY,
    DEPLOY_ARCHIVE_TOPICS,
    DEPLOY_ROLE,
    PLAN,
    PLAN_ARCHIVE_TOPICS,
    PLAN_ROLE,
)
from tests.policies.evaluator import ALLOWED, REFUSED
from tests.policies.setups import ACCOUNTS_KEY, Setup

_LOOKS = ("kms:DescribeKey", "kms:GetKeyPolicy")
_KEY_ID = "44444444-2222-3333-4444-555555555555"


def alarm_cases(setup: Setup) -> list[Case]:
    """Every case about the topics of alarms."""
    askers = (
        ("the deploy role", DEPLOY_ROLE, DEPLOY, ACCOUNT_ID),
        ("the planning role", PLAN_ROLE, PLAN, ACCOUNT_ID),
        ("the deploy role in the archive's account", DEPLOY_ROLE, DEPLOY_ARCHIVE_TOPICS, ARCHIVE_ACCOUNT_ID),
        ("the planning role in the archive's account", PLAN_ROLE, PLAN_ARCHIVE_TOPICS, ARCHIVE_ACCOUNT_ID),
    )
    return [
        case
        for who, role, document, account_id in askers
        for case in _looks(
            setup,
            Asker(
                group="Looking at the topics of alarms",
                who=who,
                principal=setup.role(account_id, role),
                identity=document,
                owner=account_id,
            ),
        )
    ]


def _looks(setup: Setup, role: Asker) -> Iterator[Case]:
    def arn(service: str, resource: str, region: str = setup.region, owner: str = role.owner) -> str:
        return f"arn:{setup.partition}:{service}:{region}:{owner}:{resource}"

    attributes, topic = "sns:GetTopicAttributes", arn("sns", ALARM_TOPIC)
    yield from role.asks(attributes, "on the topic of its account", topic, ALLOWED)
    elsewhere = arn("sns", ALARM_TOPIC, setup.other_region)
    yield from role.asks(attributes, "on that of another region", elsewhere, ALLOWED)
    yield from role.asks(attributes, "on a topic of another name", arn("sns", "payroll"), REFUSED)
    more = ("sns:Publish", "sns:SetTopicAttributes", "sns:Subscribe")
    yield from role.asks(more, "on the topic of its account", topic, REFUSED)
    keys = replace(role, resource_policy=ACCOUNTS_KEY)
    key = arn("kms", f"key/{_KEY_ID}", setup.other_region)
    yield from keys.asks(_LOOKS, "on a key of its account, in another region", key, ALLOWED)
    more = ("kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy")
    yield from keys.asks(more, "on a key of its account, in another region", key, REFUSED)
    theirs = arn("kms", f"key/{_KEY_ID}", owner=OTHER_ACCOUNT_ID)
    yield from replace(keys, owner=OTHER_ACCOUNT_ID).asks(_LOOKS, "on another account's key", theirs, REFUSED)
