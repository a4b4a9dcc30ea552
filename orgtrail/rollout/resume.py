"""What the last rollout left undone, from its journal."""

from orgtrail.names import ARCHIVE_STACK
from orgtrail.rollout.journal import earlier
from orgtrail.rollout.workspace import Workspace
from orgtrail.settings import Settings


class CannotResume(Exception):
    """There is nothing to go on with, or it must not be gone on with; the text says why."""


def left_undone(settings: Settings) -> list[str]:
    """The stacks that the last rollout of this accounts file did not bring to an end. Raises CannotResume."""
    before = next((found for folder in Workspace.rollouts() if (found := earlier(folder))), None)
    if before is None:
        raise CannotResume("there is no earlier rollout to resume")
    if before.accounts != str(settings.path.absolute()):
        raise CannotResume(f"the last rollout was one of {before.accounts}, not of {settings.path}")
    if not before.finished and before.is_running:
        raise CannotResume(f"that rollout is still running, as process {before.process[0]}")
    if not before.left:
        raise CannotResume("the last rollout left nothing undone")
    known = {ARCHIVE_STACK, *(account.name for account in settings.active)}
    if gone := [stack for stack in before.left if stack not in known]:
        rest = " ".join(stack for stack in before.left if stack in known)
        raise CannotResume(
            f"{', '.join(gone)}: left undone, and not among the accounts to deploy any more (renamed, removed, "
            f"suspended?). Deploy what is left by name: {rest or 'nothing else is'}"
        )
    return list(before.left)
