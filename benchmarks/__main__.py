"""Every measurement, or those named, in one table: python -m benchmarks [start] [bindings] [peer] [growth] [change] …

Ratios are of the same run on the same machine; seconds are processor seconds of all processes, which other work on the
machine changes little. All of them take about an hour on two idle cores, `rollout` most of it; the first run of `peer`
and `growth` installs AWS CDK into a virtual environment of its own.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    affected,
    backfill,
    bindings,
    change,
    deep,
    page,
    preflight,
    rollout,
    status,
    synthesis,
    trace,
    verify,
)
from benchmarks.measure import Row
from benchmarks.plots import plot
from benchmarks.synthesis import Point

_MIB = 2**20


def main() -> None:
    """Run what is named, and print a line as soon as it is measured, then all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(_MEASURED)}")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="write the plots of `growth` there, as SVG")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="write what `page` opens there, as PNG")
    parser.add_argument("--runs", type=int, default=3, help="how often each pair is run (default 3)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(_MEASURED):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(_MEASURED)}")
    console = Console(width=None if Console().is_terminal else 140)
    rows: list[Row] = []
    if options.pictures:
        page.pictures(options.pictures)
    for name in options.names or _MEASURED:
        console.print(f"{name} …", style="dim")
        if name == "growth":
            measured, ours, theirs = synthesis.growth()
            if options.plots:
                draw(options.plots, ours, theirs)
        else:
            measured = _MEASURED[name](options.runs)
        rows += measured
        for row in measured:
            console.print(*_cells(row))
    console.print(table(rows))


_MEASURED: dict[str, Callable[[int], list[Row]]] = {
    "start": synthesis.start,
    "bindings": bindings.rows,
    "peer": synthesis.peer,
    "growth": lambda runs: synthesis.growth()[0],
    "change": change.rows,
    "affected": affected.rows,
    "trace": trace.rows,
    "status": status.rows,
    "deep": deep.rows,
    "preflight": preflight.rows,
    "verify": verify.rows,
    "backfill": backfill.rows,
    "page": page.rows,
    "rollout": rollout.rows,
}


def table(rows: Sequence[Row]) -> Table:
    """The table of all rows."""
    table = Table("what", "orgtrail", "compared with", "ratio", "goal", "")
    for row in rows:
        table.add_row(*_cells(row))
    return table


def draw(folder: Path, ours: Sequence[Point], theirs: Sequence[Point]) -> None:
    """Write the two plots of `growth`."""
    named = {f"{regions} regions": [p for p in ours if p.regions == regions] for regions in (17, 4, 1)}
    named = {name.replace("1 regions", "1 region"): points for name, points in named.items()}
    named["AWS CDK, 4 regions"] = list(theirs)
    folder.mkdir(parents=True, exist_ok=True)
    for file, title, unit, value in (
        ("processor.svg", "Synthesis: processor seconds", "s", lambda point: point.cost.processor),
        ("memory.svg", "Synthesis: memory of all processes", "MiB", lambda point: point.cost.memory / _MIB),
    ):
        series = {name: [(point.accounts, value(point)) for point in points] for name, points in named.items()}
        (folder / file).write_text(plot(title, unit, series), encoding="utf-8")


def _cells(row: Row) -> list[str]:
    reached = {None: "", True: "reached", False: "missed"}[row.reached]
    other = "" if row.other is None else f"{row.than} {row.other:,.2f} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    goal = "" if row.goal is None else f"<= {row.goal:g}" + ("" if row.other is not None else f" {row.unit}")
    return [row.what, f"{row.ours:,.2f} {row.unit}", other, ratio, goal, reached]


if __name__ == "__main__":
    main()
