"""Redrive, killed at ten instants: a process of its own, against an emulated AWS that goes on.

25 letters, sent by tens. What is known after the second run is in docs/redrive.md, in the same words.
"""

import os
import signal
import subprocess
import sys
from collections import Counter

import pytest
from moto.sqs.models import sqs_backends

from orgtrail import names
from orgtrail.rehearsal.emulation.emulator import emulated_aws
from tests.builders import ACCOUNT_ID, BUCKET, REPOSITORY
from tests.dead_letters import REGION, a_letter, an_event
from tests.emulator.test_redrive import Pipeline

# The environment and the emulator are the process's.
pytestmark = pytest.mark.xdist_group("emulator")

LETTERS = 25
PAGE = (REPOSITORY / "docs" / "redrive.md").read_text(encoding="utf-8")

# The instant in words; which call that is; how many copies are in the archive at the end.
INSTANTS = [
    ("while it looks at the letters, before it asks", ("after looking", 2), 0),
    ("before it receives the first letters", ("before receiving", 1), 0),
    ("after it received ten, before it notes them", ("before noting about to put", 2), 0),
    ("after it noted them, before the put", ("before PutRecordBatch", 2), 0),
    ("after Firehose took them, before its answer is noted", ("after PutRecordBatch", 2), 10),
    ("while it notes the answer: half a line is on disk", ("half of noting put", 2), 10),
    ("after it noted the answer, before it deletes them", ("before DeleteMessageBatch", 2), 0),
    ("after SQS deleted them, before its answer", ("after DeleteMessageBatch", 2), 0),
    ("between two batches, before it receives the third", ("before receiving", 3), 0),
    ("after the last letter, before the queue counts as empty", ("before receiving", 4), 0),
]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deployed")
    with emulated_aws(ACCOUNT_ID, REGION, [], folder):
        yield Pipeline(folder)


@pytest.fixture
def pipeline(deployed, tmp_path, monkeypatch):
    """The letters in the queue, nothing in the archive, and a folder without a journal."""
    monkeypatch.setattr("orgtrail.redrive.queue.WAIT_SECONDS", 0)
    monkeypatch.chdir(tmp_path)
    queue()._messages.clear()
    queue().pending_messages.clear()
    for item in deployed.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        deployed.s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    deployed.bury(*(a_letter(an_event(id=f"e{number:02}")) for number in range(LETTERS)))
    assert (deployed.archived, deployed.waiting) == ([], (LETTERS, 0))
    return deployed


def queue():
    """The emulator's own: SQS purges a queue once a minute at most, and lets nobody set a clock."""
    return sqs_backends[ACCOUNT_ID][REGION].queues[names.DEAD_LETTER_QUEUE]


def ended(pipeline, number, instant):
    """The exit status of a process that a signal came to at an instant."""
    arguments = [str(int(number)), *map(str, instant), "--yes", "-f", str(pipeline.file)]
    command = [sys.executable, "-m", "tests.killed_redrive", *arguments]
    return subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, check=False
    ).returncode


def two_minutes_later():
    """SQS shows letters again that a killed process had received."""
    for message in queue()._messages:
        message.visible_at = 0


@pytest.mark.parametrize(("words", "instant", "copies"), INSTANTS, ids=[words for words, _, _ in INSTANTS])
def test_a_run_that_goes_on_after_a_kill_sends_every_letter(pipeline, words, instant, copies):
    assert ended(pipeline, signal.SIGKILL, instant) == -signal.SIGKILL

    before = Counter(pipeline.archived)
    two_minutes_later()
    answer = pipeline.orgtrail("--yes")

    archived = Counter(pipeline.archived)
    assert (answer.exit_code, pipeline.waiting) == (0, (0, 0)), answer.output
    assert (len(archived), archived.total() - len(archived), max(archived.values()) <= 2) == (LETTERS, copies, True)
    assert ("perhaps for the second time" in answer.output) == (words.startswith(_NOT_KNOWN))
    row = f"| {words} | {before.total()} | {archived.total() - before.total()} | {LETTERS} | {copies} | 0 |"
    assert row in PAGE


_NOT_KNOWN = ("after it noted them", "after Firehose took them", "while it notes the answer")


def test_ctrl_c_ends_after_the_batch_and_hides_nothing(pipeline):
    assert ended(pipeline, signal.SIGINT, ("before PutRecordBatch", 1)) == 130

    archived = pipeline.archived
    assert len(archived) == len(set(archived)) >= 10
    assert pipeline.waiting == (LETTERS - len(archived), 0)
