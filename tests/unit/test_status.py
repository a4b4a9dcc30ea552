"""The verdict on each pipeline of an organization, from the archive alone; and the command that tells it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.archive import cannot_be_listed
from orgtrail.contents.listing import Listing
from orgtrail.errors import UserError
from orgtrail.firehose_prefix import evaluate
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.selection.pipelines import pipelines_of
from orgtrail.status.arrivals import Arrivals, Newest
from orgtrail.status.look import look
from orgtrail.status.record import Record, RecordUnreadable
from orgtrail.words import ago
from tests.builders import BUCKET, accounts_yaml, an_account, an_archive, settings, valid
from tests.listed_bucket import ListedBucket, denied
from tests.unit.test_status_arrivals import daily, key

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
HOME = "us-east-1"
DAY = timedelta(days=1)


def of(account="333333333333", region=HOME, **where):
    return {"account": account, "region": region, **where}


def looked(bucket, *accounts, since=DAY, known=None, organization=None):
    organization = organization or settings(*(accounts or (an_account(),)))
    listing = Listing(bucket, organization.archive)
    return look(
        organization,
        pipelines_of(organization.accounts),
        listing,
        since=since,
        known=known or {},
        questions=Questions(at_once=8, seconds=60),
    )


def verdict(bucket, account=None, **options):
    """The verdict on the one pipeline of one account."""
    return looked(bucket, account or an_account(), **options).found[0].verdict


class TestVerdicts:
    def test_a_pipeline_whose_newest_object_is_new_is_arriving(self):
        found = verdict(ListedBucket(daily(20, NOW - timedelta(hours=5), **of()), NOW))

        assert (found.word, found.why, found.is_trouble) == ("arriving", "the newest is 5 hours old", False)

    def test_what_is_older_than_since_is_not_arriving(self):
        bucket = ListedBucket(daily(40, NOW - timedelta(hours=5), **of()), NOW)

        assert verdict(bucket, since=timedelta(hours=4)).word == "quiet"

    def test_a_silence_that_its_rhythm_allows_is_quiet(self):
        monday = NOW - DAY
        weekdays = [one for one in daily_times(40, monday - 3 * DAY) if one.weekday() < 5]
        found = verdict(ListedBucket([key(one, **of()) for one in weekdays], monday))

        assert (found.word, found.is_trouble) == ("quiet", False)
        assert found.why == "nothing for 3 days; of its usual days it has missed 0.5, and 1.0 are allowed"

    @pytest.mark.silence("silent", "status")
    def test_a_silence_longer_than_its_rhythm_allows_is_silent(self, caught):
        found = verdict(ListedBucket(daily(40, NOW - 3 * DAY, **of()), NOW))
        caught(found.why)

        assert (found.word, found.is_trouble) == ("silent", True)
        assert found.why == "nothing for 3 days; of its usual days it has missed 2.5, and 1.0 are allowed"

    @pytest.mark.parametrize(
        "layout", [DEFAULT_LAYOUT, "account={account_id}/{yyyy}-{MM}-{dd}/{region}/", "iam/" + DEFAULT_LAYOUT]
    )
    def test_what_is_backfilled_has_not_arrived_and_is_not_foreign(self, layout):
        organization = settings(an_account(), archive=an_archive(layout=Layout(layout)))
        backfill = organization.archive.layout.backfill.prefix("333333333333", HOME)
        bucket = ListedBucket([evaluate(backfill, NOW) + "backfill-0123.jsonl"], NOW)
        [found] = looked(bucket, organization=organization).found

        assert (found.verdict.word, found.arrivals.days, found.arrivals.foreign) == ("never", frozenset(), ())

    def test_a_new_account_is_quiet_before_it_has_a_rhythm(self):
        found = verdict(ListedBucket(daily(3, NOW - 3 * DAY, **of()), NOW))

        assert found.word == "quiet"
        assert found.why == (
            "nothing for 3 days; 3 days of arrivals in 3 days make no rhythm yet, and without one 7 days are allowed"
        )

    @pytest.mark.silence("never", "status")
    def test_never_where_iam_events_occur_is_trouble(self, caught):
        found = verdict(ListedBucket([], NOW))
        caught(found.why)

        assert (found.word, found.why, found.is_trouble) == ("never", "nothing was delivered since 2026-10-01", True)

    def test_never_where_no_iam_events_occur_is_no_trouble(self):
        found = verdict(ListedBucket([], NOW), an_account(regions=("eu-west-1",)))

        assert (found.word, found.is_trouble) == ("never", False)
        assert "no IAM event occurs in this region" in found.why

    @pytest.mark.silence("objects-of-others", "status")
    def test_never_names_what_lies_there_instead(self, caught):
        found = verdict(ListedBucket(["333333333333/us-east-1/2026/11/24/notes.txt"], NOW))
        caught(found.why)

        assert found.word == "never"
        assert found.why.endswith("such as 333333333333/us-east-1/2026/11/24/notes.txt")

    @pytest.mark.silence("another-layout", "status")
    @pytest.mark.parametrize("region", [HOME, "eu-west-1"])
    def test_what_a_stream_wrote_in_another_layout_is_trouble_in_every_region(self, region, caught):
        other = "{account_id}/{region}/{yyyy}-{MM}-{dd}/"
        bucket = ListedBucket(daily(20, NOW, layout=other, **of(region=region)), NOW)
        found = verdict(bucket, an_account(regions=(region,)))
        caught(found.why.replace(region, HOME))

        assert (found.word, found.is_trouble) == ("never", True)

    def test_what_a_stream_wrote_years_ago_is_in_no_other_layout(self):
        bucket = ListedBucket(daily(3, NOW - 900 * DAY, **of()), NOW)

        assert verdict(bucket).why == "nothing was delivered since 2024-12-01"

    @pytest.mark.silence("backfilled-alone", "status")
    def test_what_was_backfilled_is_no_arrival(self, caught):
        keys = [f"backfill/{one}" for one in daily(20, NOW, **of())]
        found = verdict(ListedBucket(keys, NOW))

        assert found.word == "never"
        caught(found.why)

    @pytest.mark.silence("errors", "status")
    def test_new_records_that_firehose_could_not_process_are_failing(self, caught):
        errors = f"errors/333333333333/{HOME}/processing-failed/2026/11/24/x"
        found = verdict(ListedBucket([*daily(20, NOW, **of()), errors], NOW))
        caught(found.why)

        assert (found.word, found.is_trouble) == ("failing", True)
        assert "processing-failed" in found.why

    @pytest.mark.parametrize(
        "errors",
        [
            f"errors/333333333333/{HOME}/processing-failed/2026/11/20/x",
            "errors/333333333333/eu-west-1/processing-failed/2026/11/24/x",
            f"errors/444444444444/{HOME}/processing-failed/2026/11/24/x",
        ],
    )
    def test_old_errors_and_those_of_others_are_not_its_own(self, errors):
        assert verdict(ListedBucket([*daily(20, NOW, **of()), errors], NOW)).word == "arriving"

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            pytest.param(
                {"status": "suspended"}, "the account is suspended", marks=pytest.mark.silence("not-active", "status")
            ),
            pytest.param({"enabled": False}, "enabled: false", marks=pytest.mark.silence("not-enabled", "status")),
        ],
    )
    def test_an_account_that_is_not_to_deliver_is_skipped_and_not_looked_at(self, changed, why, caught):
        bucket = ListedBucket([], NOW)
        found = verdict(bucket, an_account(**changed))
        caught(found.why)

        assert (found.word, found.why, found.is_trouble) == ("skipped", why, False)
        assert len(bucket.asked) == 1

    @pytest.mark.silence("folder-unreadable", "status")
    def test_what_cannot_be_listed_is_not_known_and_the_others_are(self, caught):
        accounts = [an_account(), an_account("444444444444", name="other")]
        keys = daily(20, NOW, **of("444444444444"))
        status = looked(ListedBucket(keys, NOW, refused=["333333333333/"]), *accounts)

        assert [(one.pipeline.account.name, one.verdict.word) for one in status.found] == [
            ("payments", "not known"),
            ("other", "arriving"),
        ]
        caught(status.found[0].verdict.why)
        assert status.is_trouble


def daily_times(count, until):
    return [until - number * DAY for number in range(count)]


class TestTheLook:
    def test_the_worst_comes_first(self):
        names = ("skipped", "arriving", "quiet", "silent", "never")
        accounts = [
            an_account(str(number) * 12, name=name, status="closed" if name == "skipped" else "active")
            for number, name in enumerate(names, 1)
        ]
        keys = [
            *daily(20, NOW, **of("2" * 12)),
            *daily(40, NOW - DAY, **of("3" * 12)),
            *daily(40, NOW - 9 * DAY, **of("4" * 12)),
        ]

        status = looked(ListedBucket(keys, NOW), *accounts, since=timedelta(hours=6))

        assert [one.verdict.word for one in status.found] == ["never", "silent", "quiet", "arriving", "skipped"]

    @pytest.mark.parametrize(
        ("ahead", "told"),
        [(timedelta(hours=3.5), "3 hours"), (timedelta(minutes=-30.5), "30 minutes"), (DAY * -9.5, "9 days")],
    )
    def test_s3s_clock_counts_and_a_wrong_one_here_is_told(self, ahead, told):
        now = datetime.now(UTC).replace(microsecond=0) + ahead

        status = looked(ListedBucket(daily(20, now - timedelta(minutes=10), **of()), now))

        assert abs(status.now - now) < timedelta(minutes=1)
        assert status.found[0].verdict.why == "the newest is 10 minutes old"
        assert status.notes == (f"this machine's clock and S3's are {told} apart; S3's counts",)

    def test_clocks_that_differ_little_are_no_note(self):
        now = datetime.now(UTC) + timedelta(minutes=4)

        assert looked(ListedBucket(daily(20, now, **of()), now)).notes == ()

    @pytest.mark.silence("clocks-apart", "status")
    def test_how_far_a_wrong_clock_is_off_is_told(self, caught):
        now = datetime.now(UTC) + timedelta(minutes=150)

        caught("\n".join(looked(ListedBucket(daily(20, now, **of()), now)).notes))

    @pytest.mark.silence("errors-unreadable", "status")
    def test_a_reader_who_may_not_list_the_errors_is_told_so(self, caught):
        status = looked(ListedBucket(daily(20, NOW, **of()), NOW, refused=["errors/"]))

        assert status.found[0].verdict.word == "arriving"
        assert status.is_trouble
        caught(status.notes[0])

    def test_a_reader_who_may_list_nothing_is_told_once_what_it_takes(self):
        bucket = ListedBucket(daily(20, NOW, **of()), NOW, refused=[""])
        accounts = (an_account(), an_account("444444444444", name="other", enabled=False))
        archive = an_archive(roles=("arn:aws:iam::222222222222:role/reader",))

        with pytest.raises(UserError) as told:
            looked(bucket, organization=settings(*accounts, archive=archive))

        assert str(told.value) == (
            "The archive s3://acme-iam-events can't be listed: An error occurred (AccessDenied) when calling the "
            "ListObjectsV2 operation: no. The credentials (arn:aws:iam::222222222222:role/reader) need s3:ListBucket "
            "on it, and it must belong to account 222222222222: docs/permissions.md#who-looks-at-the-archive"
        )

    @pytest.mark.parametrize("code", ["NoSuchBucket", "InvalidAccessKeyId", "PermanentRedirect", "ExpiredToken"])
    def test_an_archive_that_cannot_be_asked_at_all_is_told_once(self, code):
        class Nothing:
            def list_objects_v2(self, **_arguments):
                raise denied(code, "the reason")

        with pytest.raises(UserError, match=r"The archive s3://acme-iam-events can't be listed: .*the reason"):
            looked(Nothing())

    @pytest.mark.parametrize(
        ("archive", "told"),
        [
            (
                an_archive(),
                "Is the archive deployed? Its stack makes the bucket in account 222222222222, in us-east-1: "
                "bin/orgtrail deploy archive. If it is deployed, archive.bucket names another one",
            ),
            (
                an_archive(existing=True),
                "By the accounts file it exists, in account 222222222222, in us-east-1: make it there, or name another "
                "in archive.bucket",
            ),
        ],
    )
    def test_that_there_is_no_bucket_is_told_with_what_makes_it(self, archive, told):
        error = denied("NoSuchBucket", "The specified bucket does not exist.")

        assert cannot_be_listed(archive, error) == (
            "The archive s3://acme-iam-events can't be listed: An error occurred (NoSuchBucket) when calling the "
            f"ListObjectsV2 operation: The specified bucket does not exist. {told}"
        )

    def test_a_hundred_accounts_of_two_regions_take_three_listings_a_pipeline_and_one(self):
        regions = (HOME, "eu-west-1")
        accounts = [an_account(f"{number:012}", name=f"a{number}", regions=regions) for number in range(100)]
        keys = [
            one for number in range(100) for region in regions for one in daily(35, NOW, **of(f"{number:012}", region))
        ]

        assert looked(ListedBucket(keys, NOW), *accounts).calls == 3 * 200 + 1


class TestTheRecord:
    @pytest.fixture
    def record(self):
        newest = Newest(key(NOW), NOW)
        return Record(
            BUCKET, {("333333333333", HOME): Arrivals(newest, frozenset({NOW.date(), (NOW - 9 * DAY).date()}))}
        )

    def test_what_is_written_is_read(self, record, tmp_path):
        record.written(tmp_path / "status.json")

        assert Record.read(tmp_path / "status.json", BUCKET) == record

    def test_nothing_is_known_without_a_file(self, tmp_path):
        assert Record.read(tmp_path / "none", BUCKET).pipelines == {}

    def test_that_of_another_bucket_is_refused(self, record, tmp_path):
        record.written(tmp_path / "status.json")

        with pytest.raises(RecordUnreadable, match="it is of s3://acme-iam-events"):
            Record.read(tmp_path / "status.json", "another")

    def test_of_many_runs_at_once_none_takes_away_what_another_adds(self, tmp_path):
        accounts = [str(number) * 12 for number in range(8)]
        found = [looked(ListedBucket(daily(2, NOW, **of(one)), NOW), an_account(one)) for one in accounts]
        path = tmp_path / "folder" / "status.json"

        with ThreadPoolExecutor(len(found)) as runs:
            list(runs.map(lambda one: Record.add(path, BUCKET, one), found))

        assert {account_id for account_id, _region in Record.read(path, BUCKET).pipelines} == {*accounts}

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "{}",
            '{"version": 2}',
            '{"version": 1, "bucket": "acme-iam-events", "pipelines": {"x": {}}}',
            '{"version": 1, "bucket": "acme-iam-events", "pipelines": {"3/x": {"newest": null, "last": 1}}}',
            '{"version": 1, "bucket": "acme-iam-events", "pipelines": {"3/x": {"newest": {"key": 1, "time": "x"}}}}',
            "\x00\xff",
            "[" * 100_000,
            '{"version": 1, "bucket": "acme-iam-events", "pipelines": '
            '{"3/x": {"newest": null, "last": "0001-01-02", "days": "ff"}}}',
        ],
    )
    def test_a_file_that_holds_something_else_is_refused(self, text, tmp_path):
        (tmp_path / "status.json").write_text(text, encoding="utf-8")

        with pytest.raises(RecordUnreadable):
            Record.read(tmp_path / "status.json", BUCKET)

    def test_a_look_adds_to_it_and_takes_nothing_away(self, record):
        status = looked(ListedBucket(daily(2, NOW, **of("444444444444")), NOW), an_account("444444444444"))

        assert record.with_all_of(status).pipelines.keys() == {("333333333333", HOME), ("444444444444", HOME)}

    def test_a_rhythm_is_learned_over_many_looks_though_the_archive_forgets(self):
        known: dict[tuple[str, str], Arrivals] = {}
        record = Record(BUCKET, known)
        for number in reversed(range(30)):
            at = NOW - number * DAY
            status = looked(ListedBucket([key(at, **of())], at), known=record.pipelines)
            record = record.with_all_of(status)

        assert len(record.pipelines["333333333333", HOME].days) == 30
        assert verdict(ListedBucket([], NOW + 3 * DAY), known=record.pipelines).word == "silent"


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(0), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(age, text):
    assert ago(age) == text


class TestTheCommand:
    @pytest.fixture
    def bucket(self, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        now = datetime.now(UTC).replace(microsecond=0)
        bucket = ListedBucket(daily(20, now - timedelta(minutes=5), **of()), now)
        monkeypatch.setattr("orgtrail.contents.archive.archive_listing", lambda archive: Listing(bucket, archive))
        return bucket

    @pytest.fixture
    def run(self, bucket, tmp_path):
        def run(*arguments, accounts=("name: payments", "name: ledger")):
            file = tmp_path / "accounts.yaml"
            file.write_text(accounts_yaml(rest="defaults: {regions: [us-east-1]}", accounts=accounts))
            return CliRunner().invoke(application(["status", "check"]), ["status", *arguments])

        return run

    def test_it_tells_the_worst_first_and_ends_with_1(self, run):
        done = run()

        assert done.exit_code == 1
        assert [line.split()[:3] for line in done.stdout.splitlines()[3:5]] == [
            ["ledger", HOME, "never"],
            ["payments", HOME, "arriving"],
        ]
        assert done.stdout.splitlines()[-3:] == [
            "s3://acme-iam-events: 2 pipelines: 1 never, 1 arriving",
            "  Why? Ask the accounts: bin/orgtrail status ledger --deep",
            "  What to do about it, cause by cause: docs/nothing-arrives.md",
        ]

    def test_it_ends_with_0_where_nothing_needs_anybody(self, run):
        assert run("payments").exit_code == 0

    def test_json_fits_its_schema(self, run):
        document = valid("status", json.loads(run("--json").stdout))

        assert [(one["account"], one["verdict"], one["trouble"]) for one in document["pipelines"]] == [
            ("ledger", "never", True),
            ("payments", "arriving", False),
        ]
        assert document["calls"] == 1 + 3 + 3

    def test_it_keeps_a_record_and_lists_less_the_next_time(self, run, bucket, tmp_path):
        run("payments")
        first = len(bucket.asked)
        run("payments")

        assert (tmp_path / ".orgtrail" / "status.json").exists()
        assert len(bucket.asked) - first < first

    def test_a_probe_that_did_not_arrive_is_remembered_until_something_does(self, run, bucket):
        run("payments")
        path, place = Path(".orgtrail/status.json"), "333333333333/us-east-1"
        record = json.loads(path.read_text())
        newest = record["pipelines"][place]["newest"]["time"]
        record["probes"] = {place: {"called": newest, "written": None, "lost": True, "last": None, "days": "0"}}
        path.write_text(json.dumps(record))

        done = run("payments", "--json")
        (failing,) = json.loads(done.stdout)["pipelines"]
        assert (done.exit_code, failing["verdict"]) == (1, "failing")
        assert "didn't arrive, and nothing has since; the newest is 5 minutes old" in failing["why"]

        bucket.keys = sorted([*bucket.keys, key(datetime.fromisoformat(newest) + timedelta(minutes=2), **of())])
        assert run("payments").exit_code == 0

    def test_html_is_written_besides(self, run, tmp_path):
        done = run("payments", "--html", "status.html")

        assert "1 pipeline: 1 arriving" in done.stdout
        assert (tmp_path / "status.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

    def test_html_that_cannot_be_written_is_told(self, run):
        done = run("payments", "--html", "nowhere/status.html")

        assert done.exit_code == 1
        assert "1 pipeline: 1 arriving" in done.stdout
        assert "nowhere/status.html can't be written: No such file or directory" in done.stderr

    def test_a_record_that_cannot_be_read_or_written_is_told_and_breaks_nothing(self, run, tmp_path):
        (tmp_path / "broken").write_text("{")
        broken = run("payments", "--record", "broken")
        again = run("payments", "--record", "broken")
        inside = run("payments", "--record", "accounts.yaml/status.json")

        assert broken.exit_code == again.exit_code == inside.exit_code == 0
        assert "begun anew" not in again.stderr
        assert "broken can't be used, and is begun anew" in broken.stderr
        assert "The record accounts.yaml/status.json can't be written" in inside.stderr

    def test_a_file_that_is_no_record_is_kept_where_its_name_was_given_by_mistake(self, run, tmp_path):
        (tmp_path / "notes.yaml").write_text("mine: and nobody else's")
        done = run("payments", "--record", "notes.yaml")

        assert "what is there is kept as notes.yaml.old" in done.stderr
        assert (tmp_path / "notes.yaml.old").read_text() == "mine: and nobody else's"
        assert json.loads((tmp_path / "notes.yaml").read_text())["version"] == 1

    def test_a_folder_whose_name_was_given_by_mistake_stays_where_it_is(self, run, tmp_path):
        (tmp_path / "notes").mkdir()
        done = run("payments", "--record", "notes")

        assert (done.exit_code, (tmp_path / "notes").is_dir()) == (0, True)
        assert "The record notes can't be written" in done.stderr

    @pytest.mark.parametrize("since", ["", "1", "d", "0d", "-1d", "1w", "1.5h", "999999d"])
    def test_an_age_that_is_none_is_wrong_usage(self, run, since):
        assert "is no length of time; it is written 90m, 6h or 2d" in run("--since", since).stderr

    def test_it_is_told_where_nothing_selected_has_a_pipeline(self, run):
        assert "Nothing that is selected has a pipeline" in run("archive").stderr

    def test_a_time_to_wait_without_a_probe_is_wrong_usage(self, run):
        assert "it is for --probe" in run("--timeout", "1m").stderr
        assert "is no length of time; it is written 90m, 6h or 2d" in run("--probe", "--timeout", "1").stderr

    def test_a_probe_needs_roles_that_write(self, run, monkeypatch):
        monkeypatch.setenv("ORGTRAIL_PLAN_ONLY", "1")
        done = run("--probe")

        assert (done.exit_code, done.stderr) == (
            1,
            "ORGTRAIL_PLAN_ONLY is set: unset it for what does more than plan\n",
        )

    def test_many_are_cut_and_counted(self, run):
        regions = "regions: [us-east-1, us-east-2, us-west-1, us-west-2, eu-west-1, eu-west-2, eu-west-3, eu-north-1, "
        regions += (
            "eu-central-1, ap-south-1, ap-southeast-1, ap-southeast-2, ap-northeast-1, ap-northeast-2, sa-east-1]"
        )
        done = run(accounts=[f"name: a{number}, {regions}" for number in range(7)])

        assert "… 5 more; --json prints every one" in done.stdout
        assert "105 pipelines" in done.stdout

    def test_names_of_others_cannot_steer_a_terminal(self, run, bucket):
        bucket.keys = sorted(
            [*bucket.keys, f"444444444444/{HOME}/{datetime.now(UTC):%Y/%m/%d}/\x1b[31mred\n::error::x"]
        )
        done = run()

        assert "\x1b" not in done.stdout
        assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]

    def test_the_archive_alone_has_no_pipelines(self, run):
        done = run("archive")

        assert (done.exit_code, done.stdout) == (0, "s3://acme-iam-events: 0 pipelines\n")


def test_the_default_layout_is_what_these_tests_are_about():
    assert settings(an_account()).archive.layout.template == DEFAULT_LAYOUT
