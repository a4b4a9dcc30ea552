"""Whether a stream would deliver what it gets, and whether EventBridge can hand events over again."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.status import deployed, symptoms
from orgtrail.status.deep import attempt, delivery_stream, last_entries, permission_findings, rule_checks
from orgtrail.status.deployed import Wanted
from orgtrail.status.finding import Finding

# The longest buffering interval: what Firehose can't write now is in the delivery log since then.
_RECENT = timedelta(minutes=15)


def obstacle(session: AccountSession, wanted: Wanted, now: datetime) -> str | None:
    """Why nothing should be put onto a stream, or why that isn't known.

    Firehose tries for 24 hours to write what it has taken; in the queue, a letter is kept for 14 days.
    """
    firehose, logs = session.client("firehose", wanted.region), session.client("logs", wanted.region)
    return _first(
        [
            *attempt("the delivery stream", lambda: deployed.stream_findings(wanted, delivery_stream(firehose))),
            *attempt("the delivery log", lambda: symptoms.log_findings(last_entries(logs), now - _RECENT)),
        ]
    )


def still_failing(session: AccountSession, wanted: Wanted) -> str | None:
    """Why EventBridge may still be unable to hand events over, so that more letters come; None: nothing is seen."""
    role = names.EVENTBRIDGE_ROLE
    events, iam = session.client("events", wanted.region), session.client("iam")
    return _first(
        [
            *(finding for what, check in rule_checks(events, wanted) for finding in attempt(what, check)),
            *attempt(f"the role {role}", lambda: _trust(iam, wanted)),
            *attempt(
                f"the policy of the role {role}",
                lambda: permission_findings(iam, wanted, role, names.EVENTBRIDGE_POLICY),
            ),
        ]
    )


def _trust(iam: Any, wanted: Wanted) -> Iterator[Finding]:
    role = iam.get_role(RoleName=names.EVENTBRIDGE_ROLE)["Role"]
    return deployed.role_findings(wanted, names.EVENTBRIDGE_ROLE, role)


def _first(findings: Iterable[Finding]) -> str | None:
    return next((one.text for one in findings), None)
