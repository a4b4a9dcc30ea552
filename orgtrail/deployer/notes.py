"""What to know about the roles of these settings that their documents don't say."""

from collections.abc import Iterator, Sequence

from orgtrail.deployer.roles import TRAIL_FILES_PART, TRAIL_PART, Roles, enters_the_states
from orgtrail.selection.stack import Stack
from orgtrail.settings import S3State, Settings


def notes(settings: Settings, stacks: Sequence[Stack], roles: Roles) -> Iterator[str]:
    """One line each."""
    if roles.boundary is None and any(part.account_id is None for part in roles.parts):
        yield (
            f"permissions_boundary isn't set: {roles.deploy.name} can give the delivery roles any permission, "
            "so protect it like an administrator"
        )
    if roles.external_id is None and roles.deploy.by is None:
        yield f"The file doesn't say who assumes {roles.deploy.name}: the template asks for it"
    if any(stack.is_trail for stack in stacks):
        yield from _of_trail(settings, roles)
    state = settings.state
    if isinstance(state, S3State) and not enters_the_states(settings, roles.deploy):
        whose = state.role or "the credentials that you start with"
        yield f"The states in {state.bucket} are reached by {whose}: docs/permissions.md lists what that takes"


def _of_trail(settings: Settings, roles: Roles) -> Iterator[str]:
    trail, parts = settings.trail, {part.name for part in roles.parts}
    if trail and trail.management and TRAIL_PART not in parts:
        yield f"The organization's trail is made by {_by(trail.management.roles)}: print that role with `role trail`"
    if trail and TRAIL_FILES_PART not in parts:
        yield f"The bucket of the trail is made by {_by(trail.roles)}: print that role with `role archive trail`"


def _by(roles: tuple[str, ...]) -> str:
    return roles[-1] if roles else "the credentials that you start with"
