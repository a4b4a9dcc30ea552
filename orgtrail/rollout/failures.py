"""What a failure of one stack means, in words: what Terraform said, with what to do about it where that is known."""

import traceback
from pathlib import Path

from orgtrail.rollout import adoption, kept_archive
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.stack import Stack
from orgtrail.state import locks, unsaved_state
from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.failure import Cause, TerraformFailed

# Limit of Terraform's text in journal and report: more than AWS's longest messages, far less than 50 MB.
_CHARACTERS = 5_000


def explained(error: TerraformFailed, stack: Stack, workspace: Workspace, accounts: Path) -> str:
    """What Terraform said, with what to do about it; `accounts` is the accounts file."""
    match error.cause:
        case Cause.UNSAVED:
            text = unsaved_state.explained(str(error), workspace.stack(stack.name))
        case Cause.EXISTS:
            text = adoption.explained(str(error), stack, accounts)
        case _:
            text = str(error)
    return _bounded(kept_archive.explained(text) if stack.is_archive else text, stack, workspace)


def unexpected(error: Exception, stack: Stack, workspace: Workspace) -> str:
    """An error that isn't Terraform's."""
    return _bounded("".join(traceback.format_exception_only(error)).strip(), stack, workspace)


def lock_left_behind(terraform: Terraform, folder: Path) -> str:
    """What to do about the lock that our Terraform has left on a state; empty if it hasn't."""
    try:
        held = terraform.held_lock()
    except TerraformFailed:
        return "It may have left its lock on the state; if so, the next run of this stack says how it is released."
    return locks.explained(held, folder) if held else ""


def _bounded(text: str, stack: Stack, workspace: Workspace) -> str:
    if len(text) <= _CHARACTERS:
        return text
    return f"{text[:_CHARACTERS]} … ({len(text):,} characters; all of it: {workspace.log(stack.name)})"
