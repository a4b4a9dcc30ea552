"""Whether the names that Orgtrail gives are taken by something that isn't Orgtrail's."""

from collections.abc import Iterator, Mapping

from orgtrail.aws import AccountSession
from orgtrail.names import MANAGED_BY, MANAGED_BY_US
from orgtrail.preflight.finding import Fault
from orgtrail.rollout.existing import existing
from orgtrail.rollout.lookup import Planned

_MEND = (
    f"Remove or rename it; if Orgtrail made it after all, tag it {MANAGED_BY}={MANAGED_BY_US} and deploy with --adopt"
)


def clashes(session: AccountSession, region: str, wanted: Mapping[str, tuple[str, Planned]]) -> Iterator[Fault]:
    """A fault for each name that is taken; `wanted` has the type and the attributes of what is looked for, by words.

    Raises botocore's errors and WrongAccount.
    """
    for words, (kind, planned) in wanted.items():
        found = existing(kind, planned, session, region)
        if found and not found.is_ours:
            yield Fault(f"{words} {planned['name']} exists, and isn't Orgtrail's", _MEND)
