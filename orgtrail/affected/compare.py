"""What two versions of the settings mean for each stack. Pure: settings in, reasons out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import is_dataclass, replace
from functools import cache
from typing import Any, Final

from orgtrail.affected.reads import read_by_pipelines, read_of_accounts, read_of_owner, read_of_state
from orgtrail.affected.result import Affected, AffectedStack, LeftAccount, Reason
from orgtrail.selection.stack import Stack, stacks_of
from orgtrail.settings import Account, Archive, CloudState, LocalState, S3State, Settings

# A setting counts unless it is known not to: one that is new and forgotten here costs a plan, not a deployment.
# tests/unit/test_affected.py synthesizes stacks to see that these really make no difference.
NOT_IN_AN_ACCOUNTS_STACK: Final = frozenset({"email", "display_name", "org_id", "vars"})
OF_THE_ARCHIVE_ALONE: Final = frozenset(
    {
        *("manage_policy", "break_glass_role", "object_lock", "access_logs", "catalog", "tags", "former", "adopt"),
        *("noncurrent_days", "expire_days", "transitions"),
        *("roles", "external_id", "session_name", "profile"),
    }
)
_NOT_SHARED: Final = frozenset({"path", "accounts", "archive", "state", "organization_id", "rollout"})
_LISTED: Final = 3
_LONGEST: Final = 60  # characters of a value that is shown
_BACKENDS: Final = {S3State: "s3", LocalState: "local", CloudState: "cloud"}
NEW: Final = Reason("new", "new")

Written = Mapping[str, frozenset[str]]
"""The keys that each account's entry has in one of the files, by account id."""


def compare(base: Settings, head: Settings, written: Written) -> Affected:
    """Every stack that differs, and why.

    `written` tells a change of an account from one of `defaults`; without it, that isn't told apart.
    """
    before = {account.account_id: account for account in base.accounts}
    ids = {account.account_id for account in head.accounts}
    others = [name for name in _field_names(head) if name not in _NOT_SHARED]
    common = [one for name in others for one in _differences(name, getattr(base, name), getattr(head, name))]
    state = tuple(_state(base, head))
    delivery = tuple(_differences("archive", base.archive, head.archive, OF_THE_ARCHIVE_ALONE))

    @cache  # of thousands of accounts, all but one or two own no archive
    def otherwise(owned: bool, owns: bool) -> bool:
        return _delivers_otherwise(base.archive, head.archive, owned, owns)

    def delivers_otherwise(account_id: str) -> bool:
        owns = (account_id == one.archive.account_id for one in (base, head))
        return bool(delivery) and otherwise(*owns)

    def reasons(account: Account) -> tuple[Reason, ...]:
        old = before.get(account.account_id)
        if old is None:
            return (NEW,)
        return (
            *_own_reasons(old, account, head, written),
            *(state if _state_differs(base, head, old, account) else ()),
            *(delivery if old.enabled and account.enabled and delivers_otherwise(account.account_id) else ()),
        )

    removed = tuple(
        LeftAccount(one.name, one.account_id, "has no entry any more")
        for one in base.accounts
        if one.account_id not in ids
    )
    own = {account.name: reasons(account) for account in head.accounts}
    # What holds for every one of them is told once.
    shared = tuple(one for one in (*state, *delivery) if own and all(one in why for why in own.values()))
    own = {name: tuple(one for one in why if one not in shared) for name, why in own.items()}
    archive = (
        *common,
        *(state if _state_differs(base, head, base.archive, head.archive) else ()),
        *_differences("archive", read_of_owner(base.archive), read_of_owner(head.archive)),
        *_organization(base, head),
    )
    affected = _spread(head, archive, own, (*common, *shared))
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
    return replace(_spread(head, (reason,), own, ()), weaker=None)


def with_reasons(affected: Affected, head: Settings, reasons: tuple[Reason, ...]) -> Affected:
    """The same, with reasons that hold for every stack besides."""
    shared = (*affected.everywhere, *reasons)
    told = [(one.name, one.reasons) for group in (affected.accounts, affected.skipped) for one in group]
    own = {name: why[: len(why) - len(affected.everywhere)] for name, why in told}
    spread = _spread(head, (*affected.archive, *reasons), own, shared)
    why = {one.account_id: one.why for one in affected.skipped}
    skipped = tuple(one._replace(why=why.get(one.account_id, one.why)) for one in spread.skipped)
    return replace(affected, stacks=spread.stacks, skipped=skipped, everywhere=shared)


def _spread(
    head: Settings, archive: tuple[Reason, ...], own: Mapping[str, tuple[Reason, ...]], shared: tuple[Reason, ...]
) -> Affected:
    """The stacks that have reasons: the archive's, then those of accounts, their own or shared, which come last."""
    differing = [(one, why) for one in head.accounts if (why := (*own.get(one.name, ()), *shared))]
    reasons = {one.name: why for one, why in differing if _is_built(one)}
    stacks = stacks_of(head, [one for one, _why in differing if one.name in reasons])
    affected = (AffectedStack(one, archive if one.is_archive else reasons[one.name]) for one in stacks)
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


def _own_reasons(old_account: Account, new_account: Account, head: Settings, written: Written) -> Iterator[Reason]:
    if old_account == new_account:
        return
    before, account = read_of_accounts(old_account, new_account)
    keys = written.get(account.account_id)
    for name in _field_names(account):
        old, new = getattr(before, name), getattr(account, name)
        if name in NOT_IN_AN_ACCOUNTS_STACK or old == new:
            continue
        key = "role" if name == "roles" else name
        filled_in = name == "roles" and (before.vars, before.name) != (account.vars, account.name)
        if keys is not None and key not in keys and not filled_in:
            path = f"defaults.{key}"
            yield Reason("default", f"{path} changed", path, _text(old), _text(new))
        else:
            yield from _differences(key, old, new)
    if before.name != account.name:
        yield from _moved_state(before, account, head)


def _moved_state(before: Account, account: Account, head: Settings) -> Iterator[Reason]:
    old, new = (Stack.of(one, head.state).state_key for one in (before, account))
    if old != new:
        yield Reason("state", f"its state moves: {old} → {new}", f"state.{head.state.template_field}", old, new)


def _state(base: Settings, head: Settings) -> Iterator[Reason]:
    if type(base.state) is not type(head.state):
        return iter([_setting("state.backend", _BACKENDS[type(base.state)], _BACKENDS[type(head.state)])])
    return _differences("state", base.state, head.state)


def _organization(base: Settings, head: Settings) -> Iterator[Reason]:
    """What the archive's stack reads of the organization: its catalog lists ids and regions, its policy may too."""
    yield from _differences("organization.id", base.organization_id, head.organization_id)
    if head.archive.catalog is not None:
        yield from _catalogued(base, head)
    if head.organization_id is None:
        listed = [[one.account_id for one in settings.accounts if _is_built(one)] for settings in (base, head)]
        if listed[0] != listed[1]:
            yield Reason("accounts", "the accounts in the bucket's policy changed")


def _catalogued(base: Settings, head: Settings) -> Iterator[Reason]:
    before = {account.account_id: account for account in base.accounts}
    now = {account.account_id: account for account in head.accounts}
    yield from _counted("added", [one.name for key, one in now.items() if key not in before])
    yield from _counted("removed", [one.name for key, one in before.items() if key not in now])
    # The catalog lists each region once, and another account may have been there: once too often is harmless.
    moved = [one.name for key, one in now.items() if key in before and set(before[key].regions) != set(one.regions)]
    yield from _counted("with other regions", moved)


def _counted(what: str, names: list[str]) -> Iterator[Reason]:
    if names:
        more = ", …" if len(names) > _LISTED else ""
        text = f"{len(names)} account{'s' if len(names) > 1 else ''} {what}: {', '.join(names[:_LISTED])}{more}"
        yield Reason("accounts", text)


def _differences(name: str, old: Any, new: Any, without: Collection[str] = ()) -> Iterator[Reason]:
    """A reason for each value that differs, named by its path in the file."""
    if old == new:
        return
    if not is_dataclass(new) or type(old) is not type(new):
        yield _setting(name, old, new)
        return
    inner = [field for field in _field_names(new) if field not in without]
    for field in inner:
        # A value object around a single value has no name of its own in the file.
        path = name if len(inner) == 1 else f"{name}.{'role' if field == 'roles' else field}"
        yield from _differences(path, getattr(old, field), getattr(new, field))


def _setting(key: str, old: Any, new: Any) -> Reason:
    before, after = _text(old), _text(new)
    shown = [text or "none" for text in (before, after)]
    fits = max(map(len, shown)) <= _LONGEST and shown[0] != shown[1]
    return Reason("setting", f"{key}: {shown[0]} → {shown[1]}" if fits else f"{key} changed", key, before, after)


def _text(value: Any) -> str | None:
    """A value in words, or None where there is none."""
    if isinstance(value, bool):
        return str(value).lower()
    if is_dataclass(value):
        values = {name: getattr(value, name) for name in _field_names(value)}
        # A value object around a single value is written as that.
        return _text(values if len(values) > 1 else next(iter(values.values())))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_text(item) or 'none'}" for key, item in value.items()) or None
    if isinstance(value, tuple):
        return ", ".join(_text(item) or "none" for item in value) or None
    return None if value is None else str(value)


def _field_names(value: Any) -> tuple[str, ...]:
    return tuple(value.__dataclass_fields__)
