"""`archive.readers`: the roles with which the people of an account read what the account delivered."""

import re
from typing import Annotated

from orgtrail.policies import PERMISSION_SET_ROLE
from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.values import checked, text_schema

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
_READER = r"^([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}\*?$"
_LONGEST = 512 + 64
# Identity Center puts an underscore and 16 digits of its own behind the name of a permission set.
_PERMISSION_SET = re.compile(rf"{PERMISSION_SET_ROLE}.*(\*|_[0-9a-f]{{16}})")
_ALLOWED = "RoleName, path/RoleName, or RoleName*"


def _check_reader(value: str) -> list[Diagnostic]:
    if value.startswith(("arn:", "role/")):
        # The account in it would be one of many.
        name = value.partition("role/")[2]
        return [Diagnostic("is more than a role's name, which is the same in every account", _ALLOWED, name or None)]
    if not value:
        return [Diagnostic("is empty", _ALLOWED)]
    if not value.strip("*/"):
        return [Diagnostic("is every role: it would let anybody in an account read", _ALLOWED)]
    if "*" in value[:-1] or "?" in value:
        return [Diagnostic("has a wildcard that isn't a * at its end", _ALLOWED)]
    if not re.fullmatch(_READER, value) or len(value) > _LONGEST:
        return [Diagnostic("can't be the name of a role", _ALLOWED)]
    if value.startswith(PERMISSION_SET_ROLE.rstrip("_")) and not _PERMISSION_SET.fullmatch(value):
        problem = "is the role of no permission set: Identity Center puts an id of each account's behind its name"
        right = f"{value.rstrip('_*')}_*"
        return [Diagnostic(problem, right, right)]
    return []


ReaderRole = Annotated[str, checked(_check_reader), text_schema(pattern=_READER)]
