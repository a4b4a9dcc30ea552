"""The alarms of an account's stack: what Terraform is told of them."""

from functools import cache

import pytest

from orgtrail.alarms import Alarms
from tests.alarm_series import ALL_IS_WELL
from tests.builders import PROVIDER_5, account_stack, an_account, resources, the

pytestmark = pytest.mark.xdist_group("synthesis")

KIND = "aws_cloudwatch_metric_alarm"
TOPIC = "arn:{partition}:sns:{region}:{account_id}:alarms"
HERE = "arn:aws:sns:us-east-1:333333333333:alarms"


@cache
def stack(alarms, *regions):
    return account_stack(an_account(alarms=alarms, regions=regions or ("us-east-1",)))


def test_without_the_setting_there_is_none_and_nothing_else_changes():
    without, with_alarms = stack(None), stack(Alarms(TOPIC))

    assert not resources(without, KIND)
    assert {kind: found for kind, found in with_alarms["resource"].items() if kind != KIND} == without["resource"]


def test_each_pipeline_has_one_of_each_but_silence_in_the_iam_region_alone_which_tells_the_topic_of_its_region():
    found = resources(stack(Alarms(TOPIC, 24), "us-east-1", "eu-west-1"), KIND)

    assert sorted((one["region"], one["alarm_name"]) for one in found) == sorted(
        (region, name)
        for region in ("us-east-1", "eu-west-1")
        for name in ALL_IS_WELL
        if (region, name) != ("eu-west-1", "orgtrail-silence")
    )
    assert {(one["region"], *one["alarm_actions"]) for one in found} == {
        ("us-east-1", HERE),
        ("eu-west-1", "arn:aws:sns:eu-west-1:333333333333:alarms"),
    }


def test_an_alarm_of_one_metric_says_all_that_it_depends_on():
    found = the(stack(Alarms(TOPIC, 24)), KIND, alarm_name="orgtrail-silence")
    told = {name: value for name, value in found.items() if name not in ("//", "alarm_description", "alarm_name")}

    assert told == {
        "alarm_actions": [HERE],
        "comparison_operator": "LessThanThreshold",
        "datapoints_to_alarm": 24,
        "dimensions": {"DeliveryStreamName": "orgtrail-iam-events"},
        "evaluation_periods": 24,
        "metric_name": "IncomingRecords",
        "namespace": "AWS/Firehose",
        "ok_actions": [HERE],
        "period": 3600,
        "region": "us-east-1",
        "statistic": "Sum",
        "threshold": 1,
        "treat_missing_data": "breaching",
    }


def test_an_alarm_of_several_metrics_compares_what_is_made_of_them():
    found = the(stack(Alarms(TOPIC)), KIND, alarm_name="orgtrail-near-limits")

    assert [one["id"] for one in found["metric_query"] if one.get("return_data")] == ["percent"]
    assert {"metric_name", "period", "statistic", "namespace"}.isdisjoint(found)


@pytest.mark.parametrize(("ok", "silent"), [(True, {"orgtrail-freshness"}), (False, {*ALL_IS_WELL})])
def test_that_one_has_ended_is_told_where_it_is_wanted_and_news(ok, silent):
    found = resources(stack(Alarms(TOPIC, 24, ok=ok)), KIND)

    assert {one["alarm_name"] for one in found if "ok_actions" not in one} == silent
    assert not any("insufficient_data_actions" in one for one in found)


def test_each_says_what_to_do_in_which_account():
    for one in resources(stack(Alarms(TOPIC, 24)), KIND):
        assert one["alarm_description"].startswith("Orgtrail, account payments (333333333333), us-east-1. ")


def test_freshness_follows_the_buffer():
    slow = an_account(
        alarms=Alarms(TOPIC), buffering=an_account().buffering.model_copy(update={"interval_seconds": 900})
    )

    assert the(account_stack(slow), KIND, alarm_name="orgtrail-freshness")["threshold"] == 1500


def test_with_provider_5_an_alarm_of_another_region_has_that_regions_provider():
    account = an_account(alarms=Alarms(TOPIC), regions=("us-east-1", "eu-west-1"))
    found = resources(account_stack(account, provider=PROVIDER_5), KIND)

    assert {one.get("provider") for one in found} == {None, "aws.eu-west-1"}
