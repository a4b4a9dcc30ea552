"""Firehose's prefixes, by the rules and examples of https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html.

Two of its examples contradict the page's own rules (a day of the month of 10 on 27 August, and a default suffix
without its hours); there the rules count.
"""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from orgtrail.firehose_prefix import BadPrefix, evaluate

# "at 10:30 AM UTC on Aug 27, 2018"
THEN = datetime(2018, 8, 27, 10, 30, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "evaluated"),
    [
        ("!{timestamp:yyyy}", "2018"),
        ("!{timestamp:yyyy/MM/dd}", "2018/08/27"),
        (
            "myPrefix/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/",
            "myPrefix/year=2018/month=08/day=27/hour=10/",
        ),
        ("myFirehose/DeliveredYear=!{timestamp:yyyy}/anyMonth/", "myFirehose/DeliveredYear=2018/anyMonth/"),
        ("!{timestamp:HH-mm-ss}/", "10-30-07/"),
    ],
)
def test_a_timestamp_expression_becomes_the_time(prefix, evaluated):
    assert evaluate(prefix, THEN) == evaluated


@pytest.mark.parametrize(
    ("prefix", "evaluated"), [("", "2018/08/27/10/"), ("myFirehosePrefix/", "myFirehosePrefix/2018/08/27/10/")]
)
def test_a_prefix_without_a_timestamp_gets_year_month_day_and_hour_behind_it(prefix, evaluated):
    assert evaluate(prefix, THEN) == evaluated


@pytest.mark.parametrize(
    ("prefix", "evaluated"),
    [
        ("!{timestamp:'year='yyyy}/", "year=2018/"),
        ("!{timestamp:yyyy'-'MM'-'dd}/", "2018-08-27/"),
        ("!{timestamp:'dd'}!{timestamp:dd}/", "dd27/"),
        ("!{timestamp:HH''mm}/", "10'30/"),
    ],
)
def test_what_stands_in_single_quotes_is_taken_literally(prefix, evaluated):
    assert evaluate(prefix, THEN) == evaluated


def test_times_are_in_utc():
    tokyo = timezone(timedelta(hours=9))
    new_years_morning = datetime(2019, 1, 1, 8, 59, tzinfo=tokyo)

    assert evaluate("!{timestamp:yyyy/MM/dd/HH}/", new_years_morning) == "2018/12/31/23/"


@pytest.mark.parametrize(
    ("prefix", "evaluated"),
    [
        ("myFirehoseFailures/!{firehose:error-output-type}/", "myFirehoseFailures/processing-failed/"),
        (
            "myFirehoseFailures/!{firehose:error-output-type}/!{timestamp:yyyy}/anyMonth/!{timestamp:dd}",
            "myFirehoseFailures/processing-failed/2018/anyMonth/27",
        ),
        (
            "myErrorPrefix/year=!{timestamp:yyyy}/month=!{timestamp:MM}/!{firehose:error-output-type}",
            "myErrorPrefix/year=2018/month=08/processing-failed",
        ),
        (
            "myPrefix/result=!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}",
            "myPrefix/result=processing-failed/2018/08/27",
        ),
    ],
)
def test_an_error_prefix_names_the_kind_of_error(prefix, evaluated):
    assert evaluate(prefix, THEN, error_output_type="processing-failed") == evaluated


@pytest.mark.parametrize(
    "prefix",
    [
        "!{timestamp:yyyy}/!{firehose:error-output-type}/",
        "!{timestamp:yyyy}/!{partitionKeyFromQuery:account}/",
        "!{timestamp:yyyy}/!{account_id}:}/",
        "!{timestamp:YYYY}/",
        "!{timestamp:dddd}/",
    ],
)
def test_an_expression_that_cannot_stand_in_a_prefix_is_refused(prefix):
    with pytest.raises(BadPrefix):
        evaluate(prefix, THEN)
