"""Where the entries of an accounts file are, and what stands around them.

The parser's events alone, which tell that, cost a quarter of reading the file, and equal text in equal surroundings
has equal meaning. Wherever equal text could mean something else, there is no outline: `None`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from orgtrail.settings.plain import mapping

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ACCOUNTS = "accounts"
# No stack depends on it.
_LEFT_OUT = "rollout"
# Line breaks to YAML that aren't looked for here, and `\r` alone.
_RARE_BREAKS: Final = re.compile("[\x85\u2028\u2029]|\r(?!\n)")
_BEFORE_ENTRY: Final = re.compile(r" *- +")


@dataclass(slots=True)
class Entry:
    """One account as it is written, from its line `first` on; `values` has "" for what is no single text."""

    first: int
    values: dict[str, str]
    events: list[Any]
    text: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """The entry as plain data. Raises NotPlain."""
        return mapping(self.events)


@dataclass(frozen=True)
class Outline:
    """A file as lines, its entries, and `rest`: what everything else in it says, comments and spacing apart."""

    lines: list[str]
    entries: list[Entry]
    rest: list[tuple[Any, ...]]
    accounts: range
    left_out: range

    @property
    def is_sound(self) -> bool:
        """Whether each entry has an id and a name that no other has."""
        for key in ("account_id", "name"):
            values = {entry.values.get(key, "").lower() for entry in self.entries}
            if len(values) != len(self.entries) or "" in values:
                return False
        return True

    def without_accounts(self, *, without_rollout: bool) -> str:
        """The file with an empty list of accounts."""
        lines = list(self.lines)
        lines[self.accounts.start] = f"{_ACCOUNTS}: []"
        dropped = {*self.accounts[1:], *(self.left_out if without_rollout else ())}
        return "\n".join(line for number, line in enumerate(lines) if number not in dropped)


def outline(text: str) -> Outline | None:
    """The outline of a file, or None for one that isn't plain enough, YAML or not."""
    if _RARE_BREAKS.search(text):
        return None
    if not text.endswith("\n") and re.search(r"[|>]", text):
        return None  # a block of text at the end would gain a line break
    # Without it, the last entry would end in the middle of a line.
    lines = (text if text.endswith("\n") else text + "\n").split("\n")
    try:
        return _Reader(lines, yaml.parse("\n".join(lines), Loader=_LOADER)).outline()
    except (_NotPlain, yaml.YAMLError):
        return None


class _NotPlain(Exception):
    """The file has something that makes equal text mean different things."""


class _Reader:
    """Follows the parser through a file. Raises _NotPlain."""

    def __init__(self, lines: list[str], events: Iterator[yaml.Event]) -> None:
        self._lines = lines
        self._events = events
        self._entries: list[Entry] = []
        self._rest: list[tuple[Any, ...]] = []
        self._sections: list[tuple[str, int]] = []

    def outline(self) -> Outline:
        self._expect(yaml.StreamStartEvent)
        start = self._expect(yaml.DocumentStartEvent)
        if start.version or start.tags:
            raise _NotPlain
        self._block(yaml.MappingStartEvent)
        while type(key := next(self._events)) is yaml.ScalarEvent:
            self._section(key)
        if self._expect(yaml.DocumentEndEvent).explicit:
            raise _NotPlain
        self._expect(yaml.StreamEndEvent)
        self._cut()
        left_out = self._lines_of(_LEFT_OUT) if _LEFT_OUT in dict(self._sections) else range(0)
        return Outline(self._lines, self._entries, self._rest, self._lines_of(_ACCOUNTS), left_out)

    def _section(self, key: Any) -> None:
        if key.start_mark.column or key.anchor or key.value in dict(self._sections):
            raise _NotPlain
        self._sections.append((key.value, key.start_mark.line))
        if key.value == _ACCOUNTS:
            self._accounts()
        elif key.value == _LEFT_OUT:
            self._node()
        else:
            self._rest += [_meaning(event) for event in (key, *self._node())]

    def _accounts(self) -> None:
        self._block(yaml.SequenceStartEvent)
        while type(event := next(self._events)) is not yaml.SequenceEndEvent:
            if type(event) is not yaml.MappingStartEvent or event.anchor or event.tag:
                raise _NotPlain
            mark: Any = event.start_mark
            if not _BEFORE_ENTRY.fullmatch(self._lines[mark.line][: mark.column]):
                raise _NotPlain
            self._entries.append(self._entry(mark.line))

    def _entry(self, first: int) -> Entry:
        values, events = {}, []
        while type(key := next(self._events)) is yaml.ScalarEvent:
            node = self._node()
            values[key.value] = node[0].value if len(node) == 1 else ""
            events.append(key)
            events += node
        if type(key) is not yaml.MappingEndEvent:
            raise _NotPlain
        return Entry(first, values, events)

    def _node(self) -> list[Any]:
        """The events of the next value."""
        taken: list[Any] = []
        depth = 0
        for event in self._events:
            kind = type(event)
            if kind in _ENDS:
                depth -= 1
            elif kind is yaml.AliasEvent or event.anchor:  # type: ignore[attr-defined]
                raise _NotPlain
            elif kind in _STARTS:
                depth += 1
            taken.append(event)
            if not depth:
                break
        return taken

    def _block(self, kind: type[yaml.Event]) -> None:
        start = self._expect(kind)
        if start.flow_style or start.anchor or start.tag:
            raise _NotPlain

    def _expect(self, kind: type[yaml.Event]) -> Any:
        event = next(self._events)
        if type(event) is not kind:
            raise _NotPlain
        return event

    def _cut(self) -> None:
        """Give each entry its text: it ends where the next one or the next section begins."""
        if not self._entries:
            raise _NotPlain
        ends = [*(entry.first for entry in self._entries[1:]), self._lines_of(_ACCOUNTS).stop]
        for entry, end in zip(self._entries, ends, strict=True):
            entry.text = "".join(line + "\n" for line in self._lines[entry.first : end])

    def _lines_of(self, section: str) -> range:
        begins = dict(self._sections)[section]
        return range(begins, min((line for _name, line in self._sections if line > begins), default=len(self._lines)))


_STARTS: Final = {yaml.MappingStartEvent, yaml.SequenceStartEvent}
_ENDS: Final = {yaml.MappingEndEvent, yaml.SequenceEndEvent}


def _meaning(event: Any) -> tuple[Any, ...]:
    """What an event says, wherever it stands: quotes only as far as they make text of it."""
    if type(event) is yaml.ScalarEvent:
        return event.value, event.tag, event.implicit, not event.style
    return type(event), getattr(event, "tag", None)
