"""What `deploy --resume` goes on with."""

import errno
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from orgtrail.errors import UserError
from orgtrail.paths import REPOSITORY
from orgtrail.rollout.journal import Journal, JournalUnusable
from orgtrail.rollout.resume import left_undone
from orgtrail.rollout.workspace import RUNS, Workspace
from tests import builders


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    accounts = [builders.an_account("111111111111", name="alice"), builders.an_account("222222222222", name="bob")]
    return replace(builders.settings(*accounts), path=tmp_path / "accounts.yaml")


def rollout(name, settings, stacks, *done):
    """The journal of an earlier rollout, whose process is gone."""
    folder = RUNS.absolute() / name
    folder.mkdir(parents=True)
    journal = Journal(folder)
    journal.begin(settings.path, stacks)
    for stack in done:
        journal.write("applied", stack=stack)
    journal.write("finished")
    return folder


def names_left(settings):
    return [stack.name for stack in left_undone(settings)]


def test_is_what_the_last_rollout_did_not_bring_to_an_end(settings):
    rollout("20261124T000000-1", settings, ["archive", "alice", "bob"], "archive")

    assert names_left(settings) == ["alice", "bob"]


def test_is_nothing_without_an_earlier_rollout(settings):
    with pytest.raises(UserError, match="there is no earlier rollout"):
        left_undone(settings)


def test_is_told_apart_from_a_rollout_of_another_file(settings):
    rollout("20261124T000000-1", settings, ["alice"])

    with pytest.raises(UserError, match="the last rollout was one of"):
        left_undone(replace(settings, path=settings.path.with_name("other.yaml")))


def test_passes_over_a_journal_that_a_full_disk_left_empty(settings):
    rollout("20261124T000000-1", settings, ["alice", "bob"], "alice")
    torn = RUNS.absolute() / "20261124T000001-2"
    torn.mkdir()
    (torn / "journal.jsonl").write_text('{"event": "star')

    assert names_left(settings) == ["bob"]


def test_refuses_to_forget_accounts_that_are_not_there_any_more(settings):
    rollout("20261124T000000-1", settings, ["alice", "carol"])

    with pytest.raises(UserError, match=r"carol: left undone, and not among the accounts.* by name: alice"):
        left_undone(settings)


def test_is_read_past_lines_that_cannot_be_read_or_tell_of_something_else(settings):
    folder = rollout("run-000001-20261124T000000", settings, ["archive", "alice", "bob"], "archive")
    with (folder / "journal.jsonl").open("ab") as journal:
        for line in (b"\xff\xfe", b"[]", b"17", b'{"event": "applied"}', b'{"event": "applied", "stack": "bob"}', b"{"):
            journal.write(line + b"\n")

    assert names_left(settings) == ["alice"]


def test_is_not_known_where_the_first_line_cannot_be_read(settings):
    folder = rollout("run-000001-20261124T000000", settings, ["alice"])
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"started", b"st\xffrted"))

    with pytest.raises(JournalUnusable, match="line 1 can't be read"):
        left_undone(settings)


class TestTheLastRollout:
    def test_the_last_rollout_is_the_one_with_the_highest_number_whatever_the_clock_said(self, settings):
        rollout("run-000007-20261126T000000", settings, ["alice"], "alice")
        rollout("run-000008-20261124T000000", settings, ["bob"])

        assert names_left(settings) == ["bob"]

    def test_the_last_rollout_is_no_older_one_that_is_named_after_a_time_to_come(self, settings):
        rollout("20991231T000000-1", settings, ["alice"], "alice")
        rollout("run-000001-20261124T000000", settings, ["bob"])

        assert names_left(settings) == ["bob"]

    def test_the_last_rollout_is_not_resumed_while_its_process_is_at_work(self, settings):
        folder = rollout("run-000001-20261124T000000", settings, ["alice"])
        Workspace.take(folder)

        with pytest.raises(UserError, match=f"still running, or resumed already, by process {os.getpid()}"):
            left_undone(settings)

    def test_the_last_rollout_is_resumed_by_one_process_alone(self, settings):
        rollout("run-000001-20261124T000000", settings, ["alice"])
        left_undone(settings)

        with pytest.raises(UserError, match="resumed already"):
            left_undone(settings)

    @pytest.mark.parametrize("ends", ["os._exit(1)", "os.kill(os.getpid(), 9)"])
    def test_the_last_rollout_can_be_gone_on_with_however_its_process_ended_and_whatever_outlives_it(
        self, settings, ends
    ):
        folder = rollout("run-000001-20261124T000000", settings, ["alice"])
        code = (
            "import os, pathlib, subprocess; from orgtrail.rollout.workspace import Workspace; "
            f"Workspace.take(pathlib.Path({str(folder)!r})); "
            "none = subprocess.DEVNULL; child = subprocess.Popen(['sleep', '60'], stdout=none, stderr=none); "
            f"print(child.pid, flush=True); {ends}"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        try:
            assert names_left(settings) == ["alice"]
        finally:
            os.kill(int(done.stdout), 9)


# Run by Python itself before anything else, from PYTHONPATH: the clock of the process, some seconds off.
STEPPED_CLOCK = """
import datetime, os, time
seconds, real = float(os.environ["CLOCK_STEP"]), time.time
class Stepped(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)
time.time, datetime.datetime = lambda: real() + seconds, Stepped
"""
ROLL_OUT = """
import pathlib, sys
from orgtrail.rollout.journal import Journal
from orgtrail.rollout.workspace import Workspace
folder = Workspace.new().folder
Journal(folder).begin(pathlib.Path("accounts.yaml"), sys.argv[1:])
print(folder.name, flush=True)
"""
RESUME = """
import dataclasses, pathlib
from orgtrail.rollout.resume import left_undone
from tests.builders import an_account, settings
accounts = [an_account("111111111111", name="alice"), an_account("222222222222", name="bob")]
undone = left_undone(dataclasses.replace(settings(*accounts), path=pathlib.Path("accounts.yaml").absolute()))
print([stack.name for stack in undone])
"""


class TestOnAClockThatIsStepped:
    """Processes of their own, each with another clock."""

    @pytest.fixture
    def start(self, tmp_path):
        (tmp_path / "sitecustomize.py").write_text(STEPPED_CLOCK)

        def start(code, step, *arguments):
            environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{REPOSITORY}", "CLOCK_STEP": str(step)}
            return subprocess.Popen(
                [sys.executable, "-c", code, *arguments],
                cwd=tmp_path,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )

        return start

    def test_the_last_rollout_is_the_one_that_began_last(self, start):
        (ahead, _) = start(ROLL_OUT, 2 * 86_400, "alice").communicate()
        (right, _) = start(ROLL_OUT, 0, "bob").communicate()
        assert ahead.rpartition("-")[2] > right.rpartition("-")[2], "the clock went backwards"

        assert start(RESUME, 0).communicate()[0] == "['bob']\n"

    @pytest.mark.parametrize("step", [3, -3, 86_400])
    def test_a_rollout_at_work_is_not_taken_for_a_dead_one(self, start, step):
        with start(f"{ROLL_OUT}\nsys.stdin.read()", 0, "alice") as at_work:
            at_work.stdout.readline()
            told, _ = start(RESUME, step).communicate()
            at_work.stdin.close()

        assert f"that rollout is still running, or resumed already, by process {at_work.pid}" in told


class TestTheFoldersOfRuns:
    @pytest.fixture
    def runs(self, tmp_path):
        """Ten diffs of a time to come."""
        for number in range(1, 11):
            (tmp_path / f"run-{number:06}-20990101T000000").mkdir()
        return tmp_path

    def names(self, runs):
        return sorted(folder.name for folder in runs.iterdir() if folder.is_dir())

    def test_the_folders_of_runs_are_numbered(self, runs):
        assert Workspace.new(runs).folder.name.startswith("run-000011-")

    def test_the_folders_of_runs_are_forgotten_in_the_order_of_their_numbers(self, runs):
        Workspace.new(runs)

        assert "run-000001-20990101T000000" not in self.names(runs)
        assert len(self.names(runs)) == 10

    def test_the_folders_of_runs_of_an_earlier_version_are_forgotten_first(self, runs):
        (runs / "20991231T000000-1").mkdir()
        Workspace.new(runs)

        assert "20991231T000000-1" not in self.names(runs)

    def test_the_folders_of_runs_outlive_newer_ones_while_their_process_is_at_work(self, runs):
        Workspace.take(runs / "run-000001-20990101T000000")
        Workspace.new(runs)

        assert "run-000001-20990101T000000" in self.names(runs)

    def test_the_folders_of_runs_are_not_made_where_the_filesystem_knows_no_locks(self, tmp_path, monkeypatch):
        def no_locks(_descriptor, _how):
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr("fcntl.flock", no_locks)

        with pytest.raises(OSError, match=r"lock can't be locked: No locks available"):
            Workspace.new(tmp_path)
