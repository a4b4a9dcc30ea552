"""What the page of `status --html` weighs, how long a browser takes to open it, and what it looks like.

The pictures in docs/status/ are of these, in 256 colours.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import REPOSITORY, MeasuredFailed, Row
from orgtrail.status.finding import WORDS
from orgtrail.status.found import Status
from orgtrail.status.page.page import page
from tests.status_pages import MOSTLY, NOW, a_status

_BUCKET = "acme-iam-events"
_SCHEMES = ("light", "dark")
_WIDTH, _HEIGHT = 1100, 780
_MEGABYTES = 3.0
_SECONDS = 5.0


def _statuses() -> Mapping[str, Status]:
    """What pages are made of, by name."""
    statuses = {
        "healthy": a_status(20, ("arriving", "arriving", "quiet")),
        "one-of-each": a_status(2, WORDS),
        "300-accounts": a_status(300, MOSTLY),
        "5000-accounts": a_status(5000, MOSTLY),
    }
    return {name: replace(status, is_deep=True) for name, status in statuses.items()}


def rows(runs: int) -> list[Row]:
    """Megabytes of a page, and the fewest seconds until it was there in Chromium."""
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for name, file in _written(Path(folder)).items():
            took = _opened([_shot(file, scheme) for _run in range(runs) for scheme in _SCHEMES], Path(folder))
            megabytes = file.stat().st_size / 1_000_000
            measured += [
                Row(f"page of status, {name}", megabytes, "MB", goal=_MEGABYTES),
                Row(
                    "  of the processor, until it is there",
                    min(one.processor for one in took) / 1000,
                    "s",
                    goal=_SECONDS,
                ),
                Row("  by the clock", min(one.clock for one in took) / 1000, "s"),
            ]
    return measured


def pictures(folder: Path) -> None:
    """Write a picture of each page in each scheme, as `NAME-SCHEME.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as pages:
        shots = [
            _shot(file, scheme, folder / f"{name}-{scheme}.png")
            for name, file in _written(Path(pages)).items()
            for scheme in _SCHEMES
        ]
        _opened(shots, Path(pages))


def _written(folder: Path) -> dict[str, Path]:
    files = {}
    for name, status in _statuses().items():
        files[name] = folder / f"{name}.html"
        files[name].write_text(page(status, _BUCKET), encoding="utf-8")
    return files


def _shot(file: Path, scheme: str, picture: Path | None = None) -> dict[str, Any]:
    written = str(picture.resolve()) if picture else None
    size = {"width": _WIDTH, "height": _HEIGHT}
    return {"file": str(file), "scheme": scheme, **size, "now": NOW.timestamp() * 1000, "picture": written}


class _Took(NamedTuple):
    """Milliseconds until a page was there."""

    clock: float
    processor: float


def _opened(shots: Sequence[Mapping[str, Any]], folder: Path) -> list[_Took]:
    """How long it took until each page was there. The browser unpacks itself into the folder."""
    command = ["node", str(REPOSITORY / "benchmarks" / "open_pages.mjs"), json.dumps(shots)]
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MeasuredFailed(done.stderr[-2000:])
    return [_Took(*one) for one in json.loads(done.stdout)]
