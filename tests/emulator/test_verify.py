"""`orgtrail verify` on an emulated S3 and CloudTrail, through the command: planted losses and duplicates."""

import gzip
import json
import random
import signal
import subprocess
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config
from rich.console import Console
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.concurrency.limiter import Limiter
from orgtrail.rehearsal.emulation.cloudtrail import emulated_cloudtrail
from orgtrail.rehearsal.emulation.emulator import emulated_aws
from orgtrail.rehearsal.emulation.event_bus import takes
from orgtrail.selection.pipelines import Pipeline
from orgtrail.trace import Tracer
from orgtrail.verify.lookups import Lookups
from orgtrail.verify.rule import Rule
from tests.builders import ARCHIVE_ACCOUNT_ID, BUCKET, REPOSITORY, accounts_yaml, an_account, settings, valid
from tests.emulator.test_delivery import a_rule
from tests.told_history import Happened, identity, object_key, trail_key
from tests.unit.test_limiter import Clock
from tests.waiting import until

REGIONS = ("us-east-1", "eu-west-1")
ACCOUNTS = ("333333333333", "444444444444")
# Three days ago, so that the next days are over, too.
DAY = (datetime.now(UTC) - timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
ROLE = f"arn:aws:iam::{ACCOUNTS[0]}:role/orgtrail"
RULE = "defaults: {regions: [us-east-1, eu-west-1], role: orgtrail, events: {sources: [aws.iam, aws.signin]}}"


@pytest.fixture
def run(tmp_path):
    def run(*arguments, rest=RULE, archive=""):
        file = tmp_path / "accounts.yaml"
        file.write_text(accounts_yaml(archive, rest=rest, accounts=("name: payments", "name: ledger")))
        return CliRunner().invoke(application(["verify", "check"]), ["verify", *arguments], catch_exceptions=False)

    return run


def put(s3, happened, at, *place, compress=False):
    text = b"".join(one.line for one in happened)
    s3.put_object(Bucket=BUCKET, Key=object_key(at, *place), Body=gzip.compress(text) if compress else text)


def planted(cloudtrail, s3, seed=13):
    """Events of three days in every pipeline, around midnight too; what is missing and twice, by account and region."""
    chance, number = random.Random(seed), 0
    missing: dict[tuple[str, str], dict[str, str]] = {}
    twice: dict[tuple[str, str], dict[str, int]] = {}
    for place in ((account_id, region) for account_id in ACCOUNTS for region in REGIONS):
        missing[place], twice[place], objects = {}, {}, defaultdict(list)
        source = "aws.iam" if place[1] == "us-east-1" else "aws.signin"
        for seconds in [-1, 0, 1, 86_399, 86_400, *(chance.randrange(-86_400, 2 * 86_400) for _ in range(70))]:
            number += 1
            one = Happened(identity(number), DAY + timedelta(seconds=seconds), *place, source)
            cloudtrail.add({**one.record, "userIdentity": {}})
            copies = chance.choice([0, 1, 1, 1, 1, 1, 2, 3])
            for _copy in range(copies):
                late = timedelta(seconds=chance.choice([30, 200, 1_000, 20_000]))
                arrived = one.time + late
                objects[arrived - (arrived - DAY) % timedelta(hours=2)].append(one)
            if one.time.date() == DAY.date():
                missing[place] |= {} if copies else {one.id: one.time.isoformat()}
                twice[place] |= {one.id: copies} if copies > 1 else {}
        for at, ones in objects.items():
            put(s3, ones, at, *place, compress=chance.random() < 0.5)
    return missing, twice


def found(document, field, value):
    return {
        (one["account_id"], one["region"]): {event["id"]: event[value] for event in one[field]}
        for one in document["pipelines"]
    }


def test_planted_losses_and_duplicates_are_all_found_and_none_is_invented(cloudtrail, s3, run):
    missing, twice = planted(cloudtrail, s3)
    done = run("--day", f"{DAY:%Y-%m-%d}", "--json")
    document = valid("verify", json.loads(done.stdout))

    assert done.exit_code == 1
    assert found(document, "missing", "time") == missing
    assert found(document, "twice", "copies") == twice
    assert all(
        one["extra"] == one["unclear"] == one["malformed"] == one["foreign"] == 0 for one in document["pipelines"]
    )
    assert all(one["expected"] == one["delivered"] + len(one["missing"]) for one in document["pipelines"])


def test_a_trails_files_tell_the_same(cloudtrail, s3, run):
    missing, twice = planted(cloudtrail, s3)
    s3.create_bucket(Bucket="acme-cloudtrail")
    for place in ((account_id, region) for account_id in ACCOUNTS for region in REGIONS):
        files = defaultdict(list)
        for record in cloudtrail.history(*place):
            delivered = datetime.fromisoformat(record["eventTime"]) + timedelta(minutes=5)
            files[delivered - (delivered - DAY) % timedelta(hours=1)].append(record)
        for at, records in files.items():
            body = gzip.compress(json.dumps({"Records": records}).encode())
            s3.put_object(Bucket="acme-cloudtrail", Key=f"audit/{trail_key(at, *place)}", Body=body)
    arguments = ("--trail", "s3://acme-cloudtrail/audit", "--day", f"{DAY:%Y-%m-%d}", "--json")
    document = json.loads(run(*arguments).stdout)

    last = run(*arguments[:-1], "--late", "2").stderr.splitlines()[-1]

    assert last.endswith(f" --day {DAY:%Y-%m-%d} --trail s3://acme-cloudtrail/audit --late 2 --dry-run")
    assert document["history"] == "s3://acme-cloudtrail/audit/"
    assert found(document, "missing", "time") == missing
    assert found(document, "twice", "copies") == twice


def test_what_it_prints_fits_80_columns(cloudtrail, s3, run, monkeypatch):
    monkeypatch.setattr("orgtrail.commands.verify.results_console", lambda: Console(width=80, highlight=False))
    one, other = (Happened(identity(number), DAY + timedelta(hours=number)) for number in (8, 9))
    for happened in (one, other):
        cloudtrail.add({**happened.record, "userIdentity": {}})
    put(s3, [other], other.time)
    put(s3, [other], other.time + timedelta(minutes=1))
    done = run("payments", "--day", f"{DAY:%Y-%m-%d}")
    lines = done.stdout.splitlines()

    assert done.exit_code == 1
    assert max(map(len, lines[:-1])) <= 80  # the last is a sentence, which any terminal may break
    assert [line.split()[1:] for line in lines if line.startswith("  payments")] == [
        ["us-east-1", "missing", "50.00", "%", "1", "of", "2", "missing;", "1", "twice"],
        ["eu-west-1", "no", "events", "-"],
    ]
    assert f"payments us-east-1, {DAY:%Y-%m-%d}: 1 missing, 1 twice" in lines
    assert ["0", "08:00:00", "CreateAccessKey", one.id] in [line.split() for line in lines]
    assert ["2", "09:00:00", "CreateAccessKey", other.id] in [line.split() for line in lines]
    assert lines[-1] == f"s3://{BUCKET}: 2 pipelines: 1 missing, 1 no events; 2 events, 1 delivered (50.00 %), 1 twice"


def test_the_last_days_are_summed_up(cloudtrail, s3, run):
    missing = [Happened(identity(number), DAY + timedelta(days=number)) for number in (0, 1)]
    there = [Happened(identity(10 + number), DAY + timedelta(days=number, hours=1)) for number in (-1, 0, 1)]
    for happened in (*missing, *there):
        cloudtrail.add({**happened.record, "userIdentity": {}})
    for happened in there:
        put(s3, [happened], happened.time)
    # Four are enough, unless a day has begun since this module was loaded.
    document = valid("verify", json.loads(run("payments", "--days", "5", "--json").stdout))
    done = run("payments", "--days", "5")

    # Yesterday is left out in the first quarter of an hour of a day.
    by_day = {one["day"]: (one["missing"], one["expected"]) for one in document["by_day"]}
    days = [f"{DAY + timedelta(days=number):%Y-%m-%d}" for number in (-1, 0, 1)]
    assert [by_day[day] for day in days] == [(0, 1), (1, 2), (1, 2)]
    assert (document["total"]["missing"], document["total"]["delivered"]) == (2, 3)
    assert (done.exit_code, done.stdout.splitlines()[-1].partition("; ")[2]) == (1, "5 events, 3 delivered (60.00 %)")
    assert f"--day {DAY:%Y-%m-%d} --to {DAY + timedelta(days=1):%Y-%m-%d} --dry-run" in done.stderr


def test_what_the_archive_has_deleted_is_not_missing_but_refused(s3, run):
    done = run("--day", f"{DAY:%Y-%m-%d}", archive="expire_days: 2")

    assert done.exit_code == 1
    assert "archive.expire_days is 2, so the archive goes back to" in done.stderr


def test_nothing_missing_ends_with_0_though_something_is_there_twice(cloudtrail, s3, run):
    one = Happened(identity(1), DAY)
    cloudtrail.add({**one.record, "userIdentity": {}})
    put(s3, [one, one], one.time)

    assert run("payments", "--day", f"{DAY:%Y-%m-%d}").exit_code == 0


def test_an_account_that_refuses_is_not_known_and_hides_no_other(cloudtrail, s3, run, monkeypatch):
    answer = cloudtrail.answer

    def refusing(account_id, region, request):
        from orgtrail.rehearsal.emulation.cloudtrail_lookup import LookupRefused

        if account_id == "444444444444":
            raise LookupRefused("AccessDeniedException", "not authorized to perform: cloudtrail:LookupEvents")
        return answer(account_id, region, request)

    monkeypatch.setattr(cloudtrail, "answer", refusing)
    done = run("--day", f"{DAY:%Y-%m-%d}", "--json")
    verdicts = {(one["account"], one["verdict"]) for one in json.loads(done.stdout)["pipelines"]}

    assert done.exit_code == 1
    assert verdicts == {("ledger", "not known"), ("payments", "no events")}
    assert "cloudtrail:LookupEvents" in done.stdout


def test_ctrl_c_ends_it_and_says_how_to_go_on(cloudtrail, s3, run, monkeypatch):
    def interrupted(*_question):
        raise KeyboardInterrupt

    monkeypatch.setattr(cloudtrail, "answer", interrupted)
    done = run("--day", f"{DAY:%Y-%m-%d}")

    assert (done.exit_code, done.stdout) == (130, "")
    assert "Interrupted: what was found is kept, and the same command goes on." in done.stderr


def test_a_run_that_is_killed_half_way_goes_on_and_finds_the_same(tmp_path, monkeypatch):
    (tmp_path / "accounts.yaml").write_text(accounts_yaml(rest=RULE, accounts=("name: payments", "name: ledger")))
    command = [str(REPOSITORY / "bin" / "orgtrail"), "verify", "--day", f"{DAY:%Y-%m-%d}", "--json"]
    folder = tmp_path / ".orgtrail" / "verify" / f"{DAY:%Y-%m-%d}"
    with emulated_aws(ARCHIVE_ACCOUNT_ID, "us-east-1", [], tmp_path), emulated_cloudtrail() as cloudtrail:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        missing, twice = planted(cloudtrail, s3)
        answer = cloudtrail.answer
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:

            def killing(account_id, region, request):
                if account_id == ACCOUNTS[1]:
                    until(lambda: len(list(folder.glob("*.json"))) == 2)
                    process.kill()
                return answer(account_id, region, request)

            monkeypatch.setattr(cloudtrail, "answer", killing)
            assert process.communicate()[0] == b""
        modes = [path.stat().st_mode & 0o777 for path in folder.glob("*.json")]
        monkeypatch.setattr(cloudtrail, "answer", answer)
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    document = json.loads(done.stdout)

    assert (process.returncode, modes) == (-signal.SIGKILL, [0o600, 0o600])
    assert document["notes"][0].startswith("2 of 4 are as an earlier run has found them")
    assert found(document, "missing", "time") == missing
    assert found(document, "twice", "copies") == twice
    assert not folder.exists()


def test_throttling_is_waited_out_and_each_repeated_call_waits_for_its_turn(cloudtrail, s3, run, monkeypatch):
    slept, turns = list[float](), list[str]()
    # Not `time.sleep` itself, which is every thread's.
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr("orgtrail.verify.lookups.Limiter.wait", lambda _limiter: turns.append("turn"))
    answer, refusals = cloudtrail.answer, iter(range(2))

    def throttled(account_id, region, request):
        from orgtrail.rehearsal.emulation.cloudtrail_lookup import LookupRefused

        if next(refusals, None) is not None:
            raise LookupRefused("ThrottlingException", "Rate exceeded")
        return answer(account_id, region, request)

    monkeypatch.setattr(cloudtrail, "answer", throttled)
    one = Happened(identity(1), DAY)
    cloudtrail.add({**one.record, "userIdentity": {}})
    put(s3, [one], one.time)
    done = run("payments", "--day", f"{DAY:%Y-%m-%d}", rest=RULE.replace(", eu-west-1", ""))

    assert (done.exit_code, len(slept), len(turns)) == (0, 2, 3)


def test_two_lookups_a_second_are_never_too_many(empty_aws, monkeypatch):
    """CloudTrail throttles by the same clock by which Orgtrail waits."""
    clock = Clock()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    monkeypatch.setattr("orgtrail.verify.lookups.Limiter", lambda rate: Limiter(rate, clock.read, clock.sleep))
    with emulated_cloudtrail(clock.read) as cloudtrail:
        cloudtrail.throttles = True
        for number in range(400):
            one = Happened(identity(number), DAY + timedelta(minutes=3 * number), ACCOUNTS[0], "us-east-1")
            cloudtrail.add({**one.record, "userIdentity": {}})
        tracer = Tracer(settings(an_account()))
        session = boto3.client("sts", "us-east-1").assume_role(RoleArn=ROLE, RoleSessionName="it")["Credentials"]
        client = boto3.Session(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]).client(
            "cloudtrail", "us-east-1", config=Config(retries={"total_max_attempts": 1})
        )
        lookups = Lookups(lambda _pipeline, _wait: client)
        found = list(lookups.judged(Rule(tracer, Pipeline(an_account(), "us-east-1"), DAY.date())))

    assert len(found) == 400
    assert lookups.calls >= 8
    assert clock.now - 100 == (lookups.calls - 1) / 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--day", "2999-12-31"], "2999-12-31 isn't over: in UTC it is"),
        (["--day", "2026-01-01"], "--trail reads a trail's files"),
        (["--trail", "own"], "accounts.yaml has no `trail`"),
    ],
)
def test_what_can_not_be_verified_is_told(s3, run, arguments, told):
    done = run(*arguments)

    assert done.exit_code == 1
    assert told in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--day", "24.11.2026"], ["--day", "2026-02-30"], ["--to", "2020-01-01"], ["--days", "0"], ["--trail", "s3:/x"]],
)
def test_wrong_usage_is_refused(run, arguments):
    done = run(*arguments)

    assert (done.exit_code, "Invalid value for" in done.stderr) == (1, True)


class TestWhatNothingElseSees:
    """Most events arrive, so nothing but a comparison with CloudTrail's history sees those that don't."""

    def happen(self, cloudtrail, hours):
        events = [Happened(identity(hour), DAY + timedelta(hours=hour)) for hour in hours]
        for one in events:
            cloudtrail.add({**one.record, "userIdentity": {}})
        return events

    def told(self, run):
        return run("payments", "--day", f"{DAY:%Y-%m-%d}").stdout

    @pytest.mark.silence("best-effort", "verify")
    def test_an_event_that_cloudtrail_has_not_handed_over(self, cloudtrail, s3, run, caught):
        _lost, one = self.happen(cloudtrail, (8, 9))
        put(s3, [one], one.time)

        caught(self.told(run))

    @pytest.mark.silence("switched-off-and-on", "verify")
    def test_events_while_the_rule_was_disabled(self, cloudtrail, s3, run, caught):
        for one in self.happen(cloudtrail, range(8, 13)):
            rule = a_rule(State="DISABLED" if one.time.hour in (10, 11) else "ENABLED")
            if takes(rule, json.loads(one.line)):
                put(s3, [one], one.time)

        caught(self.told(run))

    @pytest.mark.silence("deleted", "verify")
    def test_events_whose_object_somebody_has_deleted(self, cloudtrail, s3, run, caught):
        for one in self.happen(cloudtrail, (8, 9, 10)):
            put(s3, [one], one.time)
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
        s3.delete_object(Bucket=BUCKET, Key=keys[1])

        caught(self.told(run))
