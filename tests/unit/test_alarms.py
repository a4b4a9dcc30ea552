"""What each alarm says of healthy, dead and broken pipelines, by AWS's rules for missing data, and what it tells."""

import pytest

from orgtrail.alarms import OPTIONAL, Alarms, alarms_of
from tests.alarm_series import ALL_IS_WELL, SERIES
from tests.alarm_states import as_described, evaluated, states
from tests.builders import ACCOUNT_ID, REPOSITORY

WITH_SILENCE = Alarms("arn:aws:sns:{region}:{account_id}:alarms", silent_hours=24)
DESCRIBED = [as_described(alarm) for alarm in alarms_of(WITH_SILENCE, "us-east-1", 300)]
# The provider keeps queries as a set.
for _alarm in DESCRIBED:
    _alarm.get("Metrics", []).reverse()
KEPT = "the state before"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
LONGEST_DESCRIPTION, LONGEST_NAME = 1024, 255

# AWS's two tables: the points, the newest last; the states for missing, ignore, breaching, notBreaching.
THREE_OF_THREE = [
    ("0-X-X", ("OK", "OK", "OK", "OK")),
    ("0----", ("OK", "OK", "OK", "OK")),
    ("-----", ("INSUFFICIENT_DATA", KEPT, "ALARM", "OK")),
    ("0XX-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("--X--", ("ALARM", KEPT, "ALARM", "OK")),
]
TWO_OF_THREE = [
    ("0-X-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("00X0X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0-X--", ("OK", "OK", "ALARM", "OK")),
    ("----0", ("OK", "OK", "ALARM", "OK")),
    ("---X-", ("ALARM", KEPT, "ALARM", "OK")),
]


def points(text):
    return [{"X": True, "0": False, "-": None}[point] for point in text]


class TestTheEvaluator:
    @pytest.mark.parametrize("before", ["OK", "ALARM", "INSUFFICIENT_DATA"])
    @pytest.mark.parametrize(
        ("to_alarm", "text", "expected"),
        [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE],
    )
    def test_it_gives_the_states_of_the_documentations_tables(self, to_alarm, text, expected, before):
        treatments = ("missing", "ignore", "breaching", "notBreaching")
        found = [evaluated(points(text), 3, to_alarm, treatment, before) for treatment in treatments]

        assert found == [before if state == KEPT else state for state in expected]

    @pytest.mark.parametrize("text", ["----X", "---X-"])
    def test_one_new_breaching_point_among_missing_ones_is_no_alarm_yet(self, text):
        assert evaluated(points(text), 3, 3, "missing", "OK") == "OK"


@pytest.mark.parametrize("name", SERIES)
def test_the_alarms_say_what_is_so(name):
    metrics, wrong = SERIES[name]

    assert states(DESCRIBED, metrics) == {**ALL_IS_WELL, **wrong}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param(
            "EventBridge fails",
            "failed-invocations",
            marks=pytest.mark.silence("hand-over-failing", "alarm failed-invocations"),
        ),
        pytest.param(
            "a dead letter", "dead-letters", marks=pytest.mark.silence("hand-over-refused", "alarm dead-letters")
        ),
        pytest.param(
            "a dead letter that finds no queue",
            "lost-events",
            marks=pytest.mark.silence("dead-letter-queue-unreachable", "alarm lost-events"),
        ),
        pytest.param("deliveries hang", "freshness", marks=pytest.mark.silence("stuck", "alarm freshness")),
        pytest.param("throttled", "throttling", marks=pytest.mark.silence("throttled", "alarm throttling")),
        pytest.param("dead for 26 hours", "silence", marks=pytest.mark.silence("silent", "alarm silence")),
    ],
)
def test_who_receives_an_alarm_reads_what_it_means(name, kind, caught):
    alarm = next(one for one in alarms_of(WITH_SILENCE, "us-east-1", 300) if one.kind == kind)

    assert states(DESCRIBED, SERIES[name][0])[alarm.name] == "ALARM"
    caught(alarm.description(account="payments", account_id=ACCOUNT_ID, region="us-east-1"))


def test_each_alarm_is_in_alarm_in_one_of_the_series():
    assert {alarm for _, wrong in SERIES.values() for alarm, state in wrong.items() if state == "ALARM"} == {
        *ALL_IS_WELL
    }


class TestTheTraps:
    """Both are in public code."""

    def test_in_the_namespace_of_kinesis_an_alarm_never_sees_a_metric(self):
        metrics, _ = SERIES["deliveries hang"]
        (fresh,) = (one for one in DESCRIBED if one["AlarmName"] == "orgtrail-freshness")

        assert states([{**fresh, "Namespace": "AWS/Kinesis/Firehose"}], metrics) == {
            "orgtrail-freshness": "INSUFFICIENT_DATA"
        }

    def test_with_missing_data_that_is_fine_a_dead_source_would_look_healthy(self):
        metrics, _ = SERIES["dead for 47 hours"]
        (fresh,) = (one for one in DESCRIBED if one["AlarmName"] == "orgtrail-freshness")

        assert states([fresh], metrics) == {"orgtrail-freshness": "INSUFFICIENT_DATA"}
        assert states([{**fresh, "TreatMissingData": "notBreaching"}], metrics) == {"orgtrail-freshness": "OK"}


class TestWhichThereAre:
    def test_without_a_rhythm_there_is_no_alarm_of_silence(self):
        assert [one.kind for one in alarms_of(Alarms("t"), "us-east-1", 300)] == [*OPTIONAL]

    def test_those_that_nobody_wants_are_left_out(self):
        wanted = Alarms("t", silent_hours=1, without=("near-limits", "throttling"))

        assert [one.kind for one in alarms_of(wanted, "us-east-1", 300)] == [
            "failed-invocations",
            "dead-letters",
            "lost-events",
            "freshness",
            "silence",
        ]

    @pytest.mark.parametrize(
        ("region", "is_there"),
        [
            ("us-east-1", True),
            ("us-gov-west-1", True),
            ("cn-north-1", True),
            ("eu-west-1", False),
        ],
    )
    def test_silence_is_one_of_the_iam_region_alone(self, region, is_there):
        kinds = [one.kind for one in alarms_of(Alarms("t", silent_hours=24), region, 300)]

        assert ("silence" in kinds) == is_there

    @pytest.mark.parametrize(("interval", "threshold"), [(0, 600), (300, 900), (900, 1500)])
    def test_freshness_allows_for_the_buffer(self, interval, threshold):
        (fresh,) = (one for one in alarms_of(Alarms("t"), "us-east-1", interval) if one.kind == "freshness")

        assert fresh.threshold == threshold

    def test_the_longest_silence_is_one_that_cloudwatch_takes(self):
        (silence,) = (
            one for one in alarms_of(Alarms("t", silent_hours=168), "us-east-1", 300) if one.kind == "silence"
        )

        assert silence.period >= 3600
        assert silence.period * silence.periods <= 604_800


class TestWhatTheyTell:
    @pytest.mark.parametrize("alarm", alarms_of(WITH_SILENCE, "us-east-1", 300), ids=lambda alarm: alarm.kind)
    def test_each_says_where_and_what_to_do_in_the_room_that_cloudwatch_has(self, alarm):
        name = "n" * 63
        text = alarm.description(account=name, account_id="333333333333", region="ap-northeast-1")

        assert text.startswith(f"Orgtrail, account {name} (333333333333), ap-northeast-1. ")
        assert "To do: " in text
        assert text.endswith(f"See docs/alarms.md#{alarm.kind}")
        assert "{" not in text
        assert len(text) <= LONGEST_DESCRIPTION
        assert len(alarm.name) <= LONGEST_NAME

    def test_the_page_that_they_name_has_a_heading_for_each(self):
        page = (REPOSITORY / "docs" / "alarms.md").read_text(encoding="utf-8")
        headings = {line.lstrip("# ") for line in page.splitlines() if line.startswith("#")}

        assert {alarm.kind for alarm in alarms_of(WITH_SILENCE, "us-east-1", 300)} <= headings
