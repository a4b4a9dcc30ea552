"""That regions and events of an account fit: a pipeline where nothing can occur deploys well and archives nothing."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from orgtrail.events import IAM_SOURCE, Events, sources_in
from orgtrail.regions import iam_region, regions_of
from orgtrail.settings.account import AccountEntry, Defaults, EventsChoice, events_of, regions_in
from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.section import Part
from orgtrail.words import listing


def none_is_dead(
    accounts: Sequence[Part[AccountEntry]], defaults: Part[Defaults], partition: str | None
) -> Iterator[Diagnostic]:
    """Each account has pipelines: one where its IAM events are, and none where nothing can occur."""
    if partition is None:
        return
    for account in accounts:
        where: Part[Any] = account if account.has("regions") else defaults
        what: Part[Any] = account if account.has("events") else defaults
        if "regions" in where.broken or "events" in what.broken:
            continue
        if not where.has("regions"):
            allowed = f"regions of partition {partition}, or all"
            yield Diagnostic("is missing, here and in defaults", allowed, key=(*account.key, "regions"))
            continue
        if _is_alive(where.entry.regions, what.entry.events, partition):
            continue
        # The value to change is the most specific one.
        own = next((name for name in ("regions", "events") if account.has(name)), None)
        blamed = (*account.key, own) if own else (*defaults.key, "regions")
        events = events_of(what.entry.events)
        yield from _iam_region_is_missing(where.entry.regions, events, partition, blamed)
        yield from _nothing_occurs(where.entry.regions, events, partition, blamed)


@lru_cache(maxsize=1024)
def _is_alive(written: str | tuple[str, ...], choice: str | EventsChoice, partition: str) -> bool:
    events, key = events_of(choice), ("regions",)
    found = (rule(written, events, partition, key) for rule in (_iam_region_is_missing, _nothing_occurs))
    return not any(chain.from_iterable(found))


def _iam_region_is_missing(
    written: str | tuple[str, ...], events: Events, partition: str, blamed: Key
) -> Iterator[Diagnostic]:
    home = iam_region(partition)
    if IAM_SOURCE in events.sources and home not in regions_in(written, partition):
        text = f"leaves out {home}, the only region where {IAM_SOURCE} events occur: none would arrive"
        if blamed[-1] == "events":
            text = f"wants {IAM_SOURCE} events, which occur only in {home}, where this account has no pipeline"
        yield Diagnostic(text, f"{home} among the regions, or events without {IAM_SOURCE}", key=blamed)


def _nothing_occurs(
    written: str | tuple[str, ...], events: Events, partition: str, blamed: Key
) -> Iterator[Diagnostic]:
    for index, region in enumerate((written,) if isinstance(written, str) else written):
        dead = _dead(events, region, partition)
        if not dead:
            continue
        where_to = dead[0] if len(dead) == 1 else f"{len(dead)} regions"
        text = f"leaves the pipeline in {where_to} empty: no {' or '.join(events.sources)} event occurs there"
        alive = tuple(name for name in regions_of(partition) if sources_in(events, name))
        # A single region, or `all`, has no place of its own in the file to point at.
        is_item = blamed[-1] == "regions" and not isinstance(written, str)
        yield Diagnostic(text, listing(alive, region), key=(*blamed, index) if is_item else blamed)


def _dead(events: Events, written: str, partition: str) -> tuple[str, ...]:
    return tuple(region for region in regions_in(written, partition) if not sources_in(events, region))
