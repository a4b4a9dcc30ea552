"""Requests to AWS, and what an IAM policy evaluator that isn't ours says of them."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ALLOWED = "allowed"
REFUSED = "refused"
DENIED = "denied"

_VERDICTS = {"Allowed": ALLOWED, "ImplicitlyDenied": REFUSED, "ExplicitlyDenied": DENIED}
_SCRIPT = Path(__file__).with_name("evaluate.mjs")
_MISSING = "is missing: run `make setup`, which installs what package-lock.json pins"

Document = Mapping[str, Any]


class Principal(NamedTuple):
    """Who asks. `context` is what AWS says of them in every request: it is made here, so that it can't contradict."""

    arn: str | None
    context: Mapping[str, str]


ANONYMOUS = Principal(None, {"aws:PrincipalAccount": "anonymous"})


def a_role(partition: str, account_id: str, name: str, *, organization_id: str | None) -> Principal:
    """A session of a role; `aws:PrincipalArn` is the role's, not the session's."""
    organization = {"aws:PrincipalOrgID": organization_id} if organization_id else {}
    return Principal(
        f"arn:{partition}:sts::{account_id}:assumed-role/{name.rpartition('/')[2]}/session",
        {
            "aws:PrincipalAccount": account_id,
            "aws:PrincipalArn": f"arn:{partition}:iam::{account_id}:role/{name}",
            **organization,
        },
    )


def a_service(name: str) -> Principal:
    """An AWS service that acts by itself, such as `events.amazonaws.com`."""
    return Principal(name, {})


class Question(NamedTuple):
    """A request, and the documents that decide it; `owner` is the account of the resource.

    `boundary` is that of the principal, `guardrail` a service control policy of its account.
    """

    principal: Principal
    action: str
    resource: str
    owner: str
    context: Mapping[str, str]
    identity_policy: Document | None
    resource_policy: Document | None
    tls: bool = True
    public_access_blocked: bool = True
    boundary: Document | None = None
    guardrail: Document | None = None

    def as_json(self) -> dict[str, Any]:
        """The question as evaluate.mjs reads it."""
        # A condition on a key that a request lacks doesn't match; AWS always says whether a request came over TLS.
        tls = {"aws:SecureTransport": "true" if self.tls else "false"}
        return {
            "principal": self.principal.arn,
            "action": self.action,
            "resource": self.resource,
            "owner": self.owner,
            "context": {**self.principal.context, **tls, **self.context},
            "identityPolicies": [self.identity_policy] if self.identity_policy else [],
            "resourcePolicy": self.resource_policy,
            "boundary": self.boundary,
            "guardrail": self.guardrail,
            "publicAccessBlocked": self.public_access_blocked,
        }


class EvaluatorError(Exception):
    """There is no verdict: the evaluator is missing, or didn't understand a question."""


def evaluate(questions: Iterable[Question], script: Path = _SCRIPT, node: str = "node") -> list[str]:
    """The verdicts on these questions, in their order, from one process."""
    asked = json.dumps([question.as_json() for question in questions])
    try:
        done = subprocess.run([node, script], input=asked, capture_output=True, text=True, check=False, timeout=240)
    except FileNotFoundError:
        raise EvaluatorError(f"Node.js {_MISSING}, or says what else is needed") from None
    if done.returncode and "ERR_MODULE_NOT_FOUND" in done.stderr:
        raise EvaluatorError(f"The IAM policy evaluator {_MISSING}\n{done.stderr}")
    if done.returncode:
        raise EvaluatorError(done.stderr)
    return [_VERDICTS[verdict] for verdict in json.loads(done.stdout)]
