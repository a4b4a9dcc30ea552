"""What two versions of the settings mean for each stack. Pure: settings in, reasons out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from orgtrail.affected.archive import reasons_of_the_archive
from orgtrail.affected.differences import differences, differences_of_state, field_names, in_words
from orgtrail.affected.reads import read_by_pipelines, read_of_accounts, read_of_state
from orgtrail.affected.result import Affected, AffectedStack, LeftAccount, Reason
from orgtrail.affected.trail import reasons_in_accounts, reasons_of_the_trail
from orgtrail.names import ARCHIVE_STACK, TRAIL_STACK
from orgtrail.selection.stack import Stack, stacks_of
from orgtrail.settings import Account, Archive, Settings

# A setting counts by default: forgetting a new one here costs a plan, not a missed deployment.
# tests/synthesis/test_affected_exactly.py synthesizes stacks to see that these really make no difference.
NOT_IN_AN_ACCOUNTS_STACK: Final = frozenset({"email", "display_name", "org_id", "vars"})
OF_THE_ARCHIVE_ALONE: Final = frozenset(
    {
        *("manage_policy", "break_glass_role", "object_lock", "access_logs", "catalog", "tags", "former", "adopt"),
        *("noncurrent_days", "expire_days", "transitions", "readers"),
        *("roles", "external_id", "session_name", "profile"),
    }
)
_NOT_SHARED: Final = frozenset({"path", "accounts", "archive", "state", "organization_id", "rollout", "trail"})
NEW: Final = Reason("new", "new")


def compare(base: Settings, head: Settings) -> Affected:
    """Every stack that differs, and why."""
    before = {account.account_id: account for account in base.accounts}
    ids = {account.account_id for account in head.accounts}
    others = [name for name in field_names(head) if name not in _NOT_SHARED]
    common = [one for name in others for one in differences(name, getattr(base, name), getattr(head, name))]
    state = tuple(differences_of_state(base.state, head.state))
    delivery = tuple(differences("archive", base.archive, head.archive, OF_THE_ARCHIVE_ALONE))

    own_trails = reasons_in_accounts(base, head)

    # Almost no account owns the archive.
    delivers_otherwise = {
        owners: _delivers_otherwise(base.archive, head.archive, *owners) for owners in product((False, True), repeat=2)
    }

    def reasons(account: Account) -> tuple[Reason, ...]:
        old = before.get(account.account_id)
        if old is None:
            return (NEW,)
        owned, owns = (account.account_id == one.archive.account_id for one in (base, head))
        has_pipelines = old.enabled and account.enabled
        return (
            *_own_reasons(old, account, head),
            *(state if _state_differs(base, head, old, account) else ()),
            *(delivery if has_pipelines and delivers_otherwise[owned, owns] else ()),
            *(own_trails if has_pipelines else ()),
        )

    removed = tuple(
        LeftAccount(one.name, one.account_id, "has no entry any more")
        for one in base.accounts
        if one.account_id not in ids
    )
    own = {account.name: reasons(account) for account in head.accounts}
    # Report once what holds for all of them.
    shared = tuple(one for one in (*state, *delivery, *own_trails) if own and all(one in why for why in own.values()))
    own = {name: tuple(one for one in why if one not in shared) for name, why in own.items()}
    archive, trail = tuple(reasons_of_the_archive(base, head)), tuple(reasons_of_the_trail(base, head))
    affected = _spread(head, {ARCHIVE_STACK: archive, TRAIL_STACK: trail}, own, (*common, *shared))
    return replace(affected, removed=removed, skipped=_changed_status(affected.skipped, before))


def _changed_status(skipped: Sequence[LeftAccount], before: Mapping[str, Account]) -> tuple[LeftAccount, ...]:
    """The same; of those that had a stack, it says that this one is no longer looked after."""
    return tuple(
        one._replace(why=f"{one.why} now: its stack is no longer deployed, and what it has stays")
        if one.account_id in before and _is_built(before[one.account_id])
        else one
        for one in skipped
    )


def _delivers_otherwise(base: Archive, head: Archive, owned: bool, owns: bool) -> bool:
    """Whether a stack with pipelines, whose account owned or owns the archive, reads something else of it."""
    read = (read_by_pipelines(base, owned), read_by_pipelines(head, owns))
    old, new = (replace(one, **{name: getattr(head, name) for name in OF_THE_ARCHIVE_ALONE}) for one in read)
    return old != new


def _state_differs(base: Settings, head: Settings, old: Account | Archive, new: Account | Archive) -> bool:
    return base.state != head.state and (
        read_of_state(base.state, Stack.of(old, base.state)) != read_of_state(head.state, Stack.of(new, head.state))
    )


def everything(head: Settings, reason: Reason) -> Affected:
    """All stacks, for a reason that every one of them has to itself."""
    own = {account.name: (reason,) for account in head.accounts}
    return replace(_spread(head, {ARCHIVE_STACK: (reason,), TRAIL_STACK: (reason,)}, own, ()), weaker=None)


def with_reasons(affected: Affected, head: Settings, reasons: tuple[Reason, ...]) -> Affected:
    """The same, with additional reasons that apply to every stack."""
    shared = (*affected.everywhere, *reasons)
    told = [(one.name, one.reasons) for group in (affected.accounts, affected.skipped) for one in group]
    own = {name: why[: len(why) - len(affected.everywhere)] for name, why in told}
    others = {ARCHIVE_STACK: (*affected.archive, *reasons), TRAIL_STACK: (*affected.trail, *reasons)}
    spread = _spread(head, others, own, shared)
    why = {one.account_id: one.why for one in affected.skipped}
    skipped = tuple(one._replace(why=why.get(one.account_id, one.why)) for one in spread.skipped)
    return replace(affected, stacks=spread.stacks, skipped=skipped, everywhere=shared)


def _spread(
    head: Settings,
    others: Mapping[str, tuple[Reason, ...]],
    own: Mapping[str, tuple[Reason, ...]],
    shared: tuple[Reason, ...],
) -> Affected:
    """The stacks that have reasons: `others` (archive and trail) by name; accounts' have their own, then the shared."""
    differing = [(one, why) for one in head.accounts if (why := (*own.get(one.name, ()), *shared))]
    reasons = {one.name: why for one, why in differing if _is_built(one)}
    stacks = stacks_of(head, [one for one, _why in differing if one.name in reasons])
    affected = (AffectedStack(one, (reasons if one.account else others)[one.name]) for one in stacks)
    return Affected(
        stacks=tuple(one for one in affected if one.reasons),
        skipped=tuple(
            LeftAccount(one.name, one.account_id, f"is {one.status}", why)
            for one, why in differing
            if not _is_built(one)
        ),
        everywhere=shared,
    )


def _is_built(account: Account) -> bool:
    return account.status == "active"


def _own_reasons(before: Account, account: Account, head: Settings) -> Iterator[Reason]:
    if before == account:
        return
    reads = read_of_accounts(before, account)
    for name in field_names(account):
        read_before, read = (getattr(one, name) for one in reads)
        old, new = getattr(before, name), getattr(account, name)
        if name in NOT_IN_AN_ACCOUNTS_STACK or read_before == read or old == new:
            continue
        key = "role" if name == "roles" else name
        filled_in = name == "roles" and (before.vars, before.name) != (account.vars, account.name)
        if not filled_in and all(one.written is not None and key not in one.written for one in (before, account)):
            path = f"defaults.{key}"
            yield Reason("default", f"{path} changed", path, in_words(old), in_words(new))
        else:
            yield from differences(key, old, new)
    if before.name != account.name:
        yield from _moved_state(before, account, head)


def _moved_state(before: Account, account: Account, head: Settings) -> Iterator[Reason]:
    old, new = (Stack.of(one, head.state).state_key for one in (before, account))
    if old != new:
        yield Reason("state", f"its state moves: {old} → {new}", f"state.{head.state.template_field}", old, new)
