"""Reading events: every record of whatever is given, past what is broken, in bounded memory."""

import gzip
import io
import json
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgtrail.trace import Record, Unreadable, records

A, B, C = {"a": "ä\n{"}, {"b": [1, {"c": None}]}, {"c": 3}


class Stream:
    """A stream that hands out its content in pieces."""

    def __init__(self, content, piece=1 << 30):
        self._file = io.BytesIO(content)
        self._piece = piece

    @property
    def read(self):
        """The number of bytes that were read so far."""
        return self._file.tell()

    def read1(self, size):
        return self._file.read(min(size, self._piece))


def read(content):
    return list(records(Stream(content.encode() if isinstance(content, str) else content)))


def values(content):
    return [found.value for found in read(content) if not isinstance(found, Unreadable)]


def problems(content):
    return [(found.line, found.number, found.problem) for found in read(content) if isinstance(found, Unreadable)]


def lines(*items):
    return "".join(json.dumps(item) + "\n" for item in items)


class TestTheRecordsOf:
    def test_one_event_are_that_event(self):
        assert values(json.dumps(A)) == [A]

    def test_an_event_printed_over_several_lines_are_that_event(self):
        assert values(json.dumps(A, indent=2) + "\n" + json.dumps(B, indent=2)) == [A, B]

    def test_json_lines_are_the_lines(self):
        assert [(found.line, found.value) for found in read(lines(A, B, C))] == [(1, A), (2, B), (3, C)]

    def test_lines_with_windows_line_ends_and_blank_lines_are_the_lines_too(self):
        assert values(lines(A, B).replace("\n", "\r\n\r\n")) == [A, B]

    @pytest.mark.parametrize("indent", [None, 0, 2])
    def test_a_list_are_its_items(self, indent):
        assert [(found.number, found.value) for found in read(json.dumps([A, B, C], indent=indent))] == [
            (1, A),
            (2, B),
            (3, C),
        ]

    @pytest.mark.parametrize("indent", [None, 0, 2])
    def test_a_file_of_cloudtrails_are_its_records(self, indent):
        assert values(json.dumps({"Records": [A, B]}, indent=indent)) == [A, B]

    def test_a_file_of_cloudtrails_with_something_before_the_records_are_its_records(self):
        assert values(json.dumps({"version": 1, "Records": [A, B]})) == [A, B]

    @pytest.mark.parametrize("empty", ["", " \n", "[]", '{"Records": []}'])
    def test_what_holds_none_are_none(self, empty):
        assert read(empty) == []

    def test_the_records_of_lists_one_a_line_are_all_their_items(self):
        assert values(json.dumps([A]) + "\n" + json.dumps({"Records": [B]}) + "\n" + json.dumps(C)) == [A, B, C]

    def test_a_file_with_a_byte_order_mark_are_those_behind_it(self):
        assert values(b"\xef\xbb\xbf" + json.dumps(A).encode()) == [A]


json_objects = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
        lambda items: st.lists(items, max_size=3) | st.dictionaries(st.text(max_size=5), items, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
).filter(lambda value: "Records" not in value)


@settings(max_examples=300)
@given(
    st.lists(json_objects, max_size=5),
    st.sampled_from([None, 0, 1, 3]),
    st.sampled_from(["lines", "list", "Records"]),
    st.booleans(),
    st.integers(1, 40),
)
def test_however_it_is_written_and_arrives_each_record_is_read_once(items, indent, shape, ascii_only, piece):
    write = json.JSONEncoder(indent=indent, ensure_ascii=ascii_only).encode
    text = {
        "lines": lambda: "".join(write(item) + "\n" for item in items),
        "list": lambda: write(items),
        "Records": lambda: write({"Records": items}),
    }[shape]()

    found = list(records(Stream(text.encode("utf-8", "surrogatepass"), piece)))

    assert [record.value if isinstance(record, Record) else record for record in found] == items


class TestABrokenLine:
    @pytest.mark.parametrize(
        "broken",
        [
            '{"a": }',
            '{"a": 1',
            '{"a": "never ends',
            '{"a": "b", ',
            '{"a":',
            '{"a": 1}}',
            "{'a': 1}",
            "hello",
            '{"a": ' + "[" * 100_000,
            '{"a": ' + "1" * 5000 + "}",
        ],
    )
    def test_a_broken_line_is_told_and_the_others_are_read(self, broken):
        content = f"{json.dumps(B)}\n{broken}\n{json.dumps(C)}\n"

        assert [value for value in values(content) if value != {"a": 1}] == [B, C]
        assert [line for line, _number, _problem in problems(content)] == [2]

    def test_a_broken_line_at_the_end_of_a_truncated_file_is_told_as_such(self):
        assert problems(lines(A, B)[:-5]) == [(2, None, "stops in the middle")]

    def test_a_broken_line_is_quoted_where_it_is_wrong(self):
        assert problems('{"a": nothing}') == [(1, None, "isn't JSON: expecting value where 'nothing}' is")]

    def test_a_broken_line_costs_no_more_than_the_little_text_around_it(self):
        # For an error, `json` counts the lines of all the text that it was given.
        broken = Stream(b'{"a": }\n' * 100_000)
        next(records(broken))

        assert broken.read <= 1 << 16

    def test_a_broken_line_among_text_of_another_kind_is_told_once(self):
        assert len(problems("date,source\n2026-11-23,aws.iam\n" * 1000)) == 1


class TestABrokenList:
    @pytest.mark.parametrize("indent", ["", "  "])
    def test_a_broken_list_goes_on_with_the_next_item_that_has_a_line_of_its_own(self, indent):
        items = [json.dumps(A), '{"b": oops}', json.dumps(C)]
        content = "[\n" + ",\n".join(indent + item for item in items) + "\n]"

        assert values(content) == [A, C]
        assert [(line, number) for line, number, _problem in problems(content)] == [(3, 2)]

    def test_a_broken_list_on_one_line_is_read_up_to_there(self):
        content = f'[{json.dumps(A)}, {{"b": oops}}, {json.dumps(C)}]\n{json.dumps(B)}'

        assert values(content) == [A, B]
        [(_line, number, problem)] = problems(content)
        assert number == 2
        assert problem.endswith("the rest of the list isn't read")

    def test_a_broken_list_that_is_truncated_is_read_up_to_there(self):
        content = json.dumps({"Records": [A, B, C]})[:-6]

        assert values(content) == [A, B]
        assert len(problems(content)) == 1

    def test_a_broken_list_that_stops_between_items_is_told(self):
        assert problems(json.dumps([A, B])[:-1])[0][2].startswith("stops in the middle")


class TestABinary:
    @pytest.mark.parametrize(
        "content", [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(1000), json.dumps(A).encode("utf-16")]
    )
    def test_a_binary_is_told_once(self, content):
        assert len(problems(content)) == 1
        assert "is a binary file, or text that isn't UTF-8" in problems(content)[0][2]

    def test_a_binary_behind_records_does_not_hide_them(self):
        content = lines(A, B).encode() + b"\0\1\2" * 100

        assert values(content) == [A, B]
        assert len(problems(content)) == 1

    @settings(max_examples=300)
    @given(st.binary(max_size=300))
    def test_a_binary_of_any_bytes_raises_nothing(self, content):
        read(content)

    @settings(max_examples=300)
    @given(st.text('{}[]",: \n\\ae1-t', max_size=60))
    def test_a_text_that_looks_like_json_raises_nothing(self, content):
        read(content)


def test_truncated_gzip_is_read_as_far_as_it_goes():
    items = [{"id": str(number), "noise": str(zlib.crc32(bytes([number % 256])))} for number in range(5000)]
    stream = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(lines(*items).encode())[:-2000]))

    found = list(records(stream))

    assert len(found) > 1000
    [broken] = [item for item in found if isinstance(item, Unreadable)]
    assert "can't be read to its end" in broken.problem


class Endless:
    """A hundred megabytes, made as they are read."""

    def __init__(self, begin, repeated, end, size):
        self._begin, self._block, self._end = begin, repeated * (1 + (1 << 18) // len(repeated)), end
        self._left = size

    def read1(self, _size):
        if self._begin:
            begin, self._begin = self._begin, b""
            return begin
        if self._left > 0:
            self._left -= len(self._block)
            return self._block
        end, self._end = self._end, b""
        return end


ITEM = json.dumps({"source": "aws.iam", "noise": "x" * 2000}).encode()


@pytest.mark.parametrize(
    ("begin", "repeated", "end", "broken"),
    [
        (b"", ITEM + b"\n", b"", 0),
        (b"[", ITEM + b",", ITEM + b"]", 0),
        (b'{"Records":[', ITEM + b",", ITEM + b"]}", 0),
        (b'{"a": "', b"x" * 1000, b'"}', 1),
        (b'{"a": [', b'"' + b"x" * 1000 + b'",', b"1]}", 1),
        (b"", b"text " * 1000, b"", 1),
        (b"", b" " * 1000, b"", 0),
    ],
    ids=["lines", "list", "Records", "one text", "one event", "no json", "blank"],
)
def test_a_hundred_megabytes_take_little_memory(begin, repeated, end, broken):
    tracemalloc.start()
    try:
        found = sum(isinstance(item, Unreadable) for item in records(Endless(begin, repeated, end, 100 << 20)))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found == broken
    assert peak < 32 << 20
