"""What the commands that compare CloudTrail's history with the archive have in common: days, and whose history."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from orgtrail.commands.options import at_most_one
from orgtrail.errors import UserError
from orgtrail.settings import Settings

if TYPE_CHECKING:
    from orgtrail.verify.days import Wanted

_MOST = 3_660  # days; a trail's files may tell of ten years

Day = Annotated[
    str | None, typer.Option("--day", metavar="DAY", help="The day in UTC, such as 2026-11-27; or yesterday.")
]
To = Annotated[str | None, typer.Option("--to", metavar="DAY", help="With --day: the last one of several days.")]
Latest = Annotated[
    int | None, typer.Option("--days", metavar="N", min=1, max=_MOST, help="The last N days that are over.")
]
Late = Annotated[
    int,
    typer.Option(
        "--late",
        metavar="DAYS",
        min=0,
        max=30,
        help="How many days after a day are read in any case: its events may be late.",
    ),
]
Trail = Annotated[
    str | None,
    typer.Option(
        "--trail",
        metavar="WHERE",
        help="Read a trail's files instead of LookupEvents: s3://BUCKET/PREFIX, or own: the `trail` of the accounts "
        "file.",
    ),
]

_ADDRESS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s]*)?")


def wanted(first: str | None, last: str | None, number: int | None, *, otherwise: int | None = None) -> "Wanted":
    """The days that --day, --to and --days name; where they name none, the last `otherwise`.

    Raises typer.BadParameter.
    """
    for option, given in (("--day", first), ("--to", last)):
        at_most_one({option: given is not None, "--days": number is not None})
    if first is None and last is not None:
        raise typer.BadParameter("it needs --day, the first day", param_hint="--to")
    begin = _a_day(first, "--day") if first else None
    end = _a_day(last, "--to") if last else begin
    if begin and end:
        _refuse_range(begin, end)
    elif not (number or otherwise):
        raise typer.BadParameter("which days? Give --day, --day and --to, or --days")
    # Imported here: boto3 takes longer to load than wrong usage takes to tell.
    from orgtrail.verify.days import Wanted

    return Wanted(begin, end, number or otherwise or 0)


def _refuse_range(begin: date, end: date) -> None:
    if end < begin:
        raise typer.BadParameter(f"{end} is before {begin}", param_hint="--to")
    if (end - begin).days >= _MOST:
        raise typer.BadParameter(f"{begin} to {end} are more than {_MOST:,} days", param_hint="--to")


def _a_day(text: str, option: str) -> date:
    """The day that an option names. Raises typer.BadParameter."""
    if text == "yesterday":
        return (datetime.now(UTC) - timedelta(days=1)).date()
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"{text!r} is no day; it is written 2026-11-27, or yesterday", param_hint=option)


def trail_address(trail: str | None, settings: Settings) -> str | None:
    """Where a trail's files are; None: LookupEvents is asked. Raises typer.BadParameter and UserError."""
    if trail == "own":
        if settings.trail is None:
            raise UserError(f"{settings.path} has no `trail`: --trail s3://BUCKET/PREFIX says where the files are")
        return f"s3://{settings.trail.bucket}"
    if trail is not None and not _ADDRESS.fullmatch(trail):
        raise typer.BadParameter(f"{trail!r} is neither own nor s3://BUCKET/PREFIX", param_hint="--trail")
    return trail
