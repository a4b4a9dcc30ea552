"""What somebody does about a status: which command looks deeper, or which page says what to do."""

import shlex
from collections.abc import Collection, Iterator

from orgtrail.status.finding import Word
from orgtrail.status.found import Status

_NAMED = 3  # accounts of a command; it is an example to whoever has more


def next_steps(status: Status) -> Iterator[str]:
    """A sentence for each thing to do, those that find the cause first."""
    if concerned := _accounts(status, {"failing", "never", "silent"}):
        if not status.is_deep:
            yield f"Why? Ask the accounts: bin/orgtrail status {concerned} --deep"
        else:
            yield f"What lies before a pipeline, such as the trail: bin/orgtrail preflight {concerned}"
        yield "What to do about it, cause by cause: docs/nothing-arrives.md"
    if outdated := _accounts(status, {"outdated"}):
        yield f"What a deploy would set right: bin/orgtrail diff {outdated}"
    if _accounts(status, {"not known"}) or not status.is_whole:
        yield "What the credentials need: docs/permissions.md#who-looks-at-the-archive"


def _accounts(status: Status, words: Collection[Word]) -> str:
    """The names of the first accounts in trouble with one of these verdicts, as a command takes them."""
    names = dict.fromkeys(
        one.pipeline.account.name for one in status.found if one.verdict.trouble and one.verdict.word in words
    )
    return shlex.join([*names][:_NAMED])
