"""Who refuses a call: the role's own policies, the organization's, or something else."""

import re
from typing import NamedTuple

from botocore.exceptions import ClientError

# The kinds of policies that AWS names in its messages:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_KIND = re.compile(
    r"(?:with an explicit deny in an?|because no) "
    r"(service control|resource control|permissions boundary|session|identity-based|resource-based|VPC endpoint)"
)
_ORGANIZATIONS = ("service control", "resource control")
_OF_OTHERS = ("resource-based", "VPC endpoint")
_DENIALS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403", "Forbidden")


class Denial(NamedTuple):
    """Why a call was refused; `kind` of policy if AWS named one, `is_denial` False for an error of another sort."""

    text: str
    kind: str | None
    is_denial: bool

    @classmethod
    def of(cls, error: ClientError) -> "Denial":
        """Read from what AWS answered."""
        told = error.response.get("Error", {})
        code, message = str(told.get("Code", "")), str(told.get("Message", ""))
        kind = _KIND.search(message)
        return cls(f"{code}: {message}" if message else code, kind[1] if kind else None, code in _DENIALS)

    @property
    def by_organization(self) -> bool:
        """Whether a policy of the organization refuses it, which no change of the role can mend."""
        return self.kind in _ORGANIZATIONS

    @property
    def why(self) -> str:
        """The reason, to stand behind `because`."""
        if self.by_organization:
            return f"a {self.kind} policy of the organization denies it ({self.text})"
        if self.kind:
            kind = self.kind if self.kind == "permissions boundary" else f"{self.kind} policy"
            whose = "a" if self.kind in _OF_OTHERS else "the role's"
            return f"{whose} {kind} doesn't allow it ({self.text})"
        if self.is_denial:
            return f"the role may not ({self.text})"
        return f"AWS answers {self.text}"

    def mend(self, actions: str) -> str:
        """What to do about it, for a call that needs these actions."""
        if self.by_organization:
            return f"Ask who manages the organization's policies to allow {actions}"
        if self.kind in _OF_OTHERS:
            return f"Allow {actions} in the {self.kind} policy that refuses it"
        if self.is_denial:
            return f"Allow the role {actions}"
        return "Look again; if AWS answers the same, see what it says"


def reason(error: Exception) -> str:
    """Why AWS didn't answer, to stand behind `because`."""
    return Denial.of(error).why if isinstance(error, ClientError) else str(error)
