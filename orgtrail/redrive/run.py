"""Many pipelines at once: a look at their dead letters, and sending them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from orgtrail.aws import AccountSession, ManyAccounts
from orgtrail.concurrency.pool import Pool
from orgtrail.errors import UserError
from orgtrail.files.file_lock import FileLock
from orgtrail.files.private import private_folder
from orgtrail.redrive.journal import Journal
from orgtrail.redrive.look import Look, look_at
from orgtrail.redrive.queue import CANT_BE_READ, DeadLetterQueue, why_not
from orgtrail.redrive.send import HIDDEN_SECONDS, Sending, Sent
from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Settings
from orgtrail.status.deployed import Wanted

AT_ONCE = 64  # most of the time, they wait for an empty queue
FOLDER = Path(".orgtrail") / "redrive"


class Redrive:
    """The dead letters of these pipelines, with a session for each account."""

    def __init__(self, settings: Settings, pipelines: Sequence[Pipeline], pool: Pool) -> None:
        self._settings, self._pipelines, self._pool = settings, pipelines, pool
        many = ManyAccounts()
        self._sessions: dict[str, AccountSession] = {
            one.account.account_id: many.session(one.account, one.account.regions[0]) for one in pipelines
        }

    def look(self, on_result: Callable[[Look], None] = lambda _look: None) -> list[Look]:
        """What lies in each queue."""
        return self._pool.map(self._look, self._pipelines, at_once=AT_ONCE, on_result=on_result)

    def send(self, looks: Sequence[Look], on_result: Callable[[Sent], None] = lambda _sent: None) -> list[Sent]:
        """Send what was found there. Raises UserError where another process does so, or nothing can be noted."""
        with _alone(FOLDER):
            return self._pool.map(
                self._send, looks, at_once=AT_ONCE, on_result=on_result, name=lambda look: str(look.pipeline)
            )

    def _look(self, pipeline: Pipeline) -> Look:
        session = self._sessions[pipeline.account.account_id]
        return look_at(pipeline, self._settings, session, self._pool.stop.is_set)

    def _send(self, look: Look) -> Sent:
        pipeline, session = look.pipeline, self._sessions[look.pipeline.account.account_id]
        try:
            sqs, firehose = session.client("sqs", pipeline.region), session.client_once("firehose", pipeline.region)
            wanted = Wanted(self._settings, pipeline.account, pipeline.region)
            queue = DeadLetterQueue(sqs, wanted, hidden=HIDDEN_SECONDS)
            journal = Journal(FOLDER / f"{pipeline.account.account_id}-{pipeline.region}.jsonl")
        except CANT_BE_READ as error:
            return Sent(pipeline, more=len(look.letters), ended=why_not(error))
        except OSError as error:
            return Sent(pipeline, more=len(look.letters), ended=f"the journal can't be read: {error}")
        stop, told = self._pool.stop, self._pool.at_work.on
        sending = Sending(pipeline, queue, firehose, journal, stopped=stop.is_set, pause=stop.wait, told=told)
        return sending.run(look.about, look.hidden)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While the block runs, no other process of this machine sends from here: each would know half of the journal."""
    try:
        private_folder(folder.parent)
        lock = FileLock.take(private_folder(folder) / "lock")
    except OSError as error:
        raise UserError(f"What is sent can't be noted, so nothing was: {error}") from error
    if lock is None:
        raise UserError(f"Another redrive is at work: {folder / 'lock'} has its process id. Nothing was sent")
    try:
        yield
    finally:
        lock.release()
