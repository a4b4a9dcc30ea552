"""Makes the checks, of many accounts at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from orgtrail.aws import AWS_ERRORS, ManyAccounts
from orgtrail.concurrency.questions import Questions
from orgtrail.preflight.checks import OF_ACCOUNT, OF_ALL, OF_PIPELINE
from orgtrail.preflight.checks.archive_bucket import ARCHIVE_BUCKET
from orgtrail.preflight.checks.region import REGION
from orgtrail.preflight.checks.role import ROLE
from orgtrail.preflight.checks.state import STATE
from orgtrail.preflight.finding import Check, Fault, Finding, S, not_known
from orgtrail.preflight.scopes import AccountScope, SharedScope
from orgtrail.preflight.topics import Topics
from orgtrail.preflight.trail_owners import TrailOwners
from orgtrail.settings import Account, Settings
from orgtrail.state.hcp_terraform import HcpTerraformError

AT_ONCE = 16
# An account with all regions is asked some 150 questions, each of which takes a tenth of a second.
SECONDS = 90

ARCHIVE, STATES = "the archive", "the states"
"""What is looked at besides accounts."""

_AGAIN = "Look again; if it hangs each time, see whether a proxy or a VPC endpoint lets AWS be reached"


class Seen(NamedTuple):
    """What was looked at, by its name, and what was found there."""

    name: str
    findings: tuple[Finding, ...]


def questions() -> Questions:
    """What `preflight` asks with."""
    return Questions(at_once=AT_ONCE, seconds=SECONDS)


def preflight(
    settings: Settings,
    accounts: Sequence[Account],
    asking: Questions,
    *,
    shared: Sequence[str] = (ARCHIVE, STATES),
    on_result: Callable[[Seen], None] = lambda seen: None,
) -> list[Seen]:
    """What is found in these accounts, and in what all share, which comes first; nothing is changed."""
    many = ManyAccounts()
    owners, topics = TrailOwners(settings, many), Topics(settings, many)

    def look(item: Account | str) -> Seen:
        if isinstance(item, Account):
            return Seen(item.name, tuple(_in_account(AccountScope(settings, item, many, owners, topics))))
        scope = SharedScope(settings, many)
        checks = [check for check in OF_ALL if (check is STATE) == (item == STATES)]
        return Seen(item, tuple(finding for check in checks for finding in _made(check, scope)))

    def late(item: Account | str, why: str) -> Seen:
        fault = not_known(why, _AGAIN)
        if isinstance(item, Account):
            return Seen(item.name, (Finding.of(ROLE, fault, item.name),))
        return Seen(item, (Finding.of(STATE if item == STATES else ARCHIVE_BUCKET, fault),))

    items: list[Account | str] = [*shared, *accounts]
    return asking.ask(look, items, late=late, on_result=on_result, name=_name)


def _name(item: Account | str) -> str:
    return item.name if isinstance(item, Account) else item


def _in_account(scope: AccountScope) -> Iterator[Finding]:
    """Without its role, nothing of an account can be seen, and in a region that isn't enabled there is nothing."""
    name = scope.account.name
    if entered := list(_made(ROLE, scope, name)):
        yield from entered
        return
    yield from (finding for check in OF_ACCOUNT for finding in _made(check, scope, name))
    for pipeline in scope.pipelines:
        found = list(_made(REGION, pipeline, name, pipeline.region))
        yield from found
        if not any(finding.is_fault for finding in found):
            yield from (finding for check in OF_PIPELINE for finding in _made(check, pipeline, name, pipeline.region))


def _made(check: Check[S], scope: S, account: str | None = None, region: str | None = None) -> Iterator[Finding]:
    """What a check finds; that it can't look is a finding too."""
    faults: list[Fault] = []
    try:
        faults.extend(check.look(scope))
    except (*AWS_ERRORS, HcpTerraformError) as error:
        faults.append(check.denied(error))
    yield from (Finding.of(check, fault, account, region) for fault in faults)
