"""What a scanner finds in the sample organization and a trail and Orgtrail leaves as it is; docs/security.md has it."""

import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from orgtrail.selection.stack import stacks_of
from orgtrail.settings import load
from orgtrail.terraform.synthesis import synthesize
from tests.builders import REPOSITORY, Document

SAMPLE = REPOSITORY / "accounts.yaml"
EVIDENCE = REPOSITORY / "tests" / "accounts" / "good" / "archive-as-evidence.yaml"


@cache
def synthesized(accounts: Path) -> dict[str, Document]:
    """Every stack of an accounts file as main.py makes it: cdktf's helper for tests leaves the notes out."""
    settings = load(accounts)
    with tempfile.TemporaryDirectory() as folder:
        synthesize(settings, stacks_of(settings), Path(folder))
        stacks = sorted(Path(folder).glob("stacks/*/cdk.tf.json"))
        return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in stacks}


def notes(document: Document) -> Iterator[tuple[str, str, str]]:
    """The resource, the check and the reason of everything noted in a stack."""
    for kind, resources in document.get("resource", {}).items():
        for resource in resources.values():
            for note in resource["//"].get("checkov", {}).get("skip", []):
                yield f"`{kind}` {_what(resource)}", note["id"], note["comment"]


def table() -> str:
    """A line for each check and reason."""
    merged: dict[tuple[str, str], dict[str, None]] = {}
    for document in (*synthesized(SAMPLE).values(), synthesized(EVIDENCE)["trail"]):
        for resource, check, reason in notes(document):
            merged.setdefault((check, reason), {})[resource] = None
    lines = [
        f"| `{check}` | {'; '.join(resources)} | {reason} |" for (check, reason), resources in sorted(merged.items())
    ]
    return "\n".join(["| check | found on | why it stays |", "| --- | --- | --- |", *lines])


def _what(resource: dict[str, Any]) -> str:
    """Which one it is: its name, where that isn't an expression of Terraform's."""
    name = resource.get("name") or resource["bucket"]
    return "of the archive" if name.startswith("${") else f"`{name}`"
