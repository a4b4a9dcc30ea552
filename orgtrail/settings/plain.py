"""The data of values in which there is nothing to find fault with, without their places.

All that `nodes` would have to report, and whatever needs more than a look at the value itself (anchors, tags), isn't
plain. The data is the same.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import yaml

from orgtrail.settings.scalars import CORE_TAGS, TEXT_TAGS, data_of, misread, tag_of

_DEEPEST: Final = 20  # levels: more than any entry needs, and fewer than a reader could stumble over


class NotPlain(Exception):
    """The value has to be read with its places."""


def mapping(events: Iterable[yaml.Event]) -> dict[str, Any]:
    """What a mapping holds, from the events between its beginning and its end. Raises NotPlain."""
    return _pairs(iter(events), _DEEPEST)


def _pairs(events: Iterator[Any], levels: int) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for key in events:
        if type(key) is yaml.MappingEndEvent:
            break
        if type(key) is not yaml.ScalarEvent:
            raise NotPlain
        name = _scalar(key)
        is_merge = name == "<<" and not key.style
        if type(name) is not str or name in pairs or is_merge:
            raise NotPlain
        pairs[name] = _value(next(events), events, levels)
    return pairs


def _items(events: Iterator[Any], levels: int) -> list[Any]:
    items = []
    for event in events:
        if type(event) is yaml.SequenceEndEvent:
            break
        items.append(_value(event, events, levels))
    return items


def _value(event: Any, events: Iterator[Any], levels: int) -> Any:
    kind = type(event)
    if kind is yaml.AliasEvent or event.anchor or not levels:
        raise NotPlain
    if kind is yaml.ScalarEvent:
        data = _scalar(event)
        if misread(event.value, data, not event.style):
            raise NotPlain
        return data
    if event.tag:
        raise NotPlain
    return _pairs(events, levels - 1) if kind is yaml.MappingStartEvent else _items(events, levels - 1)


def _scalar(event: Any) -> Any:
    if event.tag:
        raise NotPlain
    # Quotes make text of anything.
    tag = None if event.style else tag_of(event.value, event.implicit)
    if tag is None or tag in TEXT_TAGS:
        return event.value
    if tag not in CORE_TAGS:
        raise NotPlain
    try:
        return data_of(event.value, tag)
    except ValueError:
        raise NotPlain from None
