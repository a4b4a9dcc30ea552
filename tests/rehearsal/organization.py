"""An emulated organization of three accounts, and the orgtrail command on it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from botocore.exceptions import ClientError
from ruamel.yaml import YAML

from orgtrail import names
from orgtrail.archive.policy import archive_policy
from orgtrail.aws import AccountSession
from orgtrail.paths import REPOSITORY
from orgtrail.rehearsal.rollout import Rehearsal
from orgtrail.settings import Account, S3State, Settings
from tests.builders import ORGANIZATION_ID, valid
from tests.emulated_organization import make_organization
from tests.waiting import until

ALICE, BOB, CAROL = "111111111111", "222222222222", "333333333333"
STATE_ACCOUNT = "999999999999"
# Whether a lock is stale depends on who else works on the same state on this machine: not a test in another process.
STATE_BUCKET = f"the-states-of-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
# Each account's rule, stream and queue.
WHOLE = {"alice": 3, "bob": 3, "carol": 3}


def write_accounts(path: Path, **changes: Any) -> Path:
    """An organization whose archive is somebody else's, so that a rollout is three accounts and nothing more."""
    document = {
        "organization": {"id": "o-a1b2c3d4e5"},
        "archive": {"account_id": STATE_ACCOUNT, "region": "us-east-1", "bucket": "the-archive", "existing": True},
        "state": {"backend": "s3", "bucket": STATE_BUCKET, "region": "us-east-1", "account_id": STATE_ACCOUNT},
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


def make_archive(settings: Settings) -> None:
    """The bucket that somebody else has, with the statements that it needs in its policy."""
    s3 = AccountSession(settings.archive, settings.archive.region).client("s3")
    s3.create_bucket(Bucket=settings.archive.bucket)
    s3.put_bucket_policy(Bucket=settings.archive.bucket, Policy=json.dumps(archive_policy(settings, None)))


class Organization:
    """An emulated organization of three accounts, and the orgtrail command on it."""

    def __init__(self, run: Rehearsal, accounts: Path) -> None:
        self.run = run
        self.accounts = accounts
        self.folder = accounts.parent
        # There is no trail in the emulated AWS, and faults of the emulator are what most tests are about.
        self.skips_preflight = True

    def command(self, *arguments: str) -> list[str]:
        skip = ["--skip-preflight"] if arguments[0] == "deploy" and self.skips_preflight else []
        return [sys.executable, "-m", "orgtrail", *arguments, *skip, "-f", str(self.accounts)]

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
        return Report(done.returncode, done.stderr, valid("deploy", json.loads(done.stdout)) if done.stdout else None)

    @property
    def journal(self) -> Path | None:
        journals = sorted((self.folder / ".orgtrail" / "runs").glob("*/journal.jsonl"))
        return journals[-1] if journals else None

    def wait_for_apply(self, stack: str) -> None:
        """Until Terraform has begun to make something for a stack."""
        self.wait_until(lambda: self.has_role(stack))

    def wait_until(self, made: Callable[[], Any]) -> None:
        """Until Terraform has made something; until then AWS may refuse to be asked for it."""

        def look() -> Any:
            with suppress(ClientError):
                return made()

        until(look)

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Kill a command, with its Terraform and the providers of that."""
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()

    def remove_locks(self) -> None:
        """Remove the locks of a killed Terraform, as `terraform force-unlock` would, without waiting for them."""
        state = self.run.settings.state
        assert isinstance(state, S3State)
        s3 = AccountSession(state, state.region).client("s3")
        for item in s3.list_objects_v2(Bucket=state.bucket).get("Contents", []):
            if item["Key"].endswith(".tflock"):
                s3.delete_object(Bucket=state.bucket, Key=item["Key"])

    def remove_state(self, stack: str) -> None:
        """Have nothing of a stack in its state: during an apply, Terraform writes it every 20 seconds."""
        state = self.run.settings.state
        assert isinstance(state, S3State)
        s3 = AccountSession(state, state.region).client("s3")
        s3.delete_object(Bucket=state.bucket, Key=f"orgtrail/{stack}/terraform.tfstate")

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

    def make_organization(self) -> None:
        """Make the three accounts members of the organization that the file names."""
        client = self.session("alice").client("organizations")
        make_organization(client, ORGANIZATION_ID, ALICE, BOB, CAROL)

    def make_trail(self, stack: str) -> None:
        """A trail of the account's own that logs what a pipeline needs, and in all regions."""
        bucket = f"the-trail-of-{stack}"
        self.session(stack).client("s3").create_bucket(Bucket=bucket)
        trail = self.session(stack).client("cloudtrail")
        trail.create_trail(Name="main", S3BucketName=bucket, IsMultiRegionTrail=True)
        trail.start_logging(Name="main")

    def empty_state(self, stack: str) -> None:
        """Have an account's state forget all of its resources, which stay in AWS."""
        state = self.run.settings.state
        assert isinstance(state, S3State)
        s3 = AccountSession(state, state.region).client("s3")
        place = {"Bucket": state.bucket, "Key": f"orgtrail/{self.account(stack).account_id}/terraform.tfstate"}
        document = json.loads(s3.get_object(**place)["Body"].read())
        forgotten = {**document, "serial": document["serial"] + 1, "resources": []}
        s3.put_object(**place, Body=json.dumps(forgotten).encode())

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
