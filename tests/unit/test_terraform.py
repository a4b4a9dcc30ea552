"""What Terraform prints, and what it means."""

import json
import stat
import sys

import pytest

from orgtrail.terraform.changes import Change
from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.failure import Cause, TerraformFailed
from orgtrail.terraform.processes import Processes

SCRIPT = f"""#!{sys.executable}
import pathlib, sys, time
answer = (pathlib.Path(__file__).parent / sys.argv[1]).read_text()
status, _, text = answer.partition("\\n")
if status == "hang":
    time.sleep(60)
print(text)
sys.exit(int(status))
"""


@pytest.fixture
def terraform(tmp_path, monkeypatch):
    binary = tmp_path / "terraform"
    binary.write_text(SCRIPT)
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(binary))

    def answers(time_limit=30, **commands):
        for command, (status, *lines) in commands.items():
            (tmp_path / command).write_text("\n".join([str(status), *map(_line, lines)]))
        log = tmp_path / "log"
        return Terraform(tmp_path, log, environment={}, processes=Processes(), time_limit=time_limit)

    return answers


def _line(line):
    return line if isinstance(line, str) else json.dumps(line)


def planned(address, action):
    return {"type": "planned_change", "change": {"resource": {"addr": address}, "action": action}}


def error(summary, detail=""):
    return {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": summary, "detail": detail}}


SUMMARY = {"type": "change_summary"}


def test_a_plan_tells_what_it_changes_and_leaves_out_what_it_only_reads(terraform, tmp_path):
    it = terraform(plan=(0, planned("a.b", "create"), planned("c.d", "replace"), planned("data.e", "read"), SUMMARY))

    assert it.plan(tmp_path / "p") == (Change("a.b", "create"), Change("c.d", "replace"))


def test_a_plan_tells_what_it_takes_into_the_state_and_what_it_takes_out(terraform, tmp_path):
    both = planned("e.f", "update")
    both["change"]["importing"] = {"id": "the-id"}
    it = terraform(plan=(0, planned("a.b", "import"), planned("c.d", "remove"), both, SUMMARY))

    assert it.plan(tmp_path / "p") == (
        Change("a.b", "import"),
        Change("c.d", "forget"),
        Change("e.f", "update", imported="the-id"),
    )


def test_a_plan_made_remotely_is_read_from_the_saved_plan(terraform, tmp_path):
    changes = [
        {"address": "a.b", "change": {"actions": ["create"]}},
        {"address": "c.d", "change": {"actions": ["delete", "create"]}},
        {"address": "e.f", "change": {"actions": ["no-op"]}},
    ]
    it = terraform(
        plan=(0, "Running plan in HCP Terraform..."),
        show=(0, {"format_version": "1.2", "resource_changes": changes}),
    )

    assert it.plan(tmp_path / "p") == (Change("a.b", "create"), Change("c.d", "replace"))


@pytest.mark.parametrize(
    ("summary", "detail", "cause"),
    [
        ("Error acquiring the state lock", "Error message: …\n\nLock Info:\n  ID:  d8d1", Cause.LOCKED),
        ("Error acquiring the state lock", "StatusCode: 412, api error PreconditionFailed\nno JSON", Cause.LOCKED),
        ("Error acquiring the state lock", "failed to unmarshal JSON data into LockInfo struct: …", Cause.LOCKED),
        ("Error acquiring the state lock", "Error message: StatusCode: 503, SlowDown", Cause.TRANSIENT),
        ("Failed to save state", "Error saving state: connection reset by peer", Cause.UNSAVED),
        ("Failed to persist state to backend", "The state is in errored.tfstate. StatusCode: 503", Cause.UNSAVED),
        ("Saved plan is stale", "", Cause.STALE),
        ("creating Firehose", "ThrottlingException: Rate exceeded", Cause.TRANSIENT),
        ("creating IAM Role", "StatusCode: 503, ServiceUnavailable", Cause.TRANSIENT),
        ("creating IAM Role", "operation error IAM: CreateRole, StatusCode: 429, RequestID: 1", Cause.TRANSIENT),
        ("creating IAM Role", 'request send failed, Post "https://iam.amazonaws.com/": EOF', Cause.TRANSIENT),
        ("creating IAM Role", "unexpected EOF", Cause.TRANSIENT),
        ("creating IAM Role", "http2: server sent GOAWAY and closed the connection", Cause.TRANSIENT),
        ("creating IAM Role", "http: server closed idle connection", Cause.TRANSIENT),
        ("Error releasing the state lock", "StatusCode: 503, SlowDown", Cause.OTHER),
        ("creating Firehose", "Firehose is unable to assume role arn:aws:iam::1:role/x", Cause.TRANSIENT),
        ("creating IAM Role", "AccessDenied: not authorized", Cause.OTHER),
        ("creating IAM Role", "StatusCode: 409, EntityAlreadyExists: Role with …", Cause.EXISTS),
        ("creating Log Group", "ResourceAlreadyExistsException: The specified log group …", Cause.EXISTS),
        ("creating Firehose", "ResourceInUseException: Firehose x under account 1 already exists", Cause.EXISTS),
        ("creating SQS Queue", "QueueNameExists: StatusCode: 400", Cause.EXISTS),
        ("creating IAM Role", "x" * 2_000_000 + " StatusCode: 503, ServiceUnavailable", Cause.TRANSIENT),
        ("creating IAM Role", "EntityAlreadyExists, and of another role: Throttling", Cause.EXISTS),
    ],
)
def test_a_failure_has_the_cause_that_matters_for_what_to_do_next(terraform, tmp_path, summary, detail, cause):
    it = terraform(apply=(1, error(summary, detail)))

    with pytest.raises(TerraformFailed, match=summary) as failure:
        it.apply(tmp_path / "p")
    assert failure.value.cause is cause


def test_a_command_that_takes_too_long_is_ended_and_said_to(terraform, monkeypatch):
    monkeypatch.setattr("orgtrail.terraform.processes._SECONDS_TO_FINISH", 1)

    with pytest.raises(TerraformFailed, match="longer than 1 seconds") as failure:
        terraform(time_limit=1, init=("hang",)).init()
    assert failure.value.cause is Cause.TIME_LIMIT


def test_everything_it_prints_is_in_the_log(terraform, tmp_path):
    terraform(init=(0, "Initializing…")).init()

    assert "Initializing…" in (tmp_path / "log").read_text()


def test_a_failure_without_an_error_is_told_by_the_last_that_terraform_said(terraform, tmp_path):
    it = terraform(plan=(1, {"@message": "aws_iam_role.it: Creating...", "type": "apply_start"}, "", "gone"))

    with pytest.raises(TerraformFailed) as failure:
        it.plan(tmp_path / "p")

    assert str(failure.value) == "aws_iam_role.it: Creating...\n\ngone"


class TestALockThatIsHeld:
    def test_a_lock_that_is_held_is_told_as_terraform_tells_it(self, terraform):
        text = "Error acquiring the state lock\n\nLock Info:\n  ID:  d8d1"

        assert terraform(state=(1, *text.splitlines())).held_lock() == text

    @pytest.mark.parametrize("answer", [(0, "Would have removed nothing."), (1, "No state file was found!")])
    def test_a_lock_that_is_held_is_none_where_terraform_could_take_it_whether_there_is_a_state_or_not(
        self, terraform, answer
    ):
        assert terraform(state=answer).held_lock() is None

    def test_a_lock_that_is_held_is_not_known_where_the_backend_does_not_answer(self, terraform):
        with pytest.raises(TerraformFailed):
            terraform(state=(1, "no such bucket")).held_lock()


def test_an_init_that_failed_is_told_by_its_error_and_not_by_what_it_did_before(terraform):
    said = (1, "Initializing the backend...", "", "Error: failed to get shared config profile, x", "on line 1")

    with pytest.raises(TerraformFailed) as failed:
        terraform(init=said).init()
    assert str(failed.value) == "Error: failed to get shared config profile, x\non line 1"


class TestGarbageOfTerraformAndItsProvider:
    @pytest.fixture
    def given(self, tmp_path):
        """The GOGC that Terraform is started with, for an environment of the user's."""

        class Recorder(Processes):
            def run(self, command, *, env, **options):
                self.given = env.get("GOGC")
                return 0

        def given(environment):
            processes = Recorder()
            Terraform(tmp_path, tmp_path / "log", environment=environment, processes=processes, time_limit=30).init()
            return processes.given

        return given

    def test_garbage_of_terraform_and_its_provider_is_collected_later_than_go_does_by_itself(self, given):
        assert int(given({})) > 100

    def test_garbage_of_terraform_and_its_provider_is_collected_when_the_user_says(self, given):
        assert given({"GOGC": "50"}) == "50"
