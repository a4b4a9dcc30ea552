"""The arithmetic of docs/costs.md."""

import pytest

from scripts.costs import Account, Question


def test_firehose_bills_each_event_in_steps_of_5_kb():
    """https://aws.amazon.com/firehose/pricing/: 3 KB count as 5, 12 KB as 15."""
    of_3, of_5, of_12 = (Account(1_048_576, event_kb=size).firehose for size in (3, 5, 12))

    assert of_3 == of_5 == pytest.approx(5 * 0.029)
    assert of_12 == pytest.approx(15 * 0.029)


def test_there_is_at_most_one_object_an_interval_and_pipeline():
    assert Account(1_000_000).most_objects == 8_640
    assert Account(1_000_000, interval_seconds=900).most_objects == 2_880
    assert Account(1_000_000, pipelines=4).most_objects == 34_560


def test_there_are_no_more_objects_than_events():
    assert Account(100, pipelines=4).most_objects == 100


def test_objects_cost_what_their_puts_cost():
    assert Account(1_000_000).puts == pytest.approx(0.0432)


def test_storage_is_what_all_kept_months_take():
    assert Account(524_288, months_kept=12).storage == pytest.approx(12 * 0.023)
    assert Account(524_288, months_kept=24).storage == pytest.approx(24 * 0.023)


def test_a_query_reads_10_mb_at_least():
    assert Question(Account(30), accounts=1, days=1).reading == pytest.approx(10 / 1024 / 1024 * 5)


def test_a_query_lists_each_partition_and_fetches_each_object():
    question = Question(Account(1_000_000, pipelines=2), accounts=10, days=3)

    assert question.requests == pytest.approx(10 * 2 * 3 / 1000 * 0.005 + 10 * 2 * 288 * 3 / 1000 * 0.0004)
