"""CloudTrail's history against the archive, by event id."""

import gzip
import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orgtrail.concurrency.limiter import Limiter
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import NotKnown, Objects
from orgtrail.events import Events
from orgtrail.layout import Layout
from orgtrail.selection.pipelines import Pipeline, pipelines_of
from orgtrail.settings import Former
from orgtrail.trace import Tracer
from orgtrail.verify.archived import Reader
from orgtrail.verify.comparison import Comparing
from orgtrail.verify.lookups import Lookups
from orgtrail.verify.rule import Rule, Taken
from orgtrail.verify.trail_files import TrailFiles
from orgtrail.verify.verifier import Verifier, refused
from tests.builders import ACCOUNT_ID, BUCKET, OTHER_ACCOUNT_ID, an_account, an_archive, settings
from tests.listed_bucket import denied
from tests.told_history import HOME, Happened, StoredBucket, ToldHistory, evenly, identity, object_key

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def verifier(content, *histories, accounts=(), late=1, **archive):
    """A verifier whose S3 and CloudTrail are stand-ins; each history is that of a pipeline."""
    told = {(one.happened[0].account_id, one.happened[0].region) if one.happened else None: one for one in histories}
    organization = settings(*(accounts or (an_account(),)), archive=an_archive(**archive))
    bucket = content if isinstance(content, StoredBucket) else StoredBucket(content, NOW)
    found = organization.archive
    reader = Reader(found, Listing(bucket, found), Objects(bucket, found), late)
    lookups = Lookups(lambda one, _wait: told.get(one.place, ToldHistory([])), limiter=lambda: Limiter(1e9))
    return Verifier(organization, reader, lookups)


def compared(content, happened, **options):
    """The comparison of one account's pipeline in its home region."""
    verifying = verifier(content, ToldHistory(happened), **options)
    return verifying.comparison(Pipeline(verifying.settings.accounts[0], HOME), DAY)


def stored(happened, at=NOON, compress=False):
    """An archive with one object."""
    text = b"".join(one.line for one in happened)
    return {object_key(at): gzip.compress(text) if compress else text}


@pytest.mark.parametrize("compress", [False, True])
def test_what_is_in_the_archive_is_delivered(compress):
    happened = evenly(120, NOON, MINUTE)
    found = compared(stored(happened, compress=compress), happened)

    assert (found.delivered, found.missing, found.twice, found.extra) == (120, (), (), ())


def test_what_is_missing_is_told_with_its_whole_record():
    happened = evenly(3, NOON, MINUTE)
    (missing,) = compared(stored(happened[1:]), happened).missing

    assert (missing.id, missing.time, missing.name) == (happened[0].id, NOON, "CreateAccessKey")
    assert (missing.source, missing.detail_type) == ("aws.iam", "AWS API Call via CloudTrail")
    assert missing.record == happened[0].record


def test_a_verdict_holds_no_whole_record(monkeypatch):
    held: list[Taken] = []

    class Watched(Comparing):
        def result(self):
            held.extend(self._open.values())
            return super().result()

    monkeypatch.setattr("orgtrail.verify.verifier.Comparing", Watched)
    found = verifier({}, ToldHistory([Happened(identity(1), NOON)])).verified(Pipeline(an_account(), HOME), DAY)

    assert [(one.id, one.record) for one in held] == [(identity(1), {})]
    assert [one.name for one in found.missing] == ["CreateAccessKey"]


def test_what_is_there_twice_is_told_with_the_number_of_its_lines():
    happened = evenly(3, NOON, MINUTE)
    content = stored(happened) | stored(happened[2:] * 2, NOON + MINUTE)
    (twice,) = compared(content, happened).twice

    assert (twice.line.id, twice.line.time, twice.copies) == (happened[2].id, happened[2].time, 3)


def test_what_the_history_does_not_know_is_extra():
    happened = evenly(3, NOON, MINUTE)
    found = compared(stored(happened), happened[:2])

    assert (found.delivered, found.extra) == (2, (happened[2].id,))


def test_what_was_backfilled_is_not_delivered():
    happened = evenly(3, NOON, MINUTE)
    folder = f"backfill/{ACCOUNT_ID}/{HOME}/2026/11/24"
    content = stored(happened[:1]) | {f"{folder}/any-name.gz": gzip.compress(happened[1].line)}
    found = compared(content, happened)

    assert (found.delivered, found.backfilled) == (1, (happened[1].id,))
    assert [one.id for one in found.missing] == [happened[2].id]


@pytest.mark.parametrize(
    "changed",
    [
        {"source": "aws.ec2"},
        {"read_only": True},
        {"region": "eu-west-1"},
        {"account_id": OTHER_ACCOUNT_ID},
        {"changed": (("eventType", "AwsVpceEvent"),)},
    ],
)
def test_what_the_rule_does_not_take_is_not_missed(changed):
    happened = [Happened(identity(1), NOON), Happened(identity(2), NOON, **changed)]
    found = compared(stored(happened[:1]), happened)

    assert (found.delivered, found.missing, found.unclear) == (1, (), ())


def test_read_only_calls_are_missed_where_the_rule_takes_them():
    account = an_account(events=Events(include_read_only=True))
    found = compared({}, [Happened(identity(1), NOON, read_only=True)], accounts=[account])

    assert len(found.missing) == 1


def test_a_record_that_can_not_be_judged_is_not_known_unless_it_is_there():
    strange = Happened(identity(1), NOON, changed=(("eventType", "AwsMoonPhase"),))
    found = compared({}, [strange])
    there = compared(stored([strange]), [strange])

    assert [one.id for one in found.unclear] == [strange.id]
    assert "AwsMoonPhase" in found.unclear[0].problem
    assert (there.delivered, there.unclear, there.extra) == (1, (), ())


def test_the_same_id_in_two_regions_and_a_shared_id_in_two_accounts_are_apart():
    accounts = [
        an_account(regions=(HOME, "eu-west-1"), events=Events(sources=("aws.signin", "aws.iam"))),
        an_account(OTHER_ACCOUNT_ID, name="other"),
    ]
    shared = (("sharedEventID", identity(9)),)
    here = Happened(identity(1), NOON, source="aws.signin", changed=shared)
    there = here._replace(region="eu-west-1")
    others = Happened(identity(2), NOON, OTHER_ACCOUNT_ID, changed=shared)
    content = {object_key(NOON): here.line}
    verifying = verifier(content, *(ToldHistory([one]) for one in (here, there, others)), accounts=accounts)
    found = [verifying.comparison(one, DAY) for one in pipelines_of(accounts)]

    assert [(one.delivered, len(one.missing)) for one in found] == [(1, 0), (0, 1), (0, 1)]


class TestAtMidnight:
    LAST = datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)
    FIRST = datetime(2026, 11, 24, tzinfo=UTC)

    def test_only_events_of_the_day_count(self):
        around = [self.FIRST - MINUTE / 60, self.FIRST, self.LAST, self.LAST + MINUTE / 60]
        happened = [Happened(identity(number), at) for number, at in enumerate(around)]
        found = compared({}, happened)

        assert [one.id for one in found.missing] == [identity(1), identity(2)]

    def test_the_last_events_of_a_day_lie_in_the_folder_of_the_next(self):
        happened = [Happened(identity(1), self.LAST)]

        assert compared(stored(happened, self.LAST + 5 * MINUTE), happened).delivered == 1

    def test_the_first_events_of_a_day_may_lie_in_the_folder_of_the_day_before(self):
        happened = [Happened(identity(1), self.FIRST)]

        assert compared(stored(happened, self.FIRST - 5 * MINUTE), happened).delivered == 1

    def test_before_anything_is_missing_the_whole_day_before_is_read(self):
        happened = [Happened(identity(1), self.FIRST)]
        content = stored(happened, self.FIRST - timedelta(hours=20))

        assert compared(content, happened).delivered == 1

    def test_the_day_before_is_not_read_for_nothing(self):
        happened = evenly(1, NOON, MINUTE)
        old = object_key(self.FIRST - timedelta(hours=20))
        bucket = StoredBucket(stored(happened) | {old: b""}, NOW)
        compared(bucket, happened)

        assert old not in bucket.read

    @pytest.mark.parametrize(
        ("late", "days", "delivered"), [(0, 0, 1), (0, 1, 1), (0, 3, 1), (1, 3, 1), (1, 4, 0), (4, 4, 1)]
    )
    def test_how_late_an_event_may_arrive(self, late, days, delivered):
        happened = [Happened(identity(1), NOON)]
        found = verifier(
            StoredBucket(stored(happened, NOON + timedelta(days=days)), NOW + timedelta(days=9)),
            ToldHistory(happened),
            late=late,
        ).comparison(Pipeline(an_account(), HOME), DAY)

        assert (found.delivered, len(found.missing)) == (delivered, 1 - delivered)

    def test_later_days_are_not_read_if_nothing_is_missing(self):
        happened = evenly(1, NOON, MINUTE)
        later = object_key(NOON + timedelta(days=2))
        bucket = StoredBucket(stored(happened) | {later: b""}, NOW)
        compared(bucket, happened)

        assert later not in bucket.read


class TestWhereTheArchiveIsRead:
    @pytest.mark.parametrize(
        "template",
        [
            "{account_id}/{region}/{yyyy}/{MM}/{dd}/",
            "iam/{account_id}/{yyyy}/{MM}/{dd}/{region}/",
            "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/",
            "{account_id}/{yyyy}-{MM}-{dd}/{HH}/{region}/",
        ],
    )
    @pytest.mark.parametrize("place", ["layout", "former"])
    def test_every_layout_of_the_archive(self, template, place):
        happened = evenly(2, NOON, MINUTE)
        layout = Layout(template)
        at = {"yyyy": "2026", "MM": "11", "dd": "24", "HH": "12"}
        folder = layout.template.format(account_id=ACCOUNT_ID, region=HOME, **at)
        backfill = layout.backfill.template.format(account_id=ACCOUNT_ID, region=HOME, **at)
        name = object_key(NOON).rpartition("/")[2]
        archive = {"layout": layout} if place == "layout" else {"former": Former(layouts=(layout,))}
        found = compared({folder + name: happened[0].line, f"{backfill}x": happened[1].line}, happened, **archive)

        assert (found.delivered, len(found.backfilled), found.missing) == (1, 1, ())

    def test_foreign_objects_are_counted_and_not_read(self):
        happened = evenly(1, NOON, MINUTE)
        foreign = f"{ACCOUNT_ID}/{HOME}/2026/11/24/notes.txt"
        bucket = StoredBucket(stored(happened) | {foreign: b"\x00"}, NOW)
        verifying = verifier(bucket, ToldHistory(happened))
        found = verifying.verified(Pipeline(verifying.settings.accounts[0], HOME), DAY)

        assert (found.word, found.figures.foreign, found.foreign_keys) == ("complete", 1, (foreign,))
        assert foreign not in bucket.read

    def test_malformed_lines_are_counted_and_told(self):
        happened = evenly(2, NOON, MINUTE)
        content = {object_key(NOON): happened[0].line + b'{"half": \n' + happened[1].line + b'"text"\n'}
        verifying = verifier(content, ToldHistory(happened))
        found = verifying.verified(Pipeline(verifying.settings.accounts[0], HOME), DAY)

        assert (found.word, found.figures.malformed) == ("complete", 2)
        assert found.malformed_places[0] == f"s3://{BUCKET}/{object_key(NOON)} line 2"

    def test_a_line_without_an_event_id_is_no_event_of_the_history(self):
        content = {object_key(NOON): Happened("", NOON, changed=(("eventID", None),)).line}
        verifying = verifier(content, ToldHistory([]))
        found = verifying.verified(Pipeline(verifying.settings.accounts[0], HOME), DAY)

        assert (found.word, found.figures.without_id, found.figures.extra) == ("no events", 1, 0)


class TestWhatCanNotBeRead:
    def reason(self, bucket, history=None):
        with pytest.raises(NotKnown) as caught:
            compared(bucket, []) if history is None else verifier(bucket, history).comparison(
                Pipeline(an_account(), HOME), DAY
            )
        return str(caught.value)

    def test_a_folder_that_can_not_be_listed(self):
        assert "AccessDenied" in self.reason(StoredBucket({}, NOW, refused=[f"{ACCOUNT_ID}/"]))

    def test_an_object_that_can_not_be_read(self):
        bucket = StoredBucket(stored([Happened(identity(1), NOON)]), NOW)
        bucket.failing[object_key(NOON)] = denied(message="no kms:Decrypt")

        assert f"s3://{BUCKET}/{object_key(NOON)} can't be read" in (why := self.reason(bucket))
        assert "no kms:Decrypt" in why

    @pytest.mark.parametrize(("error", "reads"), [(ReadTimeoutError(endpoint_url="https://s3"), 3), (denied(), 1)])
    def test_an_object_is_read_again_only_if_the_connection_breaks(self, error, reads):
        bucket = StoredBucket(stored([Happened(identity(1), NOON)]), NOW)
        bucket.failing[object_key(NOON)] = error

        assert "can't be read" in self.reason(bucket)
        assert len(bucket.read) == reads

    def test_an_object_that_is_cut_off_is_not_known(self):
        cut = gzip.compress(Happened(identity(1), NOON).line)[:-20]

        assert "can't be read to its end" in self.reason({object_key(NOON): cut})

    def test_a_history_that_can_not_be_looked_up_is_not_known(self):
        class Refused(ToldHistory):
            def lookup_events(self, **_arguments):
                raise denied(message="no cloudtrail:LookupEvents")

        history = Refused([Happened(identity(1), NOON)])

        assert "history can't be looked up: " in (why := self.reason({}, history))
        assert "no cloudtrail:LookupEvents" in why

    def test_an_archive_that_can_not_be_listed_is_no_pass(self):
        verifying = verifier(StoredBucket({}, NOW, refused=[f"{ACCOUNT_ID}/"]), ToldHistory([]))
        found = verifying.verified(Pipeline(verifying.settings.accounts[0], HOME), DAY)

        assert (found.word, found.is_trouble) == ("not known", True)
        assert found.told.startswith("not known, because the archive can't be listed: ")


class TestTheCalls:
    def asked(self, happened, **changed):
        history = ToldHistory(happened)
        verifier({}, history, accounts=[an_account(**changed)]).comparison(Pipeline(an_account(**changed), HOME), DAY)
        sources = [one["LookupAttributes"][0]["AttributeValue"] for one in history.asked if "LookupAttributes" in one]
        return len(history.asked), sources

    def test_a_quiet_region_takes_one(self):
        assert self.asked([Happened(identity(1), NOON)]) == (1, [])

    def test_a_busy_one_is_asked_by_source(self):
        busy = evenly(3000, datetime(2026, 11, 24, tzinfo=UTC), MINUTE / 3, source="aws.ec2")
        calls, sources = self.asked([*busy, Happened(identity(10_000), NOON)])

        assert calls == 1 + len(Events().sources)
        assert sources[:2] == ["iam.amazonaws.com", "access-analyzer.amazonaws.com"]

    def test_what_is_in_between_is_read_to_its_end_while_that_is_cheaper(self):
        some = evenly(300, datetime(2026, 11, 24, tzinfo=UTC), 4 * MINUTE, source="aws.ec2")

        assert self.asked(some) == (6, [])

    def test_a_burst_at_the_end_of_the_day_costs_a_few_calls_and_no_event(self):
        burst = evenly(60, datetime(2026, 11, 24, 23, 50, tzinfo=UTC), MINUTE / 60, source="aws.ec2")

        assert self.asked(burst) == (1 + len(Events().sources), ["iam.amazonaws.com", *self.others()])

    def others(self):
        return [f"{one.removeprefix('aws.')}.amazonaws.com" for one in Events().sources[1:]]

    def test_one_source_is_asked_alone(self):
        only_iam = Events(sources=("aws.iam",))

        assert self.asked([Happened(identity(1), NOON)], events=only_iam) == (1, ["iam.amazonaws.com"])


class TestTheLimit:
    def test_each_account_and_region_has_one_for_all_its_days_and_threads(self):
        made: list[Limiter] = []

        def limiter():
            made.append(Limiter(1e9))
            return made[-1]

        histories = {place: ToldHistory([Happened(identity(1), NOON, *place)]) for place in PLACES}
        lookups = Lookups(lambda one, _wait: histories[one.place], limiter)
        tracer = Tracer(settings(*ACCOUNTS))
        rules = [
            Rule(tracer, one, day)
            for one in pipelines_of(ACCOUNTS)
            for day in (DAY, DAY - timedelta(days=1))
            for _ in "ab"
        ]
        with ThreadPoolExecutor(8) as executor:
            list(executor.map(lambda rule: list(lookups.judged(rule)), rules))

        assert len(made) == len(PLACES)
        assert lookups.calls == len(rules)

    def test_every_call_waits_for_its_turn(self):
        turns: list[str] = []

        class Turns(Limiter):
            def wait(self):
                turns.append("turn")

        history = ToldHistory(evenly(300, NOON, MINUTE, source="aws.ec2"))
        lookups = Lookups(lambda _one, _wait: history, lambda: Turns(1))
        list(lookups.judged(Rule(Tracer(settings(an_account())), Pipeline(an_account(), HOME), DAY)))

        assert len(turns) == len(history.asked) > 1


A_TRAIL = TrailFiles(Listing(None, an_archive()), Objects(None, an_archive()), "", None)


class TestDaysThatCanNotBeVerified:
    LOOKUPS = Lookups(lambda _pipeline, _wait: None)

    @pytest.mark.parametrize(
        ("day", "now", "why"),
        [
            ("2026-11-28", "2026-11-28T14:20", "2026-11-28 isn't over: in UTC it is 2026-11-28 14:20"),
            ("9999-12-31", "2026-11-28T14:20", "9999-12-31 isn't over: in UTC it is 2026-11-28 14:20"),
            (
                "2026-11-27",
                "2026-11-28T00:14",
                "2026-11-27 is only just over, and LookupEvents may not tell all of it yet: ask again after 00:15 UTC",
            ),
            ("2026-11-27", "2026-11-28T00:15", None),
            ("2026-08-31", "2026-11-28T12:00", None),
            (
                "2026-08-30",
                "2026-11-28T12:00",
                "2026-08-30 is too long ago: LookupEvents tells 90 days, back to 2026-08-31; --trail reads a trail's "
                "files",
            ),
        ],
    )
    def test_are_refused(self, day, now, why):
        now = datetime.fromisoformat(now).replace(tzinfo=UTC)

        assert refused(date.fromisoformat(day), now, self.LOOKUPS) == why

    def test_of_a_trail_are_those_of_which_files_may_still_come(self):
        told = (
            "2026-11-27 is only just over, and s3://acme-iam-events/ may not tell all of it yet: ask again after 06:00 "
            "UTC"
        )
        early, late = (datetime(2026, 11, 28, 5 + hours, 59, tzinfo=UTC) for hours in (0, 1))

        assert refused(date(2026, 11, 27), early, A_TRAIL) == told
        assert refused(date(2026, 11, 27), late, A_TRAIL) is None

    def test_of_a_trail_are_those_before_cloudtrail(self):
        assert refused(date(2013, 11, 13), NOW, A_TRAIL) is None
        assert refused(date.min, NOW, A_TRAIL) == "0001-01-01 is before CloudTrail, which began on 2013-11-13"


PLACES = [(ACCOUNT_ID, HOME), (ACCOUNT_ID, "eu-west-1"), (OTHER_ACCOUNT_ID, HOME)]
ACCOUNTS = [
    an_account(regions=(HOME, "eu-west-1"), events=Events(sources=("aws.signin", "aws.sso"))),
    an_account(OTHER_ACCOUNT_ID, name="other", events=Events(sources=("aws.signin", "aws.sso"))),
]
SECONDS = st.integers(0, 2 * 24 * 3600 - 1) | st.sampled_from([0, 1, 86_398, 86_399, 86_400, 86_401])
DELAYS = st.sampled_from([20, 300, 3_600, 24 * 3_600])
PLANTS = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        SECONDS,
        st.sampled_from(["aws.signin", "aws.sso", "aws.ec2"]),
        st.booleans(),  # read-only
        st.lists(DELAYS, max_size=3),  # of its deliveries
        st.booleans(),  # backfilled
        st.booleans(),  # known to the history
    ),
    max_size=60,
)


@hypothesis_settings(max_examples=60)
@given(plants=PLANTS, minutes=st.sampled_from([1, 15, 90]), compress=st.booleans())
def test_of_whatever_is_planted_all_is_found_and_nothing_invented(plants, minutes, compress):
    start, windows = datetime(2026, 11, 24, tzinfo=UTC), defaultdict[Any, list[Happened]](list)
    happened, known, wanted = [], {place: list[Happened]() for place in PLACES}, {}
    for number, (place, seconds, source, read_only, delays, backfilled, is_known) in enumerate(plants):
        one = Happened(identity(number), start + timedelta(seconds=seconds), place[0], place[1], source)
        one = one._replace(read_only=read_only)
        taken = source != "aws.ec2" and not read_only
        happened.append(one)
        if is_known:
            known[place].append(one)
        for delay in delays if taken else ():
            arrived = one.time + timedelta(seconds=delay)
            window = arrived - (arrived - start) % timedelta(minutes=minutes)
            windows[place, window].append(one)
        if taken and backfilled:
            windows[place, one.time.date()].append(one)
        if taken:
            wanted[one.id] = (is_known, len(delays), backfilled)
    content = {}
    for (place, window), ones in windows.items():
        text = b"".join(one.line for one in ones)
        if isinstance(window, datetime):
            key = object_key(window, *place)
        else:
            key = f"backfill/{place[0]}/{place[1]}/{window:%Y/%m/%d}/x"
        content[key] = gzip.compress(text) if compress else text
    verifying = verifier(content, *(ToldHistory(ones) for ones in known.values()), accounts=ACCOUNTS)
    for pipeline in pipelines_of(ACCOUNTS):
        for day in (DAY, DAY + timedelta(days=1)):
            found = verifying.comparison(pipeline, day)
            ids = [
                one.id
                for one in happened
                if (one.account_id, one.region) == pipeline.place and one.time.date() == day and one.id in wanted
            ]
            told = {one: wanted[one] for one in ids}
            assert found.delivered == sum(is_known and copies > 0 for is_known, copies, _b in told.values())
            assert set(found.backfilled) == {i for i, (is_known, c, b) in told.items() if is_known and not c and b}
            assert {one.id for one in found.missing} == {i for i, (k, c, b) in told.items() if k and not c and not b}
            assert {one.line.id: one.copies for one in found.twice} == {
                i: c + b for i, (_k, c, b) in told.items() if c + b > 1
            }
            assert set(found.extra) == {i for i, (k, c, b) in told.items() if not k and (c or b)}


def test_what_a_record_says_is_not_held_of_what_is_delivered():
    """Memory follows what is missing, not what happened."""
    happened = evenly(500, NOON, MINUTE / 60)
    verifying = verifier(stored(happened), ToldHistory(happened))
    found = verifying.comparison(Pipeline(verifying.settings.accounts[0], HOME), DAY)

    assert found.delivered == 500
    assert "requestParameters" not in json.dumps([found.twice, found.extra, found.backfilled])
