"""The JSON values of a stream, one after the other, in bounded memory and past what is broken.

One value or many (JSON lines, or printed over several lines), a list of them, or CloudTrail's `{"Records": […]}`.
"""

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from orgtrail.trace.files import Stream
from orgtrail.words import shown

LIMIT = 4 << 20  # characters of one value; EventBridge takes events of up to 1 MB

# An error of `json` counts all lines of the text before it, so the text is held in small pieces.
_CHUNK = 1 << 15
_INDENT = 100
# So close to the end of what has been read, an error may only mean that the rest isn't there yet: `tru`, `\ud83d\u`.
_CUT = 16
_BLANK = re.compile(r"[ \t\r\n]*")
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
    """Something that is no value, and what is wrong with it; `is_rest`: nothing behind it could be read."""

    line: int
    number: int | None
    problem: str
    is_rest: bool = False


class _NotJson(Exception):
    pass


def records(stream: Stream) -> Iterator[Record | Unreadable]:
    """Every value of a stream; after a broken value, reading goes on with the next line."""
    text = _Text(stream)
    while text.skip_blank():
        line = text.line
        try:
            if start := text.take_list_start():
                yield from _items(text, in_object=start != "[")
            else:
                yield from _single(line, text.value())
        except _NotJson as error:
            if text.recover("") or not text.failure:
                yield Unreadable(line, None, str(error))
    if text.failure:
        yield Unreadable(text.line, None, text.failure, is_rest=True)


def _single(line: int, value: Any) -> Iterator[Record]:
    listed = value.get("Records") if isinstance(value, dict) else None
    if isinstance(listed, list):
        yield from (Record(line, number, item) for number, item in enumerate(listed, 1))
    else:
        yield Record(line, None, value)


def _items(text: "_Text", *, in_object: bool) -> Iterator[Record | Unreadable]:
    """The items of a list that has begun, without holding the list."""
    text.skip_blank()
    number, more = 0, not text.take("]")
    while more:
        text.skip_blank()
        number, line, indent = number + 1, text.line, text.indent
        try:
            yield Record(line, number, text.value())
            text.skip_blank()
            if not (more := text.take(",")):
                text.expect("]", "`,` or `]` should be")
        except _NotJson as error:
            if indent is not None and text.recover(indent):
                yield Unreadable(line, number, str(error))
                continue
            if text.recover("") or not text.failure:
                yield Unreadable(line, number, f"{error}; the rest of the list isn't read")
            return
    if in_object:
        text.skip_blank()
        text.expect("}", '`}` should be, behind the list of "Records",')


class _Text:
    """A window on the text of a stream; `line` is that of the place where reading goes on.

    `indent` is the blank space before that place, or None where something else is on its line. `failure` is why the
    stream ended before its time.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._window = ""
        self._at = 0
        self._ended = False
        self.failure: str | None = None
        self.line = 1
        self.indent: str | None = ""

    def skip_blank(self) -> bool:
        """Go on to what isn't blank; False when there is nothing more."""
        blank = "\n" if self.line == 1 and not self._window else ""
        while True:
            found = _BLANK.match(self._window, self._at)
            assert found is not None  # it matches nothing, too
            blank = (blank + found[0])[-_INDENT:]
            self._advance(found.end())
            if self._at < len(self._window) or not self._read():
                break
        self.indent = blank.rpartition("\n")[2] if "\n" in blank else None
        return self._at < len(self._window)

    def take(self, character: str) -> bool:
        """Go on behind a character, if it is the next."""
        if not self._window.startswith(character, self._at):
            return False
        self._advance(self._at + 1)
        return True

    def expect(self, character: str, expected: str) -> None:
        """Go on behind a character. Raises _NotJson where another is the next."""
        if not self.take(character):
            raise _NotJson(self._found(self._at, expected))

    def take_list_start(self) -> str | None:
        """Go on behind the start of a list of records, `[` or `{"Records": [`; None where none starts here."""
        if self._window[self._at] not in "{[":
            return None
        while len(self._window) - self._at < _LIST_BEGINS and self._read():
            pass
        found = _LIST.match(self._window, self._at)
        if found is None:
            return None
        self._advance(found.end())
        return found[0]

    def value(self) -> Any:
        """The value here; goes on behind it. Raises _NotJson."""
        if self._at > _CHUNK:
            self._window, self._at = self._window[self._at :], 0
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
                    self._advance(end)
                    return value
            if len(self._window) - self._at > LIMIT:
                raise _NotJson(f"is longer than {LIMIT >> 20} MiB; an event has 1 MB at most")
            self._read()

    def recover(self, indent: str) -> bool:
        """Go on to the next line that begins, behind this blank space, with `{` or `[`; False when there is none."""
        begins = re.compile(f"\n{re.escape(indent)}(?=[{{[])")
        keep = len(indent) + 1
        while not (found := begins.search(self._window, self._at)):
            self._advance(max(self._at, len(self._window) - keep))
            if not self._read():
                self._advance(len(self._window))
                return False
        self._advance(found.end())
        return True

    def _advance(self, to: int) -> None:
        self.line += self._window.count("\n", self._at, to)
        self._at = to

    def _read(self) -> bool:
        """Widen the window; False at the end of the stream."""
        if self._ended:
            return False
        rest = self._window[self._at :]
        try:
            # Double the text each time, so that a value is parsed again only a few times.
            data = self._stream.read1(max(_CHUNK, min(len(rest), LIMIT)))
        except (EOFError, OSError, zlib.error) as error:
            data, self.failure = b"", f"can't be read to its end: {error}"
        text = self._decoder.decode(data, final=not data)
        if "\0" in text:
            text = text.partition("\0")[0]
            data, self.failure = b"", "is a binary file, or text that isn't UTF-8; events are JSON in UTF-8"
        self._window, self._at, self._ended = rest + text, 0, not data
        return bool(data or text)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith("Unterminated string") or error.pos > len(self._window) - _CUT

    def _told(self, error: json.JSONDecodeError) -> str:
        if error.msg.startswith("Unterminated string"):
            return "stops in the middle"
        return self._found(error.pos, error.msg.lower())

    def _found(self, at: int, expected: str) -> str:
        found = self._window[at : at + 30]
        if any(word.startswith(found.rstrip()) for word in _WORDS):
            return "stops in the middle"
        return f"isn't JSON: {expected} where {shown(found)} is"
