"""From JSON values to events: EventBridge's and CloudTrail's, and what is said of all else."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgtrail.trace import NotAnEvent, event_of, instant
from tests.builders import REPOSITORY

EVENT = json.loads((REPOSITORY / "tests/events/create-access-key.json").read_text(encoding="utf-8"))
RECORD = EVENT["detail"]


def without(value, key):
    return {name: item for name, item in value.items() if name != key}


def problem(value, **options):
    with pytest.raises(NotAnEvent) as raised:
        event_of(value, **options)
    return str(raised.value)


def test_an_event_of_eventbridges_is_read_from_its_envelope():
    event = event_of(EVENT)

    assert (event.source, event.detail_type) == ("aws.iam", "AWS API Call via CloudTrail")
    assert (event.account_id, event.region, event.name) == ("333333333333", "us-east-1", "CreateAccessKey")
    assert event.time == datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)


def test_a_record_of_cloudtrails_becomes_the_event_that_eventbridge_makes_of_it():
    assert event_of(RECORD)._replace(id=EVENT["id"]) == event_of(EVENT)


@pytest.mark.parametrize(
    ("event_source", "source"),
    [("sso-directory.amazonaws.com", "aws.sso-directory"), ("iam.amazonaws.com.cn", "aws.iam")],
)
def test_a_records_source_is_its_services_name(event_source, source):
    assert event_of({**RECORD, "eventSource": event_source}).source == source


@pytest.mark.parametrize(
    ("event_type", "detail_type"),
    [
        ("AwsConsoleSignIn", "AWS Console Sign In via CloudTrail"),
        ("AwsServiceEvent", "AWS Service Event via CloudTrail"),
        ("AwsConsoleAction", "AWS Console Action via CloudTrail"),
    ],
)
def test_a_records_detail_type_is_that_of_its_event_type(event_type, detail_type):
    assert event_of({**RECORD, "eventType": event_type}).detail_type == detail_type


@pytest.mark.parametrize("key", ["source", "detail-type", "account", "region", "time", "detail"])
def test_a_missing_field_is_named_with_what_it_should_be(key):
    assert problem(without(EVENT, key)).startswith(f'no "{key}"; it should be ')


@pytest.mark.parametrize("key", ["eventType", "recipientAccountId", "awsRegion", "eventTime"])
def test_a_missing_field_of_a_record_goes_by_cloudtrails_name(key):
    assert problem(without(RECORD, key)).startswith(f'no "{key}"; it should be ')


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("account", 333333333333, '"account" is a number; it should be text such as "333333333333"'),
        ("source", ["aws.iam"], '"source" is a list; it should be text such as "aws.iam"'),
        ("source", "", '"source" is empty; it should be text such as "aws.iam"'),
        ("region", None, '"region" is empty; it should be text such as "us-east-1"'),
        ("time", "yesterday", "\"time\": 'yesterday' is no instant such as 2026-11-23T08:15:30Z"),
        ("detail", {"readOnly": "yes"}, '"readOnly" is text; it should be true or false'),
    ],
)
def test_a_value_of_the_wrong_type_is_told_with_what_would_be_right(key, value, expected):
    assert problem({**EVENT, key: value}) == expected


def test_all_that_is_wrong_is_told_at_once():
    assert problem({"source": "aws.iam", "detail": []}).count(";") == 9


def test_an_event_type_that_has_no_detail_type_is_refused():
    assert problem({**RECORD, "eventType": "AwsNews"}).startswith("\"eventType\" is 'AwsNews'; known are AwsApiCall, ")


@pytest.mark.parametrize(("value", "kind"), [([], "a list"), ("text", "text"), (7, "a number"), (None, "empty")])
def test_what_is_no_object_is_no_event(value, kind):
    assert problem(value).startswith(f"is {kind}; an event is an object")


def test_an_event_needs_no_time_where_its_arrival_is_known():
    assert event_of(without(EVENT, "time"), needs_time=False).time is None


@given(
    st.dictionaries(
        st.sampled_from([*EVENT, *RECORD]),
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.none()) | st.just({}) | st.floats(),
    )
)
def test_any_change_of_an_event_is_an_event_or_refused(changed):
    for value in ({**EVENT, **changed}, {**RECORD, **changed}, changed):
        with contextlib.suppress(NotAnEvent):
            event_of(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T08:15:30Z", datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)),
        ("2026-11-23T08:15:30+09:00", datetime(2026, 11, 22, 23, 15, 30, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_an_instant_is_in_utc(text, expected):
    assert instant(text) == expected


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "0001-01-01T00:00:00+09:00", "\ud800"])
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(ValueError, match="is no instant such as"):
        instant(text)
