"""The JSON values of a stream, one after the other, in bounded memory and past what is broken.

One value or many (JSON lines, or printed over several lines), a list of them, or CloudTrail's `{"Records": […]}`.
"""

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

from orgtrail.settings.faults import shown
from orgtrail.trace.files import Stream

LIMIT = 4 << 20  # characters of one value; EventBridge takes events of up to 1 MB

_CHUNK = 1 << 18
_INDENT = 100
# So close to the end of what has been read, an error may only mean that the rest isn't there yet: `tru`, `\ud83d\u`.
_CUT = 16
_SPACE = re.compile(r"[ \t\r\n]*")
_LIST = re.compile(r'\[|\{[ \t\r\n]*"Records"[ \t\r\n]*:[ \t\r\n]*\[')
_LIST_BEGINS = 200  # characters that must be there to tell
_WORDS = ("true", "false", "null")
_decode = json.JSONDecoder().raw_decode


class Record(NamedTuple):
    """A value, the line on which it begins, and its number in its list, from 1 (None: it is in no list)."""

    line: int
    number: int | None
    value: Any


class Unreadable(NamedTuple):
    """Something that is no value, and what is wrong with it."""

    line: int
    number: int | None
    problem: str


class _NotJson(Exception):
    pass


def records(stream: Stream) -> Iterator[Record | Unreadable]:
    """Every value of a stream; after a broken one, what follows on a line of its own is read all the same."""
    text = _Text(stream)
    while text.skip_space():
        line = text.line
        try:
            if start := text.list_start():
                yield from _listed(text, start)
            else:
                yield from _single(line, text.value())
        except _NotJson as error:
            recovered = text.recover("")
            yield Unreadable(line, None, str(error) if recovered else text.take_failure() or str(error))
    if failure := text.take_failure():
        yield Unreadable(text.line, None, failure)


def _single(line: int, value: Any) -> Iterator[Record]:
    listed = value.get("Records") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        yield Record(line, None, value)
        return
    for number, item in enumerate(listed, 1):
        yield Record(line, number, item)


def _listed(text: "_Text", start: str) -> Iterator[Record | Unreadable]:
    """The items of a list, without holding the list."""
    text.advance(len(start))
    text.skip_space()
    if text.take("]"):
        return _end(text, start)
    for number in count(1):
        text.skip_space()
        line, indent = text.line, text.indent
        try:
            yield Record(line, number, text.value())
            text.skip_space()
            if text.take("]"):
                return _end(text, start)
            if not text.take(","):
                raise _NotJson(text.problem("`,` or `]` should be"))
        except _NotJson as error:
            recovered = indent is not None and text.recover(indent)
            problem = str(error) if recovered else text.take_failure() or f"{error}; the rest of the list isn't read"
            yield Unreadable(line, number, problem)
            if not recovered:
                text.recover("")
                return None
    return None


def _end(text: "_Text", start: str) -> None:
    text.skip_space()
    if start != "[" and not text.take("}"):
        raise _NotJson(text.problem('`}` should be, behind the list of "Records",'))


class _Text:
    """A window on the text of a stream; `line` is that of the place where reading goes on.

    `indent` is the blank space before that place, or None where something else is on its line.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._window = ""
        self._at = 0
        self._ended = False
        self._failure: str | None = None
        self.line = 1
        self.indent: str | None = ""

    def advance(self, characters: int) -> None:
        """Go on behind so many characters."""
        end = self._at + characters
        self.line += self._window.count("\n", self._at, end)
        self._at = end

    def skip_space(self) -> bool:
        """Go on to what isn't blank; False when there is nothing more."""
        space = "\n" if self.line == 1 and not self._window else ""
        while True:
            found = _SPACE.match(self._window, self._at)
            assert found is not None  # it matches nothing, too
            space = (space + found[0])[-_INDENT:]
            self.advance(len(found[0]))
            if self._at < len(self._window) or not self._read():
                break
        self.indent = space.rpartition("\n")[2] if "\n" in space else None
        return self._at < len(self._window)

    def take(self, character: str) -> bool:
        """Go on behind a character, if it is the next."""
        if self._window[self._at : self._at + 1] != character:
            return False
        self.advance(1)
        return True

    def list_start(self) -> str | None:
        """How a list of records begins here, `[` or `{"Records": [`; None when none does."""
        if self._window[self._at] not in "{[":
            return None
        while len(self._window) - self._at < _LIST_BEGINS and self._read():
            pass
        found = _LIST.match(self._window, self._at)
        return found[0] if found else None

    def value(self) -> Any:
        """The value here; goes on behind it. Raises _NotJson."""
        while True:
            try:
                value, end = _decode(self._window, self._at)
            except json.JSONDecodeError as error:
                if self._ended or not self._may_be_cut(error):
                    raise _NotJson(self._told(error)) from error
            except RecursionError as error:
                raise _NotJson("is nested too deeply") from error
            except ValueError as error:  # a number with thousands of digits
                raise _NotJson(f"isn't JSON: {error}") from error
            else:
                if end < len(self._window) or self._ended:
                    self.advance(end - self._at)
                    return value
            if len(self._window) - self._at > LIMIT:
                raise _NotJson(f"is longer than {LIMIT >> 20} MiB; an event has 1 MB at most")
            self._read()

    def recover(self, indent: str) -> bool:
        """Go on to the next line that begins, behind this blank space, with `{` or `[`; False when there is none."""
        begins = re.compile(f"\n{re.escape(indent)}(?=[{{[])")
        keep = len(indent) + 1
        while not (found := begins.search(self._window, self._at)):
            self.advance(max(0, len(self._window) - keep - self._at))
            if not self._read():
                self.advance(len(self._window) - self._at)
                return False
        self.advance(found.end() - self._at)
        return True

    def take_failure(self) -> str | None:
        """Why the stream ended before its time, once."""
        failure, self._failure = self._failure, None
        return failure

    def problem(self, expected: str) -> str:
        """What is wrong with the place where reading goes on."""
        found = self._window[self._at : self._at + 30]
        return f"isn't JSON: {expected} where {shown(found)} is" if found else "stops in the middle"

    def _read(self) -> bool:
        """Widen the window; False at the end of the stream."""
        if self._ended:
            return False
        rest = self._window[self._at :]
        try:
            # As much again as there is, so that what is parsed anew is parsed a few times at most.
            data = self._stream.read1(max(_CHUNK, min(len(rest), LIMIT)))
        except (EOFError, OSError, zlib.error) as error:
            data, self._failure = b"", f"can't be read to its end: {error}"
        text = self._decoder.decode(data, final=not data)
        if "\0" in text:
            text = text.partition("\0")[0]
            data, self._failure = b"", "is a binary file, or text that isn't UTF-8; events are JSON in UTF-8"
        self._window, self._at, self._ended = rest + text, 0, not data
        return bool(data or text)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith("Unterminated string") or error.pos > len(self._window) - _CUT

    def _told(self, error: json.JSONDecodeError) -> str:
        rest = self._window[error.pos :].rstrip()
        if error.msg.startswith("Unterminated string") or any(word.startswith(rest) for word in _WORDS):
            return "stops in the middle"
        return f"isn't JSON: {error.msg.lower()} where {shown(self._window[error.pos : error.pos + 30])} is"
