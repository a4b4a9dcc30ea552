"""`orgtrail status`"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors
from orgtrail.commands.probing import probed
from orgtrail.commands.selecting import NO_PIPELINES, selected
from orgtrail.commands.showing_status import show_status, status_document
from orgtrail.console.display import Display
from orgtrail.console.startup import load_settings, refuse_plan_only
from orgtrail.errors import UserError
from orgtrail.settings import Account, Settings

if TYPE_CHECKING:
    from orgtrail.contents.listing import Listing
    from orgtrail.status.found import Status
    from orgtrail.status.record import Record

Since = Annotated[
    str,
    typer.Option("--since", metavar="AGE", help="What counts as arriving: not older than this, such as 90m, 6h or 2d."),
]
Deep = Annotated[bool, typer.Option("--deep", help="Also ask each account, as its own role.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write it as a page, for a browser.")]
Probe = Annotated[
    bool,
    typer.Option(
        "--probe", help="Also tag a role of each account, remove the tag, and wait until that event is in the archive."
    ),
]
Timeout = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="AGE",
        help="How long --probe waits for an event.",
        show_default="15m, or the buffer's interval and 10m",
    ),
]
RecordFile = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="FILE",
        help="Where the rhythm of each pipeline is kept between runs.",
        show_default=".orgtrail/status.json",
    ),
]

_AGE = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def status(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    as_json: Json = False,
    since: Since = "1d",
    deep: Deep = False,
    probe: Probe = False,
    timeout: Timeout = None,
    html: Html = None,
    record: RecordFile = None,
) -> int:
    """Say of each pipeline whether its events arrive, the worst first: from the archive alone, or --deep.

    Needs to list the archive's bucket. Whether a silence is too long is told by each pipeline's own rhythm. --deep asks
    each account, too: whether the pipeline is deployed as the file says, and what its metrics, dead letters and
    delivery log say of the time --since. --probe makes one harmless call in each account, and follows its event.

    Exit status: 0 nothing needs you, 1 something does, or couldn't be known.

    Example: bin/orgtrail status 'payments-*' --since 6h
    """
    age = _age(since, "--since")
    if timeout and not probe:
        raise typer.BadParameter("it is for --probe", param_hint="--timeout")
    wait = _age(timeout, "--timeout") if timeout else None
    if probe:
        refuse_plan_only()
    settings = load_settings(accounts)
    accounts_asked = selected(settings, selectors, exclude).all_accounts
    display = Display()
    if not accounts_asked:
        display.say(NO_PIPELINES)
    path, known = _known(settings, record, display)
    listing = _listing(settings)
    found = _look(settings, accounts_asked, listing, age, known, display)
    _keep(settings, found, path, display)
    if probe:
        found = probed(settings, found, listing, wait, display)
        _keep(settings, found, path, display)
    else:
        found = _with_earlier_probes(found)
    if deep:
        found = _look_deeper(settings, found, age, display)
    if as_json:
        print(status_document(found, settings).text())
    else:
        show_status(found, settings)
    if html:
        _write_page(found, settings, html)
    return 1 if found.is_trouble else 0


def _age(text: str, option: str) -> timedelta:
    written = _AGE.fullmatch(text)
    if written is None:
        raise typer.BadParameter(f"{text!r} is no length of time; it is written 90m, 6h or 2d", param_hint=option)
    return int(written[1]) * _UNITS[written[2]]


def _known(settings: Settings, record: Path | None, display: Display) -> tuple[Path, "Record"]:
    """What earlier runs have found, and where it is kept."""
    from orgtrail.status.record import RECORD, Record, RecordUnreadable, set_aside

    path = record or RECORD
    try:
        return path, Record.read(path, settings.archive.bucket)
    except RecordUnreadable as error:
        kept = f"; what is there is kept as {set_aside(path).name}" if path.is_file() else ""
        display.say(f"{path} can't be used, and is begun anew: {error}{kept}")
        return path, Record(settings.archive.bucket, {})


def _keep(settings: Settings, found: "Status", path: Path, display: Display) -> None:
    from orgtrail.status.record import Record

    try:
        Record.add(path, settings.archive.bucket, found)
    except OSError as error:
        display.say(f"The record {path} can't be written: {error}")


def _with_earlier_probes(found: "Status") -> "Status":
    from orgtrail.status.probe.judged import with_earlier_probes

    return with_earlier_probes(found)


def _listing(settings: Settings) -> "Listing":
    # Imported here: boto3 takes longer to load than wrong usage takes to tell.
    from orgtrail.contents.archive import archive_listing

    return archive_listing(settings.archive)


def _look(
    settings: Settings,
    accounts: Sequence[Account],
    listing: "Listing",
    since: timedelta,
    known: "Record",
    display: Display,
) -> "Status":
    """What the archive says, and what earlier runs have found."""
    from orgtrail.concurrency.questions import Questions
    from orgtrail.selection.pipelines import pipelines_of
    from orgtrail.status import look as archive

    questions = Questions(at_once=archive.AT_ONCE, seconds=archive.SECONDS)
    pipelines = pipelines_of(accounts)
    with display.step("Looking at the archive", total=len(pipelines), at_work=questions.at_work) as step:
        return archive.look(
            settings,
            pipelines,
            listing,
            since=since,
            known=known.pipelines,
            probed=known.probes,
            questions=questions,
            on_result=lambda _one: step.advance(),
        )


def _look_deeper(settings: Settings, found: "Status", since: timedelta, display: Display) -> "Status":
    from orgtrail.concurrency.questions import Questions
    from orgtrail.status import deep

    regions = Counter(one.pipeline.account.name for one in found.found if one.is_asked)
    questions = Questions(at_once=deep.AT_ONCE, seconds=deep.SECONDS_A_REGION * max(regions.values(), default=1))
    with display.step("Asking the accounts", total=len(regions), at_work=questions.at_work) as step:
        return deep.look_into_accounts(settings, found, questions, since, step.advance)


def _write_page(found: "Status", settings: Settings, file: Path) -> None:
    from orgtrail.files.whole import write_whole
    from orgtrail.status.page.page import page

    try:
        write_whole(file, page(found, settings.archive.bucket))
    except OSError as error:
        raise UserError(f"{file} can't be written: {error.strerror or error}") from error
