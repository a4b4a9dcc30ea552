"""Whether a stream would deliver what it gets, and whether EventBridge can hand events over again."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.status import deployed, symptoms
from orgtrail.status.deep import attempt, delivery_stream
from orgtrail.status.deployed import Wanted
from orgtrail.status.finding import Finding

# The longest buffering interval: whatever Firehose can't write now, it has said since.
_RECENT = timedelta(minutes=15)


def obstacle(session: AccountSession, wanted: Wanted, now: datetime) -> str | None:
    """Why nothing should be put onto a stream, or why that isn't known.

    Firehose tries for 24 hours to write what it has taken; in the queue, a letter is kept for 14 days.
    """
    firehose, logs = session.client("firehose", wanted.region), session.client("logs", wanted.region)
    return _first(
        [
            *attempt("the delivery stream", lambda: deployed.stream_findings(wanted, delivery_stream(firehose))),
            *attempt("the delivery log", lambda: symptoms.log_findings(_last_entries(logs), now - _RECENT)),
        ]
    )


def still_failing(session: AccountSession, wanted: Wanted) -> str | None:
    """Why EventBridge may still be unable to hand events over, so that more letters come; None: nothing is seen."""
    events, iam = session.client("events", wanted.region), session.client("iam")
    return _first(
        [
            *attempt("the rule", lambda: deployed.rule_findings(wanted, events.describe_rule(Name=names.RULE))),
            *attempt(
                "the rule's target",
                lambda: deployed.target_findings(wanted, events.list_targets_by_rule(Rule=names.RULE)["Targets"]),
            ),
            *attempt(f"the role {names.EVENTBRIDGE_ROLE}", lambda: _trust(iam, wanted)),
            *attempt(f"the policy of the role {names.EVENTBRIDGE_ROLE}", lambda: _permissions(iam, wanted)),
        ]
    )


def _trust(iam: Any, wanted: Wanted) -> Iterator[Finding]:
    role = iam.get_role(RoleName=names.EVENTBRIDGE_ROLE)["Role"]
    return deployed.role_findings(wanted, names.EVENTBRIDGE_ROLE, role)


def _permissions(iam: Any, wanted: Wanted) -> Iterator[Finding]:
    answer = iam.get_role_policy(RoleName=names.EVENTBRIDGE_ROLE, PolicyName=names.EVENTBRIDGE_POLICY)
    return deployed.permission_findings(wanted, names.EVENTBRIDGE_ROLE, answer["PolicyDocument"])


def _last_entries(logs: Any) -> list[Any]:
    place = {"logGroupName": names.DELIVERY_LOG_GROUP, "logStreamName": names.DELIVERY_LOG_STREAM}
    entries: list[Any] = logs.get_log_events(**place, limit=10)["events"]
    return entries


def _first(findings: Iterable[Finding]) -> str | None:
    return next((one.text for one in findings), None)
