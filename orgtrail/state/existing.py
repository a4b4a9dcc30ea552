"""Which stacks have a state already: the others were never deployed."""

from collections.abc import Collection
from pathlib import Path

from orgtrail.aws import AWS_ERRORS, AccountSession
from orgtrail.settings import CloudState, LocalState, S3State, State
from orgtrail.state.hcp_terraform import HcpTerraform, HcpTerraformError
from orgtrail.state.orphans import StatesUnreadable


def existing_states(state: State, keys: Collection[str]) -> set[str]:
    """Those of the keys under which there is a state. Raises StatesUnreadable."""
    try:
        match state:
            case S3State():
                return _in_bucket(state).intersection(keys)
            case LocalState():
                return {key for key in keys if Path(key).exists()}
            case CloudState():
                workspaces = HcpTerraform(state).workspaces(_prefix(state))
                return {one.name for one in workspaces if one.resources}.intersection(keys)
    except (*AWS_ERRORS, HcpTerraformError, OSError) as error:
        raise StatesUnreadable(str(error)) from error


def _in_bucket(state: S3State) -> set[str]:
    pages = AccountSession(state, state.region).client("s3").get_paginator("list_objects_v2")
    listed = pages.paginate(Bucket=state.bucket, Prefix=_prefix(state))
    return {item["Key"] for page in listed for item in page.get("Contents", [])}


def _prefix(state: State) -> str:
    """What every key begins with."""
    return state.template.partition("{")[0]
