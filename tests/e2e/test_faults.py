"""What goes wrong in a rollout, and what is left of it: the real Terraform, faults injected before the emulator."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from ruamel.yaml import YAML

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.cdktf_cli import REPOSITORY
from orgtrail.provider import provider_in_use
from orgtrail.rehearsal.rollout import Rehearsal, rehearsal
from orgtrail.rollout.deploy import Callbacks, Deploy
from orgtrail.rollout.journal import Journal
from orgtrail.rollout.prepare import engine_for
from orgtrail.rollout.workspace import Workspace
from orgtrail.settings import Account, S3State, load

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]

ALICE, BOB, CAROL = "111111111111", "222222222222", "333333333333"
STATE_ACCOUNT = "999999999999"


def write_accounts(path: Path, **changes: Any) -> Path:
    """An organization whose archive is somebody else's, so that a rollout is three accounts and nothing more."""
    document = {
        "organization": {"id": "o-a1b2c3d4e5"},
        "archive": {"account_id": STATE_ACCOUNT, "region": "us-east-1", "bucket": "the-archive", "existing": True},
        "state": {"backend": "s3", "bucket": "the-states", "region": "us-east-1", "account_id": STATE_ACCOUNT},
        "defaults": {"role": "deployer", "regions": ["us-east-1"]},
        "rollout": {"max_failures": 1, "parallelism": 3},
        "accounts": [
            {"account_id": account_id, "name": name}
            for account_id, name in ((ALICE, "alice"), (BOB, "bob"), (CAROL, "carol"))
        ],
        **changes,
    }
    YAML().dump(document, path)
    return path


class Faults:
    """Answers of the emulated AWS that are replaced; a fault looks at a request and may answer it."""

    def __init__(self) -> None:
        self.rule: Callable[[str, str], tuple[int, str] | None] = no_fault

    def __call__(self, application: Any, environ: dict[str, Any], start_response: Any) -> Any:
        account_id, service = _caller(environ.get("HTTP_AUTHORIZATION", ""))
        answer = self.rule(account_id, service)
        if answer is None:
            return application(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response(f"{answer[0]} Fault", [("Content-Type", "text/xml")])
        return [answer[1].encode()]


def _caller(authorization: str) -> tuple[str, str]:
    """The account and the service of a signed request."""
    if "Credential=" not in authorization:
        return "", ""
    access_key, _date, _region, service, _ = authorization.partition("Credential=")[2].split(",")[0].split("/")
    return get_account_id_from(access_key), service


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """No fault, until a test gives one."""
    injected = Faults()
    original = DomainDispatcherApplication.__call__

    def call(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        return injected(lambda *arguments: original(self, *arguments), environ, start_response)

    monkeypatch.setattr(DomainDispatcherApplication, "__call__", call)
    return injected


class Organization:
    """An emulated organization of three accounts, and the orgtrail command on it."""

    def __init__(self, run: Rehearsal, accounts: Path) -> None:
        self.run = run
        self.accounts = accounts
        self.folder = accounts.parent

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "orgtrail", *arguments, "-f", str(self.accounts)]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(REPOSITORY)}

    def orgtrail(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def deploy(self, *arguments: str) -> "Report":
        done = self.orgtrail("deploy", "--yes", "--json", *arguments)
        return Report(done.returncode, done.stderr, json.loads(done.stdout) if done.stdout else None)

    @property
    def journal(self) -> Path | None:
        journals = sorted((self.folder / ".orgtrail" / "runs").glob("*/journal.jsonl"))
        return journals[-1] if journals else None

    def wait_for_apply(self, stack: str) -> None:
        """Until Terraform has begun to make something for a stack."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.has_role(stack):
                return
            time.sleep(0.2)
        raise AssertionError(f"nothing was made for {stack}")

    def has_role(self, stack: str) -> bool:
        roles = self.session(stack).client("iam").list_roles()["Roles"]
        return any(role["RoleName"] == names.FIREHOSE_ROLE for role in roles)

    def session(self, stack: str) -> AccountSession:
        return AccountSession(self.account(stack), "us-east-1")

    def account(self, stack: str) -> Account:
        return next(account for account in self.run.settings.accounts if account.name == stack)

    def pipelines(self) -> dict[str, int]:
        """How many rules, streams and queues each account has: three where its pipeline is whole."""
        return {account.name: self._pipeline_parts(account) for account in self.run.settings.accounts}

    def _pipeline_parts(self, account: Account) -> int:
        session = AccountSession(account, "us-east-1")
        rules = session.client("events").list_rules()["Rules"]
        streams = session.client("firehose").list_delivery_streams()["DeliveryStreamNames"]
        queues = session.client("sqs").list_queues().get("QueueUrls", [])
        return len(rules) + len(streams) + len(queues)

    def assert_sound(self) -> None:
        """Every state can be read and no lock is left."""
        state = self.run.settings.state
        assert isinstance(state, S3State)
        s3 = AccountSession(state, state.region).client("s3")
        for item in s3.list_objects_v2(Bucket=state.bucket).get("Contents", []):
            assert not item["Key"].endswith(".tflock"), f"{item['Key']} is left behind"
            body = s3.get_object(Bucket=state.bucket, Key=item["Key"])["Body"].read()
            assert json.loads(body)["version"] == 4


class Report:
    """How a deploy ended, what it told, and its report."""

    def __init__(self, status: int, told: str, report: dict[str, Any] | None) -> None:
        self.status = status
        self.told = told
        self.stacks = {stack["stack"]: stack for stack in report["stacks"]} if report else {}

    def ended(self) -> dict[str, str]:
        return {name: stack["status"] for name, stack in self.stacks.items()}


@pytest.fixture
def organization(tmp_path: Path) -> Iterator[Organization]:
    accounts = write_accounts(tmp_path / "accounts.yaml")
    with rehearsal(load(accounts), tmp_path / "rehearsal") as run:
        run.make_state_bucket()
        yield Organization(run, accounts)


WHOLE = {"alice": 3, "bob": 3, "carol": 3}


def test_one_accounts_trouble_costs_that_account_alone_and_passing_errors_are_tried_again(
    organization: Organization, faults: Faults
) -> None:
    """Credentials refused for bob; AWS throttles and fails for carol, now and then."""
    hiccups = iter([_throttled, _unavailable, _throttled])

    def rule(account_id: str, service: str) -> tuple[int, str] | None:
        if account_id == BOB:
            return _access_denied()
        return next(hiccups, lambda: None)() if account_id == CAROL and service == "firehose" else None

    faults.rule = rule
    report = organization.deploy()

    assert report.status == 1
    assert report.ended() == {"archive": "unchanged", "alice": "applied", "bob": "failed", "carol": "applied"}
    assert "not authorized" in report.stacks["bob"]["error"]
    organization.assert_sound()
    faults.rule = no_fault
    assert organization.deploy("--resume").ended() == {"bob": "applied"}
    assert organization.pipelines() == WHOLE


def test_a_role_that_is_missing_costs_its_account_alone_and_tells_which_role(organization: Organization) -> None:
    write_accounts(
        organization.accounts,
        accounts=[
            {"account_id": ALICE, "name": "alice"},
            {"account_id": BOB, "name": "bob", "profile": "nowhere"},
        ],
    )
    report = organization.deploy()

    assert report.ended() == {"archive": "unchanged", "alice": "applied", "bob": "failed"}
    assert "nowhere" in report.stacks["bob"]["error"]
    organization.assert_sound()


def test_a_state_bucket_that_is_gone_fails_every_stack_and_makes_nothing(organization: Organization) -> None:
    state = organization.run.settings.state
    assert isinstance(state, S3State)
    AccountSession(state, state.region).client("s3").delete_bucket(Bucket=state.bucket)

    report = organization.deploy()

    assert report.status == 1
    assert set(report.ended().values()) == {"failed"}
    assert all("bucket" in stack["error"].lower() for stack in report.stacks.values())
    assert organization.pipelines() == {"alice": 0, "bob": 0, "carol": 0}


def test_a_killed_rollout_leaves_terraform_to_finish_and_is_resumed(organization: Organization) -> None:
    process = organization.start("deploy", "--yes")
    organization.wait_for_apply("alice")
    process.kill()
    process.wait()

    report = organization.deploy("--resume")

    assert report.status == 0, report.told
    assert set(report.ended().values()) <= {"applied", "unchanged"}
    assert organization.pipelines() == WHOLE
    organization.assert_sound()


def test_a_lock_left_by_a_killed_terraform_is_told_as_stale_with_the_way_to_release_it(
    organization: Organization,
) -> None:
    process = organization.start("deploy", "alice", "--yes")
    organization.wait_for_apply("alice")
    for child in psutil.Process(process.pid).children(recursive=True):
        child.kill()
    process.kill()
    process.wait()

    report = organization.deploy("alice")

    assert report.ended() == {"alice": "failed"}, report.told
    error = report.stacks["alice"]["error"]
    assert "the lock is stale" in error
    release = re.search(r"terraform -chdir=\S+ force-unlock ([0-9a-f-]+)", error)
    assert release is not None
    *command, lock_id = release[0].split()
    subprocess.run([*command, "-force", lock_id], env=organization.environment, check=True, capture_output=True)
    organization.assert_sound()


def test_ctrl_c_finishes_what_runs_and_starts_nothing_new(organization: Organization) -> None:
    write_accounts(organization.accounts, rollout={"parallelism": 1})
    process = organization.start("deploy", "--yes", "--json")
    organization.wait_for_apply("alice")
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=120)

    assert process.returncode == 1
    assert organization.pipelines() == {"alice": 3, "bob": 0, "carol": 0}
    assert '"status": "not started"' in told
    organization.assert_sound()


def test_ctrl_c_twice_interrupts_what_runs_and_leaves_no_lock(organization: Organization) -> None:
    process = organization.start("deploy", "alice", "--yes")
    organization.wait_for_apply("alice")
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)

    assert process.returncode == 1
    organization.assert_sound()
    assert organization.deploy("--resume").ended() == {"alice": "applied"}
    assert organization.pipelines()["alice"] == 3


def test_of_two_rollouts_at_once_each_resource_is_made_by_one(organization: Organization) -> None:
    first = organization.start("deploy", "--yes")
    organization.wait_for_apply("alice")
    second = organization.deploy()
    first.communicate(timeout=300)

    assert first.returncode == 0
    assert organization.pipelines() == WHOLE
    organization.assert_sound()
    for stack in second.stacks.values():
        assert stack["status"] == "unchanged" or "locked" in stack["error"] or "stale" in stack["error"]


def test_a_file_that_changes_between_the_diff_and_the_answer_is_not_deployed(organization: Organization) -> None:
    with subprocess.Popen(
        organization.command("deploy"),
        cwd=organization.folder,
        env=organization.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        told = ""
        while "Deploy this?" not in told:
            told += process.stderr.read(1)
        write_accounts(organization.accounts, rollout={"parallelism": 2})
        process.stdin.write("y\n")
        process.stdin.close()
        told += process.stderr.read()

    assert process.returncode == 1
    assert "has changed since the diff was made" in told
    assert organization.pipelines() == {"alice": 0, "bob": 0, "carol": 0}


def test_a_journal_that_cannot_be_written_stops_the_rollout_and_what_runs_is_finished(
    organization: Organization,
) -> None:
    write_accounts(organization.accounts, rollout={"parallelism": 1})
    settings = load(organization.accounts)
    workspace = Workspace.new(organization.folder / "runs")
    engine = engine_for(settings, ["alice", "bob"], provider_in_use(), workspace)
    planned = engine.plan_all(["alice", "bob"], lambda result: None)
    (workspace.folder / "journal.jsonl").symlink_to("/dev/full")
    told: list[str] = []
    callbacks = Callbacks(say=told.append, started=lambda stack: None, ended=lambda result: None)

    results = Deploy(engine, settings, Journal(workspace.folder), 0, callbacks).run(planned)

    assert [result.status for result in results] == ["applied", "not started"]
    assert any("No space left on device" in line for line in told)
    organization.assert_sound()


def no_fault(account_id: str, service: str) -> None:
    """Everything is answered by the emulator."""


def _access_denied() -> tuple[int, str]:
    return 403, _error("AccessDenied", "is not authorized to perform this action")


def _throttled() -> tuple[int, str]:
    return 400, json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"})


def _unavailable() -> tuple[int, str]:
    return 503, json.dumps({"__type": "ServiceUnavailableException", "message": "try again"})


def _error(code: str, message: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
