"""The table of silence as Markdown, for docs/silence.md."""

import re
from collections.abc import Iterator

from tests.silence.before_a_deploy import IN_THE_ACCOUNT, IN_THE_TRAIL
from tests.silence.in_the_archive import IN_THE_ARCHIVE
from tests.silence.in_the_deliveries import IN_THE_DELIVERIES
from tests.silence.in_the_file import IN_THE_FILE
from tests.silence.in_the_pipeline import IN_THE_ROLES, IN_THE_RULE, IN_THE_STREAM
from tests.silence.in_the_rollout import IN_THE_ROLLOUT
from tests.silence.in_what_has_arrived import IN_THE_TABLES, IN_WHAT_HAS_ARRIVED, IN_WHO_LOOKS
from tests.silence.way import Caught, On, Way

SECTIONS = (
    IN_THE_FILE,
    IN_THE_TRAIL,
    IN_THE_ACCOUNT,
    IN_THE_ARCHIVE,
    IN_THE_ROLLOUT,
    IN_THE_RULE,
    IN_THE_ROLES,
    IN_THE_STREAM,
    IN_THE_DELIVERIES,
    IN_THE_TABLES,
    IN_WHAT_HAS_ARRIVED,
    IN_WHO_LOOKS,
)
WAYS = {way.id: way for section in SECTIONS for way in section.ways}


def says(way_id: str, by: str) -> re.Pattern[str]:
    """What a command says of a way. Raises LookupError where the table has no such row."""
    try:
        text = next(caught.says for caught in WAYS[way_id].caught if caught.by == by)
    except StopIteration:
        raise LookupError(f"{way_id} isn't caught by {by}, says tests/silence") from None
    return re.compile(".*?".join(re.escape(part.strip()) for part in text.split("…")), re.DOTALL)


def table() -> str:
    """A table for each section."""
    return "\n".join(_lines())


def counts() -> str:
    """How many ways there are, by what catches them and by what their tests break."""
    every = [caught for way in WAYS.values() for caught in way.caught]
    by = {name: sum(any(one.by == name for one in way.caught) for way in WAYS.values()) for name in _commands(every)}
    on = {one: sum(caught.on is one for caught in every) for one in On}
    uncaught = sum(not way.caught for way in WAYS.values())
    rows = [f"| caught by `{name}` | {count} |" for name, count in by.items()]
    rows += [f"| can't be caught | {uncaught} |"]
    rows += [f"| messages, tried on: {one} | {count} |" for one, count in on.items() if count]
    return "\n".join(["| | |", "| --- | --- |", f"| ways | {len(WAYS)} |", *rows])


def _commands(every: list[Caught]) -> list[str]:
    return list(dict.fromkeys(caught.by for caught in every))


def _lines() -> Iterator[str]:
    for section in SECTIONS:
        yield f"## {section.heading}\n"
        yield "| way | what happens | caught by |"
        yield "| --- | --- | --- |"
        yield from (f"| {_anchor(way)} | {way.symptom}. | {_caught(way)} |" for way in section.ways)
        yield ""


def _anchor(way: Way) -> str:
    return f'<a id="{way.id}"></a>{way.cause}.'


def _caught(way: Way) -> str:
    if not way.caught:
        return f"**nothing**: {way.uncaught}."
    return "<br>".join(f"`{one.by}`{_told(one.on)}: `{one.says}`".replace("|", r"\|") for one in way.caught)


def _told(on: On) -> str:
    return f" ({on})" if on is not On.FILE else ""
