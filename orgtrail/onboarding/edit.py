"""Edits of accounts.yaml as text: what isn't edited stays as it was written, comments and all.

Not with ruamel.yaml's round trip, which also lays out anew what it doesn't change: docs/decisions/edits.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any, NamedTuple

from orgtrail.errors import UserError
from orgtrail.files.whole import replace_content
from orgtrail.onboarding.scalars import flow, scalar
from orgtrail.onboarding.spans import Span, span_of
from orgtrail.settings import InvalidSettings, Settings, load
from orgtrail.settings.source import read

_BOM = "\ufeff"


class CannotEdit(UserError):
    """The file is written in a way that edits can't follow; `str()` says where."""


class Value(NamedTuple):
    """What the entry at a place in `accounts` gets under a key: a text; or texts by key, beside those there."""

    at: int
    key: str
    value: str | Mapping[str, str]


class _Change(NamedTuple):
    """A piece of the text, and what takes its place."""

    start: int
    end: int
    text: str


def edit(path: Path, raw: bytes, values: Sequence[Value] = (), entries: Sequence[Mapping[str, Any]] = ()) -> "Edit":
    """The edit that gives a file these values, and these entries at the end of `accounts`.

    Raises CannotEdit where that wouldn't come out as meant, and nothing else.
    """
    text = raw.decode("utf-8-sig")
    newline = "\r\n" if "\r\n" in text else "\n"
    root = span_of(text)
    accounts = root.value("accounts")
    if accounts is None or accounts.kind != "list":
        raise CannotEdit(f"{path}: accounts isn't a list that can be edited")
    changes = [change for one in values for change in _valued(path, text, newline, accounts.items[one.at], one)]
    changes += _appended(text, newline, root, accounts, entries)
    result = ((_BOM if raw.startswith(_BOM.encode()) else "") + _changed(text, changes)).encode()
    if not _says(path, result, _expected(read(path, raw).root.data, values, entries)):
        raise CannotEdit(f"{path} is written in a way that can't be edited here: make these changes by hand")
    return Edit(path, raw, result)


def _says(path: Path, content: bytes, expected: Any) -> bool:
    try:
        return bool(read(path, content).root.data == expected)
    except InvalidSettings:
        return False


def _changed(text: str, changes: Sequence[_Change]) -> str:
    pieces, done = [], 0
    for change in sorted(changes, key=lambda one: one.start):
        pieces += [text[done : change.start], change.text]
        done = change.end
    return "".join([*pieces, text[done:]])


@dataclass(frozen=True)
class Edit:
    """The content of a file as it was read, and as it shall be."""

    path: Path
    before: bytes
    after: bytes

    @property
    def diff(self) -> str:
        """What changes, as a unified diff."""
        before, after = (content.decode("utf-8-sig").splitlines(keepends=True) for content in (self.before, self.after))
        lines = unified_diff(before, after, f"{self.path} (as it is)", f"{self.path} (proposed)")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def settings(self) -> Settings:
        """The settings in the edited file. Raises UserError with its faults, where it would have some."""
        try:
            return load(self.path, self.after)
        except InvalidSettings as faults:
            raise UserError(
                f"With this edit, {self.path} would have faults, so it stays as it is:\n{faults}"
            ) from faults

    def write(self) -> None:
        """Edit the file. Raises UserError where it has changed since it was read, or can't be written."""
        replace_content(self.path, self.before, self.after)


def _expected(data: Any, values: Sequence[Value], entries: Sequence[Mapping[str, Any]]) -> Any:
    expected = deepcopy(data)
    for one in values:
        entry = expected["accounts"][one.at]
        entry[one.key] = one.value if isinstance(one.value, str) else _merged(entry.get(one.key, {}), one.value)
    expected["accounts"] += [dict(entry) for entry in entries]
    return expected


def _merged(written: Any, values: Mapping[str, str]) -> Any:
    """Tags, which may be written as a list of `key:value`, with these."""
    if not isinstance(written, list):
        return {**written, **values}
    items = list(written)
    for key, value in values.items():
        place = _last_with(key, items)
        items[place : None if place == len(items) else place + 1] = [f"{key}:{value}"]
    return items


def _last_with(key: str, items: Sequence[str | None]) -> int:
    """Where the last item is that begins with a key; behind the last one if none does."""
    found = [place for place, item in enumerate(items) if (item or "").startswith(f"{key}:")]
    return found[-1] if found else len(items)


def _valued(path: Path, text: str, newline: str, entry: Span, one: Value) -> Iterator[_Change]:
    if entry.kind != "mapping":
        raise CannotEdit(f"{path}:{_line(text, entry)}: the entry isn't written out here")
    found = entry.value(one.key)
    if found and found.kind == "list" and any(":" in key for key in one.value):
        raise CannotEdit(f"{path}:{_line(text, found)}: tags are a list, whose keys end at the first colon")
    if found is None:
        yield _inserted(text, newline, entry, one.key, one.value)
    elif isinstance(one.value, str):
        yield _replaced(text, found, one.value)
    elif not found.items:
        yield _Change(found.start, found.end, flow(one.value if found.kind == "mapping" else _merged([], one.value)))
    else:
        for key, value in one.value.items():
            yield _tagged(text, newline, found, key, value)


def _replaced(text: str, found: Span, value: str) -> _Change:
    return _Change(found.start, found.end, scalar(value, text[found.start : found.end]))


def _tagged(text: str, newline: str, tags: Span, key: str, value: str) -> _Change:
    """A tag more, or another value of one."""
    if tags.kind == "mapping":
        inner = tags.value(key)
        return _replaced(text, inner, value) if inner else _inserted(text, newline, tags, key, value)
    place = _last_with(key, [item.text for item in tags.items])
    item = f"{key}:{value}"
    if place < len(tags.items):
        return _replaced(text, tags.items[place], item)
    end = tags.items[-1].end
    if tags.flow:
        return _Change(end, end, f", {scalar(item)}")
    end = _line_end(text, end)
    return _Change(end, end, f"{newline}{' ' * _column(text, tags.start)}- {scalar(item)}")


def _inserted(text: str, newline: str, mapping: Span, key: str, value: Any) -> _Change:
    """A key more in a mapping: behind the name of an account, at the end of any other."""
    written = f"{scalar(key)}: {flow(value)}"
    after = mapping.value("name") or mapping.items[-1]
    if mapping.flow:
        return _Change(after.end, after.end, f", {written}")
    end = _line_end(text, after.end)
    return _Change(end, end, newline + " " * _column(text, mapping.start) + written)


def _appended(
    text: str, newline: str, root: Span, accounts: Span, entries: Sequence[Mapping[str, Any]]
) -> Iterator[_Change]:
    if not entries:
        return
    if accounts.flow and (accounts.items or root.flow or "#" in text[accounts.start : accounts.end]):
        yield _in_brackets(text, accounts, entries)
        return
    if not accounts.items:
        start = len(text[: accounts.start].rstrip(" "))
        yield _Change(start, accounts.end, "")
        end = _line_end(text, accounts.end)
        yield _Change(end, end, "".join(newline + line for one in entries for line in _block(one, 2, " ")))
        return
    last, dash = accounts.items[-1], _column(text, accounts.start)
    gap = re.match(r"-( +)", text[_line_start(text, last.start) + dash : last.start])
    end = _end_of_entry(text, last, dash)
    between = text[accounts.items[-2].end : last.start] if len(accounts.items) > 1 else ""
    blank = newline if re.search(r"\n[ \r]*\n", between) else ""
    lines = [_block(one, dash, gap[1] if gap else " ", is_flow=last.flow) for one in entries]
    yield _Change(end, end, "".join(blank + "".join(newline + line for line in entry) for entry in lines))


def _in_brackets(text: str, accounts: Span, entries: Sequence[Mapping[str, Any]]) -> _Change:
    written = [flow(entry) for entry in entries]
    if not accounts.items:
        return _Change(accounts.start + 1, accounts.start + 1, ", ".join(written))
    between = text[accounts.items[-2].end : accounts.items[-1].start] if len(accounts.items) > 1 else ""
    separator = between if "#" not in between and "," in between else ", "
    return _Change(accounts.items[-1].end, accounts.items[-1].end, "".join(separator + one for one in written))


def _block(entry: Mapping[str, Any], dash: int, gap: str, *, is_flow: bool = False) -> list[str]:
    """The lines of an entry of a list."""
    before = " " * dash + "-" + gap
    if is_flow:
        return [before + flow(entry)]
    first, *rest = [f"{key}: {flow(value)}" for key, value in entry.items()]
    return [before + first, *(" " * len(before) + line for line in rest)]


def _end_of_entry(text: str, last: Span, dash: int) -> int:
    """Where the lines of the last entry end: its comments, which are indented as it is, belong to it."""
    end = _line_end(text, last.end)
    while found := re.compile(rf"\r?\n {{{dash + 1},}}#[^\r\n]*").match(text, end):
        end = found.end()
    return end


def _line(text: str, span: Span) -> int:
    return text.count("\n", 0, span.start) + 1


def _line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end


def _column(text: str, place: int) -> int:
    return place - _line_start(text, place)
