"""What the accounts that own trails say of these, for the many accounts that see a trail and may not read it."""

from typing import Any

from orgtrail.aws import AWS_ERRORS, ManyAccounts
from orgtrail.concurrency.once import Once
from orgtrail.preflight.denial import reason
from orgtrail.preflight.trails import Trail
from orgtrail.regions import iam_region
from orgtrail.settings import Settings


class TrailOwners:
    """Asks a trail's owner each question once in a run, by however many accounts at once it is wanted."""

    def __init__(self, settings: Settings, many: ManyAccounts) -> None:
        home = iam_region(settings.partition)
        # A session enters its account with the first client that it is asked for.
        self._sessions = {one.account_id: many.session(one, home) for one in settings.active}
        self._answers = Once[tuple[str, str], Any]()

    def ask(self, trail: Trail, call: str, argument: str) -> Any:
        """CloudTrail's answer, or why there is none; None where the owner isn't an account of the file."""
        session = self._sessions.get(trail.owner)
        if session is None:
            return None

        def ask() -> Any:
            try:
                return getattr(session.client("cloudtrail", trail.region), call)(**{argument: trail.arn})
            except AWS_ERRORS as error:
                return reason(error)

        return self._answers.answer((trail.arn, call), ask)
