"""Dead letters, back onto their stream: what is put, what stays, and what an interruption leaves."""

import json
import os
import tempfile
from contextlib import nullcontext, suppress
from pathlib import Path
from threading import Event

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from orgtrail.concurrency.at_work import AtWork
from orgtrail.console.output import results_console
from orgtrail.redrive.journal import Journal
from orgtrail.redrive.letter import letter_of
from orgtrail.redrive.look import Look, _some
from orgtrail.redrive.queue import DeadLetterQueue
from orgtrail.redrive.report import show_results, unsent
from orgtrail.redrive.send import Sending, Sent
from orgtrail.redrive.stream import BATCH_BYTES, batches
from orgtrail.selection.pipelines import Pipeline
from orgtrail.status.deployed import Wanted
from tests.builders import an_account, settings
from tests.dead_letters import REGION, Firehose, Queue, a_letter, an_error, an_event

ACCOUNT = an_account()
PIPELINE = Pipeline(ACCOUNT, REGION)
WANTED = Wanted(settings(ACCOUNT), ACCOUNT, REGION)
BUSY = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"}
TAKEN = {"RecordId": "1"}
TIMED_OUT = ReadTimeoutError(endpoint_url="https://firehose")


class Crash(BaseException):
    """The end of the process."""


@pytest.fixture
def journal(tmp_path):
    return lambda: Journal(tmp_path / "redrive" / "journal.jsonl")


@pytest.fixture
def send(journal):
    """Sends what is in a queue, and returns what became of it."""

    def run(
        queue, firehose, *, stopped=lambda: False, about=0, hidden_before=0, clock=None, pause=None, told=nullcontext
    ):
        sending = Sending(
            PIPELINE,
            DeadLetterQueue(queue, WANTED, hidden=120),
            firehose,
            journal(),
            stopped=stopped,
            pause=pause or (lambda _seconds: None),
            clock=clock or (lambda: queue.now),
            told=told,
        )
        return sending.run(about, hidden_before)

    return run


def letters(number):
    return [a_letter(an_event(id=f"e{one}")) for one in range(number)]


def ids(firehose):
    return [json.loads(record)["id"] for record in firehose.records]


class TestSending:
    def test_every_letter_is_put_as_eventbridge_would_have_put_it_and_then_deleted(self, send):
        queue, firehose = Queue(letters(25)), Firehose()
        bodies = [message["MessageBody"].encode() for message in queue.messages.values()]

        assert send(queue, firehose) == Sent(PIPELINE, sent=25)
        assert (firehose.records, queue.messages) == (bodies, {})

    def test_an_empty_queue_is_asked_twice(self, send):
        queue = Queue(letters(1))
        nothing = Queue([]).receive_message(**_ALL)
        answers = iter([nothing, queue.receive_message(**_ALL)])
        queue.receive_message = lambda **_: next(answers, nothing)  # type: ignore[method-assign]

        assert send(queue, Firehose()).sent == 1

    @pytest.mark.parametrize(
        ("letter", "why"),
        [
            (a_letter(RULE_ARN="arn:aws:events:us-east-1:1:rule/payroll"), "it is of another rule, "),
            (a_letter(RULE_ARN=None), "it doesn't say of which rule and target it is"),
            (a_letter(TARGET_ARN=None), "it doesn't say of which rule and target it is"),
            (a_letter(TARGET_ARN="arn:aws:sqs:us-east-1:1:payroll"), "it was for another target, "),
            (a_letter("no event"), "it isn't an event on one line"),
            (a_letter("[1]"), "it isn't an event on one line"),
            (a_letter(json.dumps(an_event(), indent=1)), "it isn't an event on one line"),
            (a_letter(an_event(account="444444444444")), "it is an event of '444444444444' in 'us-east-1'"),
            (a_letter("{}"), "its event is of no account and region"),
            (a_letter(an_event(region="eu-west-1")), "it is an event of '333333333333' in 'eu-west-1'"),
            (a_letter(an_event(detail={"x": "y" * 1_024_000})), "it is larger than the 1,000 KiB that Firehose takes"),
        ],
    )
    def test_a_letter_that_does_not_belong_on_the_stream_stays(self, send, letter, why):
        queue, firehose = Queue([letter, a_letter()]), Firehose()

        sent = send(queue, firehose)

        assert (sent.sent, list(sent.left.values()), sent.is_trouble) == (1, [1], True)
        assert next(iter(sent.left)).startswith(why)
        assert (queue.visible, len(firehose.records)) == (["m0"], 1)

    def test_no_event_is_in_what_is_told_or_noted(self, send, tmp_path):
        secret = "hunter2"
        queue = Queue([a_letter(an_event(detail={"password": secret})), a_letter(f"no event, {secret}")])

        told = repr(send(queue, Firehose([an_error()])))

        noted = (tmp_path / "redrive" / "journal.jsonl").read_text()
        assert secret not in told + noted + repr(letter_of(queue.receive_message(**_ALL)["Messages"][0], WANTED))

    def test_letters_that_stay_and_come_again_hide_none_behind_them(self, send):
        queue = Queue([*(a_letter("no event") for _ in range(60)), *letters(60)])
        receive = queue.receive_message

        def slowly(**asked):
            queue.now += 15
            return receive(**asked)

        queue.receive_message = slowly  # type: ignore[method-assign]

        assert send(queue, Firehose()) == Sent(PIPELINE, sent=60, left={"it isn't an event on one line": 60})

    def test_a_request_is_never_too_large(self):
        large = letter_of(queue_of(a_letter(an_event(detail={"x": "y" * 1_000_000}))), WANTED)

        found = [len(batch) for batch in batches([large] * 10)]

        assert (sum(found), max(found) * len(large.body) <= BATCH_BYTES) == (10, True)


_ALL = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0}


def queue_of(letter):
    return Queue([letter]).receive_message(**_ALL)["Messages"][0]


class TestWhereFirehoseRefuses:
    def test_what_is_refused_stays_and_the_rest_is_not_tried(self, send):
        queue, firehose = Queue(letters(25)), Firehose([None, an_error()])

        sent = send(queue, firehose)

        assert (sent.sent, sum(sent.left.values()), sent.more) == (10, 10, 5)
        assert sent.ended is not None
        assert sent.ended.startswith("AccessDenied: ")
        assert (len(queue.visible), firehose.calls) == (15, 2)

    def test_while_it_is_busy_only_what_it_has_not_taken_is_put_again(self, send):
        queue = Queue(letters(3))
        firehose = Firehose([lambda _: [TAKEN, BUSY, TAKEN], an_error("ServiceUnavailableException", 503)])

        assert send(queue, firehose) == Sent(PIPELINE, sent=3)
        assert sorted(ids(firehose)) == ["e0", "e1", "e2"]

    def test_where_it_stays_busy_the_letters_stay(self, send):
        queue, firehose = Queue(letters(2)), Firehose([lambda n: [BUSY] * n] * 9)

        sent = send(queue, firehose)

        assert (sent.sent, sent.left) == (0, {"ServiceUnavailableException: slow down": 2})
        assert (len(queue.visible), firehose.calls) == (2, 5)

    @pytest.mark.parametrize(
        "answer",
        [
            TIMED_OUT,
            an_error("InternalFailure", 500),
            lambda n: [{"ErrorCode": "InternalFailure", "ErrorMessage": ""}] * n,
            lambda n: [TAKEN] * (n - 1),
        ],
    )
    def test_what_may_have_been_taken_stays_and_is_sent_by_the_next_run_which_says_so(self, send, answer):
        queue, firehose = Queue(letters(2)), Firehose([answer])

        first = send(queue, firehose)
        assert (first.sent, sum(first.left.values()), firehose.calls) == (0, 2, 1)

        second = send(queue, firehose)
        assert (second.sent, second.again, second.is_trouble, queue.messages) == (2, 2, False, {})

    def test_what_never_reached_it_is_not_sent_a_second_time(self, send):
        queue = Queue(letters(2))
        send(queue, Firehose([ConnectTimeoutError(endpoint_url="https://firehose")]))

        assert send(queue, Firehose()) == Sent(PIPELINE, sent=2)

    def test_what_it_did_not_come_to_is_seen_by_others_at_once(self, send):
        large = [a_letter(an_event(detail={"x": "y" * 1_000_000})) for _ in range(4)]
        queue = Queue(large)

        sent = send(queue, Firehose([an_error()]))

        assert (sum(sent.left.values()), sent.more, len(queue.visible)) == (2, 2, 4)


class TestWhereTheQueueRefuses:
    def test_what_cannot_be_counted_any_more_is_as_many_as_there_were(self, send):
        queue, firehose = Queue(letters(25)), Firehose([None, an_error("ExpiredToken")])
        queue.get_queue_attributes = _refused  # type: ignore[method-assign]

        sent = send(queue, firehose, about=25)

        assert (sent.sent, sum(sent.left.values()), sent.more, sent.letters) == (10, 10, 5, 25)
        assert len(queue.visible) == 15

    def test_a_letter_that_was_sent_and_cannot_be_deleted_is_one_letter(self, send):
        sent = send(Queue(letters(12), undeletable={"m3", "m11"}), Firehose())

        assert (sent.sent, sum(sent.left.values()), sent.letters) == (12, 2, 12)


def _refused(**_):
    raise an_error("ExpiredToken")


class LosingQueue(Queue):
    """The first answer to ReceiveMessage is lost, and the client has asked again, as botocore does."""

    def receive_message(self, **asked):
        if not self.receipts:
            super().receive_message(**asked)
            return super().receive_message(**asked) | {"ResponseMetadata": {"RetryAttempts": 1}}
        return super().receive_message(**asked)


class TestALostAnswer:
    def test_its_letters_are_sent_once_they_are_no_longer_hidden(self, send):
        queue, firehose = LosingQueue(letters(25)), Firehose()

        def pause(seconds):
            queue.now += seconds

        assert send(queue, firehose, about=25, pause=pause) == Sent(PIPELINE, sent=25)
        assert (queue.messages, len(firehose.records)) == ({}, 25)

    def test_letters_that_stay_hidden_are_told_of(self, send):
        queue = LosingQueue(letters(25))

        sent = send(queue, Firehose(), about=25)

        assert (sent, sent.is_trouble) == (Sent(PIPELINE, sent=15, more=10), True)

    def test_ctrl_c_ends_the_wait(self, send):
        queue, stop = LosingQueue(letters(12)), Event()

        sent = send(queue, Firehose(), pause=lambda _seconds: stop.set(), stopped=stop.is_set)

        assert sent == Sent(PIPELINE, sent=2, more=10, ended="it was interrupted")

    def test_while_it_waits_it_says_why(self, send):
        working, shown = AtWork(lambda: 0), []

        send(LosingQueue(letters(12)), Firehose(), pause=lambda _seconds: shown.append(working.text()), told=working.on)

        assert (set(shown), working.text()) == ({f"SQS still counts 10 letters of {PIPELINE} 0 s"}, "")

    def test_where_none_was_lost_nobody_waits_for_counts_that_lag(self, send, monkeypatch):
        queue, waits = Queue(letters(12)), list[float]()
        lagging = [{"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "9"}] * 3
        counts = queue.get_queue_attributes
        monkeypatch.setattr(
            queue, "get_queue_attributes", lambda **_: {"Attributes": lagging.pop()} if lagging else counts()
        )

        assert send(queue, Firehose(), pause=waits.append) == Sent(PIPELINE, sent=12)
        assert waits == []

    def test_a_count_that_lags_is_none(self, send, monkeypatch):
        queue = LosingQueue(letters(12))
        lagging = [{"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "9"}] * 3
        counts = queue.get_queue_attributes
        monkeypatch.setattr(
            queue, "get_queue_attributes", lambda **_: {"Attributes": lagging.pop()} if lagging else counts()
        )

        def pause(_seconds):
            queue.now += 121

        assert send(queue, Firehose(), pause=pause) == Sent(PIPELINE, sent=12)

    def test_what_cannot_be_counted_is_no_pass(self, send):
        queue = LosingQueue(letters(12))
        queue.get_queue_attributes = _refused  # type: ignore[method-assign]

        sent = send(queue, Firehose(), about=12)

        assert (sent.sent, sent.more, sent.is_trouble) == (2, 10, True)
        assert "ExpiredToken" in (sent.ended or "")


class TestInterruptions:
    def test_a_letter_that_was_put_and_not_deleted_is_only_deleted_by_the_next_run(self, send):
        queue, firehose = Queue(letters(12), undeletable={"m3"}), Firehose()

        first = send(queue, firehose)
        assert (first.sent, list(first.left.values()), first.undeleted, first.is_trouble) == (12, [1], 1, True)
        assert "the next run only deletes it" in next(iter(first.left))

        queue.undeletable = set()
        assert send(queue, firehose) == Sent(PIPELINE, cleared=1)
        assert len(firehose.records) == 12

    def test_killed_before_the_answer_of_a_put_its_letters_are_sent_again_and_no_others(self, send):
        queue = Queue(letters(25))
        with pytest.raises(Crash):
            send(queue, Firehose([None, _crash]))
        queue.now += 121

        assert send(queue, Firehose()) == Sent(PIPELINE, sent=15, again=10)

    def test_letters_that_another_has_are_told_of(self, send):
        queue = Queue(letters(12))
        queue.receive_message(MaxNumberOfMessages=10, VisibilityTimeout=120)

        assert send(queue, Firehose(), hidden_before=10) == Sent(PIPELINE, sent=2, more=10)

    def test_stopped_it_ends_after_the_batch(self, send):
        queue, firehose = Queue(letters(25)), Firehose()

        sent = send(queue, firehose, stopped=lambda: firehose.calls > 0)

        assert (sent.sent, sent.more, sent.ended) == (10, 15, "it was interrupted")

    def test_letters_that_were_held_too_long_are_not_put(self, send):
        queue, firehose = Queue(letters(3)), Firehose()
        times = iter([0, 100])

        # A machine that slept: meanwhile, another may have received them.
        sent = send(queue, firehose, clock=lambda: next(times, 0))
        assert (sent.sent, sent.more, sent.is_trouble, firehose.records) == (0, 3, True, [])

        queue.now += 121
        assert send(queue, firehose).sent == 3

    def test_where_nothing_can_be_noted_nothing_is_put(self, send, tmp_path):
        (tmp_path / "redrive").mkdir()
        (tmp_path / "redrive" / "journal.jsonl").mkdir()
        firehose = Firehose()

        with pytest.raises(IsADirectoryError):
            send(Queue(letters(3)), firehose)
        assert firehose.records == []

    def test_what_was_taken_is_deleted_even_if_the_disk_is_full_by_then(self, send, journal, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Journal, "put", full)
        queue, firehose = Queue(letters(12)), Firehose()

        sent = send(queue, firehose)

        assert (sent.sent, len(queue.messages), len(firehose.records)) == (10, 2, 10)
        assert sent.ended == "the journal can't be written: [Errno 28] No space left on device"


def _crash(_number):
    raise Crash


class Crashing:
    """Ends the process at its n-th step: before or after a call of SQS or Firehose, or a line of the journal."""

    def __init__(self, queue, firehose, journal, after):
        self.ended_at = None
        self._left = after
        calls = ("receive_message", "delete_message_batch", "change_message_visibility_batch")
        for owner, name in [*((queue, name) for name in calls), (firehose, "put_record_batch"), (journal, "_write")]:
            setattr(owner, name, self._around(getattr(type(owner), name).__get__(owner), name))

    def _around(self, call, name):
        def called(*given, **named):
            self._step("before", name, *given[:1])
            answer = call(*given, **named)
            self._step("after", name, *given[:1])
            return answer

        return called

    def _step(self, *names):
        self._left -= 1
        if self._left < 0:
            self.ended_at = names
            raise Crash


NOBODY_KNOWS = {("after", "put_record_batch"), ("before", "_write", "put")}


@given(st.lists(st.integers(0, 45), max_size=6), st.integers(1, 35))
def test_wherever_it_is_killed_and_how_often_none_is_lost_and_copies_are_those_of_which_nobody_knows(ends, number):
    queue, firehose, copies = Queue(letters(number)), Firehose(), 0
    with tempfile.TemporaryDirectory() as folder:
        for after in [*ends, 1_000_000]:
            before, journal = len(firehose.records), Journal(Path(folder) / "journal.jsonl")
            crashing = Crashing(queue, firehose, journal, after)
            again = DeadLetterQueue(queue, WANTED, hidden=120)
            never, no_time = (lambda: False), (lambda _seconds: None)
            sending = Sending(PIPELINE, again, firehose, journal, stopped=never, pause=no_time, clock=lambda: queue.now)
            with suppress(Crash):
                sending.run()
            if crashing.ended_at in NOBODY_KNOWS:
                copies += (len(firehose.records) - before - 1) % 10 + 1
            queue.now += 121

    assert (set(ids(firehose)), queue.messages) == ({f"e{one}" for one in range(number)}, {})
    assert len(firehose.records) - number == copies


class TestTheJournal:
    def test_it_is_its_owners_alone(self, journal, tmp_path):
        journal().about_to_put(["m1"])

        file = tmp_path / "redrive" / "journal.jsonl"
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    def test_a_line_that_a_crash_cut_off_spoils_no_other(self, journal, tmp_path):
        journal().put(["m1"])
        with (tmp_path / "redrive" / "journal.jsonl").open("a") as file:
            file.write('{"event": "put", "lett')
        journal().put(["m2"])

        assert [journal().was_put(one) for one in ("m1", "m2")] == [True, True]

    def test_lines_that_are_no_journals_spoil_no_other(self, journal, tmp_path):
        journal().put(["m1"])
        with (tmp_path / "redrive" / "journal.jsonl").open("ab") as file:
            file.write(b"[" * 100_000 + b'\n\xff\n[1]\n{"event": 1, "letters": 5}\n')

        assert journal().was_put("m1")

    def test_a_link_that_leads_it_to_another_file_is_refused(self, journal, tmp_path):
        (tmp_path / "redrive").mkdir()
        (tmp_path / "redrive" / "journal.jsonl").symlink_to(tmp_path / "somebodys")

        with pytest.raises(OSError, match="is a symbolic link to "):
            journal()

    def test_it_is_forgotten_once_no_letter_can_be_as_old(self, journal, tmp_path):
        journal().put(["m1"])
        file = tmp_path / "redrive" / "journal.jsonl"
        long_ago = file.stat().st_mtime - 16 * 86_400
        os.utime(file, (long_ago, long_ago))

        assert not journal().was_put("m1")

    def test_what_was_refused_is_not_taken_for_something_that_may_have_been_put(self, journal):
        first = journal()
        first.about_to_put(["m1", "m2"])
        first.refused(["m1"])

        assert [journal().may_be_put(one) for one in ("m1", "m2")] == [False, True]


class TestLooking:
    def test_a_look_sees_every_letter_and_hides_none(self):
        queue = Queue(letters(25))

        found = _some(DeadLetterQueue(queue, WANTED, hidden=60), lambda: False)

        assert [one.event.name for one in found] == ["CreateUser"] * 25
        assert len(queue.visible) == 25

    def test_of_many_letters_it_sees_the_first(self, monkeypatch):
        monkeypatch.setattr("orgtrail.redrive.look.MOST", 20)
        queue = Queue(letters(50))

        assert len(_some(DeadLetterQueue(queue, WANTED, hidden=60), lambda: False)) == 20
        assert len(queue.visible) == 50


class TestTheLastLine:
    """What is said below the tables."""

    UNREAD = unsent(Look(PIPELINE, unknown="Unable to locate credentials"))

    @pytest.fixture
    def said(self, capsys):
        def said(*results, dry_run=False):
            show_results(results_console(), results, dry_run=dry_run)
            return capsys.readouterr().out.splitlines()[-1]

        return said

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_where_nothing_could_be_read_no_number_is_told(self, said, dry_run):
        assert said(self.UNREAD, self.UNREAD, dry_run=dry_run) == (
            "2 pipelines: nothing could be read, so whether there are dead letters is not known"
        )

    def test_what_is_not_known_comes_before_what_is(self, said):
        assert said(self.UNREAD, Sent(PIPELINE, sent=3)) == (
            "2 pipelines: 1 not known; of the others, 3 dead letters sent, 0 left"
        )
        assert said(self.UNREAD, Sent(PIPELINE, left={"only looked at": 1}), dry_run=True) == (
            "2 pipelines: 1 not known; of the others, 1 dead letter"
        )

    def test_what_ended_early_is_told_besides(self, said):
        assert said(Sent(PIPELINE, sent=10, more=5, ended="it was interrupted")) == (
            "1 pipeline: 10 dead letters sent, 5 left; 1 pipeline not finished"
        )
