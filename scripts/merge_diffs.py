"""Make one comment of the diffs of several shards, each the output of `diff --json`.

usage: python -m scripts.merge_diffs FOLDER --shards N [--json FILE]

FOLDER holds shard-*/diff.json, and affected/affected.json where only affected stacks were diffed. The comment is
printed; FILE gets all results as one JSON document.
"""

import argparse
from datetime import datetime
from pathlib import Path

from orgtrail.command_line import command_line
from orgtrail.documents import AffectedDocument, MergedRunDocument, RunDocument, StackRun
from orgtrail.rollout.comment import comment
from orgtrail.rollout.report import document as run_document
from orgtrail.rollout.results import Result, failed
from orgtrail.terraform import Change


def main() -> None:
    """Print the comment."""
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(merged(options.folder, options.shards, options.json))


def merged(folder: Path, shards: int, document: Path | None = None) -> str:
    """The comment on all shards under `folder`; `document` gets the results as JSON."""
    # A shard that ended before its diff leaves an empty file, or none.
    files = [file for file in sorted(folder.rglob("shard-*/diff.json")) if file.stat().st_size]
    runs = [RunDocument.model_validate_json(file.read_text(encoding="utf-8")) for file in files]
    results = [_result(stack) for run in runs for stack in run.stacks]
    results.sort(key=lambda result: result.stack)
    missing = shards - len(files)
    if document:
        merged = MergedRunDocument(**dict(run_document(results)), missing_shards=missing)
        document.write_text(merged.text(), encoding="utf-8")
    notes = []
    if missing:
        notes.append(f"**{missing} of {shards} shards have no result**: their stacks are not in this comment.\n")
    notes += _removed(folder / "affected" / "affected.json")
    if not shards:
        return "\n".join(["### Orgtrail: no stack is affected", "", *notes])
    again = command_line("diff", *(result.stack for result in failed(results)))
    return comment(results, again, notes=notes)


def _result(run: StackRun) -> Result:
    changes = tuple(Change(change.address, change.action) for change in run.changes)
    started = datetime.fromisoformat(run.started) if run.started else None
    return Result(run.stack, run.status, changes, run.error, started, run.seconds, run.log)


def _removed(affected: Path) -> list[str]:
    if not affected.exists():
        return []
    document = AffectedDocument.model_validate_json(affected.read_text(encoding="utf-8"))
    removed = [account.name for account in document.removed]
    if not removed:
        return []
    names = ", ".join(f"`{name}`" for name in removed[:50]) + (" …" if len(removed) > 50 else "")
    return [
        f"**{len(removed)} removed from accounts.yaml**: {names}. What they have in AWS stays, and keeps running, "
        "unless they were rolled out with `enabled: false` before.\n"
    ]


if __name__ == "__main__":
    main()
