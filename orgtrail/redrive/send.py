"""The dead letters of one pipeline, back onto its stream.

A letter is deleted only after Firehose has taken it, so that none is lost. One whose put was interrupted is put again.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from time import time
from typing import Any

from orgtrail.redrive.journal import Journal
from orgtrail.redrive.letter import Letter
from orgtrail.redrive.queue import CANT_BE_READ, EMPTY_ANSWERS, DeadLetterQueue, why_not
from orgtrail.redrive.stream import batches, put
from orgtrail.selection.pipelines import Pipeline
from orgtrail.words import counted

HIDDEN_SECONDS = 120
"""How long letters stay hidden of which a run was killed."""
_FRESH_SECONDS = HIDDEN_SECONDS / 2
_WAITS = (2, 5, 10, 20, 30, 30, 30)
"""Seconds between looks for letters that are counted and don't come: until they aren't hidden any longer."""
# Soon others may receive the letters, too. A machine that slept has held them for longer than it noticed.
_TOO_LONG = f"it took more than {_FRESH_SECONDS:.0f} seconds from receiving letters to putting them"
_UNDELETED = "it was sent, and can't be deleted from the queue: the next run only deletes it"


@dataclass(frozen=True)
class Sent:
    """What became of a pipeline's letters.

    Of those that were `sent`, `again` may have been sent for the second time, and `undeleted` are still in the queue:
    they are in `left`, too. `cleared` were sent by an earlier run, and only deleted now. `left` counts those that stay
    by the reason. `more`: about how many weren't reached; `ended`: why it ended early.
    """

    pipeline: Pipeline
    sent: int = 0
    again: int = 0
    undeleted: int = 0
    cleared: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    more: int = 0
    ended: str | None = None

    @property
    def letters(self) -> int:
        """About how many there were."""
        return self.sent - self.undeleted + self.cleared + sum(self.left.values()) + self.more

    @property
    def is_unread(self) -> bool:
        """Whether nothing is known of its letters."""
        return bool(self.ended) and not self.letters

    @property
    def is_trouble(self) -> bool:
        """Whether anything is left, or may be."""
        return bool(self.left or self.more or self.ended)


class Sending:
    """The work on one pipeline.

    `stopped`: whether to begin nothing new; `pause` waits for some seconds; `told` says meanwhile for what.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        queue: DeadLetterQueue,
        firehose: Any,
        journal: Journal,
        *,
        stopped: Callable[[], bool],
        pause: Callable[[float], object],
        clock: Callable[[], float] = time,
        told: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._pipeline, self._queue, self._firehose, self._journal = pipeline, queue, firehose, journal
        self._stopped, self._pause, self._clock, self._told = stopped, pause, clock, told
        self._held: dict[str, Letter] = {}
        self._left: dict[str, str] = {}
        self._sent = self._again = self._undeleted = self._cleared = 0
        self._ended: str | None = None

    def run(self, about: int = 0, hidden_before: int = 0) -> Sent:
        """Send until the queue is empty, or Firehose refuses.

        Before, there were `about` so many letters, of which somebody else had `hidden_before`.
        """
        more = 0
        try:
            self._until_empty()
            more = self._until_counted(hidden_before)
        except CANT_BE_READ as error:
            self._ended = why_not(error)
        except OSError as error:
            self._ended = f"the journal can't be written: {error}"
        if self._ended:
            more = self._about_more(about)
        with suppress(*CANT_BE_READ):
            self._queue.release(list(self._held.values()))
        left = dict(Counter(self._left.values()))
        return Sent(self._pipeline, self._sent, self._again, self._undeleted, self._cleared, left, more, self._ended)

    def _until_counted(self, hidden_before: int) -> int:
        """How many letters SQS counts that can't be received; what comes back meanwhile is sent.

        A lost answer to ReceiveMessage has hidden those that were in it. Without one, SQS counts letters that are gone:
        its counts may lag by a minute.
        """
        if not self._queue.may_have_lost:
            return min(self._more(), hidden_before) if hidden_before else 0
        waits = iter(_WAITS)
        while (more := self._more()) > hidden_before and not self._ended and (seconds := next(waits, None)):
            with self._told(f"SQS still counts {counted(more, 'letter')} of {self._pipeline}"):
                self._pause(seconds)
            self._until_empty()
        return more

    def _more(self) -> int:
        """How many letters SQS counts besides those that are left."""
        counts = self._queue.counts()
        return max(0, counts.visible + counts.hidden - len(self._left))

    def _about_more(self, about: int) -> int:
        """The same, or if SQS refuses, by what was there before."""
        try:
            return self._more()
        except CANT_BE_READ:
            return max(0, about - (self._sent - self._undeleted + self._cleared) - len(self._left))

    def _until_empty(self) -> None:
        empty = seen_again = 0
        # What is left comes again after two minutes: then others may still be behind it.
        while empty < EMPTY_ANSWERS and seen_again <= len(self._left) and not self._ended:
            if self._stopped():
                self._ended = "it was interrupted"
                return
            received_at, received = self._clock(), self._queue.receive()
            fresh = [one for one in received if one.id not in self._left]
            self._held |= {one.id: one.without_body() for one in received}
            empty = 0 if received else empty + 1
            seen_again = 0 if fresh else seen_again + len(received)
            self._send(fresh, received_at)

    def _send(self, letters: Sequence[Letter], received_at: float) -> None:
        put_before = [one for one in letters if self._journal.was_put(one.id)]
        self._cleared += self._delete(put_before)
        rest = [one for one in letters if one not in put_before]
        for letter in rest:
            if letter.misplaced:
                self._left[letter.id] = letter.misplaced
        for batch in batches([one for one in rest if not one.misplaced]):
            if self._ended:
                return
            if self._clock() - received_at > _FRESH_SECONDS:
                self._ended = _TOO_LONG
                self._held.clear()
                return
            self._put(batch)

    def _put(self, batch: Sequence[Letter]) -> None:
        ids = [one.id for one in batch]
        again = {one for one in ids if self._journal.may_be_put(one)}
        self._journal.about_to_put(ids)
        result = put(self._firehose, batch, self._pause)
        try:
            self._journal.put(one for one in ids if one in result.taken)
            self._journal.refused(one for one in ids if one in result.refused and one not in again)
        except OSError as error:
            # What was taken is deleted all the same: the queue is the better journal.
            self._ended = f"the journal can't be written: {error}"
        self._sent += len(result.taken)
        self._again += len(result.taken & again)
        self._ended = self._ended or result.why
        for letter in batch:
            if why := result.refused.get(letter.id) or result.unknown.get(letter.id):
                self._left[letter.id] = why
        self._undeleted += len(result.taken) - self._delete([one for one in batch if one.id in result.taken])

    def _delete(self, letters: Sequence[Letter]) -> int:
        if not letters:
            return 0
        try:
            deleted = self._queue.delete(letters)
        except CANT_BE_READ as error:
            deleted, self._ended = set[str](), why_not(error)
        for letter in letters:
            if letter.id in deleted:
                del self._held[letter.id]
            else:
                self._left[letter.id] = _UNDELETED
        return len(deleted)
