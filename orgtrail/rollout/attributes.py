"""Which attributes a planned change alters, for people: secrets masked, long values cut, policies by statement.

https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from orgtrail.policies.comparison import compare
from orgtrail.terraform.changes import Attribute

_NONE = "none"
_SECRET = "(sensitive)"
_UNKNOWN = "(known after the apply)"
_LONGEST = 200  # characters of a value that are shown
_BEFORE = 20  # of these characters, how many come before the first that differs


def attributes(resource: Mapping[str, Any], account_id: str | None) -> tuple[Attribute, ...]:
    """What differs in one of a plan's `resource_changes`; nothing for what is created, deleted or forgotten.

    In values, `{account_id}` stands for the account's own id, so that accounts that change alike have the same text.
    """
    change = resource["change"]
    before, after = change.get("before"), change.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ()
    unknown = change.get("after_unknown") or {}
    if "delete" in change["actions"]:
        # A replacement has many unknown values that stay the same.
        after, unknown = {**before, **after} | {name: before.get(name) for name in unknown}, {}
    # `tags` are those of the resource alone, `tags_all` those of the provider too.
    unsaid = "tags" if before.get("tags_all") != after.get("tags_all") else "tags_all"
    names = sorted({*before, *after, *unknown} - {unsaid})
    secret = [change.get(name) or {} for name in ("before_sensitive", "after_sensitive")]
    return tuple(
        Attribute(
            one.name.replace("tags_all", "tags", 1),
            *(own_id_left_out(text, account_id) for text in (one.before, one.after)),
        )
        for name in names
        for one in _differences(name, before.get(name), after.get(name), _below(secret, name), _part(unknown, name))
    )


def _differences(name: str, old: Any, new: Any, secret: list[Any], unknown: Any) -> Iterator[Attribute]:
    if unknown is not True and (old == new or not (old or new or old is False or new is False)):
        return
    if True in secret:
        yield Attribute(name, _SECRET, _SECRET)
    elif unknown is True:
        yield Attribute(name, _shown(old), _UNKNOWN)
    elif isinstance(old, dict) or isinstance(new, dict):
        before, after = old or {}, new or {}
        for key in sorted({*before, *after}):
            inner = _part(unknown, key)
            yield from _differences(f"{name}.{key}", before.get(key), after.get(key), _below(secret, key), inner)
    elif _has_blocks(old) or _has_blocks(new):
        yield from _of_blocks(name, old or [], new or [], secret, unknown)
    elif isinstance(old, list) and isinstance(new, list):
        lost, gained = ([one for one in mine if one not in theirs] for mine, theirs in ((old, new), (new, old)))
        if lost or gained:
            yield Attribute(name, *(" ".join(map(_text, values)) or _NONE for values in (lost, gained)))
    else:
        yield from _of_texts(name, old, new)


def _of_blocks(name: str, old: list[Any], new: list[Any], secret: list[Any], unknown: Any) -> Iterator[Attribute]:
    for index, (before, after) in enumerate(zip_longest(old, new)):
        # Most blocks are lists of one.
        path = name if max(len(old), len(new)) == 1 else f"{name}[{index}]"
        yield from _differences(path, before, after, _below(secret, index), _part(unknown, index))


def _of_texts(name: str, old: Any, new: Any) -> Iterator[Attribute]:
    """Texts; those that are JSON are compared as what they mean."""
    before, after = _document(old), _document(new)
    if "Statement" in (before or after or {}):
        for change in compare(before or {}, after or {}):
            yield _cut(f"{name}, statement {change.sid}", change.before or _NONE, change.after or _NONE)
    elif before is not None and after is not None:
        yield from _differences(name, before, after, [], {})
    else:
        yield _cut(name, _text(old), _text(new))


def _cut(name: str, old: str, new: str) -> Attribute:
    """Both values, of long ones the part where they begin to differ."""
    if max(len(old), len(new)) > _LONGEST:
        same = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
        start = max(0, same - _BEFORE)
        old, new = (f"…{text[start:]}" if start else text for text in (old, new))
    return Attribute(name, _shown(old), _shown(new))


def _shown(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _text(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return _NONE
    return value if isinstance(value, str) else json.dumps(value)


def own_id_left_out(text: str, account_id: str | None) -> str:
    """The text with `{account_id}` for an account's own id, as accounts that change alike have it in common."""
    return text.replace(account_id, "{account_id}") if account_id else text


def _has_blocks(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict | list) for one in value)


def _document(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, str) or not value.startswith("{"):
        return None
    try:
        document = json.loads(value)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _below(secret: list[Any], key: Any) -> list[Any]:
    """What is sensitive one level below: a plan has `true` there, for a value or for all below it."""
    return [_part(one, key) for one in secret]


def _part(mask: Any, key: Any) -> Any:
    if isinstance(mask, dict):
        return mask.get(key)
    if isinstance(mask, list) and isinstance(key, int) and key < len(mask):
        return mask[key]
    return mask is True
