"""Many pipelines and days verified at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from botocore.exceptions import ClientError

from orgtrail.aws import AWS_ERRORS
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.archive import cannot_be_listed
from orgtrail.errors import UserError
from orgtrail.selection.pipelines import Pipeline
from orgtrail.verify.archived import DAY, MAY_COME, midnight
from orgtrail.verify.kept import Kept
from orgtrail.verify.result import Verified, order
from orgtrail.verify.verifier import Verifier

AT_ONCE = 32
# A call ends by itself; the history of a day of the busiest account takes half an hour at two calls a second.
SECONDS = 6 * 3600.0


@dataclass(frozen=True)
class Run:
    """What was found, the worst first, and how many calls that took; `notes` are for whoever reads it."""

    found: tuple[Verified, ...]
    listings: int
    calls: int
    notes: tuple[str, ...]

    @property
    def is_trouble(self) -> bool:
        """Whether anything is missing or not known."""
        return any(one.is_trouble for one in self.found)


class Pair(NamedTuple):
    """A pipeline and a day."""

    pipeline: Pipeline
    day: date

    def __str__(self) -> str:
        return f"{self.pipeline} {self.day}"


def look(verifier: Verifier) -> None:
    """Look whether the archive answers at all, and which time it is there. Raises UserError."""
    archive = verifier.settings.archive
    try:
        verifier.reader.listing.has_any(archive.layout.root)
    except AWS_ERRORS as error:
        # Who may list some folders only is told so for each pipeline.
        if not isinstance(error, ClientError) or error.response["Error"]["Code"] != "AccessDenied":
            raise UserError(cannot_be_listed(archive, error)) from error


def run(
    verifier: Verifier,
    pairs: Sequence[Pair],
    kept: Kept,
    questions: Questions,
    on_result: Callable[[Verified], None] = lambda _found: None,
) -> Run:
    """Verify what isn't known from an interrupted run."""
    before = {pair: found for pair in pairs if (found := kept.read(*pair))}
    for found in before.values():
        on_result(found)

    def told(pair: Pair, found: Verified) -> None:
        kept.write(pair.pipeline, found)
        on_result(found)

    answers = questions.ask(
        lambda pair: (pair, verifier.verified(*pair)),
        [pair for pair in pairs if pair not in before],
        late=lambda pair, why: (pair, Verified.without(*pair, verifier.now, "not known", f"not known, because {why}")),
        on_result=lambda answer: told(*answer),
    )
    all_found = sorted([*before.values(), *(found for _pair, found in answers)], key=order)
    is_known = all(one.word != "not known" for one in all_found)
    kept.forget(pair for pair, found in (*before.items(), *answers) if is_known or found.is_trouble)
    notes = _notes(verifier, list(before.values()), all_found, kept.problem)
    return Run(tuple(all_found), verifier.reader.listing.calls, verifier.history.calls, tuple(notes))


def _notes(verifier: Verifier, before: Sequence[Verified], found: Sequence[Verified], problem: str) -> Iterator[str]:
    if problem:
        yield f"what was found can't be kept, so that a run which is interrupted begins anew: {problem}"
    if before:
        since = min(one.at for one in before)
        yield (
            f"{len(before):,} of {len(found):,} are as an earlier run has found them, from {since:%Y-%m-%d %H:%M} UTC "
            "on; --again looks at all of them anew"
        )
    if any(one.missing and verifier.now < midnight(one.day) + MAY_COME * DAY for one in found):
        yield (
            "what is missing may still come: EventBridge retries for 24 hours, and so does Firehose after it; then it "
            "is in a dead-letter queue, or lost"
        )
    yield from verifier.reader.listing.notes
