"""What `deploy --resume` goes on with."""

import os
from dataclasses import replace

import pytest

from orgtrail.rollout.journal import Journal
from orgtrail.rollout.resume import CannotResume, left_undone
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


def test_is_what_the_last_rollout_did_not_bring_to_an_end(settings):
    rollout("20261124T000000-1", settings, ["archive", "alice", "bob"], "archive")

    assert left_undone(settings) == ["alice", "bob"]


def test_is_nothing_without_an_earlier_rollout(settings):
    with pytest.raises(CannotResume, match="there is no earlier rollout"):
        left_undone(settings)


def test_is_told_apart_from_a_rollout_of_another_file(settings):
    rollout("20261124T000000-1", settings, ["alice"])

    with pytest.raises(CannotResume, match="the last rollout was one of"):
        left_undone(replace(settings, path=settings.path.with_name("other.yaml")))


def test_passes_over_a_journal_that_a_full_disk_left_empty(settings):
    rollout("20261124T000000-1", settings, ["alice", "bob"], "alice")
    torn = RUNS.absolute() / "20261124T000001-2"
    torn.mkdir()
    (torn / "journal.jsonl").write_text('{"event": "star')

    assert left_undone(settings) == ["bob"]


def test_refuses_to_forget_accounts_that_are_not_there_any_more(settings):
    rollout("20261124T000000-1", settings, ["alice", "carol"])

    with pytest.raises(CannotResume, match=r"carol: left undone, and not among the accounts.* by name: alice"):
        left_undone(settings)


def test_the_folder_of_a_run_that_is_still_at_work_outlives_the_newer_ones(tmp_path):
    ours = tmp_path / f"20200101T000000-{os.getpid()}"
    gone = tmp_path / "20200101T000000-99999999"
    for folder in (ours, gone, *(tmp_path / f"20210101T0000{number:02}-99999999" for number in range(10))):
        folder.mkdir()
    Workspace.new(tmp_path)

    assert ours.exists()
    assert not gone.exists()
