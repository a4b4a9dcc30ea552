"""There is room for the account's roles."""

from collections.abc import Iterator

from orgtrail.names import EVENTBRIDGE_ROLE, FIREHOSE_ROLE
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import AccountScope
from orgtrail.rollout.existing import existing

_RAISE = "https://console.aws.amazon.com/servicequotas/home/services/iam/quotas/L-FE177D64"


def _look(scope: AccountScope) -> Iterator[Fault]:
    summary = scope.session.client("iam", scope.home).get_account_summary()["SummaryMap"]
    used, quota = summary["Roles"], summary["RolesQuota"]
    if used + 2 <= quota:
        return
    wanted = (EVENTBRIDGE_ROLE, FIREHOSE_ROLE)
    missing = [role for role in wanted if not existing("aws_iam_role", {"name": role}, scope.session, scope.home)]
    if used + len(missing) > quota:
        told = f"{used} of {quota} roles are used, and {len(missing)} more are needed"
        yield Fault(told, f"Remove roles, or ask for a higher quota: {_RAISE}")


QUOTA_OF_ACCOUNT = Check(
    id="quota-of-account",
    severity=Severity.ERROR,
    asks="The quota of IAM roles leaves room for Orgtrail's two.",
    silences="The stack can't be deployed.",
    permissions=(
        Permission("iam:GetAccountSummary", "to see how many roles there are, and how many may be"),
        Permission("iam:GetRole", "to see whether they are there already"),
    ),
    look=_look,
)
