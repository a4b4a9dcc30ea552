"""The permissions boundary of an account's two roles: a managed policy of the account, by name or ARN."""

import re
from typing import Annotated

from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.values import checked_in, syntax_problems, text_schema, unknown_placeholders

_PLACEHOLDERS = ("account_id", "partition")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_ARN = re.compile(r"arn:(?P<partition>[^:]+):iam::x:policy/([\x21-\x7e]+/)?" + _NAME.pattern)


def _check(value: str, partition: str | None) -> list[Diagnostic]:
    if found := syntax_problems(value) or unknown_placeholders(value, _PLACEHOLDERS):
        return found
    if _NAME.fullmatch(_PLACEHOLDER.sub("x", value)):
        return []
    allowed = f"PolicyName, or arn:{partition or '{partition}'}:iam::{{account_id}}:policy/PolicyName"
    # A boundary is in its role's own account, so only the placeholder is right for all of them.
    written = _ARN.fullmatch(value.replace("{account_id}", "x"))
    if written is None:
        return [Diagnostic("is neither a policy's name nor its ARN in the account itself", allowed)]
    if partition and written["partition"] not in (partition, "{partition}"):
        text = f"is in partition {written['partition']:.20}, but archive.region is in {partition}"
        return [Diagnostic(text, allowed)]
    return []


Boundary = Annotated[str, checked_in(_check), text_schema(minLength=1)]


def boundary_arn(template: str | None, account_id: str, partition: str) -> str | None:
    """The ARN of a boundary in an account."""
    if template is None:
        return None
    filled = template.format(account_id=account_id, partition=partition)
    return filled if filled.startswith("arn:") else f"arn:{partition}:iam::{account_id}:policy/{filled}"
