"""A look at the dead letters of one pipeline, which leaves them where they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from orgtrail.aws import AccountSession
from orgtrail.redrive.health import obstacle, still_failing
from orgtrail.redrive.letter import Letter
from orgtrail.redrive.queue import CANT_BE_READ, EMPTY_ANSWERS, DeadLetterQueue, why_not
from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Settings
from orgtrail.status.deployed import Wanted

MOST = 1_000  # letters that are looked at
# What a look that is killed hides from others, and for how long.
_HIDDEN_SECONDS = 60
_SENT_ON = "the queue has a redrive policy, by which letters that were received often go elsewhere: remove it first"


@dataclass(frozen=True)
class Look:
    """What was found in a queue; `about`: how many letters SQS thinks there are; `hidden`: those that others have.

    `obstacle`: why none of it can be sent; `unknown`: why nothing is known. `failing`: why more letters may come.
    """

    pipeline: Pipeline
    letters: tuple[Letter, ...] = ()
    about: int = 0
    hidden: int = 0
    obstacle: str | None = None
    failing: str | None = None
    unknown: str | None = None

    @property
    def can_be_sent(self) -> bool:
        """Whether anything is there that may be put onto the stream."""
        if self.obstacle or self.unknown or not self.letters:
            return False
        return self.about - self.hidden > len(self.letters) or any(one.misplaced is None for one in self.letters)


def look_at(
    pipeline: Pipeline, settings: Settings, session: AccountSession, stopped: Callable[[], bool] = lambda: False
) -> Look:
    """A look at one pipeline's queue, and if there is anything in it, at its stream and rule."""
    wanted = Wanted(settings, pipeline.account, pipeline.region)
    try:
        queue = DeadLetterQueue(session.client("sqs", pipeline.region), wanted, hidden=_HIDDEN_SECONDS)
        counts = queue.counts()
        about = counts.visible + counts.hidden
        if counts.sent_on:
            return Look(pipeline, about=about, hidden=counts.hidden, unknown=_SENT_ON)
        letters = _some(queue, stopped, EMPTY_ANSWERS if counts.visible else 1)
        # SQS's counts lag: what was hidden a moment ago, by a look, is among the letters now.
        hidden = counts.hidden if len(letters) >= MOST else max(0, about - len(letters))
        if not letters:
            return Look(pipeline, about=about, hidden=hidden)
        why = obstacle(session, wanted, datetime.now(UTC))
        failing = still_failing(session, wanted)
    except CANT_BE_READ as error:
        return Look(pipeline, unknown=why_not(error))
    return Look(pipeline, letters, about, hidden, why, failing)


def _some(queue: DeadLetterQueue, stopped: Callable[[], bool], enough: int = EMPTY_ANSWERS) -> tuple[Letter, ...]:
    """The letters of a queue, or the first of them; they are released at once."""
    found: dict[str, Letter] = {}
    empty = 0
    try:
        while empty < enough and len(found) < MOST and not stopped():
            received = queue.receive()
            empty = 0 if any(one.id not in found for one in received) else empty + 1
            found |= {one.id: one.without_body() for one in received}
    finally:
        queue.release(list(found.values()))
    return tuple(found.values())
