"""main.py, run for a selection of stacks."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from orgtrail.paths import REPOSITORY
from orgtrail.selection.select import select
from orgtrail.selection.stack import stacks_of
from orgtrail.settings import load
from orgtrail.terraform import synthesis
from orgtrail.terraform.synthesis import SynthesisError, synthesize
from tests.waiting import LONG, command_of, has_ended, until

pytestmark = pytest.mark.xdist_group("synthesis")

SAMPLE = load(REPOSITORY / "accounts.yaml")
STACKS = stacks_of(SAMPLE)
SANDBOX = select(SAMPLE, ["sandbox"]).stacks


def made(folder):
    """The text of each synthesized stack."""
    return {path.parent.name: path.read_bytes() for path in folder.glob("stacks/*/cdk.tf.json")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    synthesize(SAMPLE, STACKS, folder)
    return made(folder)


def test_builds_every_stack_that_is_asked_for(whole):
    assert set(whole) == {"archive", "payments-prod", "data-platform", "sandbox"}


def test_builds_only_the_stacks_that_are_asked_for(whole, tmp_path):
    synthesize(SAMPLE, SANDBOX, tmp_path)

    assert made(tmp_path) == {"sandbox": whole["sandbox"]}


def test_fails_with_what_the_app_said(tmp_path, monkeypatch):
    monkeypatch.setenv("ORGTRAIL_PROVIDER_MIRROR", str(tmp_path))

    with pytest.raises(SynthesisError, match="ORGTRAIL_PROVIDER_MIRROR"):
        synthesize(SAMPLE, STACKS, tmp_path / "out")


def test_an_accounts_file_that_lost_a_stack_meanwhile_is_told_as_one_that_has_changed(tmp_path):
    path = tmp_path / "accounts.yaml"
    path.write_bytes((REPOSITORY / "accounts.yaml").read_bytes())
    before = load(path)
    path.write_text(path.read_text().replace("name: sandbox", "name: sandpit"))

    with pytest.raises(SynthesisError, match=r"accounts.yaml has changed while its stacks were built.*: sandbox not"):
        synthesize(before, SANDBOX, tmp_path / "out")


def test_one_that_is_gone_meanwhile_is_told_so():
    gone = REPOSITORY / "gone.yaml"

    assert synthesis._explained("Traceback", gone).startswith(f"{gone} has changed while its stacks were built")


def test_no_room_for_temporary_files_is_told_with_their_folder(monkeypatch):
    monkeypatch.setenv("TMPDIR", "/full")
    told = synthesis._explained("Error: ENOSPC: no space left on device, write", REPOSITORY / "accounts.yaml")

    assert told.startswith("There is no room for temporary files in /full")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_with_the_command_that_started_it(tmp_path, number):
    command = [sys.executable, "-m", "orgtrail", "diff", "-f", str(SAMPLE.path)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as process:
        app = until(lambda: [one for one in children(process.pid) if "main.py" in command_of(one)])[0]
        until(lambda: app.children())  # Node
        started = children(process.pid)
        process.send_signal(number)
        assert process.wait(timeout=LONG) == 130

    assert until(lambda: all(map(has_ended, started)))


def children(pid):
    return psutil.Process(pid).children(recursive=True)
