"""What was tried, kept in docs/versions.json, and docs/versions.md's table of it."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from orgtrail.paths import REPOSITORY

RECORD = REPOSITORY / "docs" / "versions.json"


class Tried(BaseModel):
    """What was run on one version, and at which commit: `outcome` by what was run, in words."""

    model_config = ConfigDict(frozen=True)

    what: str
    version: str
    origin: str
    day: str
    commit: str
    outcome: dict[str, str]


def read(path: Path = RECORD) -> list[Tried]:
    """What was tried up to now."""
    if not path.exists():
        return []
    return [Tried.model_validate(tried) for tried in json.loads(path.read_text(encoding="utf-8"))]


def add(new: Tried, path: Path = RECORD) -> None:
    """Keep one more, in place of what was tried on the same line before."""
    kept = [tried for tried in read(path) if (tried.what, _line(tried)) != (new.what, _line(new))]
    ordered = sorted([*kept, new], key=lambda tried: (tried.what, [int(part) for part in tried.version.split(".")]))
    text = json.dumps([tried.model_dump() for tried in ordered], indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def markdown(tried: Iterable[Tried] | None = None) -> str:
    """The table of docs/versions.md."""
    lines = ["| what | version | from | what ran | on | at |", "| --- | --- | --- | --- | --- | --- |"]
    for one in read() if tried is None else tried:
        ran = "; ".join(f"{what}: {how}" for what, how in one.outcome.items())
        lines.append(f"| {one.what} | {one.version} | {one.origin} | {ran} | {one.day} | {one.commit} |")
    return "\n".join(lines)


def _line(tried: Tried) -> str:
    """What one entry stands for: a line of Node.js, a minor version of all else."""
    return tried.version.split(".")[0] if tried.what == "Node.js" else ".".join(tried.version.split(".")[:2])
