"""Where in a YAML text each value begins and ends, so that one can be replaced and all around it stays."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Anchors and tags, which stand before a value and aren't part of it.
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*(?:\s|#.*)*)+")


@dataclass(slots=True)
class Span:
    """A value: its place in the text, and what it holds. `flow`: in braces or brackets.

    Of a mapping, `items` are its keys and values in turn; `text` is what a scalar says.
    """

    kind: str
    start: int
    end: int
    flow: bool = False
    text: str | None = None
    items: list["Span"] = field(default_factory=list)

    def value(self, key: str) -> "Span | None":
        """The value under a key of a mapping."""
        keys = self.items[::2] if self.kind == "mapping" else ()
        return next((self.items[2 * number + 1] for number, one in enumerate(keys) if one.text == key), None)


_KINDS: dict[type[Any], str] = {
    yaml.ScalarEvent: "scalar",
    yaml.AliasEvent: "alias",
    yaml.MappingStartEvent: "mapping",
    yaml.SequenceStartEvent: "list",
}


def span_of(text: str) -> Span:
    """The span of what a text holds, which must be sound YAML: it has been loaded before."""
    top = Span("document", 0, len(text))
    inside = [top]
    event: Any  # types-PyYAML doesn't tell what each kind of event has
    for event in yaml.parse(text, Loader=_LOADER):
        kind = _KINDS.get(type(event))
        if kind:
            start = event.start_mark.index
            if kind != "alias" and (found := _PROPERTIES.match(text, start)):
                start = found.end()
            one = Span(kind, start, event.end_mark.index, bool(getattr(event, "flow_style", False)))
            inside[-1].items.append(one)
            if kind == "scalar":
                one.text = event.value
                # A block of text ends where the next value begins.
                one.end = one.start + len(text[one.start : one.end].rstrip())
            elif kind != "alias":
                inside.append(one)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done, end = inside.pop(), event.end_mark
            # Without brackets, it ends with what it holds, not with the comments behind.
            done.end = end.index if done.flow and end else max([done.start, *(one.end for one in done.items)])
    return top.items[0]
