"""What the accounts that own trails say of these, for the many accounts that see a trail and may not read it."""

import threading
from dataclasses import dataclass, field
from typing import Any

from orgtrail.aws import AWS_ERRORS, ManyAccounts
from orgtrail.preflight.denial import reason
from orgtrail.preflight.trails import Trail
from orgtrail.regions import iam_region
from orgtrail.settings import Settings


@dataclass
class _Question:
    """Asked by the first who holds the lock; `answer` None: nobody has yet."""

    asking: threading.Lock = field(default_factory=threading.Lock)
    answer: Any = None


class TrailOwners:
    """Asks a trail's owner each question once in a run, by however many accounts at once it is wanted."""

    def __init__(self, settings: Settings, many: ManyAccounts) -> None:
        home = iam_region(settings.partition)
        # A session enters its account with the first client that it is asked for.
        self._sessions = {one.account_id: many.session(one, home) for one in settings.active}
        self._questions: dict[tuple[str, str], _Question] = {}
        self._finding = threading.Lock()

    def ask(self, trail: Trail, call: str, argument: str) -> Any:
        """CloudTrail's answer, or why there is none; None where the owner isn't an account of the file."""
        session = self._sessions.get(trail.owner)
        if session is None:
            return None
        with self._finding:
            question = self._questions.setdefault((trail.arn, call), _Question())
        # A lock for each question: an owner that hangs holds up nobody who asks another.
        with question.asking:
            if question.answer is None:
                try:
                    question.answer = getattr(session.client("cloudtrail", trail.region), call)(**{argument: trail.arn})
                except AWS_ERRORS as error:
                    question.answer = reason(error)
            return question.answer
