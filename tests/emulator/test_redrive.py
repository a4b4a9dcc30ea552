"""Dead letters of an emulated AWS, by the command: looked at, sent, and left where they are."""

import json
from datetime import UTC, datetime

import boto3
import pytest
from typer.testing import CliRunner

from orgtrail import names, policies
from orgtrail.__main__ import application
from orgtrail.aws import AccountSession
from orgtrail.files.file_lock import FileLock
from orgtrail.layout import Layout
from orgtrail.rehearsal.emulation.delivery import deliver
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET, accounts_yaml, an_account, valid
from tests.dead_letters import a_letter, an_event
from tests.emulator.test_delivery import an_event as an_iam_event
from tests.emulator.test_status_deep import ONE_ACTION, Deployed

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/deploy"


class Pipeline(Deployed):
    """A deployed pipeline with an archive, and dead letters."""

    def __init__(self, folder):
        super().__init__()
        self.s3 = boto3.client("s3", "us-east-1")
        self.s3.create_bucket(Bucket=BUCKET)
        self.file = folder / "accounts.yaml"
        self.file.write_text(
            accounts_yaml(rest="defaults: {regions: us-east-1}", accounts=[f"name: payments, role: '{ROLE}'"])
        )

    def bury(self, *letters):
        for letter in letters:
            self.sqs.send_message(QueueUrl=self.queue, **letter)

    def orgtrail(self, *arguments, **options):
        return CliRunner().invoke(application(("redrive",)), ["redrive", *arguments, "-f", str(self.file)], **options)

    def document(self, *arguments):
        answer = self.orgtrail("--json", *arguments)
        return answer.exit_code, valid("redrive", json.loads(answer.stdout))

    @property
    def archived(self):
        """The ids of the events in the archive. The emulator's Firehose puts nothing between records."""
        found, decoder = [], json.JSONDecoder()
        for item in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            text = self.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read().decode()
            while text:
                event, end = decoder.raw_decode(text)
                found.append(event["id"])
                text = text[end:]
        return sorted(found)

    @property
    def waiting(self):
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["All"])["Attributes"]
        return int(answer["ApproximateNumberOfMessages"]), int(answer["ApproximateNumberOfMessagesNotVisible"])


@pytest.fixture
def pipeline(empty_aws, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    monkeypatch.setattr("orgtrail.redrive.queue.WAIT_SECONDS", 0)
    monkeypatch.chdir(tmp_path)
    return Pipeline(tmp_path)


def test_they_are_shown_asked_for_sent_and_gone(pipeline):
    pipeline.bury(*(a_letter(an_event(id=f"e{number:02}")) for number in range(12)))

    answer = pipeline.orgtrail(input="y\n")

    assert answer.exit_code == 0, answer.output
    assert "NO_PERMISSIONS: not authorized (12 CreateUser)" in answer.output
    assert "Send the letters of 1 pipeline back onto their streams?" in answer.output
    assert "1 pipeline: 12 dead letters sent, 0 left" in answer.output
    assert "Firehose writes them within about 300 seconds" in answer.output
    assert (pipeline.archived, pipeline.waiting) == ([f"e{number:02}" for number in range(12)], (0, 0))


def test_a_dry_run_shows_each_and_leaves_all_where_they_are(pipeline):
    throttled = {"ERROR_CODE": "THROTTLING", "ERROR_MESSAGE": "slow", "RETRY_ATTEMPTS": "185"}
    pipeline.bury(
        a_letter(an_event("DeleteUser", time="2026-11-24T10:00:00Z")),
        a_letter(an_event(), **throttled, EXHAUSTED_RETRY_CONDITION="MaximumRetryAttempts"),
    )

    answer = pipeline.orgtrail("--dry-run")

    assert (answer.exit_code, pipeline.waiting, pipeline.archived) == (1, (2, 0), [])
    assert "THROTTLING: slow, after 185 more attempts, MaximumRetryAttempts (1 CreateUser)" in answer.output
    assert "11-24 10:00   DeleteUser   NO_PERMISSIONS" in answer.output
    assert "1 pipeline: 2 dead letters\n" in answer.output


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(
            lambda it: it.change_target(RoleArn=None),
            marks=pytest.mark.silence("target-without-role", "redrive --dry-run"),
        ),
        pytest.param(
            lambda it: it.trust(names.EVENTBRIDGE_ROLE),
            marks=pytest.mark.silence("delivery-role-not-assumable", "redrive --dry-run"),
        ),
        pytest.param(
            lambda it: it.permit(ONE_ACTION), marks=pytest.mark.silence("role-lacks-an-action", "redrive --dry-run")
        ),
        pytest.param(
            lambda it: it.firehose.delete_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM),
            marks=pytest.mark.silence("stream-missing", "redrive --dry-run"),
        ),
    ],
)
def test_why_eventbridge_could_not_hand_over_is_told(pipeline, broken, caught):
    broken(pipeline)
    pipeline.deliver(an_iam_event())

    caught(pipeline.orgtrail("--dry-run").output)


@pytest.mark.silence("event-too-large", "redrive --dry-run")
def test_that_an_event_is_too_large_is_told(pipeline, caught):
    pipeline.deliver(an_iam_event(resources=["x" * 1_030_000]))

    caught(pipeline.orgtrail("--dry-run").output)


@pytest.mark.silence("hand-over-refused", "redrive --dry-run")
def test_that_eventbridge_was_refused_is_told(pipeline, caught):
    pipeline.bury(a_letter())

    caught(pipeline.orgtrail("--dry-run").output)


def test_without_a_yes_nothing_is_sent(pipeline):
    pipeline.bury(a_letter())

    answer = pipeline.orgtrail(input="n\n")

    assert (answer.exit_code, pipeline.waiting, pipeline.archived) == (1, (1, 0), [])
    assert "Nothing was done." in answer.output


def test_an_empty_queue_is_fine_and_nothing_is_asked(pipeline):
    answer = pipeline.orgtrail()

    assert (answer.exit_code, answer.stdout) == (0, "1 pipeline: 0 dead letters sent, 0 left\n")


def test_the_document_tells_what_was_sent_and_what_is_left(pipeline):
    pipeline.bury(a_letter(an_event(id="e1")), a_letter("by hand", ERROR_CODE=None))

    status, document = pipeline.document("--yes")

    (one,) = document["pipelines"]
    assert status == 1
    assert (one["account"], one["region"], one["sent"], one["left"], one["trouble"]) == (
        "payments",
        "us-east-1",
        1,
        [{"reason": "it isn't an event on one line", "letters": 1}],
        True,
    )
    assert [(letter["event_id"], letter["code"]) for letter in one["letters"]] == [
        ("e1", "NO_PERMISSIONS"),
        (None, "no code"),
    ]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (
            lambda it: it.firehose.delete_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM),
            "the delivery stream isn't there",
        ),
        (
            lambda it: it.firehose.update_destination(
                DeliveryStreamName=names.DELIVERY_STREAM,
                CurrentDeliveryStreamVersionId="1",
                DestinationId="destinationId-000000000001",
                ExtendedS3DestinationUpdate={"BucketARN": "arn:aws:s3:::elsewhere", "RoleARN": ROLE},
            ),
            "the delivery stream's bucket is 'arn:aws:s3:::elsewhere', not 'arn:aws:s3:::acme-iam-events'",
        ),
        (
            lambda it: it.logs.put_log_events(
                **it.log,
                logEvents=[
                    {
                        "timestamp": int(datetime.now(UTC).timestamp() * 1000),
                        "message": json.dumps({"errorCode": "S3.AccessDenied", "message": "no"}),
                    }
                ],
            ),
            "the delivery log says 'S3.AccessDenied': 'no'",
        ),
    ],
)
def test_where_the_stream_would_not_deliver_them_nothing_is_sent(pipeline, broken, why):
    pipeline.bury(a_letter())
    broken(pipeline)

    status, document = pipeline.document("--yes")

    (one,) = document["pipelines"]
    assert (status, one["sent"], one["left"][0]["letters"]) == (1, 0, 1)
    assert one["left"][0]["reason"].startswith(why)
    assert pipeline.waiting == (1, 0)


def test_a_queue_from_which_letters_go_elsewhere_by_being_received_is_left_alone(pipeline):
    pipeline.bury(a_letter())
    pipeline.sqs.create_queue(QueueName="other")
    policy = {"maxReceiveCount": "3", "deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:other"}
    pipeline.sqs.set_queue_attributes(QueueUrl=pipeline.queue, Attributes={"RedrivePolicy": json.dumps(policy)})

    status, document = pipeline.document("--yes")

    (one,) = document["pipelines"]
    assert (status, one["sent"], one["more"], pipeline.waiting) == (1, 0, 1, (1, 0))
    assert one["ended"].startswith("not known, because the queue has a redrive policy")


def test_a_journal_that_cannot_be_read_ends_its_pipeline_before_anything_is_sent(pipeline, tmp_path):
    (tmp_path / ".orgtrail" / "redrive" / f"{ACCOUNT_ID}-us-east-1.jsonl").mkdir(parents=True)
    pipeline.bury(a_letter())

    answer = pipeline.orgtrail("--yes")

    assert (answer.exit_code, pipeline.waiting, pipeline.archived) == (1, (1, 0), [])
    assert "the journal can't be read: " in answer.output


def test_that_eventbridge_still_fails_is_told_and_hinders_nothing(pipeline):
    pipeline.bury(a_letter())
    pipeline.iam.delete_role_policy(RoleName=names.EVENTBRIDGE_ROLE, PolicyName="put-records")

    answer = pipeline.orgtrail("--yes")

    assert (answer.exit_code, pipeline.waiting) == (0, (0, 0))
    assert "more letters may come: the policy of the role orgtrail-eventbridge isn't there" in answer.output


def test_an_account_of_which_nothing_is_known_hides_no_other(pipeline):
    pipeline.file.write_text(
        accounts_yaml(
            rest="defaults: {regions: us-east-1, role: deploy}", accounts=["name: payments", "name: not-deployed"]
        )
    )
    pipeline.bury(a_letter())

    answer = pipeline.orgtrail("--yes")

    assert (answer.exit_code, pipeline.waiting) == (1, (0, 0))
    assert "not known, because the queue orgtrail-iam-events-dlq isn't there: is the account's stack" in answer.output
    assert "2 pipelines: 1 not known; of the others, 1 dead letter sent, 0 left" in answer.output


def test_that_nothing_which_is_selected_has_a_pipeline_is_told(pipeline):
    pipeline.file.write_text(pipeline.file.read_text().replace("name: payments", "name: payments, enabled: false"))

    answer = pipeline.orgtrail("payments")

    assert (answer.exit_code, answer.stdout) == (0, "0 pipelines: 0 dead letters sent, 0 left\n")
    assert answer.stderr == "Nothing that is selected has a pipeline: enabled accounts have some.\n"


def test_a_region_without_a_pipeline_is_told(pipeline):
    answer = pipeline.orgtrail("--region", "us-est-1")

    assert (answer.exit_code, answer.stderr) == (
        1,
        "no pipeline that is selected is in 'us-est-1'; did you mean us-east-1?\n",
    )


@pytest.mark.parametrize("link", [".orgtrail", ".orgtrail/redrive/lock"])
def test_a_link_in_the_checkout_leads_nothing_that_is_noted_elsewhere(pipeline, tmp_path, link):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / "elsewhere" / "x" if link.endswith("lock") else tmp_path / "elsewhere")
    pipeline.bury(a_letter())

    answer = pipeline.orgtrail("--yes")

    assert (answer.exit_code, pipeline.waiting, list((tmp_path / "elsewhere").iterdir())) == (1, (1, 0), [])
    assert "What is sent can't be noted, so nothing was: " in answer.stderr


def test_of_a_very_long_reason_the_beginning_is_shown(pipeline):
    pipeline.bury(a_letter(ERROR_MESSAGE="x" * 100_000))

    assert "x" * 299 not in (output := pipeline.orgtrail("--dry-run").stdout)
    assert len(output) < 5_000


def test_two_of_them_do_not_work_at_once_in_one_folder(pipeline, tmp_path):
    (tmp_path / ".orgtrail" / "redrive").mkdir(parents=True)
    lock = FileLock.take(tmp_path / ".orgtrail" / "redrive" / "lock")
    pipeline.bury(a_letter())

    answer = pipeline.orgtrail("--yes")

    assert lock is not None
    lock.release()
    assert (answer.exit_code, pipeline.waiting) == (1, (1, 0))
    assert answer.stderr.endswith(
        "Another redrive is at work: .orgtrail/redrive/lock has its process id. Nothing was sent\n"
    )


def test_what_the_role_could_not_put_is_in_the_archive_as_if_it_always_could(pipeline):
    session, event = AccountSession(an_account(roles=(ROLE,)), "us-east-1"), an_event(id="e1")
    pipeline.iam.delete_role_policy(RoleName=names.EVENTBRIDGE_ROLE, PolicyName="put-records")
    (letter,) = deliver(session, ACCOUNT_ID, "us-east-1", [event]).dead_letters
    pipeline.permit(policies.eventbridge_permissions("aws", ACCOUNT_ID))

    answer = pipeline.orgtrail("--yes")

    assert (letter.code, answer.exit_code) == ("NO_PERMISSIONS", 0)
    (item,) = pipeline.s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    redriven = pipeline.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
    delivering = policies.firehose_permissions(
        "aws", ACCOUNT_ID, bucket=BUCKET, bucket_account_id=ARCHIVE_ACCOUNT_ID, layout=Layout()
    )
    pipeline.iam.put_role_policy(
        RoleName=names.FIREHOSE_ROLE, PolicyName="deliver", PolicyDocument=json.dumps(delivering)
    )
    (delivered,) = deliver(session, ACCOUNT_ID, "us-east-1", [event]).objects
    # The newline is the stream's own: moto's adds none.
    assert redriven + b"\n" == delivered.body


def test_letters_that_an_interrupted_run_still_hides_are_told_of(pipeline):
    pipeline.bury(a_letter(), a_letter())
    pipeline.sqs.receive_message(QueueUrl=pipeline.queue, MaxNumberOfMessages=1, VisibilityTimeout=120)

    status, document = pipeline.document("--yes")

    (one,) = document["pipelines"]
    assert (status, one["sent"], one["about"], one["hidden"], one["more"]) == (1, 1, 2, 1, 1)


def test_where_all_letters_will_stay_nothing_is_asked(pipeline):
    pipeline.bury(a_letter(an_event(account="444444444444")))

    answer = pipeline.orgtrail(input="y\n")

    assert (answer.exit_code, pipeline.waiting) == (1, (1, 0))
    assert "Send the letters" not in answer.output
    assert "1 letter will stay: it is an event of '444444444444' in 'us-east-1'" in answer.output


def test_tables_fit_80_columns(pipeline, monkeypatch):
    monkeypatch.setattr("orgtrail.console.output._PIPE_COLUMNS", 80)
    pipeline.bury(
        a_letter(an_event("AttachUserPolicy"), ERROR_MESSAGE="not authorized to perform: " + "firehose:PutRecord " * 9),
        a_letter("by hand"),
    )

    lines = [*pipeline.orgtrail("--dry-run").stdout.splitlines(), *pipeline.orgtrail("--yes").stdout.splitlines()]

    assert max(len(line) for line in lines) <= 80
