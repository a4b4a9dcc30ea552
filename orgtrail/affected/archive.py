"""Whether the archive's stack comes out differently, and why. Pure: settings in, reasons out.

tests/synthesis/test_affected_exactly.py compares with the stacks that are synthesized.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from orgtrail.affected.differences import differences, differences_of_state, field_names, setting
from orgtrail.affected.reads import read_by_provider, read_of_state
from orgtrail.affected.result import Reason
from orgtrail.archive.policy import archive_key_policy, archive_policy
from orgtrail.layout import Layout
from orgtrail.selection.stack import archive_stack
from orgtrail.settings import MANAGED_KEY, Former, LocalState, MovingFrom, Settings, updated, values_of
from orgtrail.settings.rollout import RolloutSection, resolve_rollout
from orgtrail.words import counted, some

_NO_STATE: Final = LocalState()
_NO_ROLLOUT: Final = resolve_rollout(RolloutSection())
_IN_TABLES: Final = ("archived_accounts", "archived_regions")
_LISTED: Final = 3

_Path = tuple[str, ...]


def reasons_of_the_archive(base: Settings, head: Settings) -> Iterator[Reason]:
    """Why the archive's stack differs: the settings that change it, when they are taken from `head` one by one."""
    read = _read(base)
    if read == _read(head):
        return
    between = base
    for path in _differing(base, head):
        before, between = between, _with(between, head, path)
        if read != (read := _read(between)):
            yield from _step(path, before, between)


def _differing(old: Any, new: Any) -> Iterator[_Path]:
    """The path of each value that differs, whatever it means in a stack."""
    for name in field_names(new):
        one, other = getattr(old, name), getattr(new, name)
        if one == other:
            continue
        if values_of(other) is not None and type(one) is type(other):
            yield from ((name, *inner) for inner in _differing(one, other))
        else:
            yield (name,)


def _with(old: Any, new: Any, path: _Path) -> Any:
    """`old` with the value that `new` has at a path."""
    name, *inner = path
    value = getattr(new, name)
    return updated(old, **{name: _with(getattr(old, name), value, tuple(inner)) if inner else value})


def _step(path: _Path, before: Settings, after: Settings) -> Iterator[Reason]:
    """The reasons of a single difference."""
    match path:
        case ("accounts",):
            yield from _accounts(before, after)
        case ("organization_id",):
            yield setting("organization.id", before.organization_id, after.organization_id)
        case ("state",):
            yield from differences_of_state(before.state, after.state)
        case (section, *_):
            yield from differences(section, getattr(before, section), getattr(after, section))


def _accounts(before: Settings, after: Settings) -> Iterator[Reason]:
    """What other accounts mean for the tables and for a policy that lists them."""
    if after.archive.catalog is not None:
        names = {account.account_id: account.name for settings in (before, after) for account in settings.accounts}
        ids, regions = ([set(getattr(one, of)) for one in (before, after)] for of in _IN_TABLES)
        for what, (old, new) in {"account": ids, "region": regions}.items():
            yield from _listed(what, "added to", new - old, names)
            yield from _listed(what, "removed from", old - new, names)
    if archive_policy(before, MANAGED_KEY) != archive_policy(after, MANAGED_KEY):
        yield Reason("accounts", "the accounts in the bucket's policy changed")


def _listed(what: str, how: str, values: Collection[str], names: Mapping[str, str]) -> Iterator[Reason]:
    if values:
        told = some(sorted(names.get(one, one) for one in values), _LISTED)
        yield Reason("accounts", f"{counted(len(values), what)} {how} the tables: {told}")


def _read(settings: Settings) -> tuple[object, ...]:
    """What the archive's stack is made of: where this is equal, so are the stacks.

    What only policies, keys or tables read of the settings is here as what they make of it. The rest of the settings
    counts as it is, so that a new one which is forgotten here costs a plan, not a deployment.
    """
    archive, has_tables = settings.archive, settings.archive.catalog is not None
    rest = replace(
        read_by_provider(archive),
        layout=archive.layout if has_tables else Layout(),
        kms_key=None,
        break_glass_role=None,
        readers=(),
        moving_from=MovingFrom(),
        former=Former(),
    )
    return (
        replace(
            settings,
            archive=rest,
            path=Path(),
            organization_id=None,
            accounts=(),
            rollout=_NO_ROLLOUT,
            state=_NO_STATE,
            trail=None,
        ),
        read_of_state(settings.state, archive_stack(settings)),
        archive_policy(settings, MANAGED_KEY),
        archive_key_policy(settings) if archive.has_managed_key else None,
        archive.default_key if has_tables or not archive.existing else None,
        (settings.archived_accounts, settings.archived_regions, archive.former_layouts) if has_tables else None,
    )
