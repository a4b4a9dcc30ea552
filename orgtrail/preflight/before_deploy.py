"""Preflight of the accounts that a deploy would make the first pipelines of."""

from collections.abc import Sequence
from typing import NamedTuple

from orgtrail.console.display import Display
from orgtrail.documents.run import Preflight
from orgtrail.preflight.checks.trail import TRAIL
from orgtrail.preflight.report import findings_of, lines, stopping, watched
from orgtrail.selection.stack import Stack
from orgtrail.settings import Settings
from orgtrail.state.existing import existing_states
from orgtrail.state.orphans import StatesUnreadable

_ANYWAY = "--skip-preflight deploys anyway."


class Looked(NamedTuple):
    """Whether new accounts were looked at, and of those that can't be deployed, or would be silent, why."""

    preflight: Preflight
    refused: dict[str, str]


def look_at_new(settings: Settings, stacks: Sequence[Stack], display: Display, *, skip: bool) -> Looked:
    """Look at the accounts without a state. What isn't known is said, and refuses nothing: Terraform will tell.

    The archive and the states aren't looked at: a deploy judges them itself.
    """
    try:
        states = existing_states(settings.state, [stack.state_key for stack in stacks])
    except StatesUnreadable as error:
        display.say(f"Which accounts are new isn't known, so preflight looks at none: {error}")
        return Looked("not known", {})
    accounts = [one.account for one in stacks if one.account and one.state_key not in states]
    new = [account for account in accounts if account.enabled]
    if not new:
        return Looked("not needed", {})
    if skip:
        display.say("Preflight of new accounts is skipped (--skip-preflight).")
        return Looked("skipped", {})
    seen = watched(settings, new, display, shared=())
    for line in lines(findings_of(seen)):
        display.say(line)
    made = _makes_the_trail(settings, stacks)
    faults = {
        one.name: [
            finding for finding in stopping([one]) if finding.is_fault and not (made and finding.check == TRAIL.id)
        ]
        for one in seen
    }
    refused = {name: "\n".join([*lines(found), _ANYWAY]) for name, found in faults.items() if found}
    return Looked("made", refused)


def _makes_the_trail(settings: Settings, stacks: Sequence[Stack]) -> bool:
    """Whether the trail that an account lacks is among what is deployed."""
    if settings.trail is None:
        return False
    return settings.trail.of_each_account or any(stack.is_trail for stack in stacks)
