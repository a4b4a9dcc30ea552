"""Whether a policy in a plan allows more than before, or refuses less."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orgtrail.policies.comparison import compare
from orgtrail.policies.guards import KEY_ACTIONS
from orgtrail.weaker.kinds import NONE, Loss
from orgtrail.weaker.values import UNKNOWN, document, elements


class Policies:
    """How the policies of a plan are compared.

    `accounts` are ids that policies may list. `unknown_is_weaker`: so is a policy that only the apply makes known.
    """

    def __init__(self, accounts: Collection[str], *, unknown_is_weaker: bool) -> None:
        self._accounts = accounts
        self._unknown_is_weaker = unknown_is_weaker

    def losses(self, name: str, old: Any, new: Any) -> Iterator[Loss]:
        """Statements that allow more, or refuse less."""
        if new is UNKNOWN:
            # A key that is made in the same apply has no ARN yet, so that policies with it aren't known.
            if self._unknown_is_weaker:
                yield Loss(name, "known", "not known before it is applied")
            return
        for change in compare(document(old), document(new), self._accounts):
            if change.is_weaker and not _is_use_of_the_key(change.statement):
                yield Loss(f"{name}, statement {change.sid}", change.before or NONE, change.after or NONE)


def _is_use_of_the_key(statement: Mapping[str, Any] | None) -> bool:
    """Whether a statement does no more than let deliveries encrypt, as they must where the archive gets a key."""
    if statement is None or statement.get("Effect") != "Allow" or "Principal" in statement:
        return False
    through_s3 = "kms:ViaService" in statement.get("Condition", {}).get("StringEquals", {})
    return through_s3 and set(elements(statement.get("Action"))) <= set(KEY_ACTIONS)
