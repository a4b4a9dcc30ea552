"""Where a stack's Terraform state is kept."""

from pathlib import Path
from typing import Any

from constructs.bindings import CloudBackend, LocalBackend, NamedCloudWorkspace, S3Backend, TerraformStack
from constructs.terraform_text import escape_template
from orgtrail.regions import dns_suffix, partition_of
from orgtrail.settings import CloudState, LocalState, S3State, State

# Terraform 1.11 takes its region for none, and looks for it below amazonaws.com.
_UNKNOWN_PARTITION = "aws-eusc"


def configure_backend(stack: TerraformStack, state: State, key: str) -> None:
    """Give a stack its backend, with a state of its own; `key` is that of `Stack.state_key`."""
    match state:
        case S3State():
            _s3(stack, state, key)
        case LocalState():
            # Terraform runs in the synthesized folder, which is replaced each time: never keep a state there.
            LocalBackend(stack, path=escape_template(str(Path(key).absolute())))
        case CloudState():
            CloudBackend(
                stack,
                organization=escape_template(state.organization),
                hostname=escape_template(state.hostname) if state.hostname else None,
                workspaces=NamedCloudWorkspace(key, escape_template(state.project) if state.project else None),
            )


def _s3(stack: TerraformStack, state: S3State, key: str) -> None:
    backend = S3Backend(
        stack,
        bucket=state.bucket,
        key=escape_template(key),
        region=state.region,
        encrypt=True,
        kms_key_id=escape_template(state.kms_key_id) if state.kms_key_id else None,
        profile=escape_template(state.profile) if state.profile else None,
        allowed_account_ids=[state.account_id],
        assume_role=_assume_role(state),
    )
    # The bindings are older than this argument. Without it, two runs could write one state at once.
    backend.add_override("use_lockfile", True)
    if partition_of(state.region) == _UNKNOWN_PARTITION:
        suffix = f"{state.region}.{dns_suffix(_UNKNOWN_PARTITION)}"
        backend.add_override("skip_region_validation", True)
        backend.add_override("endpoints", {service: f"https://{service}.{suffix}" for service in ("s3", "sts")})


def _assume_role(state: S3State) -> dict[str, Any] | None:
    if state.role is None:
        return None
    return {
        "role_arn": escape_template(state.role),
        "session_name": escape_template(state.session_name),
        "external_id": escape_template(state.external_id) if state.external_id else None,
    }
