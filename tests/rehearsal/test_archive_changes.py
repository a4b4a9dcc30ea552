"""What a change of the archive's settings does to a bucket that has events: the real Terraform, on an emulated AWS.

`pytest -s` prints what the emulator has before and after. Of the tables in docs/archive.md, these rows can lose
something; the others are shown by the synthesized stacks.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from constructs.kept_evidence import KEPT
from orgtrail.layout import Layout
from orgtrail.names import ARCHIVE_KEY_ALIAS
from orgtrail.rehearsal.emulation.emulator import emulated_aws
from orgtrail.settings import AccessLogs, LocalState, ObjectLock, Transition
from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.environment import terraform_environment
from orgtrail.terraform.failure import TerraformFailed
from orgtrail.terraform.processes import Processes
from orgtrail.terraform.provider import provider_in_use
from tests.builders import ARCHIVE_ACCOUNT_ID, BUCKET, an_account, an_archive, archive_stack, settings

pytestmark = [pytest.mark.xdist_group("archive changes"), pytest.mark.timeout(900)]

EVERYTHING = {
    "kms_key": "managed",
    "object_lock": ObjectLock(mode="governance", days=365),
    "noncurrent_days": 365,
    "access_logs": AccessLogs(bucket="acme-logs", prefix="iam/"),
}
HANDED_OVER = {"existing": True, "kms_key": None, "object_lock": None, "access_logs": None}
THEIRS = {
    "Sid": "TheirReaders",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:root"},
    "Action": "s3:GetObject",
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
}
# Without it, the emulator refuses the logging that names the bucket.
_LOG_DELIVERY: Any = {
    "Owner": {"ID": "owner"},
    "Grants": [
        {
            "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"},
            "Permission": permission,
        }
        for permission in ("WRITE", "READ_ACP")
    ],
}
_READERS = (
    "get_bucket_policy",
    "get_public_access_block",
    "get_bucket_encryption",
    "get_bucket_versioning",
    "get_bucket_ownership_controls",
    "get_bucket_lifecycle_configuration",
    "get_object_lock_configuration",
    "get_bucket_logging",
)


class Archive:
    """The archive's stack in a folder, and the emulated AWS that it is deployed to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        environment = {**os.environ, **terraform_environment(provider_in_use())}
        log = folder / "terraform.log"
        self.terraform = Terraform(folder, log, environment=environment, processes=Processes(), time_limit=300)
        self.s3 = boto3.client("s3")

    def write(self, **archive: Any) -> None:
        state = LocalState(path=str(self._folder / "{name}.json"))
        stack = archive_stack(
            settings(an_account(), archive=an_archive(**archive), state=state), provider=provider_in_use()
        )
        (self._folder / "cdk.tf.json").write_text(json.dumps(stack))

    def plan(self, **archive: Any) -> dict[str, str]:
        """What a plan does to what it changes, by address. Raises TerraformFailed."""
        self.write(**archive)
        return {change.address: change.action for change in self.terraform.plan(self._folder / "plan")}

    def refusal(self, **archive: Any) -> str:
        """What Terraform says instead of a plan."""
        with pytest.raises(TerraformFailed) as refused:
            self.plan(**archive)
        return " ".join(str(refused.value).split())

    def apply(self, **archive: Any) -> dict[str, str]:
        changes = self.plan(**archive)
        self.terraform.apply(self._folder / "plan")
        return changes

    def view(self) -> dict[str, Any]:
        """Objects, policy, protections and key, as the emulator has them."""
        view = {name.removeprefix("get_"): self._read(name) for name in _READERS}
        view["objects"] = [item["Key"] for item in self.s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
        aliases = boto3.client("kms").list_aliases()["Aliases"]
        keys = [alias["TargetKeyId"] for alias in aliases if alias["AliasName"] == ARCHIVE_KEY_ALIAS]
        view["key"] = [boto3.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in keys]
        print(json.dumps(view, indent=1, default=str))
        return view

    def _read(self, name: str) -> Any:
        try:
            answer = getattr(self.s3, name)(Bucket=BUCKET)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Iterator[Archive]:
    """An archive that has everything, and events."""
    folder = tmp_path_factory.mktemp("archive")
    with emulated_aws(ARCHIVE_ACCOUNT_ID, "us-east-1", [], folder):
        made = Archive(folder)
        made.s3.create_bucket(Bucket="acme-logs")
        made.s3.put_bucket_acl(Bucket="acme-logs", AccessControlPolicy=_LOG_DELIVERY)
        made.write(**EVERYTHING)
        made.terraform.init()
        made.apply(**EVERYTHING)
        for number in range(3):
            made.s3.put_object(Bucket=BUCKET, Key=f"333333333333/us-east-1/2026/01/02/{number}", Body=b"{}")
        yield made


CHANGES = {
    "key, lock and logs are removed": {"kms_key": None, "object_lock": None, "access_logs": None},
    "all else is changed": {
        "access_logs": AccessLogs(bucket="other-logs"),
        "break_glass_role": f"arn:aws:iam::{ARCHIVE_ACCOUNT_ID}:role/break-glass",
        "expire_days": 400,
        "layout": Layout("iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"),
        "noncurrent_days": 30,
        "object_lock": ObjectLock(mode="governance", days=30),
        "tags": {"team": "security"},
        "transitions": (Transition(days=90, storage_class="GLACIER_IR"),),
    },
    "existing": HANDED_OVER,
    "manage_policy": {**HANDED_OVER, "manage_policy": True},
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_nothing_that_holds_or_protects_events_is_destroyed_or_replaced(archive, changed):
    changes = archive.plan(**{**EVERYTHING, **changed})

    assert changes.keys() <= KEPT
    assert set(changes.values()) <= {"update", "forget", "import"}


REFUSED = {
    "another region": ({"region": "eu-west-1"}, f"archive.region can't change to eu-west-1: s3://{BUCKET} was made in"),
    "another account": ({"account_id": "999999999999"}, "AWS account ID not allowed"),
    "another bucket": ({"bucket": "acme-other"}, "Instance cannot be destroyed"),
}


@pytest.mark.parametrize(("changed", "text"), REFUSED.values(), ids=REFUSED)
def test_what_would_leave_events_behind_is_refused(archive, changed, text):
    assert text in archive.refusal(**{**EVERYTHING, **changed})


def test_a_bucket_is_handed_over_and_taken_in_as_it_is_and_loses_nothing_of_others(archive):
    before = archive.view()
    archive.apply(**{**EVERYTHING, **HANDED_OVER})
    assert archive.view() == before

    key = before["bucket_encryption"]["ServerSideEncryptionConfiguration"]["Rules"][0]
    arn = key["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    _put_statements(archive, with_theirs=True)
    managed = {"existing": True, "manage_policy": True, "kms_key": arn}
    archive.apply(**managed)
    assert _sids(archive)[0] == "TheirReaders"
    assert archive.plan(**managed) == {}
    assert f"the statements would go to s3://{BUCKET}" in archive.refusal(**{**managed, "bucket": "acme-other"})
    archive.apply(existing=True, kms_key=arn)
    assert _sids(archive)[0] == "TheirReaders"

    said = archive.refusal(adopt=True, object_lock=ObjectLock(mode="governance", days=30))
    assert "has statements of others in its policy" in said
    assert '"Sid":"TheirReaders"' in said.replace(" ", "")
    assert "has another encryption than archive.kms_key says" in said
    assert "has a lock that is stricter or longer: GOVERNANCE, 365 days" in said

    _put_statements(archive, with_theirs=False)
    taken_in = {"adopt": True, "kms_key": arn, "noncurrent_days": 365}
    changes = archive.apply(**taken_in)
    assert set(changes.values()) <= {"create", "update", "import"}
    after = archive.view()
    assert {name: after[name] for name in after if name != "bucket_policy"} == {
        name: before[name] for name in before if name != "bucket_policy"
    }
    assert sorted(_sids(archive)) == sorted(_sids_of(before["bucket_policy"]))
    assert archive.plan(**{**taken_in, "adopt": False}) == {}


def _sids_of(answer: Any) -> list[str]:
    return [statement["Sid"] for statement in json.loads(answer["Policy"])["Statement"]]


def _sids(archive: Archive) -> list[str]:
    return _sids_of(archive.s3.get_bucket_policy(Bucket=BUCKET))


def _put_statements(archive: Archive, *, with_theirs: bool) -> None:
    policy = json.loads(archive.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    ours = [one for one in policy["Statement"] if one["Sid"] != THEIRS["Sid"]]
    policy["Statement"] = [THEIRS, *ours] if with_theirs else ours
    archive.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
