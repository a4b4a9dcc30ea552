"""The states can be read, and none is locked."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from orgtrail.bucket import owned
from orgtrail.console.command_line import command_line
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import SharedScope
from orgtrail.selection.stack import stacks_of
from orgtrail.settings import CloudState, S3State
from orgtrail.state.hcp_terraform import HcpTerraform, HcpTerraformError

_LOCK = ".tflock"


def _look(scope: SharedScope) -> Iterator[Fault]:
    match scope.settings.state:
        case S3State() as state:
            yield from _in_bucket(scope, state)
        case CloudState() as state:
            yield from _in_organization(state)


def _in_bucket(scope: SharedScope, state: S3State) -> Iterator[Fault]:
    s3 = scope.many.session(state, state.region).client("s3")
    bucket = owned(state)
    try:
        region = s3.get_bucket_location(**bucket)["LocationConstraint"] or "us-east-1"
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        yield Fault(f"there is no bucket {state.bucket} for the states", f"Make it: {command_line('bootstrap')}")
        return
    if region != state.region:
        yield Fault(f"the bucket {state.bucket} is in {region}, not in {state.region}", f"state.region: {region}")
        return
    keys = {stack.state_key: stack.name for stack in stacks_of(scope.settings)}
    prefix = state.template.partition("{")[0]
    readable = False
    for page in s3.get_paginator("list_objects_v2").paginate(Prefix=prefix, **bucket):
        found = [one["Key"] for one in page.get("Contents", [])]
        for key in found:
            if (locked := key.removesuffix(_LOCK)) != key and locked in keys:
                told = f"the state of {keys[locked]} is locked: s3://{state.bucket}/{key}"
                yield Fault(told, "Wait for the run that holds it; a diff tells who that is, and how to release it")
        known = [key for key in found if key in keys]
        if known and not readable:
            s3.head_object(Key=known[0], **bucket)
            readable = True


def _in_organization(state: CloudState) -> Iterator[Fault]:
    hcp = HcpTerraform(state)
    try:
        next(iter(hcp.workspaces(state.template.partition("{")[0], None)), None)
    except HcpTerraformError as error:
        yield Fault(str(error), "See that there is a token, and that it may see the workspaces of the organization")


STATE = Check(
    id="state",
    severity=Severity.ERROR,
    asks="The states' bucket exists where the file says, its states can be listed and read, and none is locked (HCP "
    "Terraform: its workspaces can be listed). That a state can be written and locked isn't tried: nothing is changed.",
    silences="Nothing can be deployed.",
    permissions=(
        Permission("s3:GetBucketLocation", "as the states' role, on their bucket"),
        Permission("s3:ListBucket", "to find states, and locks"),
        Permission("s3:GetObject", "to see that a state can be read; its content isn't"),
    ),
    look=_look,
)
