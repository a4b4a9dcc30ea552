"""What `main.py` costs: its start, an organization beside the peer's, and how the cost grows."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import organizations
from benchmarks.measure import REPOSITORY, Cost, Row, cost, make_environment, medians

_PEER = Path(__file__).parent / "peer"
_ENVIRONMENT = REPOSITORY / ".orgtrail" / "benchmarks" / "peer"
# What main.py would be with the bindings loaded as their packages do it, in Python and in Node.
_ORDINARY = "import cdktf_cdktf_provider_aws, runpy; runpy.run_path('main.py', run_name='__main__')"
_GIB = 2**30
# Accounts, by the number of their regions.
_SIZES = {1: (1, 100, 1_000, 5_000), 4: (1, 100, 1_000, 5_000), 17: (1, 100, 1_000)}
_PEERS_SIZES = (1, 100)


@dataclass(frozen=True)
class Point:
    """The cost of one size."""

    accounts: int
    regions: int
    cost: Cost


def start(runs: int) -> list[Row]:
    """One account of two regions, beside the same app with ordinary imports."""
    with _runs() as folder:
        file = organizations.write(folder / "accounts.yaml", 1, 2)
        ours, ordinary = _ours(folder, file), _ours(folder, file, "-c", _ORDINARY)
        if runs > 1:
            cost(ours), cost(ordinary)  # Bytecode and jsii's cache are there from now on.
        lazy, eager = medians(runs, ours, ordinary)
    return [Row("1 account x 2: start", lazy.processor, "s", eager.processor, "ordinary imports", 0.1)]


def peer(runs: int) -> list[Row]:
    """300 accounts of two regions, alike and of 300 kinds, beside AWS CDK with Solutions Constructs."""
    rows = []
    goals: dict[organizations.Differ, float] = {"in nothing": 0.2, "in values of tags": 0.5, "in keys of tags": 0.5}
    for differ, goal in goals.items():
        with _runs() as folder:
            file = organizations.write(folder / "accounts.yaml", 300, 2, differ)
            ours, theirs = medians(runs, _ours(folder, file), peer_command(folder, 300, 2, differ))
        what = f"300 accounts x 2 that differ {differ}"
        rows.append(Row(what, ours.processor, "s", theirs.processor, "AWS CDK + Solutions Constructs", goal))
    return rows


def growth() -> tuple[list[Row], list[Point], list[Point]]:
    """From 1 to 5,000 accounts: rows, our costs, and the peer's for as far as it is bearable."""
    ours = [_point(accounts, regions) for regions, sizes in _SIZES.items() for accounts in sizes]
    theirs = [_peer_point(accounts, 4) for accounts in _PEERS_SIZES]
    at = {(point.accounts, point.regions): point.cost for point in ours}
    rows = [
        Row(f"each further account x {regions}, {low:,} to {high:,}", _slope(at, low, high, regions), "ms", goal=5)
        for low, high, regions in (
            (100, 1_000, 1),
            (1_000, 5_000, 1),
            (100, 1_000, 4),
            (1_000, 5_000, 4),
            (100, 1_000, 17),
        )
    ]
    rows.append(
        Row("5,000 accounts x 4", at[5_000, 4].processor, "s", at[100, 4].processor, "100 x 4", 10),
    )
    rows += [
        Row(f"{accounts:,} x {regions}: memory of all processes", at[accounts, regions].memory / _GIB, "GiB", goal=1)
        for accounts, regions in ((5_000, 4), (1_000, 17))
    ]
    return rows, ours, theirs


def peer_command(folder: Path, count: int, regions: int, differ: organizations.Differ = "in nothing") -> Sequence[str]:
    """The peer's synthesis of an organization, with its environment made first if need be."""
    make_environment(_ENVIRONMENT, _PEER / "requirements.txt")
    file = organizations.write_for_peer(folder / "accounts.json", count, regions, differ)
    return [str(_ENVIRONMENT / "bin" / "python"), str(_PEER / "app.py"), str(file), str(folder / "cdk.out")]


def _slope(at: dict[tuple[int, int], Cost], low: int, high: int, regions: int) -> float:
    """Milliseconds for each account more, between two sizes."""
    return (at[high, regions].processor - at[low, regions].processor) / (high - low) * 1_000


def _point(accounts: int, regions: int) -> Point:
    with _runs() as folder:
        file = organizations.write(folder / "accounts.yaml", accounts, regions)
        return Point(accounts, regions, cost(_ours(folder, file)))


def _peer_point(accounts: int, regions: int) -> Point:
    with _runs() as folder:
        return Point(accounts, regions, cost(peer_command(folder, accounts, regions)))


def _ours(folder: Path, file: Path, *program: str) -> Sequence[str]:
    variables = (f"ORGTRAIL_ACCOUNTS={file}", f"CDKTF_OUTDIR={folder / 'cdktf.out'}")
    return ["env", *variables, sys.executable, "-O", *(program or ("main.py",))]  # as in cdktf.json


@contextmanager
def _runs() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
