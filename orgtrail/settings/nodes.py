"""Build the values of a YAML file, each with its place, from the parser's events.

PyYAML's composer isn't used, because it recurses: libyaml's kills the interpreter on text that is nested deep
enough. Nothing here recurses or copies what an alias stands for.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from types import NoneType
from typing import Any, NoReturn

import yaml

from orgtrail.settings.diagnostics import Diagnostic, InvalidSettings, Key
from orgtrail.settings.scalars import CORE_TAGS, TAG, TEXT_TAGS, data_of, misread, tag_of
from orgtrail.words import shown

_DEEPEST = 100  # levels; an accounts file needs six
_LONGEST = 100_000  # entries of a list or a mapping; AWS Organizations has far fewer accounts
_MOST_ALIASED = 100_000  # values that all aliases of a file may stand for


@dataclass(slots=True)
class Node:
    """A value of the file: its place (from 1), what was written and the plain data it became."""

    line: int
    column: int
    data: Any
    text: str | None = None  # scalars only
    plain: bool = False  # written without quotes
    children: dict[str, "Node"] | list["Node"] | tuple[()] = ()
    keys: dict[str, tuple[int, int]] | None = None  # mappings only
    size: int = 1  # nodes, counting what aliases stand for

    def child(self, part: str | int) -> "Node | None":
        """The value under a key of a mapping or at an index of a list."""
        if isinstance(self.children, dict):
            return self.children.get(part) if isinstance(part, str) else None
        return self.children[part] if isinstance(part, int) and part < len(self.children) else None


class Builder:
    """Turns the parser's events into nodes."""

    def __init__(self, path: Path) -> None:
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self._path = path
        self._documents = 0
        self._open: list[_Collection] = []
        self._anchors: dict[str, Node] = {}
        self._aliased = 0

    def take(self, event: Any) -> None:
        """The next event of the parser."""
        # A file of thousands of accounts has a hundred thousand; most are scalars.
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event, self._key_is_next())
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._begin(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            done = self._open.pop()
            self._place(done.node, done.is_key)
        elif kind is yaml.AliasEvent:
            self._place(self._alias(event), self._key_is_next())
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "a second document starts here; the file must hold one")

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._open) >= _DEEPEST:
            self._stop(event, f"values are nested deeper than {_DEEPEST} levels")
        if isinstance(event, yaml.MappingStartEvent):
            node = Node(*_place(event), {}, children={}, keys={})
        else:
            node = Node(*_place(event), [], children=[])
        if event.tag not in (None, "!") and event.tag not in CORE_TAGS:
            self._fault(node, Diagnostic(f"has the tag {event.tag}, which means nothing here"))
        if event.anchor:
            self._anchors[event.anchor] = node
        self._open.append(_Collection(node, self._key_is_next()))

    def _scalar(self, event: yaml.ScalarEvent, is_key: bool) -> None:
        text, tag = event.value, event.tag
        node = Node(*_place(event), text, text, not event.style)
        if event.anchor:
            self._anchors[event.anchor] = node
        if tag in (None, "!"):
            tag = tag_of(text, event.implicit)
        problem = None
        if tag in CORE_TAGS and tag not in TEXT_TAGS:
            try:
                node.data = data_of(text, tag)
            except ValueError:
                problem = Diagnostic(f"is no {tag.removeprefix(TAG)} that can be read; quote it if it is text")
        elif tag not in TEXT_TAGS:
            problem = Diagnostic(f"has the tag {tag}, which means nothing here")
        # Only values are misread, not keys.
        if problem is None and not is_key:
            problem = misread(text, node.data, node.plain)
        if problem:
            self._fault(node, problem)
        self._place(node, is_key)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        target = self._anchors.get(event.anchor or "")
        if target is None:
            self._stop(event, f"*{event.anchor} stands for nothing: no &{event.anchor} before it")
        if any(target is collection.node for collection in self._open):
            self._stop(event, f"*{event.anchor} contains itself")
        self._aliased += target.size
        if self._aliased > _MOST_ALIASED:
            self._stop(event, f"the aliases (*name) stand for more than {_MOST_ALIASED} values")
        return target

    def _key_is_next(self) -> bool:
        return bool(self._open) and self._open[-1].awaits_key

    def _place(self, node: Node, is_key: bool) -> None:
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
        holder.node.size += node.size
        if len(holder.node.children) > _LONGEST:
            problem = f"the list or mapping that begins here has more than {_LONGEST:,} entries"
            self._stop_at(holder.node.line, holder.node.column, problem)
        if is_key:
            holder.key, holder.awaits_key = node, False
        elif isinstance(holder.node.children, list):
            holder.node.children.append(node)
            holder.node.data.append(node.data)
        else:
            holder.awaits_key = True
            assert holder.key is not None, "a value comes after its key"
            self._pair(holder.node, holder.key, node)

    def _pair(self, mapping: Node, key: Node, value: Node) -> None:
        children, keys = mapping.children, mapping.keys
        assert isinstance(children, dict)
        assert keys is not None
        if key.text == "<<" and key.plain:
            self._key_fault(key, "is a merge key, which is not supported; put what accounts share into defaults")
            return
        if not isinstance(key.data, str):
            kinds = {bool: "a boolean", NoneType: "nothing", list: "a list", dict: "a mapping"}
            self._key_fault(key, f"is {kinds.get(type(key.data), 'a number')} to YAML, and no key: quote it")
        name = key.data if isinstance(key.data, str) else (key.text or "")
        if name in children:
            first = keys[name][0]
            self._key_fault(key, f"is written a second time; the first is on line {first}")
            return
        children[name], mapping.data[name] = value, value.data
        keys[name] = (key.line, key.column)

    def _key_fault(self, key: Node, problem: str) -> None:
        self._found(key, Diagnostic(problem, key=(*self._current_key(), key.text or "")))

    def _fault(self, node: Node, found: Diagnostic) -> None:
        self._found(node, replace(found, key=self._current_key(), found=shown(node.text) if node.text else None))

    def _found(self, node: Node, found: Diagnostic) -> None:
        self.diagnostics.append(replace(found, file=str(self._path), line=node.line, column=node.column))

    def _current_key(self) -> Key:
        """The key whose value is being read, or of the mapping in which a key is."""
        parts: list[str | int] = []
        for collection in self._open:
            if isinstance(collection.node.children, list):
                parts.append(len(collection.node.children))
            elif collection.key is not None and not collection.awaits_key:
                parts.append(collection.key.text or "")
        return tuple(parts)

    def _stop(self, event: yaml.Event, problem: str) -> NoReturn:
        self._stop_at(*_place(event), problem)

    def _stop_at(self, line: int, column: int, problem: str) -> NoReturn:
        raise InvalidSettings(self._path, [Diagnostic(problem, file=str(self._path), line=line, column=column)])


@dataclass(slots=True)
class _Collection:
    """A mapping or sequence whose end hasn't come yet."""

    node: Node
    is_key: bool
    awaits_key: bool = False
    key: Node | None = None

    def __post_init__(self) -> None:
        self.awaits_key = isinstance(self.node.children, dict)


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None, "events of a parser have marks"
    return mark.line + 1, mark.column + 1
