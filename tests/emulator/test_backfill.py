"""`backfill` on an emulated S3 and CloudTrail: what it asks, writes and says."""

import gzip
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.backfill.write import Writer
from orgtrail.rehearsal.emulation.cloudtrail_lookup import LookupRefused
from orgtrail.rehearsal.emulation.sample_events import sample_event
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET, OTHER_ACCOUNT_ID, accounts_yaml, valid
from tests.told_history import Happened, identity, object_key, trail_file, trail_key
from tests.waiting import until

HOME = "us-east-1"
# Over since long enough for CloudTrail's history.
DAY = (datetime.now(UTC) - timedelta(days=3)).date()
NOON = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
DEFAULTS = "defaults: {regions: [us-east-1], role: admin}"


@pytest.fixture
def run(s3, tmp_path):
    def run(*arguments, accounts=("name: payments", "name: ledger"), answer="", command="backfill"):
        (tmp_path / "accounts.yaml").write_text(accounts_yaml(rest=DEFAULTS, accounts=accounts))
        return CliRunner().invoke(application([command]), [command, "--day", str(DAY), *arguments], input=answer)

    return run


def happens(cloudtrail, number, account_id=ACCOUNT_ID, at=NOON):
    """So many events, which CloudTrail records."""
    events = [
        sample_event(account_id, HOME, "aws.iam", "AWS API Call via CloudTrail", {"eventName": "CreateUser"})
        for _number in range(number)
    ]
    for count, event in enumerate(events):
        event["time"] = event["detail"]["eventTime"] = f"{at + timedelta(minutes=count):%Y-%m-%dT%H:%M:%SZ}"
        cloudtrail.add(event["detail"])
    return events


def lines(events):
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def stored(s3):
    """What is in the archive."""
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def ids(events):
    return sorted(event["detail"]["eventID"] for event in events)


class TestPlantedLosses:
    def test_planted_losses_are_written_and_a_second_run_writes_nothing(self, cloudtrail, s3, run):
        happened, other = happens(cloudtrail, 12), happens(cloudtrail, 3, OTHER_ACCOUNT_ID)
        s3.put_object(Bucket=BUCKET, Key=object_key(NOON), Body=lines(happened[:9]))
        first = run("--yes", "--json")
        before = stored(s3)
        second = run("--yes")

        written = {key: body for key, body in before.items() if key.startswith("backfill/")}
        assert {key.rpartition("/")[0] for key in written} == {
            f"backfill/{account_id}/{HOME}/{DAY:%Y/%m/%d}" for account_id in (ACCOUNT_ID, OTHER_ACCOUNT_ID)
        }
        found = [json.loads(line) for body in written.values() for line in body.splitlines()]
        assert ids(found) == ids([*happened[9:], *other])
        assert {event["backfill"]["origin"] for event in found} == {"cloudtrail-lookup"}
        assert valid("backfill", json.loads(first.stdout))["events"] == 6
        assert (first.exit_code, second.exit_code) == (0, 0)
        assert stored(s3) == before
        assert second.stdout == f"s3://{BUCKET}/backfill/: 2 pipelines, 1 day: nothing was missing\n"

    def test_planted_losses_are_complete_to_verify_once_they_are_written_and_no_delivery(self, cloudtrail, s3, run):
        happened = happens(cloudtrail, 12)
        s3.put_object(Bucket=BUCKET, Key=object_key(NOON), Body=lines(happened[:9]))
        before = run("payments", command="verify")
        run("payments", "--yes")
        after = run("payments", "--json", command="verify")

        [found] = json.loads(after.stdout)["pipelines"]
        assert (before.exit_code, after.exit_code) == (1, 0)
        assert found["verdict"] == "complete"
        assert (found["expected"], found["delivered"], found["backfilled"]) == (12, 9, 3)
        assert (found["missing"], found["twice"], found["extra"]) == ([], [], 0)

    def test_planted_losses_of_an_account_whose_objects_are_compressed_are_compressed(self, cloudtrail, s3, run):
        happened = happens(cloudtrail, 2)
        run("--yes", accounts=("name: payments, compression: GZIP",))
        [(key, body)] = stored(s3).items()

        assert key.endswith(".jsonl.gz")
        assert ids(json.loads(line) for line in gzip.decompress(body).splitlines()) == ids(happened)

    def test_planted_losses_are_only_shown_with_dry_run(self, cloudtrail, s3, run):
        happens(cloudtrail, 2)
        done, document = run("--dry-run"), run("--dry-run", "--json")

        assert (done.exit_code, document.exit_code) == (2, 2)
        assert stored(s3) == {}
        assert done.stdout.splitlines()[-1] == (
            f"s3://{BUCKET}/backfill/: 2 pipelines, 1 day: 2 events would be written"
        )
        [one] = [one for one in valid("backfill", json.loads(document.stdout))["pipelines"] if one["days"]]
        assert [(day["missing"], day["objects"][0]["outcome"]) for day in one["days"]] == [(2, "planned")]

    def test_planted_losses_are_shown_before_anybody_is_asked(self, cloudtrail, s3, run):
        happens(cloudtrail, 2)
        done = run(answer="n\n")

        assert done.exit_code == 1
        assert stored(s3) == {}
        assert done.stdout.splitlines()[1].split() == ["account", "region", "days", "events", "objects", "bytes"]
        assert done.stdout.splitlines()[3].split()[:5] == ["payments", HOME, "1", "2", "1"]
        assert "Write this?" in done.stderr
        assert "Nothing was done." in done.stderr
        assert max(map(len, done.stdout.splitlines())) <= 80


def test_what_a_trails_files_tell_is_written_of_an_account_that_cannot_be_asked_any_more(cloudtrail, s3, run):
    lost = [Happened(identity(number), NOON + timedelta(minutes=number)) for number in range(3)]
    s3.create_bucket(Bucket="acme-cloudtrail")
    s3.put_object(Bucket="acme-cloudtrail", Key=trail_key(NOON + timedelta(hours=1)), Body=trail_file(lost))
    accounts, trail = ("name: payments, status: suspended", "name: ledger"), ("--trail", "s3://acme-cloudtrail")
    done = run("payments", "--yes", "--json", *trail, accounts=accounts)

    written = [json.loads(line) for body in stored(s3).values() for line in body.splitlines()]
    assert done.exit_code == 0
    assert json.loads(done.stdout)["origin"] == "trail"
    assert ids(written) == sorted(one.id for one in lost)
    assert {event["backfill"]["origin"] for event in written} == {"trail"}


def test_what_is_written_is_locked_and_encrypted_as_the_bucket_says(cloudtrail, s3, run):
    s3.delete_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 7}}}
    s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=lock)
    key = f"arn:aws:kms:{HOME}:{ARCHIVE_ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555"
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [default]})
    happens(cloudtrail, 1)
    done = run("--yes")
    [written] = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    found = s3.head_object(Bucket=BUCKET, Key=written["Key"])

    assert done.exit_code == 0
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)
    assert found["ObjectLockMode"] == "GOVERNANCE"
    assert found["ContentType"] == "application/octet-stream"


@pytest.mark.parametrize("command", ["backfill", "verify"])
def test_it_is_told_that_nothing_was_looked_at_where_nothing_selected_has_a_pipeline(run, command):
    assert "Nothing that is selected has a pipeline" in run("archive", command=command).stderr


def test_a_disk_that_is_full_is_told_and_nothing_is_written(cloudtrail, s3, run, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    happens(cloudtrail, 1)
    monkeypatch.setattr("orgtrail.backfill.spool.Spool.keep", full)
    done = run("--yes")

    assert (done.exit_code, stored(s3)) == (1, {})
    assert f"What would be written can't be kept in {tempfile.gettempdir()}: No space left on device" in done.stderr


class TestCtrlC:
    def test_before_anything_is_written_it_says_so(self, cloudtrail, s3, run, monkeypatch):
        def interrupted(*_arguments):
            raise KeyboardInterrupt

        happens(cloudtrail, 1)
        monkeypatch.setattr("orgtrail.commands.backfill._planned", interrupted)
        done = run("--yes")

        assert (done.exit_code, stored(s3)) == (130, {})
        assert "Interrupted: nothing was written." in done.stderr

    def test_ctrl_c_ends_it_with_130_and_what_is_written_is_whole(self, cloudtrail, s3, run, monkeypatch):
        happened = [*happens(cloudtrail, 2), *happens(cloudtrail, 3, OTHER_ACCOUNT_ID)]
        write, written = Writer.write, []

        def interrupted(self, key, body):
            written.append(write(self, key, body))
            raise KeyboardInterrupt

        monkeypatch.setattr(Writer, "write", interrupted)
        done = run("--yes")
        left = stored(s3)
        monkeypatch.setattr(Writer, "write", write)
        again = run("--yes")

        assert done.exit_code == 130
        assert "Interrupted: what was written is whole; run it again to write the rest." in done.stderr
        assert len(left) == len(written)
        assert left.items() <= stored(s3).items()
        assert again.exit_code == 0
        assert ids(json.loads(line) for body in stored(s3).values() for line in body.splitlines()) == ids(happened)


class TestAccounts:
    def test_an_account_that_cannot_be_asked_is_told_and_hides_no_other(self, cloudtrail, s3, run, monkeypatch):
        happens(cloudtrail, 2)
        answer = cloudtrail.answer

        def refuse_ledger(account_id, *arguments):
            if account_id == OTHER_ACCOUNT_ID:
                raise LookupRefused("AccessDeniedException", "not for you")
            return answer(account_id, *arguments)

        monkeypatch.setattr(cloudtrail, "answer", refuse_ledger)
        done = run("--yes")

        assert done.exit_code == 1
        assert len(stored(s3)) == 1
        assert "ledger" in done.stdout
        assert "AccessDeniedException" in done.stdout
        assert done.stdout.splitlines()[-1] == (
            f"s3://{BUCKET}/backfill/: 2 pipelines, 1 day: 2 events written, 1 of 2 not known"
        )

    def test_an_account_that_cannot_be_asked_is_no_account_without_losses(self, cloudtrail, run, monkeypatch):
        def refuse(*_arguments):
            raise LookupRefused("AccessDeniedException", "not for you")

        monkeypatch.setattr(cloudtrail, "answer", refuse)
        done = run("payments", "--to", str(DAY + timedelta(days=1)), "--yes")

        assert done.exit_code == 1
        assert done.stdout.count("because CloudTrail's history can't be looked up") == 1
        assert f"{DAY} to {DAY + timedelta(days=1)}: nothing is written" in done.stdout
        assert done.stdout.splitlines()[-1] == (
            f"s3://{BUCKET}/backfill/: 1 pipeline, 2 days: nothing written, 2 of 2 not known"
        )

    def test_an_account_without_a_pipeline_is_backfilled_if_it_is_named(self, cloudtrail, s3, run):
        happens(cloudtrail, 2)
        accounts = ("name: payments, enabled: false", "name: ledger")
        run("--yes", accounts=accounts)
        unnamed = stored(s3)
        run("payments", "--yes", accounts=accounts)

        assert unnamed == {}
        assert run("archive", "--yes").stdout.endswith(": 0 pipelines, 1 day: nothing looked at\n")
        assert len(stored(s3)) == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--days", "3"], "--day and --days exclude each other"),
        (["--to", "2026-13-01"], "'2026-13-01' is no day; it is written 2026-11-27, or yesterday"),
        (["--json"], "--json shows nothing to agree to: give --yes or --dry-run too"),
        (["--day", "2999-01-01"], "2999-01-01 isn't over: in UTC it is"),
        (["--day", "2020-01-01"], "--trail reads a trail's files"),
    ],
)
def test_wrong_usage_is_told(run, s3, arguments, problem):
    done = run(*arguments)

    assert done.exit_code in (1, 2)
    assert problem in " ".join(done.stderr.replace("│", " ").split())
    assert stored(s3) == {}


def test_an_archive_that_is_not_there_is_told(run, s3):
    s3.delete_bucket(Bucket=BUCKET)
    done = run("--yes")

    assert done.exit_code == 1
    assert f"The archive s3://{BUCKET} can't be listed: " in done.stderr


def test_a_verify_that_was_interrupted_before_looks_again_at_what_is_written(cloudtrail, s3, run, monkeypatch):
    happens(cloudtrail, 2)
    happens(cloudtrail, 1, OTHER_ACCOUNT_ID)
    answer = cloudtrail.answer

    def interrupted(account_id, *request):
        if account_id == OTHER_ACCOUNT_ID:
            until(lambda: list(Path(".orgtrail/verify").rglob("*.json")))
            raise KeyboardInterrupt
        return answer(account_id, *request)

    monkeypatch.setattr(cloudtrail, "answer", interrupted)
    assert run(command="verify").exit_code == 130
    monkeypatch.setattr(cloudtrail, "answer", answer)
    assert run("--yes").exit_code == 0

    assert run(command="verify").exit_code == 0
