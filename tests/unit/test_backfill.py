"""What verify finds missing becomes lines and objects beside the deliveries, marked, each once and over nothing."""

import gzip
import json
from bisect import insort
from datetime import UTC, date, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from orgtrail.backfill.line import Mark, Refused, line_of
from orgtrail.backfill.objects import Making
from orgtrail.backfill.plan import Planner
from orgtrail.backfill.run import Backfilled, plan_all, write_all
from orgtrail.backfill.spool import Spool
from orgtrail.backfill.write import Writer
from orgtrail.concurrency.limiter import Limiter
from orgtrail.concurrency.pool import Pool
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import Objects
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.selection.pipelines import Pipeline, pipelines_of
from orgtrail.verify.archived import Reader
from orgtrail.verify.lookups import Lookups
from orgtrail.verify.rule import Taken
from orgtrail.verify.verifier import Verifier
from tests.builders import ACCOUNT_ID, BUCKET, OTHER_ACCOUNT_ID, an_account, an_archive, settings
from tests.told_history import HOME, Happened, StoredBucket, ToldHistory, evenly, identity, object_key

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MARK = Mark(datetime(2026, 11, 28, 14, 30, 5, 999, tzinfo=UTC), "cloudtrail-lookup")
FOLDER = f"backfill/{ACCOUNT_ID}/{HOME}/2026/11/24/"


def taken(one):
    """What verify makes of a record."""
    return Taken(one.id, one.time, one.name, one.source, "AWS API Call via CloudTrail", one.record)


def made(happened, layout=DEFAULT_LAYOUT, compression="UNCOMPRESSED", **limits):
    with Spool() as lines:
        making = Making(Layout(layout), Pipeline(an_account(compression=compression), HOME), MARK, lines, **limits)
        return list(making.objects([making.held(taken(one)) for one in happened]))


class TestALine:
    def test_a_line_is_the_envelope_of_eventbridge_and_a_mark(self):
        event = Happened(identity(7), NOON)
        line = line_of(taken(event), ACCOUNT_ID, HOME, MARK)

        assert line.endswith(b"\n")
        assert json.loads(line) == {
            "version": "0",
            "id": identity(7),
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.iam",
            "account": ACCOUNT_ID,
            "time": "2026-11-24T12:00:00Z",
            "region": HOME,
            "resources": [],
            "detail": event.record,
            "backfill": {"written": "2026-11-28T14:30:05Z", "origin": "cloudtrail-lookup"},
        }

    def test_a_line_has_the_keys_that_a_delivery_has_and_no_other_but_the_mark(self):
        event = Happened(identity(7), NOON)
        delivered, backfilled = (json.loads(one) for one in (event.line, line_of(taken(event), ACCOUNT_ID, HOME, MARK)))

        assert backfilled.keys() == delivered.keys() | {"backfill"}
        assert {key for key in delivered if delivered[key] != backfilled[key]} == {"id"}

    @pytest.mark.parametrize(
        "text",
        ["a\nb", "a\u2028b", "\ud83d", "\x00", "ü" * 1_000_000],
        ids=["newline", "line separator", "half of a surrogate pair", "null", "more than EventBridge takes"],
    )
    def test_a_line_is_one_line_whatever_the_record_holds(self, text):
        event = Happened(identity(7), NOON, changed=(("userAgent", text),))
        line = line_of(taken(event), ACCOUNT_ID, HOME, MARK)

        assert len(line.decode("ascii").splitlines()) == 1
        assert json.loads(line)["detail"]["userAgent"] == text

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            (
                {"recipientAccountId": OTHER_ACCOUNT_ID},
                f"its recipientAccountId is '{OTHER_ACCOUNT_ID}', not '{ACCOUNT_ID}'",
            ),
            ({"recipientAccountId": None}, f"its recipientAccountId is None, not '{ACCOUNT_ID}'"),
            ({"awsRegion": "eu-west-1"}, f"its awsRegion is 'eu-west-1', not '{HOME}'"),
            ({"eventID": identity(8)}, f"its eventID is '{identity(8)}', not '{identity(7)}'"),
        ],
    )
    def test_a_line_of_another_account_region_or_event_is_refused(self, changed, problem):
        event = Happened(identity(7), NOON, changed=tuple(changed.items()))

        with pytest.raises(Refused) as refused:
            line_of(taken(event), ACCOUNT_ID, HOME, MARK)
        assert str(refused.value) == f"{identity(7)} is not what was asked for: {problem}"

    def test_a_record_that_is_no_json_is_refused(self):
        event = Happened(identity(7), NOON, changed=(("responseElements", float("nan")),))

        with pytest.raises(Refused, match="can't be written as JSON"):
            line_of(taken(event), ACCOUNT_ID, HOME, MARK)


class TestObjects:
    def test_the_events_of_a_day_are_one_object_below_backfill(self):
        (one,) = made(evenly(3, NOON, MINUTE))

        assert one.key.startswith(f"{FOLDER}backfill-")
        assert one.key.endswith(".jsonl")
        assert [json.loads(line)["id"] for line in one.body.splitlines()] == [identity(number) for number in range(3)]
        assert one.events == 3

    def test_the_day_and_the_hour_are_those_of_the_event(self):
        happened = [
            Happened(identity(1), NOON),
            Happened(identity(2), NOON + 50 * MINUTE),
            Happened(identity(3), NOON + HOUR),
        ]
        keys = [
            (one.key.rpartition("/")[0], one.events)
            for one in made(happened, "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/")
        ]

        assert keys == [
            (f"iam/backfill/{ACCOUNT_ID}/{HOME}/2026/11/24/12", 2),
            (f"iam/backfill/{ACCOUNT_ID}/{HOME}/2026/11/24/13", 1),
        ]

    def test_the_same_events_are_the_same_object_in_any_order_and_others_are_another(self):
        three = evenly(3, NOON, MINUTE)
        (one,), (same,), (another,) = made(three), made(three[::-1]), made(three[:2])

        assert one.key == same.key
        assert one.key != another.key

    def test_compressed_objects_are_the_same_whenever_they_are_made(self):
        (one,), (again,) = (made(evenly(3, NOON, MINUTE), compression="GZIP") for _time in range(2))

        assert one == again
        assert one.key.endswith(".jsonl.gz")
        assert gzip.decompress(one.body) == made(evenly(3, NOON, MINUTE))[0].body

    def test_an_object_is_no_larger_than_it_may_be_but_for_a_single_event(self):
        happened = [
            Happened(identity(number), NOON, changed=(("userAgent", "x" * size),))
            for number, size in enumerate([10, 10, 5000, 10])
        ]
        objects = made(happened, most_bytes=2000)

        assert [one.events for one in objects] == [2, 1, 1]
        assert sum(len(one.body) > 2000 for one in objects) == 1

    def test_an_event_that_is_refused_leaves_the_others(self):
        happened = [
            *evenly(2, NOON, MINUTE),
            Happened(identity(9), NOON, changed=(("recipientAccountId", OTHER_ACCOUNT_ID),)),
        ]
        with Spool() as lines:
            making = Making(Layout(), Pipeline(an_account(), HOME), MARK, lines)
            (one,) = making.objects([making.held(taken(event)) for event in happened])

        assert one.events == 2
        assert making.refused == [
            f"{identity(9)} is not what was asked for: "
            f"its recipientAccountId is '{OTHER_ACCOUNT_ID}', not '{ACCOUNT_ID}'"
        ]


def test_of_what_is_missing_no_record_is_held():
    happened = evenly(3, NOON, MINUTE)
    with Spool() as lines:
        making = Making(Layout(), Pipeline(an_account(), HOME), MARK, lines)
        held = [making.held(taken(one)) for one in happened]
        (one,) = making.objects(held)

    assert [event.record for event in held] == [{}, {}, {}]
    assert [json.loads(line)["detail"] for line in one.body.splitlines()] == [event.record for event in happened]


def test_what_waits_is_as_it_was_and_in_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Spool() as spool:
        kept = [spool.keep(data) for data in (b"one", b"", b"three" * 100_000)]

        assert [spool.taken(one) for one in kept] == [b"one", b"", b"three" * 100_000]
        assert list(tmp_path.iterdir()) == []


class Killed(BaseException):
    """The process ends here."""


class Archive(StoredBucket):
    """An archive that can be written to; `dies` says when: before or after so many writes."""

    def __init__(self, content, dies=None):
        super().__init__(content, NOW)
        self.dies = dies
        self.tried = 0

    def put_object(self, **arguments):
        key = arguments["Key"]
        assert (arguments["IfNoneMatch"], arguments["ChecksumAlgorithm"]) == ("*", "SHA256")
        self.tried += 1
        if self.dies == (self.tried, "before"):
            raise Killed
        if key in self.content:
            raise refusal("PreconditionFailed")
        insort(self.keys, key)
        self.content[key] = arguments["Body"]
        if self.dies == (self.tried, "after"):
            raise Killed

    @property
    def ids(self):
        """The events in it, as often as they are there."""
        return sorted(
            json.loads(line)["detail"]["eventID"] for body in self.content.values() for line in body.splitlines()
        )


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")


def backfilled(bucket, *happened, days=(DAY,), accounts=None, layout=DEFAULT_LAYOUT, most_bytes=None):
    """One run, as the command makes it."""
    organization = settings(*(accounts or [an_account()]), archive=an_archive(layout=Layout(layout)))
    archive = organization.archive
    told = {
        place: ToldHistory([one for one in happened if (one.account_id, one.region) == place])
        for place in {(one.account_id, one.region) for one in happened}
    }
    reader = Reader(archive, Listing(bucket, archive), Objects(bucket, archive), 1)
    lookups = Lookups(lambda one, _wait: told.get(one.place, ToldHistory([])), limiter=lambda: Limiter(1e9))
    with Spool() as spool:
        planner = Planner(Verifier(organization, reader, lookups), archive.layout, spool, MARK)
        planned = plan_all(planner, pipelines_of(organization.accounts), days, Questions(at_once=4, seconds=60))
        return write_all(Writer(bucket, archive), planned, spool, Pool())


class TestARun:
    LOST = tuple(evenly(40, NOON, MINUTE))

    def test_a_run_writes_what_is_missing_and_nothing_else(self):
        bucket = Archive({object_key(NOON): b"".join(one.line for one in self.LOST[:30])})
        found = backfilled(bucket, *self.LOST)

        assert found.outcomes == {"written": 10}
        assert not found.is_trouble
        assert bucket.ids == [identity(number) for number in range(40)]

    def test_a_second_run_writes_nothing(self):
        bucket = Archive({})
        backfilled(bucket, *self.LOST)
        tried = bucket.tried
        again = backfilled(bucket, *self.LOST)

        assert tried == 1
        assert bucket.tried == tried
        assert again.outcomes == {}
        assert [day.backfilled for day in again.planned[0].days] == [40]

    @pytest.mark.parametrize("moment", ["before", "after"])
    @pytest.mark.parametrize("number", range(1, 7))
    def test_a_run_that_was_killed_leaves_whole_objects_and_the_next_writes_the_rest_once(self, moment, number):
        hourly = "{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/"
        happened = [Happened(identity(count), NOON - 5 * HOUR + count * 20 * MINUTE) for count in range(18)]
        bucket = Archive({}, dies=(number, moment))
        with pytest.raises(Killed):
            backfilled(bucket, *happened, layout=hourly)
        left = dict(bucket.content)
        bucket.dies = None
        backfilled(bucket, *happened, layout=hourly)

        assert all(len(body.splitlines()) == 3 for body in left.values())
        assert bucket.ids == [identity(count) for count in range(18)]
        assert {key: bucket.content[key] for key in left} == left

    def test_an_account_that_cannot_be_looked_at_hides_no_other_and_gets_nothing(self):
        other = tuple(
            one._replace(account_id=OTHER_ACCOUNT_ID, id=identity(100 + number)) for number, one in enumerate(self.LOST)
        )
        delivered = object_key(NOON)
        bucket = Archive({delivered: b"".join(one.line for one in self.LOST[:30])})
        bucket.failing[delivered] = refusal("AccessDenied")
        found = backfilled(
            bucket, *self.LOST, *other, accounts=[an_account(), an_account(OTHER_ACCOUNT_ID, name="other")]
        )

        assert found.outcomes == {"written": 40}
        assert {key.split("/")[1] for key in bucket.content if key.startswith("backfill/")} == {OTHER_ACCOUNT_ID}
        assert [problem for one in found.planned for problem in found.problems(one)] == [
            f"2026-11-24: nothing is written, because s3://{BUCKET}/{delivered} can't be read: An error occurred "
            "(AccessDenied) when calling the PutObject operation: no"
        ]

    def test_a_day_that_is_not_known_hides_no_other_day(self):
        yesterday = tuple(
            one._replace(time=one.time - timedelta(days=4), id=identity(100 + number))
            for number, one in enumerate(self.LOST)
        )
        bucket = Archive({object_key(NOON): b""})
        bucket.failing[object_key(NOON)] = refusal("AccessDenied")
        found = backfilled(bucket, *self.LOST, *yesterday, days=(DAY - timedelta(days=4), DAY))

        assert [(day.events, bool(day.why)) for day in found.planned[0].days] == [(40, False), (0, True)]

    def test_an_event_of_another_account_in_the_history_is_written_nowhere(self):
        stray = Happened(identity(99), NOON, changed=(("recipientAccountId", OTHER_ACCOUNT_ID),))
        bucket = Archive({})
        backfilled(bucket, *self.LOST, stray)

        assert identity(99) not in bucket.ids
        assert {key.split("/")[1] for key in bucket.content} == {ACCOUNT_ID}

    def test_an_object_of_the_same_name_is_left_as_it_is(self):
        (ours,) = made(self.LOST)
        bucket = Archive({ours.key: b"something else\n"})
        found = backfilled(bucket, *self.LOST)

        assert bucket.content == {ours.key: b"something else\n"}
        assert found.outcomes == {"failed": 40}
        assert [problem for one in found.planned for problem in found.problems(one)] == [
            f"40 events not written: s3://{BUCKET}/{ours.key} is there already and holds something else: "
            "it was left as it is"
        ]


class TestWriting:
    (OURS,) = made(evenly(3, NOON, MINUTE))

    def written(self, bucket):
        return Writer(bucket, an_archive()).write(self.OURS.key, self.OURS.body)

    def test_an_answer_that_was_lost_is_no_trouble(self):
        assert self.written(Archive({self.OURS.key: self.OURS.body})).outcome == "written"

    def test_what_another_run_has_written_meanwhile_is_there(self):
        earlier = self.OURS.body.replace(b"2026-11-28T14:30:05Z", b"2026-11-28T14:30:04Z")

        assert self.written(Archive({self.OURS.key: earlier})).outcome == "there"
        assert self.written(Archive({self.OURS.key: gzip.compress(earlier)})).outcome == "there"

    @pytest.mark.parametrize("content", [b"", b"{}\n", b"[]\n", b"\x1f\x8bno gzip", b"\xff\xfe", OURS.body[:-200]])
    def test_what_holds_less_than_ours_is_something_else(self, content):
        bucket = Archive({self.OURS.key: content})

        assert self.written(bucket).outcome == "failed"
        assert bucket.content[self.OURS.key] == content

    def test_a_conflict_is_tried_again(self):
        bucket = Refusing(["ConditionalRequestConflict", "ConditionalRequestConflict"])

        assert self.written(bucket).outcome == "written"
        assert bucket.content[self.OURS.key] == self.OURS.body

    @pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "KMS.DisabledException"])
    def test_a_refusal_is_told(self, code):
        found = self.written(Refusing([code]))

        assert found.outcome == "failed"
        assert code in found.why


class Refusing(Archive):
    """An archive that refuses the first writes, for these reasons."""

    def __init__(self, codes):
        super().__init__({})
        self.codes = list(codes)

    def put_object(self, **arguments):
        if self.codes:
            raise refusal(self.codes.pop(0))
        super().put_object(**arguments)


def test_what_may_still_come_is_told_before_it_is_written():
    lost = evenly(2, NOON, MINUTE)
    found = backfilled(Archive({}), *lost)

    (note,) = found.notes(NOW - timedelta(days=1))
    assert note.endswith("then it will be there twice")
    assert list(found.notes(NOW)) == list(backfilled(Archive({})).notes(NOON)) == []


def test_nothing_that_was_only_planned_counts_as_written():
    planned = Backfilled([])

    assert planned.outcomes == {}
    assert not planned.is_trouble
