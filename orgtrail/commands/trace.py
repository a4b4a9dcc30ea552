"""`orgtrail trace`"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, NamedTuple, Protocol

import typer
from rich.table import Table

from orgtrail import trace as tracing
from orgtrail.commands.options import AccountsFile
from orgtrail.console import startup
from orgtrail.console.output import a_table, print_how_many_more, print_table, progress_console, results_console
from orgtrail.documents import TraceDocument
from orgtrail.escape import terminal
from orgtrail.trace import Destination, Event, Tracer, Verdict
from orgtrail.words import counted

Events = Annotated[
    list[str],
    typer.Argument(metavar="EVENT.json…", help="Files, folders, or - for standard input.", show_default=False),
]
At = Annotated[
    str | None, typer.Option("--at", metavar="INSTANT", help="When the events arrive (default: each event's own time).")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for each event at once.")]

_ROWS = 100  # more than that nobody reads
_ERRORS = 100
_SUMMED = 10  # events, from which on a sum says more than the rows
_PROGRESS_EVERY = 1000  # events


class Traced(NamedTuple):
    """An event, where it was found, and what becomes of it; `destination` None: no pipeline takes it."""

    file: str
    line: int
    number: int | None
    event: Event
    verdict: Verdict
    destination: Destination | None


def trace(files: Events, accounts: AccountsFile = None, as_json: Json = False, at: At = None) -> int:
    """Say for each event which pipeline takes it, or why none does, and where in the archive it would be.

    Reads EventBridge events and CloudTrail's records: one in a file, a list, one a line, or CloudTrail's own files of
    `Records`; gzip too. From folders: *.json, *.jsonl, *.ndjson, *.gz. Needs only the accounts file. What can't be read
    is reported on standard error, and makes the exit status 1; the rest is traced.

    Of more than 100 events, the first 100 get a row, and each verdict a total.

    Firehose uses the time at which an event arrives, usually seconds to minutes after it occurred.

    Example: bin/orgtrail trace tests/events/create-access-key.json
    """
    arrival = _instant(at)
    tracer = Tracer(startup.load_settings(accounts))
    report: _Report = _Lines() if as_json else _Table()
    errors = 0
    with _progress(silent=as_json and sys.stdout.isatty()) as tell:
        for count, found in enumerate(traced(tracer, files, arrival), 1):
            if isinstance(found, str):
                errors += 1
                if errors <= _ERRORS:
                    print(terminal(found), file=sys.stderr)
            else:
                report.add(found)
            if count % _PROGRESS_EVERY == 0:
                tell(count)
    report.finish(errors)
    if errors > _ERRORS:
        print(f"… and {errors - _ERRORS:,} more that can't be read", file=sys.stderr)
    return 1 if errors else 0


def traced(tracer: Tracer, files: Iterable[str], arrival: datetime | None) -> Iterator[Traced | str]:
    """What becomes of each event, in the order of the input; a message in place of what can't be read."""
    for file in tracing.inputs(files):
        if isinstance(file, tracing.Missing):
            yield f"{file.name}: {file.problem}"
            continue
        try:
            with tracing.opened(file) as stream:
                for record in tracing.records(stream):
                    yield _traced(tracer, file.name, record, arrival)
        except OSError as error:
            yield f"{file.name}: can't be read: {error.strerror or error}"


def _traced(
    tracer: Tracer, file: str, record: tracing.Record | tracing.Unreadable, arrival: datetime | None
) -> Traced | str:
    if isinstance(record, tracing.Unreadable):
        return f"{_place(file, record.line, record.number)}: {record.problem}"
    try:
        event = tracing.event_of(record.value, needs_time=arrival is None)
    except tracing.NotAnEvent as error:
        return f"{_place(file, record.line, record.number)}: {error}"
    verdict = tracer.verdict(event)
    arrived = arrival or event.time
    destination = tracer.destination(event, arrived) if verdict.taken and arrived else None
    return Traced(file, record.line, record.number, event, verdict, destination)


def _place(file: str, line: int, number: int | None) -> str:
    return f"{file}:{line}" if number is None else f"{file}:{line}: record {number}"


def _instant(text: str | None) -> datetime | None:
    try:
        return None if text is None else tracing.instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error


class _Report(Protocol):
    """How the events are shown."""

    def add(self, found: Traced) -> None:
        """Show an event, or keep it until the end."""

    def finish(self, errors: int) -> None:
        """Show what is left; `errors` records couldn't be read."""


class _Lines:
    """For programs: an object a line, as soon as it is known."""

    def add(self, found: Traced) -> None:
        print(_document(found).text(indent=None))

    def finish(self, errors: int) -> None:
        pass


def _document(found: Traced) -> TraceDocument:
    event, verdict, destination = found.event, found.verdict, found.destination
    return TraceDocument(
        file=found.file,
        line=found.line,
        record=found.number,
        id=event.id,
        source=event.source,
        detail_type=event.detail_type,
        event_name=event.name,
        account_id=event.account_id,
        account=verdict.account,
        region=event.region,
        time=event.time.isoformat() if event.time else None,
        taken=verdict.taken,
        verdict=verdict.code,
        explanation=verdict.explanation,
        bucket=destination.bucket if destination else None,
        prefix=destination.prefix if destination else None,
        partition=dict(destination.partition) if destination else None,
    )


class _Group(NamedTuple):
    """Events with the same verdict."""

    size: int
    first: Traced


class _Table:
    """For people: a row an event, and of many events the first rows and a sum by verdict."""

    def __init__(self) -> None:
        self._rows: list[Traced] = []
        self._groups: dict[str, _Group] = {}

    def add(self, found: Traced) -> None:
        if len(self._rows) < _ROWS:
            self._rows.append(found)
        group = self._groups.get(found.verdict.code, _Group(0, found))
        self._groups[found.verdict.code] = group._replace(size=group.size + 1)

    def finish(self, errors: int) -> None:
        console = results_console()
        count = sum(group.size for group in self._groups.values())
        if self._rows:
            print_table(console, _events(self._rows))
        print_how_many_more(console, count - len(self._rows))
        if count >= _SUMMED:
            print_table(console, _summary(self._groups))
        taken = self._groups["taken"].size if "taken" in self._groups else 0
        unreadable = f"; {errors:,} could not be read" if errors else ""
        console.print(f"{counted(count, 'event')}, {taken:,} taken{unreadable}")


def _events(rows: Iterable[Traced]) -> Table:
    table = a_table(
        *("event", "account", "region", "verdict", "prefix in the archive", "partition"), whole=("account", "region")
    )
    for row in rows:
        event, verdict, destination = row.event, row.verdict, row.destination
        words = (
            f"{event.source.removeprefix('aws.')} {event.name or event.detail_type}",
            verdict.account or event.account_id,
            event.region,
            "taken" if verdict.taken else verdict.explanation,
            destination.prefix if destination else "",
            _partition(destination) if destination else "",
        )
        table.add_row(*words)
    return table


def _partition(destination: Destination) -> str:
    return " ".join(
        f"{name}={destination.partition[name]}" for name in ("day", "hour") if name in destination.partition
    )


def _summary(groups: dict[str, _Group]) -> Table:
    table = a_table("events", "verdict", "for example", "at", whole=("events",))
    for code, group in sorted(groups.items(), key=lambda item: item[1].size, reverse=True):
        first = group.first
        words = (code.replace("-", " "), first.verdict.explanation, _place(first.file, first.line, first.number))
        table.add_row(f"{group.size:,}", *words)
    return table


@contextmanager
def _progress(*, silent: bool) -> Iterator[Callable[[int], None]]:
    """On a terminal, how many records were read so far; not between lines of results."""
    console = progress_console()
    if silent or not console.is_terminal:
        yield lambda count: None
        return
    with console.status("Reading …") as status:
        yield lambda count: status.update(f"{count:,} records read")
