"""What is demanded of the values that have placeholders; each check returns the problems of one value."""

import re

from orgtrail.layout import PLACEHOLDERS, Layout
from orgtrail.settings import checks
from orgtrail.settings.faults import Problem, shown
from orgtrail.settings.templates import placeholders, syntax_problems, unknown_placeholders

STATE_PLACEHOLDERS = ("account_id", "name")
OWN_ROLE_PLACEHOLDERS = ("account_id", "partition")
_ROLE_NAME = re.compile(r"[A-Za-z0-9_+=,.@/-]{1,512}")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def layout(value: str) -> list[Problem]:
    """The archive's layout."""
    if problems := syntax_problems(value) or unknown_placeholders(value, PLACEHOLDERS):
        return problems
    return [Problem(f"can't be a layout: {sentence}") for sentence in Layout.problems(value)]


def role(value: str, partition: str | None) -> list[Problem]:
    """A role's name or ARN, where placeholders may stand for any part."""
    if problems := syntax_problems(value):
        return problems
    if not value.startswith("arn:"):
        if _ROLE_NAME.fullmatch(_PLACEHOLDER.sub("x", value)):
            return []
        return [Problem("is neither a role's name nor its ARN", "RoleName, or arn:aws:iam::<account id>:role/RoleName")]
    return _role_arn(value, partition)


def own_role(value: str, partition: str | None) -> list[Problem]:
    """A role in the account of a bucket, the archive's or the states'."""
    return role(value, partition) or unknown_placeholders(value, OWN_ROLE_PLACEHOLDERS)


def _role_arn(value: str, partition: str | None) -> list[Problem]:
    parts = value.split(":", 5)
    resource = _PLACEHOLDER.sub("x", parts[5]) if len(parts) == 6 else ""
    name = resource.removeprefix("role/")
    if len(parts) != 6 or parts[2:4] != ["iam", ""] or name == resource or not _ROLE_NAME.fullmatch(name):
        return [Problem("is not the ARN of a role", "arn:{partition}:iam::{account_id}:role/RoleName")]
    problems = []
    if not _PLACEHOLDER.search(parts[1]) and parts[1] != (partition or parts[1]):
        problems.append(
            Problem(
                f"is in partition {parts[1]:.20}, but archive.region is in {partition}",
                f"arn:{partition}:… or arn:{{partition}}:…",
            )
        )
    if not _PLACEHOLDER.search(parts[4]) and checks.account_id(parts[4]):
        problems.append(Problem(f"has {shown(parts[4])} where an account id belongs", "12 digits, or {account_id}"))
    return problems


def state_template(value: str) -> list[Problem]:
    """What every name of a state has in common: placeholders that keep the accounts' states apart."""
    problems = syntax_problems(value) or unknown_placeholders(value, STATE_PLACEHOLDERS)
    # Ids and names are unique, and one account's values never contain another's: any placeholder will do.
    if not problems and not placeholders(value):
        return [
            Problem(
                "has no placeholder: all accounts and the archive would share one state",
                "{account_id}, {name}",
            )
        ]
    return problems


def state_key(value: str) -> list[Problem]:
    """The key of a state in S3; Terraform's backend refuses a slash at either end."""
    problems = state_template(value)
    if value.startswith("/") or value.endswith("/"):
        problems.append(Problem("must neither begin nor end with /"))
    return problems


def workspace(value: str) -> list[Problem]:
    """The name of an HCP Terraform workspace."""
    problems = state_template(value)
    if not problems and not re.fullmatch(r"[A-Za-z0-9_-]+", _PLACEHOLDER.sub("x", value)):
        problems.append(Problem("can't be the name of a workspace", "letters, digits, - and _, besides placeholders"))
    return problems
