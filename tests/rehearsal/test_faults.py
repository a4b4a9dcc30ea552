"""What goes wrong in a rollout, and what is left of it: the real Terraform, faults injected before the emulator."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import Any

import pytest
from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.rollout.deploy import Callbacks, Deploy
from orgtrail.rollout.journal import Journal
from orgtrail.rollout.prepare import engine_for
from orgtrail.rollout.waves import waves_of
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.select import select
from orgtrail.settings import S3State, load
from orgtrail.terraform.provider import provider_in_use
from tests.rehearsal.organization import ALICE, BOB, CAROL, STATE_ACCOUNT, WHOLE, Organization, write_accounts
from tests.waiting import LONG

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]


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


def test_a_new_account_without_a_trail_is_not_deployed_and_those_that_have_one_are(
    organization: Organization,
) -> None:
    """Preflight itself, on an AWS that it reaches as it would the real one."""
    organization.skips_preflight = False
    organization.make_organization()
    for stack in ("bob", "carol"):
        organization.make_trail(stack)

    report = organization.deploy()

    assert report.status == 1
    assert report.ended() == {"archive": "unchanged", "alice": "failed", "bob": "applied", "carol": "applied"}
    assert "no trail reaches the region" in report.stacks["alice"]["error"]
    assert organization.pipelines() == {**WHOLE, "alice": 0}
    looked = organization.orgtrail("preflight")
    assert looked.returncode == 1
    assert "3 accounts, 3 pipelines, the archive, the states: 1 error, 0 not known" in looked.stdout


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


def test_an_account_that_never_answers_costs_itself_alone_and_no_more_than_the_time_limit(
    organization: Organization, faults: Faults
) -> None:
    write_accounts(organization.accounts, rollout={"max_failures": 1, "parallelism": 3, "time_limit_minutes": 2})
    over = threading.Event()

    def rule(account_id: str, service: str) -> None:
        if account_id == BOB:
            over.wait(600)

    faults.rule = rule
    try:
        report = organization.deploy()
    finally:
        over.set()

    assert report.ended() == {"archive": "unchanged", "alice": "applied", "bob": "failed", "carol": "applied"}
    assert "took longer than 120 seconds" in report.stacks["bob"]["error"]
    assert report.stacks["bob"]["seconds"] < 300, "half of what it would have taken"
    organization.assert_sound()


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
    organization.kill(process)

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
    told, _ = process.communicate(timeout=LONG)

    assert process.returncode == 1
    assert organization.pipelines() == {"alice": 3, "bob": 0, "carol": 0}
    assert '"status": "not started"' in told
    organization.assert_sound()


def test_ctrl_c_twice_interrupts_what_runs_and_leaves_no_lock(organization: Organization) -> None:
    process = organization.start("deploy", "alice", "--yes")
    organization.wait_for_apply("alice")
    process.send_signal(signal.SIGINT)
    assert process.stdout
    assert any("Ctrl-C again" in line for line in process.stdout), "the first one is told, and then waited for"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LONG)

    assert process.returncode == 1
    assert organization.journal is not None
    interrupted = json.loads((organization.journal.parent / "report.json").read_text())["stacks"][0]
    assert (interrupted["status"], interrupted["add"] > 0) == ("failed", True), "what it had made is counted"
    organization.assert_sound()
    assert organization.deploy("--resume").ended() == {"alice": "applied"}
    assert organization.pipelines()["alice"] == 3


def test_what_the_states_do_not_know_is_taken_in_where_it_is_ours_and_left_alone_where_it_is_not(
    organization: Organization,
) -> None:
    """What a killed Terraform leaves, for alice: all that exists, and a state that has none of it."""
    iam = organization.session("bob").client("iam")
    iam.create_role(RoleName=names.FIREHOSE_ROLE, AssumeRolePolicyDocument="{}", Description="of somebody else")
    report = organization.deploy("alice", "bob")

    assert report.ended() == {"alice": "applied", "bob": "failed"}, report.told
    assert f"deploy bob --adopt --accounts {organization.accounts}" in report.stacks["bob"]["error"]

    organization.empty_state("alice")
    adopted = organization.deploy("alice", "bob", "--adopt")

    assert adopted.ended() == {"alice": "applied", "bob": "failed"}, adopted.told
    assert [change["action"] for change in adopted.stacks["alice"]["changes"]] == ["import"] * 10
    assert "aren't Orgtrail's" in adopted.stacks["bob"]["error"]
    assert iam.get_role(RoleName=names.FIREHOSE_ROLE)["Role"]["Description"] == "of somebody else"
    assert organization.orgtrail("diff", "alice").returncode == 0, "no changes"
    organization.assert_sound()


def test_what_a_killed_terraform_made_of_the_archive_is_taken_in_by_the_next_deploy(organization: Organization) -> None:
    archive = {"account_id": STATE_ACCOUNT, "region": "us-east-1", "bucket": "own-archive", "kms_key": "managed"}
    write_accounts(organization.accounts, archive=archive)
    session = AccountSession(load(organization.accounts).archive, "us-east-1")
    athena, kms = session.client("athena"), session.client("kms")
    process = organization.start("deploy", "archive", "--yes")
    organization.wait_until(lambda: athena.list_named_queries(WorkGroup=names.WORKGROUP)["NamedQueryIds"])
    organization.kill(process)
    organization.remove_locks()
    organization.remove_state("archive")

    again = organization.deploy("archive")
    adopted = organization.deploy("archive", "--adopt")

    assert again.status == 1
    assert f"deploy archive --adopt --accounts {organization.accounts}" in again.told
    assert adopted.ended() == {"archive": "applied"}, adopted.stacks
    assert {"aws_kms_key.archive", "aws_s3_bucket.archive_bucket_B42367AB"} <= {
        change["address"] for change in adopted.stacks["archive"]["changes"] if change["action"] in ("import", "update")
    }
    assert organization.orgtrail("diff", "archive").returncode == 0, "no changes"
    assert len(kms.list_keys()["Keys"]) == 1
    queries = athena.list_named_queries(WorkGroup=names.WORKGROUP)["NamedQueryIds"]
    assert len({athena.get_named_query(NamedQueryId=one)["NamedQuery"]["Name"] for one in queries}) == len(queries)
    organization.assert_sound()


def test_of_two_rollouts_at_once_each_resource_is_made_by_one(organization: Organization) -> None:
    first = organization.start("deploy", "--yes")
    organization.wait_for_apply("alice")
    second = organization.deploy()
    first.communicate(timeout=LONG)

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


def test_what_a_journal_on_a_full_disk_cannot_tell_of_is_not_begun(
    organization: Organization,
) -> None:
    write_accounts(organization.accounts, rollout={"parallelism": 1})
    settings = load(organization.accounts)
    workspace = Workspace.new(organization.folder / "runs")
    stacks = select(settings, ["alice", "bob"]).stacks
    engine = engine_for(settings, stacks, provider_in_use(), workspace)
    planned = engine.plan_all(stacks, lambda result: None)
    (workspace.folder / "journal.jsonl").symlink_to("/dev/full")
    told: list[str] = []
    callbacks = Callbacks(say=told.append, ended=lambda result: None)

    deploy = Deploy(engine, settings.rollout, waves_of(settings, stacks), Journal(workspace.folder), callbacks)
    results = deploy.run(planned)

    assert [result.status for result in results] == ["not started", "not started"]
    assert organization.pipelines() == {"alice": 0, "bob": 0, "carol": 0}
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
