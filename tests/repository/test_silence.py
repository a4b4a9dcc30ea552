"""The table of silence: each row has the test that breaks what it says, and each such test has a row."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from orgtrail.alarms import OPTIONAL, SILENCE
from tests.repository.test_docs import COMMANDS
from tests.silence.table import SECTIONS, WAYS, says

TESTS = Path(__file__).parents[1]


def marks() -> Iterator[tuple[str, str]]:
    """The way and the command of each `pytest.mark.silence`, read without running a test."""
    for text in (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(text)) if "mark.silence(" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.silence":
                way, command = (ast.literal_eval(argument) for argument in node.args)
                yield way, command


def test_each_row_has_its_tests_and_each_mark_its_row():
    rows = {(way.id, caught.by) for way in WAYS.values() for caught in way.caught}

    assert set(marks()) == rows


def test_no_way_is_listed_twice():
    ids = Counter(way.id for section in SECTIONS for way in section.ways)
    rows = Counter((way.id, caught.by) for way in WAYS.values() for caught in way.caught)

    assert [one for one, count in (*ids.items(), *rows.items()) if count > 1] == []


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_way_is_caught_or_says_why_nothing_catches_it(way):
    assert bool(way.caught) != bool(way.uncaught)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", way.id)


@pytest.mark.parametrize("command", sorted({caught.by for way in WAYS.values() for caught in way.caught}))
def test_a_command_or_an_alarm_that_catches_something_exists_with_its_options(command):
    if command.startswith("alarm "):
        assert command.removeprefix("alarm ") in (*OPTIONAL, SILENCE)
        return
    name, *options = re.split(r" (?=--)", command)
    known = {option for parameter in COMMANDS[name].params for option in parameter.opts}

    assert set(options) <= known


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_message_fits_the_table(way):
    assert [caught.says for caught in way.caught if re.search(r"[`\n]", caught.says)] == []


def test_a_message_may_leave_out_what_differs_and_nothing_else():
    pattern = says("key-disabled", "preflight")

    assert pattern.search("the key arn:aws:kms:us-east-1:222222222222:key/1 is Disabled")
    assert not pattern.search("the key arn:aws:kms:us-east-1:222222222222:key/1 is Enabled")
    with pytest.raises(LookupError, match="key-disabled isn't caught by trace"):
        says("key-disabled", "trace")
