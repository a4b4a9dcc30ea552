"""Deployed, changed, planned and destroyed by nothing but the roles that `orgtrail role` prints.

The emulator's own check of IAM is on: it knows actions, and resources of S3 alone. Each call is recorded, and judged
with its resource and conditions by the evaluator of tests/policies. The archive's bucket and key stay: no role can
destroy them.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.request import Request, urlopen

import pytest
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from orgtrail.aws import AccountSession
from orgtrail.deployer.roles import Roles, roles_of
from orgtrail.names import results_bucket
from orgtrail.policies import Document, document
from orgtrail.rehearsal.rollout import Rehearsal, rehearsal
from orgtrail.selection.stack import stacks_of
from orgtrail.settings import PLAN_ONLY, Account, Archive, load
from tests.alarm_series import ALL_IS_WELL, SERIES
from tests.alarm_states import states
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID
from tests.policies.terraform_calls import calls_in_file, written
from tests.recorded_calls import Call, recorded_calls
from tests.rehearsal.organization import Organization, Report, write_accounts

pytestmark = [pytest.mark.xdist_group("deploy_role"), pytest.mark.timeout(600)]

_LOGS = "acme-logs"
_DEFAULTS: dict[str, Any] = {
    "role": "orgtrail-deploy",
    "plan_role": "orgtrail-plan",
    "permissions_boundary": "orgtrail-boundary",
    "regions": ["us-east-1"],
    "alarms": {"topic": "arn:aws:sns:{region}:{account_id}:alarms", "silent_hours": 24},
}
_ARCHIVE: dict[str, Any] = {
    "account_id": ARCHIVE_ACCOUNT_ID,
    "region": "us-east-1",
    "bucket": "acme-iam-events",
    "kms_key": "managed",
    "object_lock": {"mode": "governance", "days": 7},
    "access_logs": {"bucket": _LOGS},
}
_STATE = {
    "backend": "s3",
    "bucket": "acme-terraform-state",
    "region": "us-east-1",
    "account_id": ARCHIVE_ACCOUNT_ID,
    "role": "orgtrail-deploy",
    "plan_role": "orgtrail-plan",
}
_OWN_ROLES = (":role/orgtrail-deploy", ":role/orgtrail-plan", ":role/rehearsal")
# What a deploy must be refused without, as Terraform tells of it.
_MISSING = {
    "events:PutRule": "EventBridge: PutRule",
    "iam:PutRolePolicy": "IAM: PutRolePolicy",
    "logs:CreateLogGroup": "CloudWatch Logs: CreateLogGroup",
    "sqs:CreateQueue": "SQS: CreateQueue",
}
_LAYOUT = "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"


def _write(path: Path, *, changed: bool = False, enabled: bool = True) -> Path:
    """The accounts file before or after a change that touches every kind of resource; not `enabled`: nothing left."""
    path.parent.mkdir(exist_ok=True)
    tags = {"tags": {"owner": "audit", "new": "1"} if changed else {"owner": "security", "old": "1"}}
    moved = {"moving_from": {"layout": "{account_id}/{region}/{yyyy}/{MM}/{dd}/"}, "layout": _LAYOUT}
    # Not how long objects are kept: the provider waits a minute for each change of that.
    other = {"break_glass_role": "custodian", **moved} if changed else {}
    catalog = {"catalog": {"scan_limit_gib": 7}} if changed else {}
    gone = {} if enabled else {"catalog": False}
    alarms = {**_DEFAULTS["alarms"], "silent_hours": 48}
    narrower = {"events": "iam", "log_retention_days": 30, "compression": "GZIP", "alarms": alarms} if changed else {}
    return write_accounts(
        path,
        archive={**_ARCHIVE, **other, **catalog, **gone},
        state=_STATE,
        defaults={**_DEFAULTS, **tags, **narrower},
        accounts=[{"account_id": ACCOUNT_ID, "name": "payments", "enabled": enabled}],
    )


class Deployed:
    """An organization in an emulator that refuses what its roles don't allow."""

    def __init__(self, run: Rehearsal, accounts: Path) -> None:
        self.organization = Organization(run, accounts)
        self.accounts = accounts
        self._url = run.url

    def make_roles(self, without: frozenset[str] = frozenset()) -> None:
        """The roles that `orgtrail role` prints for the file as it is, but for these actions."""
        self.check_iam(False)
        settings = load(self.accounts)
        owners: tuple[Account | Archive, ...] = (settings.archive, *settings.accounts)
        for owner in owners:
            roles = roles_of(settings, stacks_of(settings), owner.account_id)
            iam = AccountSession(owner, "us-east-1").client("iam")
            for role, plan in ((roles.deploy, False), (roles.plan, True)):
                _make_role(iam, role.name, _as_the_emulator_reads(_documents(roles, owner.account_id, plan), without))
        base = AccountSession(_Caller(ARCHIVE_ACCOUNT_ID), "us-east-1").client("iam")
        _make_role(base, "rehearsal", document({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}))
        self.check_iam(True)

    def query_results(self) -> None:
        """An object in the bucket of Athena's results, which goes with it."""
        self.check_iam(False)
        archive = load(self.accounts).archive
        s3 = AccountSession(archive, "us-east-1").client("s3")
        s3.put_object(Bucket=results_bucket(archive.bucket), Key="1.csv", Body=b"1")
        self.check_iam(True)

    def alarms(self) -> list[dict[str, Any]]:
        """The alarms of the account, as CloudWatch describes them."""
        self.check_iam(False)
        cloudwatch = self.organization.session("payments").client("cloudwatch")
        found: list[dict[str, Any]] = cloudwatch.describe_alarms()["MetricAlarms"]
        self.check_iam(True)
        return found

    def check_iam(self, on: bool) -> None:
        """Have the emulator check every call, or none."""
        data, kind = (b"0" if on else b"inf"), {"Content-Type": "text/plain"}
        with urlopen(Request(f"{self._url}/moto-api/reset-auth", data=data, headers=kind, method="POST")):
            pass


class _Caller:
    """The credentials that a rehearsal starts with."""

    roles: tuple[str, ...] = ()
    external_id = None
    session_name = "orgtrail"
    profile = None

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id


def _documents(roles: Roles, account_id: str, plan: bool) -> list[Document]:
    parts = [part for part in roles.parts if part.account_id in (None, account_id)]
    return [part.plan if plan else part.deploy for part in parts]


def _as_the_emulator_reads(documents: list[Document], without: frozenset[str]) -> Document:
    """The same actions, as moto checks them: it knows no resource outside S3 and no condition.

    It wants two things that AWS doesn't: HeadBucket, and DeleteObject on the bucket if a request deletes many objects.
    CloudWatch's actions it knows by the name for which their requests are signed.
    """
    statements = []
    for one in (statement for each in documents for statement in each["Statement"]):
        actions = [one["Action"]] if isinstance(one["Action"], str) else one["Action"]
        kept = [action for action in actions if action not in without]
        kept += ["s3:HeadBucket"] if "s3:ListBucket" in kept else []
        kept += [one.replace("cloudwatch:", "monitoring:") for one in kept if one.startswith("cloudwatch:")]
        resource = one["Resource"] if actions[0].startswith("s3:") else "*"
        statements += [{"Effect": "Allow", "Action": kept, "Resource": resource}] if kept else []
        if "s3:DeleteObject" in kept:
            bucket = resource.partition("/")[0]
            statements += [{"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": bucket}]
    return document(*statements)


def _make_role(iam: Any, name: str, permissions: Document) -> None:
    trust = document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(permissions))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("deploy-role")
    accounts = _write(folder / "accounts.yaml")
    # It takes each Deny of a bucket's policy for one without its condition (TLS), and then empties no bucket.
    no_policy = patch.object(FakeBucket, "get_permission", return_value=PermissionResult.NEUTRAL)
    with no_policy, rehearsal(load(accounts), folder / "rehearsal") as run:
        run.make_state_bucket()
        s3 = AccountSession(run.settings.archive, "us-east-1").client("s3")
        s3.create_bucket(Bucket=_LOGS)
        s3.put_bucket_policy(Bucket=_LOGS, Policy=json.dumps(_TAKES_LOGS))
        made = Deployed(run, accounts)
        try:
            yield made
        finally:
            made.check_iam(False)


_TAKES_LOGS = document(
    {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{_LOGS}/*",
    }
)


class Made(NamedTuple):
    """What the first deploys came to, and their calls; the one that lacked actions was refused."""

    deployed: Deployed
    refused: Report
    applied: Report
    calls: list[Call]
    alarms: list[dict[str, Any]]


@pytest.fixture(scope="module")
def made(deployed: Deployed) -> Made:
    """The archive takes the provider a minute of waiting: meanwhile the account is deployed, from its own folder."""
    beside = Organization(deployed.organization.run, _write(deployed.accounts.parent / "beside" / "accounts.yaml"))
    deployed.make_roles(without=frozenset(_MISSING))
    with recorded_calls() as calls:
        archive = deployed.organization.start("deploy", "--yes", "archive")
        refused = beside.deploy("payments", "--accept-gap")
        deployed.make_roles()
        applied = beside.deploy("payments", "--accept-gap")
        told, _ = archive.communicate(timeout=300)
        assert archive.returncode == 0, told
    return Made(deployed, refused, applied, calls, deployed.alarms())


def test_without_an_action_terraform_fails_and_names_it(made: Made) -> None:
    assert made.refused.ended() == {"payments": "failed"}, made.refused.told
    runs = made.deployed.accounts.parent / "beside" / ".orgtrail" / "runs"
    logs = "".join(path.read_text() for path in runs.rglob("*.log"))
    assert [operation for operation in _MISSING.values() if f"operation error {operation}" not in logs] == []


@pytest.mark.parametrize("name", SERIES)
def test_the_alarms_that_terraform_made_say_what_is_so(made: Made, name: str) -> None:
    metrics, wrong = SERIES[name]

    assert states(made.alarms, metrics) == {**ALL_IS_WELL, **wrong}


def test_the_printed_roles_are_enough_and_terraform_asks_for_nothing_else(made: Made) -> None:
    assert made.applied.ended() == {"payments": "applied"}, made.applied.told
    deployed, both = made.deployed, {"archive": "applied", "payments": "applied"}
    with recorded_calls() as of_deploys:
        _write(deployed.accounts, changed=True)
        changed = deployed.organization.deploy("--accept-gap")
        assert changed.ended() == both, changed.told
    with recorded_calls() as of_plans, pytest.MonkeyPatch.context() as environment:
        environment.setenv(PLAN_ONLY, "1")
        planned = deployed.organization.orgtrail("diff", "--no-lock")
        assert planned.returncode == 0, planned.stderr
    deployed.query_results()
    with recorded_calls() as of_the_end:
        _write(deployed.accounts, changed=True, enabled=False)
        ended = deployed.organization.deploy("--accept-gap")
        assert ended.ended() == both, ended.told
    assert ended.stacks["payments"]["destroy"] == 17

    found = [("deploy", call) for call in (*made.calls, *of_deploys, *of_the_end)]
    found += [("plan", call) for call in of_plans]
    # The roles themselves are assumed, and given their policies by this test.
    recorded = written((who, call) for who, call in found if not call.resource.endswith(_OWN_ROLES))
    (deployed.accounts.parent / "terraform_calls.txt").write_text("\n".join(recorded) + "\n", encoding="utf-8")
    assert recorded == written(calls_in_file())
