"""Probes: what is called, what is taken for their event, how long they wait, and what becomes of the verdict."""

import gzip
import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError, ResponseStreamingError

from orgtrail import names
from orgtrail.aws import AccountSession, ManyAccounts
from orgtrail.commands import probing
from orgtrail.commands.probing import show_probes
from orgtrail.concurrency.pool import Pool
from orgtrail.concurrency.questions import Questions
from orgtrail.console.display import Display
from orgtrail.console.output import results_console
from orgtrail.contents.folders import Folders
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import NotKnown, Objects
from orgtrail.errors import Interrupted
from orgtrail.events import API_CALL, Events
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.selection.pipelines import pipelines_of
from orgtrail.settings.account import Buffering
from orgtrail.status.arrivals import Arrivals, Newest
from orgtrail.status.finding import Verdict
from orgtrail.status.found import Found, Status
from orgtrail.status.look import look
from orgtrail.status.next_steps import next_steps
from orgtrail.status.page.page import page
from orgtrail.status.probe.calls import call, tagged
from orgtrail.status.probe.carrier import CARRIERS, Carrier, carrier_of
from orgtrail.status.probe.judged import with_earlier_probes, with_results
from orgtrail.status.probe.result import Arrived, Call, Probed, ProbeResult, probed
from orgtrail.status.probe.run import Probing
from orgtrail.status.probe.search import Search
from orgtrail.status.record import Record
from orgtrail.status.verdict import judged
from tests.builders import ACCOUNT_ID, BUCKET, OTHER_ACCOUNT_ID, an_account, an_archive, settings
from tests.listed_bucket import FilledBucket, ListedBucket, denied
from tests.unit.test_status_arrivals import LAYOUTS, key

HOME = "us-east-1"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
IAM = CARRIERS[0]
A_CALL = Call("a value", NOW, "a-request")
ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/{names.FIREHOSE_ROLE}"


def refused(code="AccessDenied", message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "TagRole")


class TestTheCall:
    """Of a client that only notes what is asked."""

    class Iam:
        def __init__(self, put=None, remove=None):
            self.fails = {"put": put, "remove": remove}
            self.tags = {}

        def tag_role(self, RoleName, Tags):  # noqa: N803
            # The answer is lost, the tag isn't.
            self.tags |= {one["Key"]: one["Value"] for one in Tags}
            self._fail("put")
            headers = {"date": "Tue, 24 Nov 2026 12:00:00 GMT"}
            return {"ResponseMetadata": {"RequestId": "a-request", "HTTPHeaders": headers}}

        def untag_role(self, RoleName, TagKeys):  # noqa: N803
            self._fail("remove")
            for one in TagKeys:
                self.tags.pop(one, None)

        def _fail(self, what):
            if self.fails[what]:
                raise self.fails[what]

    def test_it_is_dated_by_aws_and_known_by_its_request(self):
        iam = self.Iam()

        assert tagged(iam, IAM, ARN, "it") == Call("it", NOW, "a-request")
        assert iam.tags == {}

    @pytest.mark.parametrize(
        "error", [refused(), EndpointConnectionError(endpoint_url="https://iam"), KeyboardInterrupt()]
    )
    def test_a_tag_is_removed_where_putting_it_failed(self, error):
        iam = self.Iam(put=error)

        with pytest.raises(type(error)):
            tagged(iam, IAM, ARN, "it")
        assert iam.tags == {}

    def test_a_tag_that_may_have_stayed_is_told_too(self, monkeypatch):
        no_answer = EndpointConnectionError(endpoint_url="https://iam")
        iam = self.Iam(put=no_answer, remove=EndpointConnectionError(endpoint_url="https://iam"))
        monkeypatch.setattr(AccountSession, "client", lambda *_: iam)

        made = call(ManyAccounts(), an_account(), HOME, IAM, "it")
        assert isinstance(made, ProbeResult)
        assert (made.word, made.why) == (
            "not known",
            f"not known, because TagRole on role/orgtrail-firehose was refused: {no_answer}; "
            f"the tag OrgtrailProbe may have stayed: {no_answer}",
        )

    def test_a_tag_that_cannot_be_removed_is_told(self):
        iam = self.Iam(remove=refused())

        assert tagged(iam, IAM, ARN, "it").left == str(refused())


class TestTheCarrier:
    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"status": "suspended"}, "the account is suspended"),
            ({"enabled": False}, "enabled: false"),
            (
                {"events": Events(("aws.signin",))},
                "events.sources leaves out aws.iam: no harmless call makes an event of the other sources",
            ),
            (
                {"events": Events(detail_types=("AWS Service Event via CloudTrail",))},
                f"events.detail_types leaves out '{API_CALL}', which a probe's event would be",
            ),
        ],
    )
    def test_a_pipeline_that_would_not_take_the_event_is_not_probed(self, changed, why):
        assert carrier_of(an_account(**changed), HOME) == why

    def test_where_iam_events_do_not_occur_nothing_harmless_does(self):
        assert carrier_of(an_account(), "eu-west-1") == (
            "IAM events occur in us-east-1 alone, and no harmless call makes an event of the sources that occur here"
        )

    @pytest.mark.parametrize(
        ("sources", "region", "call"),
        [
            (("aws.iam", "aws.events"), HOME, "TagRole"),
            (("aws.iam", "aws.events", "aws.firehose"), "eu-west-1", "TagResource"),
            (("aws.firehose",), "eu-west-1", "TagDeliveryStream"),
        ],
    )
    def test_what_tampering_is_seen_by_can_be_probed_in_each_region(self, sources, region, call):
        carrier = carrier_of(an_account(events=Events(sources)), region)

        assert isinstance(carrier, Carrier)
        assert carrier.call == call

    @pytest.mark.parametrize(("region", "home"), [("us-gov-west-1", "us-gov-west-1"), ("cn-northwest-1", "cn-north-1")])
    def test_each_partition_has_its_own_iam_region(self, region, home):
        carrier = carrier_of(an_account(), region)

        assert carrier is IAM if region == home else f"IAM events occur in {home} alone" in str(carrier)


def an_event(value="a value", *, request="a-request", name="TagRole", at=NOW):
    tags = [{"key": names.PROBE_TAG, "value": value}]
    detail = {"eventName": name, "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}", "requestID": request}
    return {"source": "aws.iam", "detail": {**detail, "requestParameters": {"roleName": "it", "tags": tags}}}


def written(*events):
    return "\n".join(json.dumps(one) for one in events).encode()


class TestTheSearch:
    @pytest.fixture
    def bucket(self):
        return FilledBucket()

    def search(self, bucket, layout=DEFAULT_LAYOUT, call=A_CALL):
        archive = an_archive()
        folders = [Folders(Layout(layout), ACCOUNT_ID, HOME)]
        return Search(Listing(bucket, archive), Objects(bucket, archive), folders, "TagRole", call)

    def look(self, bucket, layout=DEFAULT_LAYOUT, call=A_CALL, now=NOW + 5 * MINUTE):
        return self.search(bucket, layout, call).look(now)

    @pytest.mark.parametrize("layout", LAYOUTS)
    @pytest.mark.parametrize("before", [timedelta(0), 14 * MINUTE])
    @pytest.mark.parametrize("at", [NOW, NOW.replace(hour=0, minute=5)])
    def test_it_is_found_in_an_object_that_others_may_have_opened_the_day_before(self, bucket, layout, before, at):
        name = key(at - before, layout, region=HOME, version=12)
        bucket.put(name, written({}, an_event(at=at)), at + 2 * MINUTE)
        bucket.put(key(at, layout, region=HOME, version=9, tail="b"), b"", at + 2 * MINUTE)

        found = self.look(bucket, layout, Call("a value", at, "a-request"), at + 5 * MINUTE)

        assert found == (name, at - before, at + 2 * MINUTE, at)

    def test_it_is_found_in_compressed_lines_and_behind_what_is_broken(self, bucket):
        body = gzip.compress(b"not json\n" + written(an_event(name="UntagRole"), an_event()))
        bucket.put(key(NOW, region=HOME) + ".gz", body, NOW)

        assert self.look(bucket)

    def test_an_object_that_breaks_off_hides_no_other_and_is_read_again(self, bucket):
        search = self.search(bucket)
        bucket.put(key(NOW, region=HOME) + ".gz", gzip.compress(written({}) * 1000)[:-20], NOW)

        with pytest.raises(NotKnown, match="can't be read to its end"):
            search.look(NOW + MINUTE)
        bucket.put(key(NOW + MINUTE, region=HOME), written(an_event()), NOW + MINUTE)
        assert search.look(NOW + 2 * MINUTE).key == key(NOW + MINUTE, region=HOME)
        assert len(bucket.read) == 3

    @pytest.mark.parametrize("call", [Call("a value", NOW, None), Call("unknown", NOW, "a-request")])
    def test_the_value_or_the_request_is_enough(self, bucket, call):
        bucket.put(key(NOW, region=HOME), written(an_event()), NOW)

        assert self.look(bucket, call=call)

    @pytest.mark.parametrize(
        "value",
        [
            an_event("another", request="another"),
            an_event(name="UntagRole"),
            {"detail": "a value"},
            {"detail": {"eventName": "TagRole", "requestParameters": None, "requestID": None}},
            ["a value"],
            "a value",
        ],
    )
    def test_a_new_object_without_it_is_not_taken_for_it(self, bucket, value):
        bucket.put(key(NOW, region=HOME), written(value), NOW)

        assert self.look(bucket, call=Call("a value", NOW, None)) is None
        assert bucket.read

    @pytest.mark.parametrize(
        "name",
        [
            key(NOW, region="eu-west-1"),
            key(NOW, region=HOME, account="444444444444"),
            f"{ACCOUNT_ID}/{HOME}/2026/11/24/notes.txt",
            f"{ACCOUNT_ID}/{HOME}/2026/11/24/orgtrail-iam-events-1-notes.txt",
            f"backfill/{key(NOW, region=HOME)}",
        ],
    )
    def test_an_object_of_others_is_not_even_read(self, bucket, name):
        bucket.put(name, written(an_event()), NOW)

        assert self.look(bucket) is None
        assert bucket.read == []

    def test_what_was_written_before_the_call_is_not_read_and_nothing_twice(self, bucket):
        old, new = key(NOW - 5 * MINUTE, region=HOME), key(NOW, region=HOME)
        bucket.put(old, b"{}", NOW - 4 * MINUTE)
        bucket.put(key(NOW - 40 * MINUTE, region=HOME), b"{}", NOW)
        bucket.put(new, b"{}", NOW)
        search = self.search(bucket, call=Call("a value", NOW, "a"))

        assert [search.look(NOW + MINUTE), search.look(NOW + 2 * MINUTE)] == [None, None]
        assert bucket.read == [new]

    @pytest.mark.parametrize("wrong", [-2 * HOUR, 26 * HOUR])
    def test_a_clock_that_is_wrong_here_hides_nothing(self, bucket, wrong):
        bucket.put(key(NOW, region=HOME), written(an_event()), NOW)

        assert self.look(bucket, now=NOW + wrong)

    def test_a_look_takes_two_listings_however_many_objects_the_day_has(self, bucket):
        for second in range(3_000):
            at = NOW - timedelta(hours=2) + timedelta(seconds=second)
            bucket.put(key(at, region=HOME), b"{}", at)
        self.look(bucket)

        assert len(bucket.asked) == 2


class Run:
    """A run of probes whose time passes only while it waits; `meanwhile` happens in each wait."""

    def __init__(self, monkeypatch, *accounts, verdict="quiet", newest=None, timeout=None):
        self.now, self.waits, self.told, self.made = 0.0, [], [], []
        self.meanwhile = lambda: None
        self.bucket = FilledBucket(NOW)
        arrivals = Arrivals(Newest(newest, NOW) if newest else None)
        found = (
            Found(one, Verdict.of(verdict, "as it was"), arrivals) for one in pipelines_of(accounts or (an_account(),))
        )
        self.status = Status(NOW, tuple(found), 0)
        self.answer = lambda account: Call("a value", NOW, account.account_id)
        monkeypatch.setattr("orgtrail.status.probe.run.call", self.call)
        archive = an_archive()
        listing = Listing(self.bucket, archive)
        # As the command's own: S3's clock is known. By this machine's, another day may begin in between.
        listing.has_any("")
        self.bucket.asked.clear()
        self.probing = Probing(
            *(archive, listing, Objects(self.bucket, archive), timeout), wait=self.wait, clock=lambda: self.now
        )

    def call(self, _many, account, _region, _carrier, _value):
        self.made.append(account.account_id)
        return self.answer(account)

    def wait(self, seconds):
        self.waits.append(seconds)
        self.now += seconds
        self.meanwhile()

    def arrive(self, account_id=ACCOUNT_ID):
        place = key(NOW, region=HOME, account=account_id)
        self.bucket.put(place, written(an_event(request=account_id, at=NOW)), NOW + 4 * MINUTE)

    def results(self):
        self.probing.call_all(self.probing.choose(self.status), Pool(), say=self.told.append)
        self.probing.follow(Questions(at_once=4, seconds=60))
        return {account_id: result for (account_id, _region), result in self.probing.results.items()}

    def result(self):
        return self.results()[ACCOUNT_ID]


@pytest.fixture
def run(monkeypatch):
    return lambda *accounts, **arguments: Run(monkeypatch, *accounts, **arguments)


def test_after_ctrl_c_twice_it_says_where_a_tag_may_have_stayed(monkeypatch):
    under_way = ExitStack()

    def twice(_probing, _chosen, pool, *_):
        under_way.enter_context(pool.at_work.on("payments us-east-1"))
        raise KeyboardInterrupt

    monkeypatch.setattr(Probing, "call_all", twice)
    monkeypatch.setattr("orgtrail.contents.archive.archive_client", lambda _archive: None)
    listing = Listing(FilledBucket(), an_archive())

    with under_way, pytest.raises(Interrupted, match=r"OrgtrailProbe may have stayed \(payments us-east-1 \d+ s\)"):
        probing.probed(settings(an_account()), Status(NOW, (), 0), listing, None, Display())


class TestTheWait:
    def test_an_event_that_is_there_is_not_waited_for(self, run):
        it = run()
        it.arrive()

        assert it.result().word == "arrived"
        assert it.waits == []

    def test_it_is_told_how_long_it_took_until_it_was_written_and_found(self, run):
        it = run()
        it.meanwhile = lambda: it.arrive() if it.now == 270 else None
        result = it.result()

        assert (result.latency, result.found_after) == (4 * MINUTE, timedelta(seconds=270))
        assert it.waits == [30.0] * 9

    def test_what_does_not_come_is_told_with_what_to_do(self, run):
        it = run()
        result = it.result()

        assert (result.word, result.why, result.advice) == (
            "not arrived",
            "nothing came within 15 minutes: no trail logs it, or the rule, a role or the stream lost it",
            "bin/orgtrail preflight payments, then bin/orgtrail status payments --deep",
        )
        assert sum(it.waits) == 15 * 60
        assert len(it.bucket.asked) <= 31 * 2

    @pytest.mark.parametrize(("interval", "minutes"), [(60, 15), (300, 15), (900, 25)])
    def test_a_pipeline_is_given_the_time_that_it_buffers(self, run, interval, minutes):
        it = run(an_account(buffering=Buffering(interval_seconds=interval)))
        result = it.result()

        assert sum(it.waits) == minutes * 60
        assert result.why.startswith(f"nothing came within {minutes} minutes: ")

    @pytest.mark.parametrize(("timeout", "early"), [(14 * MINUTE, True), (15 * MINUTE, False), (None, False)])
    def test_what_had_less_time_than_it_may_take_has_ended_early(self, run, timeout, early):
        assert run(timeout=timeout).result().ended_early is early

    def test_each_account_has_its_own_end(self, run):
        other = an_account(OTHER_ACCOUNT_ID, name="other")
        it = run(an_account(), other, timeout=2 * MINUTE)
        it.meanwhile = lambda: it.arrive(OTHER_ACCOUNT_ID)

        assert {account: one.word for account, one in it.results().items()} == {
            ACCOUNT_ID: "not arrived",
            OTHER_ACCOUNT_ID: "arrived",
        }

    @pytest.mark.parametrize("account", ["refused", "unprobed"])
    def test_what_cannot_be_called_keeps_nobody_waiting(self, run, account):
        it = run(an_account(enabled=account != "unprobed"))
        it.answer = lambda _account: ProbeResult("not known", "not known, because")

        assert it.result().word == ("unprobed" if account == "unprobed" else "not known")
        assert (it.waits, it.bucket.asked) == ([], [])

    def test_a_tag_that_stayed_is_told_at_once_and_is_trouble_though_the_event_came(self, run):
        it = run()
        it.answer = lambda account: Call("a value", NOW, account.account_id, left="denied")
        it.arrive()
        result = it.result()

        assert (result.word, result.is_trouble) == ("arrived", True)
        assert it.told == [f"payments us-east-1: {result.why}"]
        assert result.why == "the tag OrgtrailProbe stayed on role/orgtrail-firehose: denied"


class TestAnArchiveThatCannotBeRead:
    def test_nothing_is_tagged_where_the_pipeline_could_not_be_listed(self, run):
        it = run(verdict="not known")

        assert (it.result().word, it.result().why, it.made) == ("not known", "as it was", [])

    def test_nothing_is_tagged_where_objects_cannot_be_read(self, run):
        it = run(newest=key(NOW, region=HOME))
        it.bucket.unreadable = denied()
        result = it.result()

        assert (result.word, it.made) == ("not known", [])
        assert result.why.startswith("not known, because the archive can't be read: An error occurred (AccessDenied)")
        assert result.advice == "allow the archive's role s3:GetObject, and kms:Decrypt where the archive has a key"

    def test_a_refusal_ends_the_wait(self, run):
        it = run()
        it.arrive()
        it.bucket.unreadable = denied()

        assert (it.result().word, it.waits) == ("not known", [])

    def test_what_fails_for_a_while_is_looked_at_again(self, run):
        it = run()
        it.arrive()
        it.bucket.unreadable = denied("SlowDown")
        it.meanwhile = lambda: setattr(it.bucket, "unreadable", None)

        assert (it.result().word, len(it.waits)) == ("arrived", 1)

    @pytest.mark.parametrize(
        ("error", "why"),
        [
            (denied("SlowDown"), "SlowDown"),
            (ReadTimeoutError(endpoint_url="https://s3"), "Read timeout"),
            (ResponseStreamingError(error="cut off"), "cut off"),
        ],
    )
    def test_what_fails_to_the_end_is_not_known(self, run, error, why):
        it = run()
        it.arrive()
        it.bucket.unreadable = error
        result = it.result()

        assert result.word == "not known"
        assert why in result.why


class TestWhatIsShown:
    def test_a_terminal_of_eighty_columns_shows_all_of_it(self, run, capsys):
        late, off = an_account("444444444444", name="ledger-prod"), an_account("555555555555", enabled=False)
        it = run(an_account(regions=("us-east-1", "ap-northeast-1")), late, off)
        it.arrive()
        it.results()
        console = results_console()
        console.width = 80
        show_probes(console, with_results(it.status, it.probing.results).found, 3)
        lines = capsys.readouterr().out.splitlines()

        assert max(map(len, lines)) <= 80
        assert [line.split()[:4] for line in lines if line.startswith(("  p", "  l"))] == [
            ["ledger-prod", "us-east-1", "not", "arrived"],
            ["payments", "us-east-1", "arrived", "written"],
            ["payments", "ap-northeast-1", "unprobed", "IAM"],
        ]
        assert "written after 4m00s, found after 0s" in " ".join(" ".join(lines).split())
        assert lines[-4:] == [
            "… 1 more; --json prints every one",
            "",
            "4 probes: 1 not arrived, 1 arrived, 2 unprobed; written after 4m00s",
            "",
        ]

    def test_the_middle_and_the_slowest_are_told(self, run, capsys):
        accounts = [an_account(f"{number:012}", name=f"a{number}") for number in range(3)]
        it = run(*accounts)
        for one in accounts:
            it.arrive(one.account_id)
        it.results()
        show_probes(results_console(), with_results(it.status, it.probing.results).found, 9)

        assert "3 probes: 3 arrived; written after 4m00s (median), 4m00s at most" in capsys.readouterr().out


class TestManyAccounts:
    def test_a_thousand_take_two_listings_each_and_those_that_are_late_one_more_a_look(self, run, monkeypatch):
        accounts = [an_account(f"{number:012}", name=f"a{number}") for number in range(1_000)]
        it = run(*accounts)
        for one in accounts[:990]:
            it.arrive(one.account_id)
        results = it.results()

        counts = [sum(one.word == word for one in results.values()) for word in ("arrived", "not arrived")]
        assert counts == [990, 10]
        assert len(it.bucket.asked) <= 2 * 990 + 31 * 10


class TestTheVerdict:
    def found(self, run, verdict, *, arrives=True):
        it = run(verdict=verdict)
        if arrives:
            it.arrive()
        it.results()
        return with_results(it.status, it.probing.results).found[0]

    @pytest.mark.parametrize("word", ["never", "silent"])
    def test_a_pipeline_whose_probe_came_is_quiet(self, run, word):
        verdict = self.found(run, word).verdict

        assert verdict == Verdict("quiet", "a probe came through just now; as it was", is_trouble=False)

    def test_the_next_step_after_a_probe_that_did_not_come_is_the_trail(self, run):
        it = run()
        it.results()

        assert next(next_steps(with_results(it.status, it.probing.results))) == (
            "Does a trail log what was probed? bin/orgtrail preflight payments"
        )

    @pytest.mark.parametrize("word", ["arriving", "quiet", "failing", "outdated"])
    def test_a_probe_that_came_leaves_other_verdicts_as_they_are(self, run, word):
        assert self.found(run, word).verdict == Verdict.of(word, "as it was")

    def test_a_pipeline_whose_probe_did_not_come_is_failing(self, run):
        verdict = self.found(run, "arriving", arrives=False).verdict

        assert (verdict.word, verdict.is_trouble) == ("failing", True)
        assert verdict.why.startswith("the probe: nothing came within 15 minutes")

    def test_what_could_not_be_probed_is_not_known_unless_worse_is(self, run):
        def found(word):
            it = run(verdict=word)
            it.answer = lambda _account: ProbeResult("not known", "not known, because no")
            it.results()
            return with_results(it.status, it.probing.results).found[0]

        assert found("arriving").verdict.why == "the probe: not known, because no; as it was"
        assert found("silent").verdict == Verdict.of("silent", "as it was")
        assert found("silent").probed is None


class TestWhatIsKept:
    """A pipeline that delivers every day of five weeks, and nothing since."""

    DAYS = frozenset(NOW.date() - timedelta(days=number) for number in range(3, 38))

    def verdict(self, newest, probed, days=DAYS, since=timedelta(days=1), now=NOW):
        arrivals = Arrivals(Newest("a key", newest), frozenset(days))
        return judged(arrivals, [], sources=["aws.iam"], now=now, since=since, probed=probed)

    @pytest.fixture
    def probe(self):
        """A probe of an hour ago, which arrived on a day without other events."""
        return Probed(NOW - HOUR, NOW - 56 * MINUTE, frozenset({NOW.date()}))

    def test_a_probe_that_came_through_makes_a_silence_quiet(self, probe):
        silent = NOW - timedelta(days=3)

        assert self.verdict(silent, None).word == "silent"
        assert self.verdict(silent, probe) == Verdict(
            "quiet",
            "a probe came through 56 minutes ago; nothing for 3 days; of its usual days it has missed 2.5, and 1.0 are "
            "allowed",
            is_trouble=False,
        )

    def test_it_makes_a_pipeline_quiet_that_never_delivered(self, probe):
        assert judged(Arrivals(), [], sources=["aws.iam"], now=NOW, since=HOUR, probed=probe).word == "quiet"

    def test_it_counts_for_two_days(self, probe):
        silent, day = NOW - timedelta(days=3), timedelta(days=1)

        assert self.verdict(silent, replace(probe, written=NOW - 2 * day)).word == "quiet"
        assert self.verdict(silent, replace(probe, written=NOW - 2 * day - MINUTE)).word == "silent"

    def test_one_that_did_not_come_through_counts_for_nothing(self, probe):
        assert self.verdict(NOW - timedelta(days=3), replace(probe, written=None)).word == "silent"

    def test_it_takes_nothing_back_that_is_wrong(self, probe):
        assert judged(Arrivals(), ["x"], sources=[], now=NOW, since=HOUR, probed=probe).word == "failing"

    def test_what_it_has_written_itself_is_no_arrival(self, probe):
        own = self.verdict(probe.called + MINUTE, probe, {*self.DAYS, NOW.date()})

        assert (own.word, own.why) == ("quiet", "nothing is known to have come but a probe, 59 minutes ago")

    def test_what_came_besides_on_its_day_is_an_arrival(self, probe):
        besides, day = replace(probe, days=frozenset()), {*self.DAYS, NOW.date()}
        verdict = self.verdict(probe.called + MINUTE, besides, day)
        later = self.verdict(probe.called + MINUTE, besides, day, since=HOUR)

        told = "the newest, 59 minutes old, may be a probe's"
        assert (verdict.word, verdict.why) == ("arriving", f"{told}, and something else came on the same day")
        assert (later.word, later.why) == (
            "quiet",
            f"{told}; something else came on the same day, perhaps longer ago than --since",
        )

    def test_of_the_day_after_its_call_nothing_else_is_known(self):
        """The day that is kept is that of the call's object; the tag's removal came after midnight."""
        midnight = datetime.combine(NOW.date(), datetime.min.time(), UTC)
        probe = Probed(midnight - MINUTE, midnight, frozenset({midnight.date() - timedelta(days=1)}))

        assert self.verdict(midnight + MINUTE, probe, now=midnight + HOUR).word == "quiet"

    @pytest.mark.parametrize("opened", [-5 * MINUTE, 50 * MINUTE])
    def test_what_came_before_or_after_it_is_one(self, probe, opened):
        assert self.verdict(probe.called + opened, probe).word == "arriving"

    def test_a_pipeline_that_is_probed_every_night_does_not_look_as_if_it_delivered_daily(self):
        """It delivers on Mondays, and is probed for seven weeks; then nothing probes it any more."""
        nights = {NOW.date() - timedelta(days=number) for number in range(3, 52)}
        mondays = {night for night in nights if night.weekday() == 0}
        last = datetime.combine(max(nights), datetime.min.time(), UTC) + 4 * HOUR
        probe = Probed(last, last + 5 * MINUTE, frozenset(nights - mondays))

        assert self.verdict(last, replace(probe, days=frozenset()), nights).word == "silent"
        assert self.verdict(last, probe, nights).word == "quiet"
        assert self.verdict(last, probe, nights, now=NOW + timedelta(days=14)).word == "silent"

    def result(self, opened, called=NOW):
        return ProbeResult("arrived", call=Call("it", called, None), arrived=Arrived("a key", opened, called, called))

    def test_the_day_of_a_probe_is_known_to_be_its_own(self):
        assert probed(self.result(NOW), None, set(), NOW) == Probed(NOW, NOW, frozenset({NOW.date()}))

    def test_a_day_on_which_something_came_before_it_is_not(self):
        kept = Probed(NOW, NOW)

        assert probed(self.result(NOW), None, {NOW.date()}, NOW) == kept
        assert probed(self.result(NOW - MINUTE), None, set(), NOW) == kept

    def test_a_second_probe_on_a_day_changes_nothing(self):
        first = probed(self.result(NOW - HOUR, NOW - HOUR), None, set(), NOW)

        assert probed(self.result(NOW), first, {NOW.date()}, NOW) == Probed(NOW, NOW, frozenset({NOW.date()}))

    def test_a_day_on_which_something_came_after_it_is_not_once_that_is_known(self, probe):
        assert probe.knowing(NOW).days == set()
        assert probe.knowing(probe.called + MINUTE) == probe
        assert probe.knowing(None) == probe

    def test_a_probe_that_did_not_arrive_keeps_the_days_of_earlier_ones(self, probe):
        result = ProbeResult("not arrived", call=Call("it", NOW, None))

        assert probed(result, probe, set(), NOW) == Probed(NOW, None, probe.days, is_lost=True)
        assert probed(ProbeResult("unprobed"), probe, set(), NOW) == probe

    def test_the_record_keeps_it(self, probe, tmp_path):
        pipeline = pipelines_of([an_account()])[0]
        status = Status(NOW, (Found(pipeline, Verdict.of("quiet", ""), probed=probe),), 0)
        record = Record(BUCKET, {}).with_all_of(status)
        record.written(tmp_path / "status.json")

        assert Record.read(tmp_path / "status.json", BUCKET).probes == {pipeline.place: probe}
        assert Record.read(tmp_path / "status.json", BUCKET) == record

    @pytest.mark.parametrize("later", [True, False])
    def test_a_look_finds_out_whether_anything_else_came_that_day(self, probe, later):
        yesterday = probe.called - timedelta(days=1)
        kept = Probed(yesterday, yesterday + 5 * MINUTE, frozenset({yesterday.date()}))
        keys = [key(yesterday, region=HOME), key(NOW - MINUTE, region=HOME)]
        keys += [key(yesterday + 3 * HOUR, region=HOME)] if later else []
        organization = settings(an_account())
        pipelines = pipelines_of(organization.accounts)
        found = look(
            organization,
            pipelines,
            Listing(ListedBucket(keys, NOW), organization.archive),
            since=HOUR,
            known={},
            questions=Questions(at_once=1, seconds=60),
            probed={pipelines[0].place: kept},
        )

        assert found.found[0].probed == replace(kept, days=frozenset() if later else kept.days)


class TestAProbeThatDidNotArrive:
    """It is remembered by those runs that don't probe."""

    LOST = Probed(NOW - HOUR, None, is_lost=True)
    TOLD = "its last probe, of 2026-11-24 11:00 UTC, didn't arrive, and nothing has since; as it was"

    def status(self, word="quiet", newest=NOW - HOUR, probed=LOST):
        arrivals = Arrivals(Newest("a key", newest) if newest else None)
        pipeline, verdict = pipelines_of([an_account()])[0], Verdict.of(word, "as it was")
        return Status(NOW, (Found(pipeline, verdict, arrivals, probed=probed),), 0)

    def verdict(self, **changed):
        return with_earlier_probes(self.status(**changed)).found[0].verdict

    @pytest.mark.parametrize("word", ["arriving", "quiet", "silent", "never"])
    @pytest.mark.parametrize("newest", [None, NOW - 3 * HOUR, NOW - HOUR])
    def test_the_pipeline_is_failing_as_long_as_nothing_arrives(self, word, newest):
        assert self.verdict(word=word, newest=newest) == Verdict.of("failing", self.TOLD)

    def test_what_arrives_after_it_ends_that(self):
        assert self.verdict(newest=NOW - HOUR + MINUTE) == Verdict.of("quiet", "as it was")

    @pytest.mark.parametrize("probed", [None, Probed(NOW - HOUR, None), Probed(NOW - HOUR, NOW)])
    def test_one_that_came_through_or_of_which_nothing_is_known_says_nothing(self, probed):
        assert self.verdict(probed=probed) == Verdict.of("quiet", "as it was")

    def test_the_worst_comes_first(self):
        fine = replace(self.status(probed=None).found[0], pipeline=pipelines_of([an_account(name="a")])[0])
        status = replace(self.status(), found=(fine, *self.status().found))

        assert [one.verdict.word for one in with_earlier_probes(status).found] == ["failing", "quiet"]

    def test_the_page_tells_of_a_lost_probe(self):
        assert self.TOLD.replace("'", "&#x27;") in page(with_earlier_probes(self.status()), BUCKET)

    def test_what_to_do_is_to_look_at_the_trail_and_to_probe_again(self):
        steps = [*next_steps(with_earlier_probes(self.status()))]

        assert steps[0] == "Does a trail log what was probed? bin/orgtrail preflight payments"
        assert "Once that is mended, probe again: bin/orgtrail status payments --probe" in steps

    def after(self, result):
        """What a probe of today makes of it."""
        status = self.status("silent")
        return with_results(status, {status.found[0].pipeline.place: result}).found[0]

    def test_a_later_one_that_comes_through_ends_that(self):
        arrived = Arrived("a key", NOW, NOW, NOW)
        found = self.after(ProbeResult("arrived", call=A_CALL, arrived=arrived))

        assert found.verdict == Verdict.of("quiet", "a probe came through just now; as it was")
        assert found.probed == Probed(NOW, NOW, frozenset({NOW.date()}))

    @pytest.mark.parametrize(
        "result", [ProbeResult("unprobed"), ProbeResult("not known"), ProbeResult("not known", call=A_CALL)]
    )
    def test_one_of_which_nothing_is_known_does_not(self, result):
        found = self.after(result)

        assert (found.verdict, found.probed) == (Verdict.of("failing", self.TOLD), self.LOST)

    def test_one_that_does_not_arrive_either_takes_its_place(self):
        found = self.after(ProbeResult("not arrived", "nothing came", call=A_CALL))

        assert found.verdict == Verdict.of("failing", "the probe: nothing came; as it was")
        assert found.probed == Probed(NOW, None, is_lost=True)

    def test_one_that_had_too_little_time_does_not(self):
        result = ProbeResult("not arrived", "nothing came", call=A_CALL, ended_early=True)

        assert self.after(result).probed == self.LOST
        assert probed(result, None, set(), NOW) == Probed(NOW, None)

    def test_where_there_was_nothing_to_tag_it_is_of_now(self):
        assert self.after(ProbeResult("not arrived", "nothing is deployed")).probed == Probed(NOW, None, is_lost=True)

    def test_the_record_keeps_it(self, tmp_path):
        Record.add(tmp_path / "status.json", BUCKET, self.status())

        assert [*Record.read(tmp_path / "status.json", BUCKET).probes.values()] == [self.LOST]

    def test_a_record_of_before_says_nothing_of_it(self, tmp_path):
        path = tmp_path / "status.json"
        Record.add(path, BUCKET, self.status())
        path.write_text(path.read_text().replace(',"lost":true', ""))

        assert [*Record.read(path, BUCKET).probes.values()] == [replace(self.LOST, is_lost=False)]

    def test_a_run_that_began_before_it_does_not_take_it_away(self, tmp_path):
        path = tmp_path / "status.json"
        Record.add(path, BUCKET, self.status())
        Record.add(path, BUCKET, self.status(probed=Probed(NOW - 2 * HOUR, NOW - HOUR)))

        assert [*Record.read(path, BUCKET).probes.values()] == [self.LOST]
