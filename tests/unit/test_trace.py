"""Which pipeline takes an event, or why none does, and where it lands."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.events.models import EventPattern

from orgtrail import firehose_prefix
from orgtrail.events import (
    IDENTITY_DETAIL_TYPES,
    IDENTITY_SOURCES,
    READ_ONLY_TOO,
    Events,
    event_pattern,
    rule_state,
    sources_in,
)
from orgtrail.layout import Layout
from orgtrail.trace import Event, Tracer, event_of
from tests import builders

API_CALL = "AWS API Call via CloudTrail"
PAYMENTS = builders.an_account(regions=("us-east-1", "eu-west-1"))
READER = builders.an_account("444444444444", name="reader", events=Events(include_read_only=True))
LEGACY = builders.an_account("555555555555", name="legacy", status="suspended")
PARKED = builders.an_account("666666666666", name="parked", enabled=False)
TRACER = Tracer(builders.settings(PAYMENTS, READER, LEGACY, PARKED))


def an_event(**changed):
    plain = {
        "id": None,
        "source": "aws.iam",
        "detail_type": API_CALL,
        "account_id": PAYMENTS.account_id,
        "region": "us-east-1",
        "time": datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC),
        "name": "CreateUser",
        "read_only": False,
    }
    return Event(**{**plain, **changed})


def test_an_event_that_its_accounts_rule_selects_is_taken():
    assert TRACER.verdict(an_event()) == ("taken", "taken by payments in us-east-1", "payments")


def test_a_read_only_call_is_taken_where_the_account_wants_them():
    assert TRACER.verdict(an_event(account_id=READER.account_id, read_only=True)).taken


@pytest.mark.parametrize(
    ("changed", "code", "explanation"),
    [
        pytest.param(
            {"source": "aws.ec2"},
            "source-not-selected",
            "payments doesn't select the source aws.ec2",
            marks=pytest.mark.silence("source-not-selected", "trace"),
        ),
        pytest.param(
            {"region": "eu-west-1"},
            "source-not-in-region",
            "aws.iam never occurs in eu-west-1, only in us-east-1",
            marks=pytest.mark.silence("global-source-elsewhere", "trace"),
        ),
        pytest.param(
            {"source": "aws.sso", "region": "eu-west-2"},
            "no-pipeline-in-region",
            "payments has no pipeline in eu-west-2, only in us-east-1, eu-west-1",
            marks=pytest.mark.silence("event-of-another-region", "trace"),
        ),
        pytest.param(
            {"detail_type": "Access Analyzer Finding"},
            "detail-type-not-selected",
            "payments doesn't select the detail type Access Analyzer Finding",
            marks=pytest.mark.silence("detail-type-not-selected", "trace"),
        ),
        pytest.param(
            {"read_only": True},
            "read-only",
            "payments takes no read-only calls (events.include_read_only)",
            marks=pytest.mark.silence("reads-not-selected", "trace"),
        ),
        pytest.param(
            {"account_id": "999999999999"},
            "account-unknown",
            "accounts.yaml has no account 999999999999",
            marks=pytest.mark.silence("account-not-in-the-file", "trace"),
        ),
        pytest.param(
            {"account_id": LEGACY.account_id},
            "account-not-active",
            "legacy is suspended",
            marks=pytest.mark.silence("not-active", "trace"),
        ),
        pytest.param(
            {"account_id": PARKED.account_id},
            "account-disabled",
            "parked isn't enabled",
            marks=pytest.mark.silence("not-enabled", "trace"),
        ),
        ({"region": "us-esat-1"}, "region-unknown", "us-esat-1 is no region of AWS"),
        ({"region": "cn-north-1"}, "region-unknown", "cn-north-1 is of the partition aws-cn, not of aws"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_an_event_that_is_not_taken_is_told_why(changed, code, explanation, caught):
    verdict = TRACER.verdict(an_event(**changed))
    caught(verdict.explanation)

    assert (verdict.code, verdict.explanation) == (code, explanation)
    assert not verdict.taken


def test_text_of_an_event_that_would_steer_a_terminal_is_quoted():
    assert "\x1b" not in TRACER.verdict(an_event(source="\x1b[31maws.iam")).explanation


def test_an_event_lands_under_the_day_on_which_it_arrives():
    destination = TRACER.destination(an_event(), datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC))

    assert destination.prefix == "333333333333/us-east-1/2026/11/24/"
    assert destination.partition == {"account": "333333333333", "region": "us-east-1", "day": "2026/11/24"}


def test_with_hours_in_the_layout_the_partition_has_one():
    layout = Layout("iam/account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/{HH}/")
    tracer = Tracer(builders.settings(PAYMENTS, archive=builders.an_archive(layout=layout)))

    destination = tracer.destination(an_event(), datetime(2026, 11, 24, 9, 59, tzinfo=UTC))

    assert destination.prefix == "iam/account=333333333333/region=us-east-1/day=2026-11-24/09/"
    assert (destination.partition["day"], destination.partition["hour"]) == ("2026-11-24", "09")


_IDS = ("333333333333", "444444444444", "555555555555")
_REGIONS = ("us-east-1", "us-east-2", "eu-west-1", "ap-northeast-1")
_SOURCES = (*IDENTITY_SOURCES, "aws.sts", "aws.ec2")
_DETAIL_TYPES = (*IDENTITY_DETAIL_TYPES, "Access Analyzer Finding")
_LAYOUTS = (
    "{account_id}/{region}/{yyyy}/{MM}/{dd}/",
    "iam/account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/",
    "{account_id}/{yyyy}/{MM}/{dd}/{HH}/{region}/",
)


def some(values):
    return st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)


@st.composite
def organizations(draw):
    accounts = [
        builders.an_account(
            account_id,
            name=f"account-{account_id[0]}",
            regions=draw(some(_REGIONS)),
            events=Events(draw(some(_SOURCES)), draw(some(_DETAIL_TYPES)), draw(st.booleans())),
            status=draw(st.sampled_from(["active", "active", "suspended"])),
            enabled=draw(st.sampled_from([True, True, False])),
        )
        for account_id in draw(some(_IDS[:2]))
    ]
    layout = Layout(draw(st.sampled_from(_LAYOUTS)))
    return builders.settings(*accounts, archive=builders.an_archive(layout=layout))


@st.composite
def bus_events(draw):
    """An event as it is on a bus."""
    instant = draw(st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31)))
    return {
        "source": draw(st.sampled_from(_SOURCES)),
        "detail-type": draw(st.sampled_from(_DETAIL_TYPES)),
        "account": draw(st.sampled_from(_IDS)),
        "region": draw(st.sampled_from(_REGIONS)),
        "time": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "detail": draw(st.sampled_from([{}, {"readOnly": True}, {"readOnly": False}])),
    }


def deployed_rule_takes(organization, event):
    """Whether a deployed rule takes an event, in the words of what is deployed and of moto's matcher."""
    for account in organization.active:
        if account.account_id == event["account"] and account.enabled and event["region"] in account.regions:
            if not sources_in(account.events, event["region"]):
                return False
            state = rule_state(account.events)
            if event["detail"].get("readOnly") and "CloudTrail" in event["detail-type"] and state != READ_ONLY_TOO:
                return False
            pattern = json.dumps(event_pattern(account.events, event["region"]))
            return EventPattern.load(pattern).matches_event(event)
    return False


@settings(max_examples=500)
@given(organizations(), bus_events())
def test_the_verdict_is_that_of_the_deployed_rule(organization, event):
    assert Tracer(organization).verdict(event_of(event)).taken == deployed_rule_takes(organization, event)


@settings(max_examples=500)
@given(organizations(), bus_events())
def test_the_key_is_firehoses_and_lies_in_the_partition_that_is_told(organization, value):
    event = event_of(value)
    layout, arrived = organization.archive.layout, event.time or datetime.max

    destination = Tracer(organization).destination(event, arrived)

    location = layout.location_template
    for name, found in destination.partition.items():
        location = location.replace(f"${{{name}}}", found)
    assert destination.prefix == firehose_prefix.evaluate(layout.prefix(event.account_id, event.region), arrived)
    assert (destination.prefix + "stream-1-2026-01-01-00-00-00-uuid").startswith(location)
    assert tuple(destination.partition) == layout.partitions
