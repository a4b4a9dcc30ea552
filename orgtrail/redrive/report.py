"""What redrive shows: tables and the JSON document."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.console import Console

from orgtrail.console.output import a_table, print_table
from orgtrail.documents import DeadLetter, LeftLetters, RedriveDocument, RedrivenPipeline
from orgtrail.redrive.letter import Letter, Reason
from orgtrail.redrive.look import Look
from orgtrail.redrive.send import HIDDEN_SECONDS, Sent
from orgtrail.selection.pipelines import Pipeline
from orgtrail.words import ago, counted, some

_ROWS = 100  # more than that nobody reads
_SAID = 300  # characters of what EventBridge says: a message may have 256 KiB


def unsent(look: Look) -> Sent:
    """What is left of a pipeline of which nothing is sent."""
    if look.unknown:
        return Sent(look.pipeline, more=look.about, ended=f"not known, because {look.unknown}")
    if look.obstacle:
        letters = max(len(look.letters), look.about - look.hidden)
        return Sent(look.pipeline, left={look.obstacle: letters}, more=look.hidden)
    left = Counter(one.misplaced or "only looked at" for one in look.letters)
    return Sent(look.pipeline, left=left, more=max(0, look.about - len(look.letters)))


def document(looks: Sequence[Look], results: Mapping[Pipeline, Sent], now: datetime, dry_run: bool) -> RedriveDocument:
    """The document of a look, and of what came after it."""
    pipelines = [_pipeline(look, results[look.pipeline]) for look in looks]
    return RedriveDocument(dry_run=dry_run, now=now.isoformat(timespec="seconds"), pipelines=pipelines)


def _pipeline(look: Look, sent: Sent) -> RedrivenPipeline:
    return RedrivenPipeline(
        account=look.pipeline.account.name,
        account_id=look.pipeline.account.account_id,
        region=look.pipeline.region,
        about=look.about,
        hidden=look.hidden,
        failing=look.failing,
        sent=sent.sent,
        again=sent.again,
        cleared=sent.cleared,
        left=[LeftLetters(reason=reason, letters=letters) for reason, letters in sent.left.items()],
        more=sent.more,
        ended=sent.ended,
        trouble=sent.is_trouble,
        letters=[_letter(one) for one in look.letters],
    )


def _letter(letter: Letter) -> DeadLetter:
    return DeadLetter(
        message_id=letter.id,
        event_id=letter.event.id,
        event=letter.event.name,
        time=letter.event.time,
        sent=letter.sent.isoformat(timespec="seconds"),
        code=letter.reason.code,
        message=letter.reason.message,
        exhausted=letter.reason.exhausted,
        attempts=letter.reason.attempts,
        misplaced=letter.misplaced,
    )


def show_looks(console: Console, looks: Sequence[Look], now: datetime, *, each: bool) -> None:
    """Print why EventBridge gave events up, by its code; with `each`, every letter, too; and what stands in the way."""
    grouped = a_table("account", "region", "letters", "oldest", "why", whole=("account", "region", "letters"))
    for look in looks:
        for letters in _by_code(look.letters):
            oldest = ago(now - min(one.sent for one in letters))
            grouped.add_row(*_place(look.pipeline), f"{len(letters):,}", oldest, _why(letters))
    if grouped.row_count:
        print_table(console, grouped)
    if each and grouped.row_count:
        _show_each(console, looks)
    told = a_table("account", "region", "to know", whole=("account", "region"))
    for look in looks:
        for text in _to_know(look):
            told.add_row(*_place(look.pipeline), text)
    if told.row_count:
        print_table(console, told)


def _by_code(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    found: dict[str, list[Letter]] = defaultdict(list)
    for letter in letters:
        found[letter.reason.code].append(letter)
    return iter(sorted(found.values(), key=len, reverse=True))


def _why(letters: Sequence[Letter]) -> str:
    """EventBridge's reason, in the words of the last letter, and the events."""
    names = Counter(one.event.name or "no event" for one in letters)
    events = some([f"{number} {name}" for name, number in names.most_common()], 4)
    return f"{in_words(max(letters, key=lambda one: one.sent).reason)} ({events})"


def in_words(reason: Reason) -> str:
    """`THROTTLING: …, after 185 more attempts, MaximumRetryAttempts`."""
    attempts = f", after {reason.attempts} more attempts" if reason.attempts and reason.attempts != "0" else ""
    limit = f", {reason.exhausted}" if reason.exhausted else ""
    message = reason.message if len(reason.message) <= _SAID else f"{reason.message[: _SAID - 1]}…"
    return f"{reason.code}: {message.rstrip('.')}{attempts}{limit}"


def _show_each(console: Console, looks: Sequence[Look]) -> None:
    letters = [(look.pipeline, one) for look in looks for one in look.letters]
    table = a_table("account", "region", "occurred", "event", "code", whole=("account", "region", "occurred"))
    for pipeline, one in letters[:_ROWS]:
        table.add_row(*_place(pipeline), _minute(one.event.time), one.event.name or "", one.reason.code)
    print_table(console, table)
    if len(letters) > _ROWS:
        console.print(f"… {len(letters) - _ROWS:,} more; --json prints them\n")


def _minute(time: str | None) -> str:
    """`2026-11-24T10:00:00Z` as `11-24 10:00`: letters are kept for 14 days."""
    return (time or "")[5:16].replace("T", " ")


def _to_know(look: Look) -> Iterator[str]:
    if look.unknown:
        yield f"not known, because {look.unknown}"
    if look.obstacle:
        yield f"nothing is sent: {look.obstacle}"
    for reason, number in Counter(one.misplaced for one in look.letters if one.misplaced).items():
        yield f"{counted(number, 'letter')} will stay: {reason}"
    if look.failing:
        yield f"more letters may come: {look.failing}"
    if (more := look.about - look.hidden - len(look.letters)) > 0 and not look.obstacle:
        yield f"about {counted(more, 'more letter')} are there, and weren't looked at"
    if look.hidden:
        yield _hidden(look.hidden)


def show_results(console: Console, results: Sequence[Sent], *, dry_run: bool) -> None:
    """Print what became of the letters of each pipeline that has some, or of which that isn't known."""
    if not dry_run:
        _show_table(console, results)
    console.print(f"{counted(len(results), 'pipeline')}: {_summary(results, dry_run=dry_run)}", soft_wrap=True)


def _summary(results: Sequence[Sent], *, dry_run: bool) -> str:
    """What couldn't be read first: a count of none beside it would read as if none were there."""
    unread = sum(1 for one in results if one.is_unread)
    if unread and unread == len(results):
        return "nothing could be read, so whether there are dead letters is not known"
    sent, left = sum(one.sent for one in results), sum(sum(one.left.values()) + one.more for one in results)
    known = counted(left, "dead letter") if dry_run else f"{counted(sent, 'dead letter')} sent, {left:,} left"
    told = f"{unread:,} not known; of the others, {known}" if unread else known
    unfinished = sum(1 for one in results if one.ended and not one.is_unread)
    return f"{told}; {counted(unfinished, 'pipeline')} not finished" if unfinished else told


def _show_table(console: Console, results: Sequence[Sent]) -> None:
    table = a_table(
        "account",
        "region",
        "letters",
        "sent",
        "left",
        "why",
        whole=("account", "region", "letters", "sent", "left"),
    )
    for one in results:
        left = sum(one.left.values()) + one.more
        if one.letters or one.is_trouble:
            numbers = ("?", "0", "?") if one.is_unread else (f"{one.letters:,}", f"{one.sent:,}", f"{left:,}")
            table.add_row(*_place(one.pipeline), *numbers, _what(one))
    if table.row_count:
        print_table(console, table)


def _what(sent: Sent) -> str:
    """What there is to say beside the numbers."""
    told = [f"{letters:,}: {reason}" for reason, letters in sent.left.items() if reason != sent.ended]
    if sent.ended:
        told.insert(0, sent.ended)
    elif sent.more:
        told.append(_hidden(sent.more))
    if sent.again:
        told.append(f"{sent.again:,} perhaps for the second time: an interrupted run had begun to send them")
    if sent.cleared:
        told.append(f"{sent.cleared:,} were sent by an earlier run, and only deleted")
    return "; ".join(told)


def _hidden(number: int) -> str:
    return (
        f"{number:,} are hidden, by an interrupted run or a lost answer for {HIDDEN_SECONDS // 60} minutes, or by "
        "whoever else reads them: run this again"
    )


def _place(pipeline: Pipeline) -> tuple[str, str]:
    return pipeline.account.name, pipeline.region
