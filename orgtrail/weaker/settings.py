"""What two versions of the settings mean for the evidence. Pure: settings in, words out."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from orgtrail import events, names
from orgtrail.alarms import Alarms, is_watched_for_silence
from orgtrail.catalog import events_tables
from orgtrail.names import ARCHIVE_STACK, TRAIL_STACK
from orgtrail.settings import Account, Settings, Trail
from orgtrail.weaker import kinds
from orgtrail.weaker.kinds import Kind, Loss
from orgtrail.weaker.weakening import Weakening, merged

_OF_THE_ARCHIVE: Final[tuple[tuple[Kind, Callable[[Settings], Any]], ...]] = (
    (kinds.EVENTS_EXPIRE, lambda all: all.archive.expire_days),
    (kinds.VERSIONS_EXPIRE, lambda all: all.archive.noncurrent_days),
    (kinds.UNREADABLE, lambda all: _unreadable_after(all)),
    (kinds.LOCK, lambda all: (lock := all.archive.object_lock) and (lock.mode, lock.days)),
    (kinds.KEY, lambda all: all.archive.kms_key),
    (kinds.BREAK_GLASS, lambda all: all.archive.break_glass_role),
    (kinds.READERS, lambda all: all.archive.readers),
    (kinds.ORGANIZATION, lambda all: all.organization_id),
    (kinds.MANAGED, lambda all: not all.archive.existing),
    (kinds.POLICY_MANAGED, lambda all: not all.archive.existing or all.archive.manage_policy),
    (kinds.BUCKET, lambda all: all.archive.bucket),
    (kinds.ARCHIVE_ACCOUNT, lambda all: all.archive.account_id),
    (kinds.ARCHIVE_REGION, lambda all: all.archive.region),
    (kinds.LAYOUT, lambda all: all.archive.layout.template),
    (kinds.CATALOG, lambda all: all.archive.catalog),
    (kinds.ACCESS_LOGS, lambda all: all.archive.access_logs),
)


def weaker_settings(before: Settings, after: Settings) -> tuple[Weakening, ...]:
    """Everything that is weaker in `after`, the archive's first; an account that is new weakens nothing."""
    of_archive = [loss for kind, value in _OF_THE_ARCHIVE for loss in kind(value(before), value(after))]
    found = [Weakening.of(ARCHIVE_STACK, loss, "settings") for loss in (*of_archive, *_tables(before, after))]
    found += [Weakening.of(TRAIL_STACK, loss, "settings") for loss in _trail(before.trail, after.trail)]
    now = {account.account_id: account for account in after.accounts}
    for account in before.accounts:
        found += [
            Weakening.of(account.name if (new := now.get(account.account_id)) is None else new.name, loss, "settings")
            for loss in _account(account, now.get(account.account_id))
        ]
    return merged(found)


def _trail(old: Trail | None, new: Trail | None) -> Iterator[Loss]:
    yield from kinds.TRAIL(old, new)
    if old and new:
        yield from kinds.TRAIL_EXPIRES(old.expire_days, new.expire_days)


def _unreadable_after(settings: Settings) -> int | None:
    moves = settings.archive.transitions
    return min((move.days for move in moves if move.storage_class in kinds.UNREADABLE_CLASSES), default=None)


def _tables(before: Settings, after: Settings) -> Iterator[Loss]:
    """What the tables no longer find. If all tables are removed, that is reported elsewhere."""
    if not (before.archive.catalog and after.archive.catalog):
        return
    now, then = (
        {table.name: table for table in events_tables(one.archive.layout, one.archive.former_layouts)}
        for one in (before, after)
    )
    for name, table in now.items():
        lost = [*kinds.TABLE(name, then.get(name))]
        if name in then:
            lost += kinds.TABLE_REGIONS(before.archived_regions, after.archived_regions)
            if table.lists_accounts:
                lost += kinds.TABLE_ACCOUNTS(before.archived_accounts, after.archived_accounts)
        yield from (loss.of(name) for loss in lost)


def _account(old: Account, new: Account | None) -> Iterator[Loss]:
    if old.status != "active" or old == new:
        return
    yield from kinds.ACCOUNT(old.status, new and new.status)
    if new is None or new.status != "active" or not old.enabled:
        return
    if new.enabled:
        for role in (names.EVENTBRIDGE_ROLE, names.FIREHOSE_ROLE):
            yield from kinds.boundary(role)(old.permissions_boundary, new.permissions_boundary)
    for region in old.regions:
        is_there = new.enabled and region in new.regions
        losses = _pipeline(old, new, region) if is_there else kinds.PIPELINE(region, None)
        yield from (loss.within(region) for loss in losses)


def _pipeline(old: Account, new: Account, region: str) -> Iterator[Loss]:
    before, after = (events.event_pattern(account.events, region) for account in (old, new))
    yield from kinds.SOURCES(before["source"], after["source"])
    yield from kinds.DETAIL_TYPES(before["detail-type"], after["detail-type"])
    yield from kinds.CALLS(*(events.rule_state(account.events) for account in (old, new)))
    yield from kinds.LOG_KEPT(old.log_retention_days, new.log_retention_days)
    yield from _alarms(old.alarms, new.alarms, region)


def _alarms(old: Alarms | None, new: Alarms | None, region: str) -> Iterator[Loss]:
    """Alarms that are no longer there, or come later. Another topic is no loss that can be seen here."""
    for kind in old.kinds(region) if old else ():
        yield from kinds.gone(f"alarm {names.alarm(kind)}")(kind, kind if new and kind in new.kinds(region) else None)
    if old and new and is_watched_for_silence(region):
        yield from kinds.SILENCE_TOLD(old.silent_hours, new.silent_hours)
