"""A rule's pattern and state decide which events it takes; moto's matcher is the oracle for the pattern."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.events.models import EventPattern

from orgtrail.events import (
    IDENTITY_DETAIL_TYPES,
    IDENTITY_SOURCES,
    READ_ONLY_TOO,
    Events,
    UnknownOperator,
    admits,
    event_pattern,
    is_read_only,
    matches,
)

API_CALL = "AWS API Call via CloudTrail"
PATTERN = {"source": ["aws.iam", "aws.sso"], "detail-type": [API_CALL]}
EVENT = {"source": "aws.iam", "detail-type": API_CALL, "detail": {}}

_words = st.sampled_from(
    [*IDENTITY_SOURCES, *IDENTITY_DETAIL_TYPES, "aws.sts", "AWS.IAM", "aws.iam ", "aws.ia", "aws", ""]
)
_selections = st.lists(_words, min_size=1, max_size=5, unique=True).map(tuple)
_values = st.one_of(_words, st.none(), st.booleans(), st.integers(), st.lists(_words, max_size=3))
_regions = st.sampled_from(["us-east-1", "eu-west-1", "us-gov-west-1", "cn-northwest-1"])
# EventBridge takes no empty list, and settings no pipeline that would need one.
_patterns = st.builds(event_pattern, st.builds(Events, _selections, _selections), _regions).filter(
    lambda p: p["source"]
)


@settings(max_examples=1000)
@given(
    _patterns,
    st.dictionaries(st.sampled_from(["source", "detail-type", "account"]), _values),
)
def test_our_patterns_match_what_motos_matcher_says(pattern, event):
    assert matches(pattern, event) == EventPattern.load(json.dumps(pattern)).matches_event(event)


@pytest.mark.parametrize(
    "changed",
    [
        {"source": "aws.sts"},
        {"source": "aws.iamx"},
        {"source": "AWS.IAM"},
        {"detail-type": "AWS Service Event via CloudTrail"},
    ],
)
def test_a_field_with_another_value_does_not_match(changed):
    assert matches(PATTERN, EVENT)
    assert not matches(PATTERN, {**EVENT, **changed})


def test_a_missing_field_does_not_match():
    assert not matches(PATTERN, {"source": "aws.iam"})


@pytest.mark.parametrize(
    "operator", [[{"prefix": "aws."}], [{"exists": True}], [1], {"eventName": ["CreateUser"]}, "aws.iam"]
)
def test_an_operator_that_is_not_known_is_refused(operator):
    with pytest.raises(UnknownOperator, match="source"):
        matches({"source": operator}, EVENT)


def read(detail_type=API_CALL, **detail):
    return {"source": "aws.iam", "detail-type": detail_type, "detail": {"readOnly": True, **detail}}


class TestAReadOnlyManagementEvent:
    def test_a_read_only_management_event_is_told_by_its_record(self):
        assert is_read_only(read(managementEvent=True))

    def test_a_read_only_management_event_may_lack_the_word_management_as_old_records_do(self):
        assert is_read_only(read())

    def test_a_read_only_management_event_is_no_call_that_changes_something(self):
        assert not is_read_only(read(readOnly=False))

    def test_a_read_only_management_event_is_no_record_that_does_not_say(self):
        assert not is_read_only(EVENT)

    def test_a_read_only_management_event_is_no_data_event(self):
        assert not is_read_only(read(managementEvent=False))

    def test_a_read_only_management_event_is_no_event_that_comes_from_elsewhere(self):
        assert not is_read_only(read("Roles Anywhere Certificate Expiration State Change"))


@pytest.mark.parametrize(
    ("state", "read_only", "expected"),
    [
        ("ENABLED", False, True),
        ("ENABLED", True, False),
        (READ_ONLY_TOO, False, True),
        (READ_ONLY_TOO, True, True),
        ("DISABLED", False, False),
        ("DISABLED", True, False),
    ],
)
def test_the_state_of_a_rule_decides_about_reads(state, read_only, expected):
    assert admits(state, read_only=read_only) is expected
