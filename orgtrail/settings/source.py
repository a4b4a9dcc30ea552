"""Read a YAML file into plain data that remembers where each value stands."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from orgtrail.settings.diagnostics import Diagnostic, InvalidSettings, Key
from orgtrail.settings.nodes import Builder, Node

# What YAML allows nowhere: https://yaml.org/spec/1.1/#c-printable
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Source:
    """A file that is YAML and a mapping. `diagnostics` are those that hide nothing of the rest."""

    path: Path
    root: Node
    diagnostics: tuple[Diagnostic, ...]

    def node(self, key: Key) -> Node | None:
        """The value at a key, or None when the file has none there."""
        node = self.root
        for part in key:
            child = node.child(part)
            if child is None:
                return None
            node = child
        return node

    def place(self, key: Key, *, of_key: bool = False) -> tuple[int, int]:
        """Line and column of a value, or of its key; of what would hold it when it isn't there."""
        if key and (of_key or self.node(key) is None):
            holder = self.node(key[:-1])
            if holder is None:
                return self.place(key[:-1])
            return (holder.keys or {}).get(str(key[-1]), (holder.line, holder.column))
        node = self.node(key)
        assert node is not None, "the root is always there"
        return node.line, node.column


def read(path: Path, raw: bytes | None = None) -> Source:
    """Read a file, or `raw`, what it holds.

    Raises InvalidSettings when it isn't YAML, or when reading on would serve nobody.
    """
    builder = Builder(path)
    text = _text(path, _content(path) if raw is None else raw)
    try:
        # yaml.parse asks twice for each event.
        for event in iter(_LOADER(text).get_event, None):
            builder.take(event)
    except yaml.YAMLError as error:
        raise InvalidSettings(path, [_not_yaml(path, text, error)]) from None
    root = builder.root
    if root is None or (root.text == "" and root.data is None):
        raise InvalidSettings(path, [Diagnostic("the file is empty", _EXPECTED, file=str(path))])
    if not isinstance(root.children, dict):
        problem = "the file is not a mapping of keys"
        found = Diagnostic(problem, _EXPECTED, file=str(path), line=root.line, column=root.column)
        raise InvalidSettings(path, [found])
    return Source(path, root, tuple(builder.diagnostics))


_EXPECTED = "the keys organization, archive, state, defaults and accounts"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InvalidSettings(path, [Diagnostic(f"can't be read: {reason}", file=str(path))]) from None


def _text(path: Path, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        problem = f"the file is not UTF-8: byte {raw[error.start]:#04x} at offset {error.start}"
        hint = "UTF-8; save the file with this encoding"
        found = Diagnostic(problem, hint, file=str(path), line=line, column=column)
        raise InvalidSettings(path, [found]) from None


def _not_yaml(path: Path, text: str, error: yaml.YAMLError) -> Diagnostic:
    lines = text.splitlines() or [""]
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # the reader's errors have an offset instead, in bytes or in characters
        found = _UNPRINTABLE.search(text)
        before = text[: found.start()] if found else ""
        line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
        problem = getattr(error, "reason", None) or "unreadable"
    else:
        line, column, problem = mark.line, mark.column, getattr(error, "problem", None) or "unreadable"
    # The parser stumbles over a tab where it stands or on the line after.
    for number in (line, line - 1):
        if 0 <= number < len(lines) and (tab := re.match(r"[ ]*\t", lines[number])):
            problem = "the line is indented with a tab; YAML allows spaces only"
            return Diagnostic(problem, file=str(path), line=number + 1, column=tab.end())
    return Diagnostic(f"the file is not YAML: {problem}", file=str(path), line=line + 1, column=column + 1)
