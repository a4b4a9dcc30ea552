"""The cases as docs/security.md shows them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.policies.case import Case
from tests.policies.cases import cases
from tests.policies.evaluator import ALLOWED, DENIED, REFUSED
from tests.policies.setups import DEFAULT, LIST_FORM, MOVING, SETUPS

Row = tuple[str, str, str, str]


def verdict_tables() -> str:
    """Every request of the default setup with its verdict, and what differs in the two setups that have tables too."""
    usual = {(case.sentence, case.verdict) for case in cases(DEFAULT)}
    tables = [_table(group, of_group) for group, of_group in _by_group(cases(DEFAULT))]
    others = {LIST_FORM: "without an organization id", MOVING: "while the layout and the key are changed"}
    for setup, when in others.items():
        different = [case for case in cases(setup) if (case.sentence, case.verdict) not in usual]
        tables += [_table(f"{group}, {when}", of_group) for group, of_group in _by_group(different)]
    return "\n\n".join(tables)


def setups_table() -> str:
    """How many requests are asked about in each setup, by verdict."""
    lines = [f"| setup | {ALLOWED} | {REFUSED} | {DENIED} |", "| --- | --- | --- | --- |"]
    for setup in SETUPS:
        counts = Counter(case.verdict for case in cases(setup))
        lines.append(f"| {setup.name} | {counts[ALLOWED]} | {counts[REFUSED]} | {counts[DENIED]} |")
    return "\n".join(lines)


def _by_group(all_cases: Iterable[Case]) -> Iterator[tuple[str, list[Case]]]:
    groups: dict[str, list[Case]] = {}
    for case in all_cases:
        groups.setdefault(case.asker.group, []).append(case)
    yield from groups.items()


def _table(group: str, of_group: list[Case]) -> str:
    rows = [(case.asker.who, f"`{case.action}`", case.what, case.verdict) for case in of_group]
    # Requests that differ in one respect alone share a line.
    for column in (1, 2, 0):
        rows = _merged(rows, column)
    lines = [
        f"| {who} | {actions} {what} | {f'**{verdict}**' if verdict == ALLOWED else verdict} |"
        for who, actions, what, verdict in rows
    ]
    return "\n".join([f"### {group}", "", "| who | asks for | verdict |", "| --- | --- | --- |", *lines])


def _merged(rows: list[Row], column: int) -> list[Row]:
    separator = ", " if column == 1 else "; "
    merged: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        merged.setdefault(row[:column] + row[column + 1 :], []).append(row[column])
    return [
        (*same[:column], separator.join(values), *same[column:])  # type: ignore[misc]
        for same, values in merged.items()
    ]
