"""docs/changing.md has a row for each key of an account and of `state`."""

import re

import pytest

from orgtrail.settings.account import AccountEntry, Buffering, EventsChoice
from orgtrail.settings.alarms import AlarmsSection
from orgtrail.settings.section import StrictModel
from orgtrail.settings.state import CloudState, LocalState, S3StateSection
from tests.builders import REPOSITORY

PAGE = (REPOSITORY / "docs/changing.md").read_text(encoding="utf-8")
STATES: tuple[type[StrictModel], ...] = (S3StateSection, LocalState, CloudState)


def rows(heading):
    """The keys that the table below a heading has a row for."""
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    [table] = [part for part in section if part.startswith(heading)]
    firsts = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return sorted(key for first in firsts for key in re.findall(r"`([\w.]+)`", first))


def test_each_key_of_an_account_has_a_row():
    nested: dict[str, type[StrictModel]] = {"events": EventsChoice, "buffering": Buffering, "alarms": AlarmsSection}
    keys = {*AccountEntry.model_fields} | {
        f"{name}.{key}" for name, shape in nested.items() for key in shape.model_fields
    }

    assert rows("An account") == sorted(keys)


def test_each_key_of_a_state_has_a_row():
    assert rows("`state`") == sorted({key for shape in STATES for key in shape.model_fields})


@pytest.mark.parametrize("heading", ["An account", "`state`"])
def test_no_key_has_two_rows(heading):
    assert len(rows(heading)) == len(set(rows(heading)))
