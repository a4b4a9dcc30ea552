"""What preflight finds, and what a check is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from botocore.exceptions import ClientError

from orgtrail.preflight.denial import Denial

S = TypeVar("S")


class Severity(StrEnum):
    """What a fault does: with an error, events don't arrive, or the stack can't be deployed."""

    ERROR = "error"
    WARNING = "warning"


class Verdict(StrEnum):
    """`UNKNOWN`: it couldn't be read, which is no pass."""

    FAULT = "fault"
    UNKNOWN = "not known"


class Fault(NamedTuple):
    """Something that is wrong: what, and how to mend it. `is_known` False: it may be, and `what` says why that is.

    `severity` is the check's, unless this fault's is another.
    """

    what: str
    mend: str
    is_known: bool = True
    severity: Severity | None = None


def not_known(why: str, mend: str) -> Fault:
    """That something couldn't be read, because …"""
    return Fault(f"not known, because {why}", mend, is_known=False)


class Permission(NamedTuple):
    """What a check needs: an action, and what for."""

    action: str
    reason: str


@dataclass(frozen=True)
class Check(Generic[S]):
    """One thing that must be true: of an account, of a pipeline, or of what all share; `S` is what it looks at.

    `asks` is what is looked for, `silences` is why it matters. `look` gives what is wrong, and may raise what AWS does.
    """

    id: str
    severity: Severity
    asks: str
    silences: str
    permissions: tuple[Permission, ...]
    look: Callable[[S], Iterator[Fault]]

    def denied(self, error: Exception) -> Fault:
        """What is told where AWS doesn't answer the check's questions."""
        if not isinstance(error, ClientError):
            return not_known(str(error), "See why AWS can't be asked, and look again")
        denial = Denial.of(error)
        needed = ", ".join(permission.action for permission in self.permissions)
        return not_known(denial.why, denial.mend(needed))


class Finding(NamedTuple):
    """A fault and where it is. `account` is None for what all share, `region` for an account as a whole."""

    check: str
    severity: Severity
    verdict: Verdict
    account: str | None
    region: str | None
    what: str
    silences: str
    mend: str

    @classmethod
    def of(cls, check: Check[S], fault: Fault, account: str | None = None, region: str | None = None) -> "Finding":
        """The finding that a fault of a check is."""
        verdict = Verdict.FAULT if fault.is_known else Verdict.UNKNOWN
        severity = fault.severity or check.severity
        return cls(check.id, severity, verdict, account, region, fault.what, check.silences, fault.mend)

    @property
    def stops(self) -> bool:
        """Whether events may not arrive because of it."""
        return self.severity is Severity.ERROR

    @property
    def is_fault(self) -> bool:
        """Whether it is known to be wrong."""
        return self.verdict is Verdict.FAULT

    @property
    def rank(self) -> tuple[bool, bool, str, str, str]:
        """To sort findings by: the worst first."""
        return (not self.stops, not self.is_fault, self.account or "", self.region or "", self.check)
