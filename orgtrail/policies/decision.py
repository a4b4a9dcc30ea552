"""Whether a resource's policy lets one request through, as far as that can be known without AWS.

The rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from orgtrail.policies.document import Document, Statement

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class Verdict(Enum):
    """What becomes of a request."""

    ALLOWED = "allowed"
    REFUSED = "not allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Decision(NamedTuple):
    """A verdict, and the statement that made it; None where none did."""

    verdict: Verdict
    statement: Statement | None = None


class Request(NamedTuple):
    """Who asks for what; `context` has the condition keys whose values are known, lower case. Others are unknown.

    A key whose value is None is known to be absent from the request. The principal may be a service, which is in no
    account: `account_id` is empty.
    """

    principal: str
    account_id: str
    action: str
    resource: str
    context: Mapping[str, str | None]


def decide(policy: Document, request: Request) -> Decision:
    """What a resource's policy says to a request of another account.

    `UNKNOWN`: a condition on a key whose value isn't known may deny it, or is all that may allow it.
    """
    statements = policy.get("Statement", [])
    matches = [
        (one, met)
        for one in (statements if isinstance(statements, list) else [statements])
        if _is_about(one, request) and (met := _conditions_met(one, request)) is not False
    ]
    for effect, verdict in (("Deny", Verdict.DENIED), ("Allow", Verdict.ALLOWED)):
        found = [(one, met) for one, met in matches if one["Effect"] == effect]
        certain = next((one for one, met in found if met), None)
        if certain is not None:
            return Decision(verdict, certain)
        if found:
            return Decision(Verdict.UNKNOWN, found[0][0])
    return Decision(Verdict.REFUSED)


def _is_about(statement: Statement, request: Request) -> bool:
    return (
        _holds(statement, "Principal", lambda value: _is_principal(value, request))
        and _holds(statement, "Action", lambda value: _matches(value.lower(), request.action.lower()))
        and _holds(statement, "Resource", lambda value: _matches(_filled_in(value, request), request.resource))
    )


def _holds(statement: Statement, element: str, matches: Any) -> bool:
    if element in statement:
        return any(matches(value) for value in _values(statement[element]))
    return not any(matches(value) for value in _values(statement.get(f"Not{element}", [])))


def _values(written: Any) -> Iterator[str]:
    if isinstance(written, dict):
        # A role is a principal of the kind `AWS`, a service one of the kind `Service`.
        yield from (value for kind in ("AWS", "Service") for value in _values(written.get(kind, [])))
    else:
        yield from (str(value) for value in (written if isinstance(written, list) else [written]))


def _is_principal(value: str, request: Request) -> bool:
    if not request.account_id:
        return value in ("*", request.principal)
    root = f"arn:{request.principal.split(':')[1]}:iam::{request.account_id}:root"
    return value in ("*", request.account_id, root, request.principal)


def _filled_in(text: str, request: Request) -> str:
    """With policy variables filled in; one that isn't known stays, and matches nothing."""
    return _VARIABLE.sub(lambda found: request.context.get(found[1].lower()) or found[0], text)


def _matches(pattern: str, text: str) -> bool:
    parts = {"*": ".*", "?": "."}
    return bool(re.fullmatch("".join(parts.get(one, re.escape(one)) for one in pattern), text, re.DOTALL))


def _conditions_met(statement: Statement, request: Request) -> bool | None:
    """Whether all conditions are met; None where that depends on what isn't known."""
    results = [
        _condition_met(operator, key.lower(), list(_values(values)), request)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    if False in results:
        return False
    return None if None in results else True


def _condition_met(operator: str, key: str, values: list[str], request: Request) -> bool | None:
    if key not in request.context:
        return None
    actual = request.context[key]
    kind = operator.removesuffix("IfExists")
    if kind == "Null":
        return (actual is None) == (values == ["true"] or values == ["True"])
    if kind not in _OPERATORS:
        return None
    if actual is None:
        # A missing key satisfies negated operators, and those that end in IfExists.
        return operator.endswith("IfExists") or "Not" in kind
    negated = "Not" in kind
    compare = _OPERATORS[kind]
    return any(compare(_filled_in(value, request), actual) for value in values) != negated


def _equal(value: str, actual: str) -> bool:
    return value == actual


def _equal_ignoring_case(value: str, actual: str) -> bool:
    return value.lower() == actual.lower()


def _arn_matches(pattern: str, actual: str) -> bool:
    """Part by part: a `*` reaches no further than the colon, but for the last part."""
    wanted, parts = pattern.split(":", 5), actual.split(":", 5)
    return len(wanted) == len(parts) and all(map(_matches, wanted, parts))


_OPERATORS = {
    "StringEquals": _equal,
    "StringNotEquals": _equal,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringNotEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": _matches,
    "StringNotLike": _matches,
    "ArnEquals": _arn_matches,
    "ArnNotEquals": _arn_matches,
    "ArnLike": _arn_matches,
    "ArnNotLike": _arn_matches,
    "Bool": _equal_ignoring_case,
}
