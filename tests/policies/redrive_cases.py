"""Who may take dead letters out of their queue, and put events onto a stream."""

from collections.abc import Iterator
from dataclasses import replace

from tests.builders import ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.deployment_documents import DEPLOY, DEPLOY_REDRIVE, DEPLOY_ROLE, GUARD_REDRIVE, PLAN, PLAN_ROLE
from tests.policies.evaluator import ALLOWED, DENIED, REFUSED
from tests.policies.setups import EVENTBRIDGE_ROLE, EVERYTHING, QUEUE, Setup

_TAKING = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage")
_PUTTING = "firehose:PutRecordBatch"


def redrive_cases(setup: Setup) -> list[Case]:
    """Every case about sending dead letters back."""
    return [*_with_it(setup), *_without_it(setup), *_guarded(setup)]


def _asker(setup: Setup, who: str, document: str, role: str = DEPLOY_ROLE, policy: str | None = None) -> Asker:
    return Asker(
        group="Sending dead letters back",
        who=who,
        principal=setup.role(ACCOUNT_ID, role),
        identity=document,
        resource_policy=policy,
        owner=ACCOUNT_ID,
    )


def _with_it(setup: Setup) -> Iterator[Case]:
    def arn(service: str, resource: str) -> str:
        return f"arn:{setup.partition}:{service}:{setup.region}:{ACCOUNT_ID}:{resource}"

    who = "the deploy role, printed with `--redrive`"
    queue, stream = arn("sqs", "orgtrail-iam-events-dlq"), arn("firehose", "deliverystream/orgtrail-iam-events")
    yield from _asker(setup, who, DEPLOY_REDRIVE, policy=QUEUE).asks(
        _TAKING, "on the pipeline's dead-letter queue", queue, ALLOWED
    )
    role = _asker(setup, who, DEPLOY_REDRIVE)
    yield from role.asks(_PUTTING, "on the pipeline's stream", stream, ALLOWED)
    yield from role.asks(_TAKING, "on another queue", arn("sqs", "payroll"), REFUSED)
    yield from role.asks(
        ("sqs:PurgeQueue", "sqs:SendMessage", "sqs:StartMessageMoveTask"),
        "on the pipeline's dead-letter queue",
        queue,
        REFUSED,
    )
    yield from role.asks(_PUTTING, "on another stream", arn("firehose", "deliverystream/payroll"), REFUSED)
    yield from role.asks("firehose:PutRecord", "on the pipeline's stream", stream, REFUSED)


def _without_it(setup: Setup) -> Iterator[Case]:
    place = f"{setup.region}:{ACCOUNT_ID}"
    queue = f"arn:{setup.partition}:sqs:{place}:orgtrail-iam-events-dlq"
    stream = f"arn:{setup.partition}:firehose:{place}:deliverystream/orgtrail-iam-events"
    for who, document, name in (
        ("the deploy role, printed without", DEPLOY, DEPLOY_ROLE),
        ("the planning role", PLAN, PLAN_ROLE),
    ):
        role = _asker(setup, who, document, name)
        yield from role.asks(_TAKING, "on the pipeline's dead-letter queue", queue, REFUSED)
        yield from role.asks(_PUTTING, "on the pipeline's stream", stream, REFUSED)


def _guarded(setup: Setup) -> Iterator[Case]:
    """Under the service control policy that admits it; without, it is refused as everybody is."""
    stream = f"arn:{setup.partition}:firehose:{setup.region}:{ACCOUNT_ID}:deliverystream/orgtrail-iam-events"
    for who, name, verdict in (
        ("the deploy role", DEPLOY_ROLE, ALLOWED),
        ("the EventBridge role", EVENTBRIDGE_ROLE, ALLOWED),
        ("an account's administrator", "administrator", DENIED),
        ("the planning role", PLAN_ROLE, DENIED),
    ):
        asker = _asker(setup, f"{who}, under `policy --scp --redrive`", EVERYTHING, name)
        yield from replace(asker, guardrail=GUARD_REDRIVE).asks(_PUTTING, "on the pipeline's stream", stream, verdict)
