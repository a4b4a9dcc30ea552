"""The names of the account's roles are free, or Orgtrail's already."""

from collections.abc import Iterator

from orgtrail.names import EVENTBRIDGE_ROLE, FIREHOSE_ROLE
from orgtrail.preflight.clash import clashes
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import AccountScope


def _look(scope: AccountScope) -> Iterator[Fault]:
    for role in (EVENTBRIDGE_ROLE, FIREHOSE_ROLE):
        yield from clashes(scope.session, scope.home, {"the role": ("aws_iam_role", {"name": role})})


NAMES_IN_ACCOUNT = Check(
    id="names-in-account",
    severity=Severity.ERROR,
    asks="No role has the name of one of Orgtrail's, unless Orgtrail made it.",
    silences="The stack can't be deployed: AWS refuses a second role of the name.",
    permissions=(Permission("iam:GetRole", "to see whether the role exists, and its tags"),),
    look=_look,
)
