"""What must hold between the values of a file; a rule reads only what is sound and repeats no other fault."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from orgtrail.names import MANAGED_BY
from orgtrail.settings import expand, model
from orgtrail.settings.archive_rules import (
    break_glass_is_at_hand,
    buckets_are_apart,
    existing_is_left_alone,
    key_is_usable,
    layouts_are_apart,
    move_goes_somewhere,
    policy_fits,
)
from orgtrail.settings.draft import Draft, Part
from orgtrail.settings.faults import Key, Problem, shown
from orgtrail.settings.findings import Finding
from orgtrail.settings.lifecycle_rules import lock_ends_first, transitions_go_down
from orgtrail.settings.pipeline_rules import pipelines_are_alive
from orgtrail.settings.role_rules import roles_fit, state_role_fits
from orgtrail.settings.rollout_rules import selectors_are_sound, waves_are_unique
from orgtrail.settings.source import Source

# 50 for a role, 3 of them Orgtrail's:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_MOST_TAGS = 47


def broken_rules(draft: Draft, source: Source) -> list[Finding]:
    """The findings of all rules, each once: what `defaults` does to a thousand accounts is one finding."""
    rules = (
        _unique(draft, source),
        pipelines_are_alive(draft),
        roles_fit(draft),
        state_role_fits(draft.state),
        _tags_fit(draft),
        _tag_keys_differ(draft),
        existing_is_left_alone(draft.archive),
        key_is_usable(draft.archive, draft.partition),
        move_goes_somewhere(draft.archive),
        layouts_are_apart(draft.archive),
        break_glass_is_at_hand(draft.archive),
        buckets_are_apart(draft),
        policy_fits(draft, source),
        transitions_go_down(draft.archive),
        lock_ends_first(draft.archive),
        waves_are_unique(draft.rollout),
        selectors_are_sound(draft.rollout),
    )
    return list(dict.fromkeys(chain.from_iterable(rules)))


def _unique(draft: Draft, source: Source) -> Iterator[Finding]:
    for field in ("account_id", "name"):
        first: dict[str, Part[model.Account]] = {}
        for account in draft.accounts:
            if field in account.broken:
                continue
            # Names become folders, and not every file system tells A from a.
            value = getattr(account.entry, field).lower()
            if value in first:
                other = first[value].key
                line, _column = source.place((*other, field))
                text = f"is the {field} of accounts[{other[1]}] too, on line {line}"
                yield Finding((*account.key, field), Problem(text))
            first.setdefault(value, account)


def _tag_keys_differ(draft: Draft) -> Iterator[Finding]:
    """No two tags of one thing, Orgtrail's own among them, have keys that IAM takes for the same.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html: "tag keys are not case-sensitive".
    """
    shared = {} if "tags" in draft.defaults.broken else _places(draft.defaults)
    parts: tuple[Part[Any], ...] = (draft.defaults, draft.archive, *draft.accounts)
    for part in parts:
        if "tags" in part.broken:
            continue
        before = shared if part is not draft.defaults else {}
        first: dict[str, str] = {}
        for key in (MANAGED_BY, *before):
            first.setdefault(key.lower(), key)
        for key, place in _places(part).items():
            other = first.setdefault(key.lower(), key)
            if other != key:
                text = f"is the key {shown(other)} in other letters, and IAM doesn't tell them apart"
                yield Finding(place, Problem(text, f"{other}, or another key"), of_key=isinstance(place[-1], str))


def _places(part: Part[Any]) -> dict[str, Key]:
    """The keys of a part's tags, in order, and where each is written last."""
    written = part.entry.tags
    if isinstance(written, list):
        return {text.partition(":")[0]: (*part.key, "tags", index) for index, text in enumerate(written)}
    return {key: (*part.key, "tags", key) for key in written}


def _tags_fit(draft: Draft) -> Iterator[Finding]:
    if "tags" in draft.defaults.broken:
        return
    shared = expand.tags(draft.defaults.entry.tags)
    parts: tuple[Part[Any], ...] = (draft.archive, *draft.accounts)
    for part in parts:
        if "tags" in part.broken:
            continue
        own = expand.tags(part.entry.tags)
        if len(shared | own) > _MOST_TAGS:
            key = (*(part.key if own else draft.defaults.key), "tags")
            text = f"make {len(shared | own)} tags" + (" with those of defaults" if own and shared else "")
            yield Finding(key, Problem(text, f"{_MOST_TAGS}, as AWS allows 50 and Orgtrail adds 3"))
