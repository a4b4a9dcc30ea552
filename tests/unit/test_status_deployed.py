"""What differs between a deployed pipeline and its settings, and what its own signs say."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from orgtrail import names, policies
from orgtrail.alarms import Alarms, alarms_of
from orgtrail.archive.policy import delivery_permissions
from orgtrail.events import IAM_SOURCES, Events, event_pattern
from orgtrail.selection.pipelines import Pipeline
from orgtrail.status import deployed, symptoms
from orgtrail.status.alarms import alarm_findings, alarm_names
from orgtrail.status.deep import judged
from orgtrail.status.deployed import Wanted
from orgtrail.status.finding import Finding, Verdict
from orgtrail.status.found import Found
from tests.alarm_states import as_described
from tests.builders import ACCOUNT_ID, BUCKET, an_account, settings

REGION = "us-east-1"
ACCOUNT = an_account()
WANTED = Wanted(settings(ACCOUNT), ACCOUNT, REGION)
QUEUE_POLICY = policies.dead_letter_queue("aws", ACCOUNT_ID, REGION)
QUEUE = {
    "Policy": json.dumps(QUEUE_POLICY),
    "MessageRetentionPeriod": str(names.DEAD_LETTERS_KEPT_SECONDS),
}
PERMISSIONS = {
    names.EVENTBRIDGE_ROLE: policies.eventbridge_permissions("aws", ACCOUNT_ID),
    names.FIREHOSE_ROLE: delivery_permissions(WANTED.settings, ACCOUNT_ID),
}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def a_rule(**changed):
    """The rule as `describe_rule` answers."""
    pattern = json.dumps(event_pattern(ACCOUNT.events, REGION))
    return {"Name": names.RULE, "State": "ENABLED", "EventPattern": pattern, **changed}


def a_target(**changed):
    """The target as `list_targets_by_rule` answers."""
    return {
        "Id": names.TARGET,
        "Arn": f"arn:aws:firehose:{REGION}:{ACCOUNT_ID}:deliverystream/{names.DELIVERY_STREAM}",
        "RoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/{names.EVENTBRIDGE_ROLE}",
        "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{names.DEAD_LETTER_QUEUE}"},
        **changed,
    }


def a_destination(**changed):
    """The stream's destination as it is given and answered."""
    layout = settings(ACCOUNT).archive.layout
    return {
        "BucketARN": f"arn:aws:s3:::{BUCKET}",
        "RoleARN": f"arn:aws:iam::{ACCOUNT_ID}:role/{names.FIREHOSE_ROLE}",
        "Prefix": layout.prefix(ACCOUNT_ID, REGION),
        "ErrorOutputPrefix": layout.error_prefix(ACCOUNT_ID, REGION),
        "CompressionFormat": "UNCOMPRESSED",
        "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
        "CloudWatchLoggingOptions": {
            "Enabled": True,
            "LogGroupName": names.DELIVERY_LOG_GROUP,
            "LogStreamName": names.DELIVERY_LOG_STREAM,
        },
        "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
        **changed,
    }


def delimited_by(text):
    """A processing configuration with a delimiter that is written out."""
    delimiter = {"ParameterName": "Delimiter", "ParameterValue": text}
    return {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": [delimiter]}]}


ALARMS = Alarms("arn:aws:sns:{region}:{account_id}:alarms", silent_hours=24)
WITH_ALARMS = an_account(alarms=ALARMS)
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:alarms"


def the_alarms(**changed):
    """The alarms as `describe_alarms` answers; `changed` are those of freshness."""
    answers = []
    for alarm in alarms_of(ALARMS, REGION, WITH_ALARMS.buffering.interval_seconds):
        told = {"AlarmActions": [TOPIC], "OKActions": [TOPIC] if alarm.kind != "freshness" else []}
        plain = {**as_described(alarm), **told, "ActionsEnabled": True, "StateValue": "OK"}
        answers.append({**plain, **changed} if alarm.kind == "freshness" else plain)
    return answers


def a_stream(state="ACTIVE", **changed):
    """The delivery stream as `describe_delivery_stream` answers."""
    return {
        "DeliveryStreamStatus": state,
        "Destinations": [{"ExtendedS3DestinationDescription": a_destination(**changed)}],
    }


class TestAsConfigured:
    def test_nothing_is_found_where_all_is_as_the_file_says(self):
        roles = {
            names.EVENTBRIDGE_ROLE: policies.eventbridge_trust("aws", ACCOUNT_ID),
            names.FIREHOSE_ROLE: policies.firehose_trust(ACCOUNT_ID),
        }
        found = [
            *deployed.rule_findings(WANTED, a_rule()),
            *deployed.target_findings(WANTED, [a_target()]),
            *deployed.stream_findings(WANTED, a_stream()),
            *deployed.queue_findings(WANTED, QUEUE),
            *(
                finding
                for name, document in PERMISSIONS.items()
                for finding in deployed.permission_findings(WANTED, name, document)
            ),
            *(
                finding
                for name, trust in roles.items()
                for finding in deployed.role_findings(WANTED, name, {"AssumeRolePolicyDocument": trust})
            ),
        ]

        assert found == []

    def test_the_order_of_a_pattern_says_nothing(self):
        pattern = {key: value[::-1] for key, value in event_pattern(ACCOUNT.events, REGION).items()}

        assert list(deployed.rule_findings(WANTED, a_rule(EventPattern=json.dumps(pattern)))) == []

    @pytest.mark.parametrize(
        ("rule", "finding"),
        [
            (a_rule(State="DISABLED"), Finding("failing", "the rule is disabled")),
            (
                a_rule(State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
                Finding(
                    "outdated",
                    "the rule's state is 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', not 'ENABLED'",
                ),
            ),
            (
                a_rule(EventPattern='{"source": ["aws.iam"]}'),
                Finding("outdated", 'the rule\'s pattern is another: \'{"source": ["aws.iam"]}\''),
            ),
        ],
    )
    def test_a_rule_that_is_another(self, rule, finding):
        assert list(deployed.rule_findings(WANTED, rule)) == [finding]

    @pytest.mark.parametrize(
        ("targets", "kind", "text"),
        [
            ([], "failing", "the rule has no target"),
            ([a_target(Id="another")], "failing", "the rule has no target"),
            ([a_target(Arn="arn:aws:sqs:us-east-1:3:q")], "failing", "the target isn't the delivery stream"),
            ([a_target(RoleArn=None)], "failing", "the target has no role"),
            ([a_target(RoleArn="arn:aws:iam::1:role/x")], "outdated", "the target's role is"),
            ([a_target(DeadLetterConfig={})], "outdated", "the target's dead-letter queue is 'None'"),
        ],
    )
    def test_a_target_that_is_another(self, targets, kind, text):
        (finding,) = deployed.target_findings(WANTED, targets)

        assert finding.kind == kind
        assert finding.text.startswith(text)

    @pytest.mark.parametrize(
        ("stream", "kind", "text"),
        [
            pytest.param(
                a_stream("CREATING_FAILED"),
                "failing",
                "the delivery stream is 'CREATING_FAILED'",
                marks=pytest.mark.silence("stream-not-active", "status --deep"),
            ),
            pytest.param(
                {"DeliveryStreamStatus": "ACTIVE", "Destinations": []},
                "failing",
                "the delivery stream has no destination",
                marks=pytest.mark.silence("stream-without-destination", "status --deep"),
            ),
            (a_stream(BucketARN="arn:aws:s3:::old"), "outdated", "the delivery stream's bucket is 'arn:aws:s3:::old'"),
            (a_stream(RoleARN="x"), "outdated", "the delivery stream's role is 'x'"),
            (a_stream(Prefix="old/"), "outdated", "the delivery stream's prefix is 'old/'"),
            (a_stream(ErrorOutputPrefix=None), "outdated", "the delivery stream's error prefix is 'None'"),
            (a_stream(CompressionFormat="GZIP"), "outdated", "the delivery stream's compression is 'GZIP'"),
            (
                a_stream(BufferingHints={"SizeInMBs": 5, "IntervalInSeconds": 60}),
                "outdated",
                "the delivery stream's buffer",
            ),
            (
                a_stream(EncryptionConfiguration={"KMSEncryptionConfig": {"A": 1}}),
                "outdated",
                "the delivery stream's own key",
            ),
            pytest.param(
                {
                    **a_stream(),
                    "DeliveryStreamEncryptionConfiguration": {"Status": "ENABLED", "KeyType": "CUSTOMER_MANAGED_CMK"},
                },
                "outdated",
                "the delivery stream's encryption",
                marks=pytest.mark.silence("stream-encrypted-with-a-key", "status --deep"),
            ),
            (a_stream(CloudWatchLoggingOptions={}), "outdated", "the delivery stream's delivery log"),
            (
                a_stream(ProcessingConfiguration={"Enabled": False}),
                "outdated",
                "the delivery stream doesn't put each event",
            ),
            pytest.param(
                a_stream(ProcessingConfiguration=delimited_by(r"\t")),
                "outdated",
                "the delivery stream doesn't put each event",
                marks=pytest.mark.silence("another-delimiter", "status --deep"),
            ),
        ],
    )
    def test_a_stream_that_is_another(self, stream, kind, text, caught):
        (finding,) = deployed.stream_findings(WANTED, stream)

        caught(finding.text)
        assert finding.kind == kind
        assert finding.text.startswith(text)

    @pytest.mark.parametrize("newline", ["\n", r"\n"])
    def test_a_newline_that_is_written_out_is_the_default(self, newline):
        assert list(deployed.stream_findings(WANTED, a_stream(ProcessingConfiguration=delimited_by(newline)))) == []

    def test_policies_besides_a_roles_own_are_told(self):
        def found(*policies):
            own = names.EVENTBRIDGE_POLICY
            return list(deployed.other_policies_findings(names.EVENTBRIDGE_ROLE, own, [own, *policies]))

        assert found() == []
        assert found("c", "a", "b") == [
            Finding(
                "outdated",
                "the role orgtrail-eventbridge has policies of others, which may deny it what it does: 'a', 'b' and 1 "
                "more; no deploy removes them",
            )
        ]

    def test_a_trust_or_a_policy_that_is_another_is_outdated(self):
        trust = {"AssumeRolePolicyDocument": policies.firehose_trust("999999999999")}

        assert [one.kind for one in deployed.role_findings(WANTED, names.FIREHOSE_ROLE, trust)] == ["outdated"]
        for name in PERMISSIONS:
            assert list(deployed.permission_findings(WANTED, name, {"Statement": []})) == [
                Finding("outdated", f"the policy of the role {name} is another")
            ]

    @pytest.mark.parametrize(
        ("versions", "told"),
        [
            (["1", "1"], None),
            (["1"], None),
            ([], None),
            ([None, None], "of a time before versions"),
            (["1", None], "of a time before versions"),
            (["0", None], "version '0'"),
            (["2", "2"], "version '2'"),
        ],
        ids=["both", "the one that could be read", "no role that could be read", "none", "one", "two", "a newer one"],
    )
    def test_a_stack_of_another_version_is_told_once(self, versions, told):
        others = [{"Key": "team", "Value": "security"}]
        roles = [
            {"Tags": [*others, {"Key": names.STACK_VERSION_TAG, "Value": version}]} if version else {"Tags": others}
            for version in versions
        ]
        text = f"what is deployed is {told}: this Orgtrail makes version 1 of the account's stack"

        assert list(deployed.version_findings(roles)) == ([Finding("outdated", text)] if told else [])

    def test_a_role_without_any_tags_has_no_version(self):
        assert [one.kind for one in deployed.version_findings([{"RoleName": "orgtrail-firehose"}])] == ["outdated"]

    def test_the_boundary_of_the_settings_is_wanted(self):
        boundary = f"arn:aws:iam::{ACCOUNT_ID}:policy/limits"
        account = an_account(permissions_boundary=boundary)
        trust = {"AssumeRolePolicyDocument": policies.firehose_trust(ACCOUNT_ID)}
        bounded = {**trust, "PermissionsBoundary": {"PermissionsBoundaryArn": boundary}}

        def found(role):
            return list(deployed.role_findings(Wanted(settings(account), account, REGION), names.FIREHOSE_ROLE, role))

        assert found(bounded) == []
        assert [one.text for one in found(trust)] == [
            f"the permissions boundary of the role orgtrail-firehose is 'None', not '{boundary}'"
        ]

    def test_other_settings_want_another_rule(self):
        account = an_account(events=Events(IAM_SOURCES))

        assert [one.kind for one in deployed.rule_findings(Wanted(settings(account), account, REGION), a_rule())] == [
            "outdated"
        ]


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_what_is_wanted_is_of_the_partition_of_the_settings(partition):
    wanted = Wanted(settings(ACCOUNT, partition=partition), ACCOUNT, REGION)

    arns = (wanted.stream_arn, wanted.queue_arn, wanted.role_arn(names.FIREHOSE_ROLE))
    assert {one.split(":")[1] for one in arns} == {partition}


class TestSymptoms:
    def test_metrics_without_values_are_fine(self):
        results = [{"Id": f"m{number}", "StatusCode": "Complete", "Values": []} for number in range(4)]

        assert list(symptoms.metric_findings(results)) == []

    @pytest.mark.parametrize(
        ("number", "values", "text"),
        [
            (0, [0.0, 3.0], "FailedInvocations is 3: events that EventBridge couldn't hand over"),
            pytest.param(
                1,
                [1.0],
                "InvocationsFailedToBeSentToDlq is 1: events that didn't reach the dead-letter queue either",
                marks=pytest.mark.silence("dead-letter-queue-unreachable", "status --deep"),
            ),
            pytest.param(
                2,
                [7200.0],
                "DeliveryToS3.DataFreshness is 7,200: seconds that the oldest event has been waiting",
                marks=pytest.mark.silence("stuck", "status --deep"),
            ),
            pytest.param(
                3,
                [9.0],
                "ThrottledRecords is 9: events that Firehose throttled",
                marks=pytest.mark.silence("throttled", "status --deep"),
            ),
        ],
    )
    def test_a_metric_that_is_too_high(self, number, values, text, caught):
        results = [
            {"Id": f"m{one}", "StatusCode": "Complete", "Values": values if one == number else []} for one in range(4)
        ]

        (finding,) = symptoms.metric_findings(results)

        caught(finding.text)
        assert finding.kind == "failing"
        assert finding.text.startswith(text)

    def test_what_was_counted_is_added_up_and_of_what_was_measured_the_highest_tells(self):
        results = [{"Id": f"m{one}", "StatusCode": "Complete", "Values": [2.0, 1900.0, 3.0]} for one in range(4)]

        values = [one.text.partition(" is ")[2].partition(":")[0] for one in symptoms.metric_findings(results)]
        assert values == ["1,905", "1,905", "1,900", "1,905"]

    @pytest.mark.parametrize(
        ("since", "period"),
        [(timedelta(minutes=90), 60), (timedelta(days=1), 3600), (timedelta(minutes=100_001), 3600)],
    )
    def test_values_are_asked_for_by_a_period_for_which_there_are_some(self, since, period):
        assert {one["MetricStat"]["Period"] for one in symptoms.metric_queries(since)} == {period}

    def test_a_buffer_that_is_filling_is_no_trouble(self):
        results = [
            {"Id": f"m{one}", "StatusCode": "Complete", "Values": [900.0] if one == 2 else []} for one in range(4)
        ]

        assert list(symptoms.metric_findings(results)) == []

    def test_a_part_of_the_values_is_no_pass(self):
        results = [{"Id": f"m{one}", "StatusCode": "PartialData", "Values": [5.0] * (one == 3)} for one in range(4)]

        assert [one.kind for one in symptoms.metric_findings(results)] == ["not known"] * 3 + ["failing"]

    def test_a_metric_without_an_answer_is_not_known(self):
        found = list(symptoms.metric_findings([]))

        assert found[0] == Finding("not known", "FailedInvocations couldn't be read")
        assert {one.kind for one in found} == {"not known"}

    def test_dead_letters_are_counted_whether_or_not_someone_reads_them(self):
        attributes = {"ApproximateNumberOfMessages": "2", "ApproximateNumberOfMessagesNotVisible": "1"}

        assert list(symptoms.queue_findings(attributes)) == [
            Finding("failing", "3 dead letters in orgtrail-iam-events-dlq: redrive shows why")
        ]
        assert list(symptoms.queue_findings(dict.fromkeys(attributes, "0"))) == []

    @pytest.mark.parametrize(
        ("message", "text"),
        [
            ('{"errorCode": "S3.AccessDenied", "message": "no"}', "the delivery log says 'S3.AccessDenied': 'no'"),
            ("\x1b[31m{", "the delivery log says '\\x1b[31m{'"),
            ("[1]", "the delivery log says '[1]'"),
            ("x" * 300, f"the delivery log says '{'x' * 300}'"),
            ("x" * 301, f"the delivery log says '{'x' * 299}…'"),
        ],
    )
    def test_the_last_error_of_the_delivery_log_is_told(self, message, text):
        at = int(NOW.timestamp() * 1000)
        events = [{"timestamp": at - 1, "message": "before"}, {"timestamp": at, "message": message}]

        assert list(symptoms.log_findings(events, NOW - timedelta(days=1))) == [Finding("failing", text)]

    def test_errors_of_days_ago_are_not_told(self):
        at = int((NOW - timedelta(days=2)).timestamp() * 1000)

        assert list(symptoms.log_findings([{"timestamp": at, "message": "x"}], NOW - timedelta(days=1))) == []


class TestBothLooksTogether:
    @pytest.mark.parametrize(
        ("word", "kinds", "verdict"),
        [
            ("arriving", (), "arriving"),
            ("arriving", ("failing",), "failing"),
            ("arriving", ("outdated", "not known"), "outdated"),
            ("quiet", ("not known",), "not known"),
            ("silent", ("not known",), "silent"),
            ("silent", ("outdated",), "silent"),
            ("silent", ("outdated", "failing"), "failing"),
            ("never", ("failing",), "failing"),
            ("failing", ("outdated",), "failing"),
        ],
    )
    def test_the_worse_of_both_is_told_with_every_reason(self, word, kinds, verdict):
        archive = Found(Pipeline(ACCOUNT, REGION), Verdict.of(word, "the archive's reason"))

        both = judged(archive, [Finding(kind, f"it is {kind}") for kind in kinds])

        assert both.verdict.word == verdict
        assert all(f"it is {kind}" in both.verdict.why for kind in kinds)
        assert ("the archive's reason" in both.verdict.why) == (archive.verdict.is_trouble or not kinds)

    @pytest.mark.parametrize(
        ("kinds", "verdict"),
        [
            (("warning",), Verdict("arriving", "the newest is new; it is warning", is_trouble=True)),
            (("warning", "failing"), Verdict.of("failing", "it is failing; it is warning")),
            (("warning", "outdated"), Verdict.of("outdated", "it is outdated; it is warning")),
            (("warning", "not known"), Verdict.of("not known", "it is not known; it is warning")),
        ],
    )
    def test_events_that_arrive_are_no_failure_because_of_a_warning_but_somebody_has_to_look(self, kinds, verdict):
        archive = Found(Pipeline(ACCOUNT, REGION), Verdict.of("arriving", "the newest is new"))

        assert judged(archive, [Finding(kind, f"it is {kind}") for kind in kinds]).verdict == verdict


class TestAlarms:
    WANTED = Wanted(settings(WITH_ALARMS), WITH_ALARMS, REGION)

    def found(self, answers):
        return list(alarm_findings(self.WANTED, answers))

    def test_as_they_are_wanted_nothing_is_found(self):
        assert self.found(the_alarms()) == []

    def test_an_account_without_alarms_is_not_asked_for_any(self):
        assert alarm_names(WANTED) == []
        assert list(alarm_findings(WANTED, the_alarms())) == []

    def test_one_that_isnt_there_is_outdated(self):
        assert self.found([one for one in the_alarms() if one["AlarmName"] != "orgtrail-silence"]) == [
            Finding("outdated", "the alarm orgtrail-silence isn't there")
        ]

    @pytest.mark.parametrize(
        ("changed", "kind", "text"),
        [
            ({"StateValue": "ALARM"}, "failing", "the alarm orgtrail-freshness is in ALARM"),
            ({"ActionsEnabled": False}, "outdated", "the alarm orgtrail-freshness is muted: its actions are off"),
            ({"Threshold": 9000.0}, "outdated", "the alarm orgtrail-freshness differs in Threshold"),
            (
                {"TreatMissingData": "notBreaching"},
                "outdated",
                "the alarm orgtrail-freshness differs in TreatMissingData",
            ),
            ({"Namespace": "AWS/Kinesis/Firehose"}, "outdated", "the alarm orgtrail-freshness differs in Namespace"),
            ({"AlarmActions": []}, "outdated", "the alarm orgtrail-freshness differs in AlarmActions"),
            ({"EvaluationPeriods": 9}, "outdated", "the alarm orgtrail-freshness differs in EvaluationPeriods"),
            ({"Dimensions": []}, "outdated", "the alarm orgtrail-freshness differs in Dimensions"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_what_differs_and_what_is_in_alarm_is_told(self, changed, kind, text):
        assert self.found(the_alarms(**changed)) == [Finding(kind, text)]

    def test_of_all_that_may_ring_a_limit_that_is_near_alone_is_no_failure(self):
        ringing = [{**one, "StateValue": "ALARM"} for one in the_alarms()]

        assert [one for one in self.found(ringing) if one.kind != "failing"] == [
            Finding("warning", "the alarm orgtrail-near-limits is in ALARM, and nothing fails yet")
        ]

    def test_an_expression_that_differs_is_told(self):
        answers = the_alarms()
        (limits,) = (one for one in answers if one["AlarmName"] == "orgtrail-near-limits")
        limits["Metrics"][-1]["Expression"] = "0 * bytes"

        assert self.found(answers) == [Finding("outdated", "the alarm orgtrail-near-limits differs in Metrics")]
