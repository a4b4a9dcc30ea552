"""An account's two roles and its dead-letter queues: who may use them."""

from collections.abc import Iterator
from dataclasses import replace

from tests.builders import ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.evaluator import ALLOWED, ANONYMOUS, DENIED, REFUSED, a_service
from tests.policies.setups import (
    DELIVERY_ROLE,
    EVENTBRIDGE,
    EVENTBRIDGE_ROLE,
    EVENTBRIDGE_TRUST,
    EVERYTHING,
    FIREHOSE_TRUST,
    OUTSIDER_ID,
    QUEUE,
    Setup,
)

_EVENTBRIDGE, _FIREHOSE, _LAMBDA = "events.amazonaws.com", "firehose.amazonaws.com", "lambda.amazonaws.com"


def pipeline_cases(setup: Setup) -> list[Case]:
    """Every case about an account's own resources."""
    parts = (_eventbridge_trust(setup), _firehose_trust(setup), _eventbridge_role(setup), _queue(setup))
    return [case for part in parts for case in part]


def _rule(setup: Setup, *, account_id: str = ACCOUNT_ID, region: str | None = None, name: str | None = None) -> str:
    return f"arn:{setup.partition}:events:{region or setup.region}:{account_id}:rule/{name or 'orgtrail-iam-events'}"


def _from(rule: str, account_id: str = ACCOUNT_ID) -> dict[str, str]:
    return {"aws:SourceArn": rule, "aws:SourceAccount": account_id}


def _service(group: str, name: str, policy: str) -> Asker:
    return Asker(group=group, who=f"`{name}`", principal=a_service(name), resource_policy=policy, owner=ACCOUNT_ID)


def _role_of(setup: Setup, name: str) -> str:
    return f"arn:{setup.partition}:iam::{ACCOUNT_ID}:role/{name}"


def _eventbridge_trust(setup: Setup) -> Iterator[Case]:
    group, role = "Taking on the EventBridge role", _role_of(setup, EVENTBRIDGE_ROLE)
    service = _service(group, _EVENTBRIDGE, EVENTBRIDGE_TRUST)
    stranger = {"account_id": OTHER_ACCOUNT_ID}
    for what, context, verdict in (
        ("for the account's rule", _from(_rule(setup)), ALLOWED),
        ("for the account's rule in another region", _from(_rule(setup, region=setup.other_region)), ALLOWED),
        ("for another account's rule", _from(_rule(setup, **stranger), OTHER_ACCOUNT_ID), REFUSED),
        ("for another account, said to be this account's rule", _from(_rule(setup), OTHER_ACCOUNT_ID), REFUSED),
        ("for another account's rule, said to be this account", _from(_rule(setup, **stranger)), REFUSED),
        ("for another rule of the account", _from(_rule(setup, name="payroll")), REFUSED),
        ("for nobody in particular", {}, REFUSED),
    ):
        yield from service.asks("sts:AssumeRole", what, role, verdict, context=context)
    context = _from(_rule(setup))
    yield from service.asks("sts:TagSession", "for the account's rule", role, REFUSED, context=context)
    for name in (_FIREHOSE, _LAMBDA):
        another = _service(group, name, EVENTBRIDGE_TRUST)
        yield from another.asks("sts:AssumeRole", "for the account's rule", role, REFUSED, context=context)
    yield from _people(setup, group, EVENTBRIDGE_TRUST, role)


def _firehose_trust(setup: Setup) -> Iterator[Case]:
    group, role = "Taking on the delivery role", _role_of(setup, DELIVERY_ROLE)
    service = _service(group, _FIREHOSE, FIREHOSE_TRUST)
    own = {"sts:ExternalId": ACCOUNT_ID}
    for what, context, verdict in (
        ("for the account", own, ALLOWED),
        ("for another account", {"sts:ExternalId": OTHER_ACCOUNT_ID}, REFUSED),
        ("for nobody in particular", {}, REFUSED),
    ):
        yield from service.asks("sts:AssumeRole", what, role, verdict, context=context)
    for name in (_EVENTBRIDGE, _LAMBDA):
        another = _service(group, name, FIREHOSE_TRUST)
        yield from another.asks("sts:AssumeRole", "for the account", role, REFUSED, context=own)
    yield from _people(setup, group, FIREHOSE_TRUST, role)


def _people(setup: Setup, group: str, trust: str, role: str) -> Iterator[Case]:
    for who, account_id in (
        ("the account's administrator", ACCOUNT_ID),
        ("another account's administrator", OTHER_ACCOUNT_ID),
    ):
        administrator = Asker(
            group=group,
            who=who,
            principal=setup.role(account_id, "administrator"),
            identity=EVERYTHING,
            resource_policy=trust,
            owner=ACCOUNT_ID,
        )
        yield from administrator.asks("sts:AssumeRole", "as it is", role, REFUSED)


def _eventbridge_role(setup: Setup) -> Iterator[Case]:
    role = Asker(
        group="The EventBridge role's policy",
        who="the EventBridge role",
        principal=setup.role(ACCOUNT_ID, EVENTBRIDGE_ROLE),
        identity=EVENTBRIDGE,
        owner=ACCOUNT_ID,
    )
    put = ("firehose:PutRecord", "firehose:PutRecordBatch")

    def stream(region: str, account_id: str = ACCOUNT_ID, name: str = "orgtrail-iam-events") -> str:
        return f"arn:{setup.partition}:firehose:{region}:{account_id}:deliverystream/{name}"

    own = stream(setup.region)
    yield from role.asks(put, "on the account's stream", own, ALLOWED)
    yield from role.asks(put, "on the account's stream in another region", stream(setup.other_region), ALLOWED)
    yield from role.asks(put, "on another stream", stream(setup.region, name="payroll"), REFUSED)
    yield from role.asks("firehose:DeleteDeliveryStream", "on the account's stream", own, REFUSED)
    others = stream(setup.region, OTHER_ACCOUNT_ID)
    yield from replace(role, owner=OTHER_ACCOUNT_ID).asks(put, "on another account's stream", others, REFUSED)


def _queue(setup: Setup) -> Iterator[Case]:
    group = "The dead-letter queue's policy"
    queue = f"arn:{setup.partition}:sqs:{setup.region}:{ACCOUNT_ID}:orgtrail-iam-events-dlq"
    service = _service(group, _EVENTBRIDGE, QUEUE)
    own = _from(_rule(setup))
    for what, context, verdict in (
        ("for its rule", own, ALLOWED),
        ("for another rule of the account", _from(_rule(setup, name="payroll")), REFUSED),
        ("for the rule of another region", _from(_rule(setup, region=setup.other_region)), REFUSED),
        ("for another account's rule", _from(_rule(setup, account_id=OTHER_ACCOUNT_ID), OTHER_ACCOUNT_ID), REFUSED),
        ("for nobody in particular", {}, REFUSED),
    ):
        yield from service.asks("sqs:SendMessage", what, queue, verdict, context=context)
    yield from service.asks("sqs:SendMessage", "for its rule, over plain HTTP", queue, DENIED, context=own, tls=False)
    yield from service.asks(("sqs:PurgeQueue", "sqs:ReceiveMessage"), "for its rule", queue, REFUSED, context=own)
    another = _service(group, _LAMBDA, QUEUE)
    yield from another.asks("sqs:SendMessage", "for its rule", queue, REFUSED, context=own)
    anybody = Asker(
        group=group, who="anybody without credentials", principal=ANONYMOUS, resource_policy=QUEUE, owner=ACCOUNT_ID
    )
    yield from anybody.asks("sqs:SendMessage", "as it is", queue, REFUSED)
    for who, account_id, verdict in (
        ("the account's administrator", ACCOUNT_ID, ALLOWED),
        ("another account's administrator", OUTSIDER_ID, REFUSED),
    ):
        administrator = replace(
            anybody, who=who, principal=setup.role(account_id, "administrator"), identity=EVERYTHING
        )
        yield from administrator.asks(("sqs:ReceiveMessage", "sqs:SendMessage"), "as it is", queue, verdict)
        yield from administrator.asks("sqs:ReceiveMessage", "over plain HTTP", queue, DENIED, tls=False)
