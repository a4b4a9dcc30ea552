"""What the last rollout left undone, from its journal."""

from orgtrail.errors import UserError
from orgtrail.rollout.journal import Earlier, earlier
from orgtrail.rollout.workspace import RunAtWork, Workspace
from orgtrail.selection.stack import Stack, stacks_of
from orgtrail.settings import Settings


def left_undone(settings: Settings) -> list[Stack]:
    """The stacks that the last rollout of this accounts file did not bring to an end.

    From here on this process goes on with that rollout, and no other one can.

    Raises UserError where there is nothing to resume, or it must not be resumed.
    """
    before = _last_rollout()
    try:
        Workspace.take(before.folder)
    except RunAtWork as error:
        raise UserError(f"that rollout is still running, or resumed already, by {error}") from error
    # Read it again: until now, another process may have been writing.
    last = _last_rollout()
    if last.folder != before.folder:
        raise UserError("somebody else has resumed that rollout meanwhile; see what they left")
    if last.accounts != str(settings.path.absolute()):
        raise UserError(f"the last rollout was one of {last.accounts}, not of {settings.path}")
    if not last.left:
        raise UserError("the last rollout left nothing undone")
    known = {stack.name: stack for stack in stacks_of(settings)}
    if gone := [stack for stack in last.left if stack not in known]:
        rest = " ".join(stack for stack in last.left if stack in known)
        raise UserError(
            f"{', '.join(gone)}: left undone, and not among the accounts to deploy any more (renamed, removed, "
            f"suspended?). Deploy what is left by name: {rest or 'nothing else is'}"
        )
    return [known[stack] for stack in last.left]


def _last_rollout() -> Earlier:
    before = next((found for folder in Workspace.rollouts() if (found := earlier(folder))), None)
    if before is None:
        raise UserError("there is no earlier rollout to resume")
    return before
