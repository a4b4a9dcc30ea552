"""What the commands that compare CloudTrail's history with the archive have in common: days, and whose history."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from orgtrail.errors import UserError
from orgtrail.settings import Settings

To = Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last one of several days.")]
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


def a_day(text: str, option: str) -> date:
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
