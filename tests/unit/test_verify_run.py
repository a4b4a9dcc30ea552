"""Many pipelines and days verified at once, what is kept between runs, and a trail's files as the history."""

import gzip
import io
import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from botocore.exceptions import ReadTimeoutError
from rich.console import Console

from orgtrail.commands.verify import _show_events, _summary
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import NotKnown, Objects
from orgtrail.errors import UserError
from orgtrail.events import Events
from orgtrail.selection.pipelines import Pipeline, pipelines_of
from orgtrail.verify.kept import Kept
from orgtrail.verify.result import Figures, Named, Verified
from orgtrail.verify.run import Pair, Run, look, run
from orgtrail.verify.trail_files import TrailFiles
from tests.builders import ACCOUNT_ID, BUCKET, ORGANIZATION_ID, OTHER_ACCOUNT_ID, a_trail, an_account, settings
from tests.listed_bucket import denied
from tests.told_history import (
    HOME,
    Happened,
    StoredBucket,
    ToldHistory,
    evenly,
    identity,
    object_key,
    trail_file,
    trail_key,
)
from tests.unit.test_verify import DAY, MINUTE, NOON, NOW, stored, verifier

ACCOUNTS = [an_account(), an_account(OTHER_ACCOUNT_ID, name="other")]
QUESTIONS = Questions(at_once=2, seconds=60)


def kept_in(folder, **changed):
    arguments = {"settings": settings(*ACCOUNTS), "history": "LookupEvents", "late": 1, "folder": folder, **changed}
    return Kept(arguments.pop("settings"), **arguments)


def pairs(*days):
    return [Pair(one, day) for one in pipelines_of(ACCOUNTS) for day in days or (DAY,)]


@pytest.fixture
def world():
    """One event is there, one is missing, one account has none."""
    happened = evenly(2, NOON, MINUTE)
    return verifier(stored(happened[:1]), ToldHistory(happened), accounts=ACCOUNTS)


class TestARun:
    def test_tells_the_worst_first(self, world, tmp_path):
        told: list[str] = []
        found = run(world, pairs(), kept_in(tmp_path), QUESTIONS, lambda one: told.append(one.account))

        assert [(one.account, one.word, one.told) for one in found.found] == [
            ("payments", "missing", "1 of 2 missing"),
            ("other", "no events", ""),
        ]
        assert sorted(told) == ["other", "payments"]
        assert found.is_trouble

    def test_says_that_what_is_missing_may_still_come(self, world, tmp_path):
        early = replace(world, reader=replace(world.reader, late=0))
        early.reader.listing._offset = (datetime(2026, 11, 25, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds()
        notes = run(early, pairs(), kept_in(tmp_path), QUESTIONS).notes

        assert notes[0].startswith("what is missing may still come")
        assert notes[1].startswith("this machine's clock and S3's are ")

    def test_skips_accounts_that_are_not_rolled_out(self, world, tmp_path):
        closed = [
            Pair(Pipeline(an_account(status="closed"), HOME), DAY),
            Pair(Pipeline(an_account(enabled=False), "eu-west-1"), DAY),
        ]
        found = run(world, closed, kept_in(tmp_path), QUESTIONS).found

        assert [(one.word, one.told) for one in found] == [
            ("skipped", "enabled: false"),
            ("skipped", "the account is closed"),
        ]

    def test_one_that_hangs_is_not_known_and_hides_no_other(self, world, tmp_path):
        answered = threading.Event()
        client_of = world.history._client_of

        def hanging(pipeline, wait):
            if pipeline.account.name == "payments":
                answered.wait()
            return client_of(pipeline, wait)

        world.history._client_of = hanging
        found = run(world, pairs(), kept_in(tmp_path), Questions(at_once=2, seconds=2)).found
        answered.set()

        assert [(one.word, one.why) for one in found] == [
            ("not known", "not known, because no answer within 2 s"),
            ("no events", ""),
        ]

    def test_needs_nothing_to_be_kept(self, world, tmp_path):
        file = tmp_path / "file"
        file.write_text("")
        found = run(world, pairs(), kept_in(file), QUESTIONS)

        assert [one.word for one in found.found] == ["missing", "no events"]
        assert found.notes[0].startswith(
            "what was found can't be kept, so that a run which is interrupted begins anew: "
        )

    def test_follows_no_link_where_it_keeps_things(self, world, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
        found = run(world, pairs(), kept_in(tmp_path / "link"), QUESTIONS)

        assert "is a symbolic link" in found.notes[0]
        assert list((tmp_path / "elsewhere").iterdir()) == []


class TestTheLastLine:
    def line(self, *words):
        found = [
            Verified.without(Pipeline(ACCOUNTS[0], HOME), DAY, NOW, word, "not known, because no")
            if word in ("not known", "skipped")
            else Verified("payments", ACCOUNT_ID, HOME, DAY, NOW, word, figures=Figures(5, 5))
            for word in words
        ]
        return _summary(Run(tuple(found), 1, 1, ()), settings(*ACCOUNTS)).partition(": 1 pipeline: ")[2]

    def test_where_nothing_could_be_read_no_number_is_told(self):
        assert self.line("not known", "not known") == "2 not known; nothing was compared"

    def test_what_is_told_of_is_what_could_be_read(self):
        told = "5 events, 5 delivered (100 %)"

        assert self.line("not known", "complete") == f"1 not known, 1 complete; of what could be read, {told}"
        assert self.line("complete", "skipped") == f"1 complete, 1 skipped; {told}"


class TestTheEvents:
    def shown(self, number):
        one = Named("it", NOON, "CreateUser", "iam.amazonaws.com", 0)
        found = [
            Verified(f"account-{each}", ACCOUNT_ID, HOME, DAY, NOW, "missing", missing=(one,)) for each in range(number)
        ]
        output = io.StringIO()
        _show_events(Console(file=output, width=80), found)
        return output.getvalue()

    def test_of_many_pipelines_those_of_ten_are_listed_and_the_others_counted(self):
        shown = self.shown(12)

        assert shown.count("CreateUser") == 10
        assert "… and 2 more with events that are missing or twice; --json prints every one" in shown

    def test_nothing_is_counted_where_all_are_listed(self):
        assert "more" not in self.shown(10)


class TestWhatIsKept:
    def found(self, world, folder, *days):
        """What a run that was interrupted at its end has kept."""
        kept = kept_in(folder)
        for pair in pairs(*days):
            kept.write(pair.pipeline, world.verified(*pair))
        return kept

    def test_is_what_was_found_and_nothing_of_records(self, world, tmp_path):
        kept = self.found(world, tmp_path)
        (pair, *_rest) = pairs()

        assert kept.read(*pair) == replace(world.verified(*pair), at=kept.read(*pair).at)
        assert "userIdentity" not in "".join(path.read_text() for path in tmp_path.rglob("*.json"))
        assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.json")} == {0o600}

    def test_is_not_asked_again(self, world, tmp_path):
        self.found(world, tmp_path)
        found = run(world, pairs(), kept_in(tmp_path), QUESTIONS)

        assert all(one.is_kept for one in found.found)
        assert found.calls == world.history.calls
        assert found.notes[0].startswith("2 of 2 are as an earlier run has found them, from ")

    def test_is_gone_when_a_run_has_come_to_its_end(self, world, tmp_path):
        self.found(world, tmp_path)
        run(world, pairs(), kept_in(tmp_path), QUESTIONS)

        assert list(tmp_path.iterdir()) == []

    def test_stays_while_something_is_not_known(self, world, tmp_path):
        world.reader.objects._s3.failing[object_key(NOON)] = denied()
        first = run(world, pairs(), kept_in(tmp_path), QUESTIONS)
        del world.reader.objects._s3.failing[object_key(NOON)]
        second = run(world, pairs(), kept_in(tmp_path), QUESTIONS)

        assert [one.word for one in first.found] == ["not known", "no events"]
        assert [(one.word, one.is_kept) for one in second.found] == [("missing", False), ("no events", True)]

    @pytest.mark.parametrize(
        "changed",
        [
            {"late": 2},
            {"history": "s3://acme-cloudtrail/"},
            {
                "settings": settings(
                    *ACCOUNTS, archive=settings().archive.__class__(**{**vars(settings().archive), "bucket": "another"})
                )
            },
        ],
    )
    def test_does_not_count_for_another_question(self, world, tmp_path, changed):
        self.found(world, tmp_path)

        assert kept_in(tmp_path, **changed).read(*pairs()[0]) is None

    def test_does_not_count_for_other_events(self, world, tmp_path):
        self.found(world, tmp_path)
        narrower = an_account(events=Events(sources=("aws.iam",)))

        assert kept_in(tmp_path).read(Pipeline(narrower, HOME), DAY) is None

    def test_does_not_count_for_another_account_or_day(self, world, tmp_path):
        kept = self.found(world, tmp_path)
        first, second = pairs()
        (tmp_path / "2026-11-25").mkdir()
        text = kept._path(*first.pipeline.place, DAY).read_text()
        for path in (kept._path(*second.pipeline.place, DAY), kept._path(*first.pipeline.place, date(2026, 11, 25))):
            path.write_text(text)

        assert (kept.read(*second), kept.read(first.pipeline, date(2026, 11, 25))) == (None, None)

    def test_is_nothing_of_an_account_that_was_skipped(self, world, tmp_path):
        skipped = Pair(Pipeline(an_account(enabled=False), HOME), DAY)
        kept_in(tmp_path).write(skipped.pipeline, world.verified(*skipped))

        assert list(tmp_path.rglob("*.json")) == []

    def test_is_not_what_is_missing_once_a_run_has_told_it(self, world, tmp_path):
        """It may be backfilled until the next run."""
        world.reader.listing._s3._refused = (f"{OTHER_ACCOUNT_ID}/",)
        first = run(world, pairs(), kept_in(tmp_path), QUESTIONS)

        assert [one.word for one in first.found] == ["missing", "not known"]
        assert list(tmp_path.rglob("*.json")) == []

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"asked": 1}', "\x00"])
    def test_that_can_not_be_read_is_asked_anew(self, world, tmp_path, text):
        kept = self.found(world, tmp_path)
        for path in tmp_path.rglob("*.json"):
            path.write_text(text)

        assert kept.read(*pairs()[0]) is None

    def test_is_of_its_days_alone(self, world, tmp_path):
        next_day = DAY + timedelta(days=1)
        kept = self.found(world, tmp_path, DAY, next_day)
        kept.forget(pairs(DAY))

        assert [path.name for path in tmp_path.iterdir()] == [next_day.isoformat()]


class TestTheFirstLook:
    @pytest.mark.parametrize("error", [denied("NoSuchBucket"), ReadTimeoutError(endpoint_url="NoSuchBucket")])
    def test_an_archive_that_can_not_be_listed_at_all_is_told(self, error):
        class Gone(StoredBucket):
            def list_objects_v2(self, **_arguments):
                raise error

        with pytest.raises(UserError, match=r"The archive s3://acme-iam-events can't be listed: .*NoSuchBucket"):
            look(verifier(Gone({}, NOW), ToldHistory([])))

    def test_who_may_list_some_folders_only_goes_on(self):
        look(verifier(StoredBucket({}, NOW, refused=[""]), ToldHistory([])))


class TestATrailsFiles:
    AT = NOON + 5 * MINUTE

    def compared(self, files, archive, happened=(), organization_id=ORGANIZATION_ID, prefix=""):
        verifying = verifier(archive, ToldHistory(happened))
        bucket = StoredBucket(files, NOW)
        trail = TrailFiles(Listing(bucket, a_trail()), Objects(bucket, a_trail()), prefix, organization_id)
        return replace(verifying, history=trail).comparison(Pipeline(an_account(), HOME), DAY)

    @pytest.mark.parametrize("prefix", ["", "audit/"])
    @pytest.mark.parametrize("organization", ["", f"{ORGANIZATION_ID}/"])
    def test_of_an_organization_or_an_account_below_any_prefix(self, organization, prefix):
        happened = evenly(3, NOON, MINUTE)
        found = self.compared(
            {prefix + trail_key(self.AT, organization=organization): trail_file(happened)},
            stored(happened[1:]),
            prefix=prefix,
        )

        assert (found.delivered, [one.id for one in found.missing]) == (2, [happened[0].id])
        assert found.missing[0].record == happened[0].record

    def test_what_two_trails_tell_is_counted_once(self):
        happened = evenly(3, NOON, MINUTE)
        files = {trail_key(self.AT, organization=one): trail_file(happened) for one in ("", f"{ORGANIZATION_ID}/")}

        assert len(self.compared(files, {}).missing) == 3

    @pytest.mark.parametrize(("hours", "missing"), [(11, 1), (18, 1), (35, 1), (36, 0)])
    def test_of_the_next_day_count_too(self, hours, missing):
        happened = [Happened(identity(1), NOON)]
        files = {trail_key(NOON): trail_file([]), trail_key(NOON + timedelta(hours=hours)): trail_file(happened)}

        assert len(self.compared(files, {}).missing) == missing

    def test_that_come_after_the_next_day_make_no_loss_of_what_the_archive_has(self):
        one = Happened(identity(1), NOON)
        files = {trail_key(NOON): trail_file([]), trail_key(NOON + timedelta(hours=36)): trail_file([one])}
        found = self.compared(files, stored([one]))

        assert (found.missing, found.extra) == ((), (one.id,))

    def test_of_other_services_other_days_and_other_accounts_do_not_count(self):
        others = [
            Happened(identity(1), NOON, source="aws.ec2"),
            Happened(identity(2), NOON - timedelta(days=1)),
            Happened(identity(3), NOON, OTHER_ACCOUNT_ID),
        ]

        assert self.compared({trail_key(self.AT): trail_file(others)}, {}).expected == 0

    def test_digests_and_foreign_files_are_not_read(self):
        folder = trail_key(self.AT).rpartition("/")[0]
        files = {trail_key(self.AT): trail_file([]), f"{folder}/notes.txt": b"\x00", f"{folder}/x.json.gz": b"\x00"}

        assert self.compared(files, {}).expected == 0

    def test_a_trail_without_any_file_of_the_pipeline_is_not_known(self):
        files = {trail_key(self.AT, OTHER_ACCOUNT_ID): trail_file([])}

        with pytest.raises(NotKnown, match="s3://acme-cloudtrail/ has no file of this account, region and day, "):
            self.compared(files, {})

    @pytest.mark.parametrize("organization", ["", f"{ORGANIZATION_ID}/"])
    def test_a_day_without_a_file_is_one_without_events_where_a_digest_says_so(self, organization):
        digest = trail_key(self.AT, organization=organization).replace("CloudTrail", "CloudTrail-Digest")

        assert self.compared({digest: b""}, {}).expected == 0

    def test_a_day_without_a_file_is_not_known_where_the_trail_may_have_been_off(self):
        files = {trail_key(self.AT + timedelta(days=days)): trail_file([]) for days in (-9, 9)}

        with pytest.raises(NotKnown, match="and no digest that shows that the trail was on"):
            self.compared(files, {})

    def test_files_of_the_next_day_show_that_the_trail_was_on_only_by_an_event_of_the_day(self):
        next_day, one = trail_key(NOON + timedelta(hours=18)), Happened(identity(1), NOON)

        with pytest.raises(NotKnown, match="has no file of this account, region and day, and no digest"):
            self.compared({next_day: trail_file([Happened(identity(1), NOON + timedelta(hours=17))])}, {})
        assert len(self.compared({next_day: trail_file([one])}, {}).missing) == 1

    @pytest.mark.parametrize(
        "body",
        [gzip.compress(b'{"Records": [{"a": }, ]}'), trail_file([Happened("", NOON)])[:-9]],
        ids=["malformed", "cut off"],
    )
    def test_a_broken_file_is_not_known(self, body):
        with pytest.raises(NotKnown, match="CloudTrail_us-east-1"):
            self.compared({trail_key(self.AT): body}, {})


def test_a_million_foreign_keys_cost_listings_and_no_memory_or_reads():
    happened = evenly(1, NOON, MINUTE)
    folder = object_key(NOON).rpartition("/")[0]
    content = {**stored(happened), **{f"{folder}/foreign-{number:06}": b"" for number in range(20_000)}}
    bucket = StoredBucket(content, NOW)
    verifying = verifier(bucket, ToldHistory(happened))
    found = verifying.verified(Pipeline(an_account(), HOME), DAY)

    assert (found.word, found.figures.foreign, len(found.foreign_keys)) == ("complete", 20_000, 5)
    assert bucket.read == [object_key(NOON)]
    assert len(bucket.asked) == 3 + 21


def test_clocks_apart_change_nothing_of_what_is_found():
    """Events keep the time of the service that tells them; only which days are over is asked of a clock."""
    happened = [Happened(identity(1), datetime(2026, 11, 24, 0, 0, 5, tzinfo=UTC))]
    ahead = stored(happened, datetime(2026, 11, 23, 23, 59, 50, tzinfo=UTC))
    verifying = verifier(ahead, ToldHistory(happened))

    assert verifying.verified(Pipeline(an_account(), HOME), DAY).word == "complete"
    assert verifying.verified(Pipeline(an_account(), HOME), date(2026, 11, 23)).figures.extra == 0


def test_json_of_what_is_kept_has_no_more_than_ids_names_and_times(world, tmp_path):
    kept_in(tmp_path).write(pairs()[0].pipeline, world.verified(*pairs()[0]))
    (path,) = tmp_path.rglob("*.json")
    (missing,) = json.loads(path.read_text())["found"]["missing"]

    assert sorted(missing) == ["copies", "id", "name", "source", "time"]
    assert path == tmp_path / DAY.isoformat() / f"{ACCOUNT_ID}-{HOME}.json"
    assert BUCKET not in path.read_text()
