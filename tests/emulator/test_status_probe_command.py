"""`status --probe` as a process, on an emulated AWS: what it tells, and what it leaves behind when it is ended."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from orgtrail import names
from orgtrail.paths import REPOSITORY
from orgtrail.rehearsal.emulation.cloudtrail import emulated_cloudtrail
from orgtrail.rehearsal.emulation.emulator import emulated_aws
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, accounts_yaml, valid
from tests.emulator.test_delivery import ROLE, Deployment
from tests.waiting import LONG, until

# The environment and the emulator are the process's.
pytestmark = pytest.mark.xdist_group("emulator")

HOME = (ACCOUNT_ID, "us-east-1")


class Emulated:
    """An account with a pipeline, and the command; a `TagRole` that is held has no answer before it is let go."""

    def __init__(self, cloudtrail, folder):
        self.cloudtrail = cloudtrail
        self.folder = folder
        self.deployment = Deployment()
        self.deployment.pipeline()
        cloudtrail.delivers = True
        self.file = folder / "accounts.yaml"
        archive = f"role: 'arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/admin'"
        regions = f"defaults: {{regions: [us-east-1, eu-west-1], role: '{ROLE}/admin'}}"
        self.file.write_text(accounts_yaml(archive, rest=regions, accounts=["name: payments"]))

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "orgtrail", "status", "--probe", "-f", str(self.file), *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments):
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=LONG)
        return process.returncode, output, errors

    def held(self):
        """A process whose tag is put, without an answer; and what lets the answer go."""
        put, answered = threading.Event(), threading.Event()
        # Without its event, nothing but a signal ends the process.
        self.cloudtrail.delivers = False

        def hold(event):
            if event["detail"]["eventName"] == "TagRole":
                put.set()
                answered.wait(LONG)

        self.cloudtrail.on_event = hold
        process = self.start()
        assert put.wait(LONG)
        assert self.tags() == [names.PROBE_TAG]
        return process, answered

    def tags(self):
        tags = self.deployment.iam.list_role_tags(RoleName=names.FIREHOSE_ROLE)["Tags"]
        return [one["Key"] for one in tags]


@pytest.fixture
def emulated(tmp_path):
    with emulated_aws(ARCHIVE_ACCOUNT_ID, "us-east-1", [], tmp_path), emulated_cloudtrail() as cloudtrail:
        yield Emulated(cloudtrail, tmp_path)


def test_it_tells_of_each_region_and_the_next_run_knows_of_it(emulated):
    status, output, _errors = emulated.run()
    document = valid("status", json.loads(emulated.run("--json")[1]))

    rows = [line.split()[:3] for line in output.splitlines() if line.startswith("  payments")]
    assert status == 0
    assert rows[2:] == [["payments", "us-east-1", "arrived"], ["payments", "eu-west-1", "unprobed"]]
    assert "2 probes: 1 arrived, 1 unprobed; written after" in output
    home, other = sorted(document["pipelines"], key=lambda one: one["region"], reverse=True)
    assert home["verdict"] == "quiet"
    assert home["why"].startswith("nothing is known to have come but a probe, ")
    record = [one for one in emulated.cloudtrail.history(*HOME) if one["eventName"] == "TagRole"][-1]
    assert home["probe"]["value"] == record["requestParameters"]["tags"][0]["value"]
    assert home["probe"]["key"].startswith("333333333333/us-east-1/")
    assert other["probe"]["result"] == "unprobed"
    assert emulated.tags() == []


def test_ctrl_c_between_put_and_remove_leaves_no_tag(emulated):
    process, answered = emulated.held()
    process.send_signal(signal.SIGINT)
    answered.set()
    _output, errors = process.communicate(timeout=LONG)

    assert process.returncode == 130
    assert "Interrupted. Tags that were put are removed again" in errors
    assert "Traceback" not in errors
    assert emulated.tags() == []


def test_what_a_killed_process_has_left_the_next_one_removes(emulated):
    process, answered = emulated.held()
    process.kill()
    process.communicate(timeout=LONG)
    answered.set()
    emulated.cloudtrail.on_event = lambda _event: None
    emulated.cloudtrail.delivers = True
    until(lambda: emulated.tags() == [names.PROBE_TAG])

    assert emulated.run()[0] == 0
    assert emulated.tags() == []
