"""How long a pipeline may be quiet, by the days on which something has arrived."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgtrail.status.rhythm import Rhythm
from orgtrail.status.verdict import rhythm_of

MONDAY = date(2026, 11, 2)
ALL_DAYS = [MONDAY + timedelta(days=number) for number in range(28)]
WORKDAYS = [day for day in ALL_DAYS if day.weekday() < 5]


def recorded(days):
    return Rhythm(frozenset(days))


def at(day, hour=0):
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def first_alarm(days):
    """How many days after the last arrival a pipeline is first called silent, asked at noon of each day."""
    rhythm, last = rhythm_of(frozenset(days)), max(days)
    for number in range(1, 400):
        now = at(last + timedelta(days=number), 12)
        if rhythm.silence(at(last, 9), now).too_long:
            return number
    raise AssertionError("never")


def days_in(text, start=MONDAY):
    """The days of a record that is drawn a character a day: `#` something arrived."""
    return [start + timedelta(days=number) for number, mark in enumerate(text.replace(" ", "")) if mark == "#"]


@pytest.mark.parametrize(
    ("record", "days"),
    [
        pytest.param("####### " * 4, 2, id="every day"),
        # The last arrival is a Friday: Saturday and Sunday are free, Monday is missed, and on Tuesday it's certain.
        pytest.param("#####.. " * 4, 4, id="working days"),
        pytest.param("#####.. #####.. #####.. ##...", 2, id="working days, last on a Tuesday"),
        pytest.param("#####.. #####.. .####.. #####..", 4, id="working days and a holiday"),
        pytest.param("#...... " * 8, 14, id="every Monday"),
        pytest.param("#.#.#.. " * 6, 5, id="Monday, Wednesday, Friday"),
        pytest.param("##.###. ###.### #.##.## .####.#", 3, id="most days"),
    ],
)
def test_a_pipeline_is_silent_once_it_has_missed_more_than_it_ever_did(record, days):
    assert first_alarm(days_in(record)) == days


def test_a_pipeline_that_rests_for_weeks_may_do_so_again():
    bursts = "#####.. #####.. ....... ....... #####.. #####.. ....... ....... #####.."

    assert first_alarm(days_in(bursts)) > 21


def test_a_rare_pipeline_is_given_as_long_as_its_rarity():
    once_a_month = [date(2026, month, 5) for month in range(5, 11)]

    assert first_alarm(once_a_month) > 40


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_a_weekend_is_no_silence_of_a_pipeline_that_has_weekends(hour):
    rhythm = recorded(WORKDAYS)
    friday = max(WORKDAYS)

    for day in (friday, friday + timedelta(days=1), friday + timedelta(days=2)):
        assert not rhythm.silence(at(friday, 9), at(day, hour)).too_long


@pytest.mark.parametrize("record", ["#", "###", "#.#", "#############", "#............#"])
def test_a_new_account_has_no_rhythm_and_seven_days(record):
    rhythm = recorded(days_in(record))
    newest = at(max(rhythm.days), 9)

    assert not rhythm.is_known
    assert not rhythm.silence(newest, newest + timedelta(days=7)).too_long
    assert rhythm.silence(newest, newest + timedelta(days=7, minutes=1)).too_long


def test_of_a_long_record_the_last_two_months_tell_the_rhythm():
    busy_before = [date(2026, 1, 1) + timedelta(days=number) for number in range(200)]
    rare_now = [date(2026, 9, 1) + timedelta(days=7 * number) for number in range(9)]

    assert rhythm_of(frozenset([*busy_before, *rare_now])) == recorded(rare_now)


def test_of_a_rare_one_all_of_it():
    rare = [date(2026, month, 5) for month in range(5, 11)]

    assert rhythm_of(frozenset(rare)) == recorded(rare)


def test_todays_arrival_is_no_silence():
    rhythm = recorded(ALL_DAYS)

    assert rhythm.silence(at(ALL_DAYS[-1], 1), at(ALL_DAYS[-1], 23)).missed == 0


A_WEEK = st.sets(st.integers(0, 6), min_size=1)


@given(week=A_WEEK, hours=st.integers(0, 24 * 60))
def test_whoever_keeps_a_weekly_rhythm_is_never_called_silent(week, hours):
    days = [MONDAY + timedelta(days=number) for number in range(8 * 7) if number % 7 in week]
    rhythm, newest = rhythm_of(frozenset(days)), max(days)
    due = next(
        newest + timedelta(days=number) for number in range(1, 8) if (newest + timedelta(days=number)).weekday() in week
    )
    now = at(newest, 23) + timedelta(hours=hours)

    if now < at(due) + timedelta(days=1):
        assert not rhythm.silence(at(newest, 23), now).too_long
    if now >= at(due) + timedelta(days=15):
        assert rhythm.silence(at(newest, 23), now).too_long


@given(days=st.sets(st.integers(0, 90), min_size=1), hours=st.integers(0, 2000))
def test_a_silence_does_not_get_shorter(days, hours):
    rhythm = rhythm_of(frozenset(MONDAY + timedelta(days=number) for number in days))
    newest = at(max(rhythm.days), 9)
    now = newest + timedelta(hours=hours)

    assert rhythm.silence(newest, now).missed <= rhythm.silence(newest, now + timedelta(hours=1)).missed + 1e-9
