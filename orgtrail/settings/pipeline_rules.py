"""Rules against pipelines that deploy well and then archive nothing."""

from collections.abc import Iterator
from functools import lru_cache

from orgtrail.events import IAM_SOURCE, Events, sources_in
from orgtrail.regions import iam_region, regions_of
from orgtrail.settings import expand, model
from orgtrail.settings.draft import Draft, Part
from orgtrail.settings.faults import Key, Problem, listing
from orgtrail.settings.findings import Finding


def pipelines_are_alive(draft: Draft) -> Iterator[Finding]:
    """Each account has pipelines, one of them where its IAM events are, and none where nothing can occur."""
    if draft.partition is None:
        return
    for account in draft.accounts:
        where = account if account.has("regions") else draft.defaults
        what = account if account.has("events") else draft.defaults
        if "regions" in where.broken or "events" in what.broken:
            continue
        if not where.has("regions"):
            problem = Problem("is missing, here and in defaults", f"regions of partition {draft.partition}, or all")
            yield Finding((*account.key, "regions"), problem)
            continue
        events, blamed = expand.events(what.entry.events), _blamed(draft, account)
        yield from _iam_region_is_there(draft, where.entry.regions, events, blamed)
        yield from _none_is_dead(draft, where.entry.regions, events, blamed)


def _blamed(draft: Draft, account: Part[model.Account]) -> Key:
    """The value to change when an account's regions and events don't fit together: the most specific one."""
    own = next((name for name in ("regions", "events") if account.has(name)), None)
    return (*account.key, own) if own else (*draft.defaults.key, "regions")


def _iam_region_is_there(draft: Draft, written: str | list[str], events: Events, blamed: Key) -> Iterator[Finding]:
    assert draft.partition is not None
    home = iam_region(draft.partition)
    if IAM_SOURCE in events.sources and home not in expand.regions(written, draft.partition):
        text = f"leaves out {home}, the only region where {IAM_SOURCE} events occur: none would arrive"
        if blamed[-1] == "events":
            text = f"wants {IAM_SOURCE} events, which occur only in {home}, where this account has no pipeline"
        yield Finding(blamed, Problem(text, f"{home} among the regions, or events without {IAM_SOURCE}"))


def _none_is_dead(draft: Draft, written: str | list[str], events: Events, blamed: Key) -> Iterator[Finding]:
    assert draft.partition is not None
    for index, region in enumerate(expand.as_list(written)):
        dead = _dead(events, region, draft.partition)
        if not dead:
            continue
        where_to = dead[0] if len(dead) == 1 else f"{len(dead)} regions"
        text = f"leaves the pipeline in {where_to} empty: no {' or '.join(events.sources)} event occurs there"
        alive = tuple(name for name in regions_of(draft.partition) if sources_in(events, name))
        # Only a list of regions has places of its own for each of them.
        is_item = blamed[-1] == "regions" and not isinstance(written, str)
        yield Finding((*blamed, index) if is_item else blamed, Problem(text, listing(alive, region)))


@lru_cache(maxsize=1024)
def _dead(events: Events, written: str, partition: str) -> tuple[str, ...]:
    return tuple(region for region in expand.regions(written, partition) if not sources_in(events, region))
