"""What is said of a lock. Terraform's texts are those of 1.11 about these lock objects on an emulated S3."""

import json
import shlex

import pytest

from orgtrail.state import locks

ID = "96a3d543-e325-872c-6436-12d4767f3bf9"
REFUSED = (
    "Error acquiring the state lock\nError message: StatusCode: 412, api error PreconditionFailed: At least one …\n"
)


def lock(lock_id=ID, who="root@vm", created="2026-11-24 00:17:16 +0000 UTC"):
    return f"""{REFUSED}Lock Info:
  ID:        {lock_id}
  Path:      acme-terraform-state/orgtrail/333333333333/terraform.tfstate
  Operation: OperationTypeApply
  Who:       {who}
  Version:   1.11.4
  Created:   {created}
  Info:
"""


@pytest.fixture
def stack(tmp_path):
    folder = tmp_path / "a stack; of $mine"
    folder.mkdir()
    backend = {"s3": {"bucket": "acme-terraform-state", "key": "o k/tfstate", "allowed_account_ids": ["222222222222"]}}
    (folder / "cdk.tf.json").write_text(json.dumps({"terraform": {"backend": backend}}))
    return folder


def commands(text):
    """What a reader would paste: whatever stands behind `: ` at the end of a line, split as a shell does."""
    lines = [line.rpartition("stack: ")[2] if "force-unlock" in line else line for line in text.splitlines()]
    return [shlex.split(line) for line in lines if "force-unlock" in line]


def test_a_lock_is_released_in_its_stacks_folder_by_its_id(stack):
    assert commands(locks.explained(lock(), stack)) == [["terraform", f"-chdir={stack}", "force-unlock", ID]]


@pytest.mark.parametrize(
    "lock_id",
    ["x; rm -rf /", "$(reboot)", "`reboot`", f"{ID}; reboot", f"-force {ID}", "-help", ID.upper(), f"{{{ID}}}"],
)
def test_an_id_that_terraform_does_not_make_is_never_put_into_a_command(stack, lock_id):
    told = locks.explained(lock(lock_id), stack)

    assert "force-unlock" not in told
    assert "something that Terraform did not write: s3://acme-terraform-state/o k/tfstate.tflock" in told
    assert "as account 222222222222: aws s3 rm 's3://acme-terraform-state/o k/tfstate.tflock'" in told


@pytest.mark.parametrize(
    "reason",
    [
        "failed to unmarshal JSON data into LockInfo struct: invalid character 'g' looking for beginning of value",
        "failed to unmarshal JSON data into LockInfo struct: unexpected end of JSON input",
        "Lock Info:\n  ID:        \n  Path:      \n  Who:       \n  Created:   0001-01-01 00:00:00 +0000 UTC",
    ],
)
def test_a_lock_that_says_nothing_is_told_as_one_with_the_way_to_remove_it(stack, reason):
    told = locks.explained(f"{REFUSED}{reason}", stack)

    assert "aws s3 rm 's3://acme-terraform-state/o k/tfstate.tflock'" in told
    assert reason in told


def test_where_the_states_are_not_in_s3_it_has_no_command_for_a_lock_that_is_not_terraforms(tmp_path):
    assert "remove it where the states are kept" in locks.explained(lock("x"), tmp_path)


def test_what_a_lock_says_of_itself_cannot_pass_for_something_else(stack):
    told = locks.explained(lock(who="\x1b[31mroot\u202e"), stack)

    assert r"by \x1b[31mroot\u202e; wait for that run" in told


def test_a_value_with_line_breaks_cannot_name_another_lock(stack):
    told = locks.explained(lock(who="root@vm\n  ID: 00000000-0000-0000-0000-000000000000"), stack)

    assert commands(told) == [["terraform", f"-chdir={stack}", "force-unlock", ID]]
