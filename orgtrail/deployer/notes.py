"""What to know about the roles of these settings that their documents don't say."""

from collections.abc import Iterator

from orgtrail.deployer.roles import Roles, enters_the_states
from orgtrail.settings import S3State, Settings


def notes(settings: Settings, roles: Roles) -> Iterator[str]:
    """One line each."""
    if roles.boundary is None and any(part.account_id is None for part in roles.parts):
        yield (
            f"permissions_boundary isn't set: {roles.deploy.name} can give the delivery roles any permission, "
            "so protect it like an administrator"
        )
    if roles.external_id is None and roles.deploy.by is None:
        yield f"The file doesn't say who assumes {roles.deploy.name}: the template asks for it"
    if settings.trail:
        yield "What the trail needs isn't in it yet: neither its stack, nor trails of the accounts' own"
    state = settings.state
    if isinstance(state, S3State) and not enters_the_states(settings, roles.deploy):
        whose = state.role or "the credentials that you start with"
        yield f"The states in {state.bucket} are reached by {whose}: docs/permissions.md lists what that takes"
