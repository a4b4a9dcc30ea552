"""What an edit of accounts.yaml does elsewhere: to states, roles and waves."""

from collections.abc import Iterator, Mapping

from orgtrail.selection.select import SelectionError, select, wave_findings
from orgtrail.selection.stack import Stack
from orgtrail.settings import Account, Settings
from orgtrail.settings.diagnostics import key_text
from orgtrail.state.orphans import how_to_move


def consequences(before: Settings, after: Settings) -> Iterator[str]:
    """What follows from other names, and what `check` would refuse, a sentence each."""
    waves = _waves(before), _waves(after)
    old = {account.account_id: account for account in before.accounts}
    for account in after.accounts:
        former = old.get(account.account_id)
        if former is not None and former.name != account.name:
            yield from _of_a_name(former, account, after)
            yield from _of_waves(former, account, *waves)
    known = {(finding.key, finding.problem) for finding in wave_findings(before)}
    for finding in wave_findings(after):
        if (finding.key, finding.problem) not in known:
            yield f"Change by hand as well, or `check` refuses the file: {key_text(finding.key)} {finding.problem}"


def _of_a_name(former: Account, account: Account, after: Settings) -> Iterator[str]:
    source, target = (Stack.of(one, after.state).state_key for one in (former, account))
    if source != target:
        yield (
            f"{account.name} ({account.account_id}): its state is found by its name. Once nothing works on it, and "
            f"before the next deploy, which refuses otherwise: {how_to_move(after.state, source, target)}"
        )
    if former.roles != account.roles:
        yield f"{account.name} ({account.account_id}): its role becomes {', '.join(account.roles)}"


def _of_waves(
    former: Account, account: Account, before: Mapping[str, set[str]], after: Mapping[str, set[str]]
) -> Iterator[str]:
    for wave, ids in before.items():
        if (former.account_id in ids) != (account.account_id in after.get(wave, ())):
            how = "leaves" if former.account_id in ids else "joins"
            yield f"{account.name} ({account.account_id}): by its new name it {how} wave {wave}"


def _waves(settings: Settings) -> dict[str, set[str]]:
    """The ids of the accounts in each wave of the file."""
    found = {}
    for wave in settings.rollout.waves:
        try:
            selection = select(settings, wave.selectors, reasons_since=lambda _revision: {})
        except SelectionError:
            continue  # which `wave_findings` tells
        found[wave.name] = {account.account_id for account in selection.accounts}
    return found
