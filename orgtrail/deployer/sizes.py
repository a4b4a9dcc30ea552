"""Whether AWS takes the documents."""

from orgtrail import policies
from orgtrail.deployer.roles import Roles
from orgtrail.errors import UserError

_ACCOUNT_ID = "0" * 12


def refuse_oversize(roles: Roles) -> None:
    """Raises UserError where a role's inline policies together, or the boundary, are larger than IAM allows."""
    for role, plan in ((roles.deploy, False), (roles.plan, True)):
        size = sum(policies.size(part.plan if plan else part.deploy) for part in roles.parts)
        _refuse(f"The policies of {role.name}", size, policies.ROLE_POLICIES_LIMIT)
    if roles.boundary:
        name, document = roles.boundary
        _refuse(f"The boundary {name}", policies.size(document), policies.MANAGED_POLICY_LIMIT)


def _refuse(what: str, size: int, limit: int) -> None:
    if size > limit:
        raise UserError(f"{what} would have {size:,} characters where IAM allows {limit:,}: shorten names in the file")
