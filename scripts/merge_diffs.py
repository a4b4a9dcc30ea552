"""Make one comment of the diffs of several shards, each the output of `diff --json`.

usage: python -m scripts.merge_diffs FOLDER --shards N [--json FILE] [--fail-on destroy|weaker]...

FOLDER holds shard-*/diff.json, and affected/affected.json where only affected stacks were diffed. The comment is
printed; FILE gets all results as one JSON document. Ends with status 1 where `--fail-on` finds something, as `diff`
does.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orgtrail import escape
from orgtrail.console.command_line import command_line
from orgtrail.console.errors import exit_in_words
from orgtrail.documents import AffectedDocument, MergedRunDocument, RunDocument, StackRun
from orgtrail.errors import UserError
from orgtrail.names import ARCHIVE_STACK
from orgtrail.rollout.comment import Reasons, comment
from orgtrail.rollout.gates import FailOn, failures
from orgtrail.rollout.report import document
from orgtrail.rollout.results import Result, undone
from orgtrail.terraform.changes import Attribute, Change
from orgtrail.weaker import Weakening, merged


def main() -> None:
    """Print the comment. Ends with status 1 where `--fail-on` finds something."""
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--fail-on", type=FailOn, action="append", default=[])
    options = parser.parse_args()
    diffs = read(options.folder, options.shards)
    if options.json:
        options.json.write_text(diffs.document.text(), encoding="utf-8")
    causes = failures(diffs.results, diffs.weaker, options.fail_on)
    print(diffs.comment(causes))
    with exit_in_words():
        if causes:
            raise UserError("\n".join(causes))


@dataclass(frozen=True)
class Diffs:
    """The diffs of all shards, with what `affected` tells of the revisions where that is known."""

    results: Sequence[Result]
    weaker: Sequence[Weakening]
    shards: int
    missing: int
    reasons: Reasons
    removed: Sequence[str]

    @property
    def document(self) -> MergedRunDocument:
        """For JSON."""
        return MergedRunDocument(**dict(document(self.results, self.weaker)), missing_shards=self.missing)

    def comment(self, causes: Sequence[str] = ()) -> str:
        """The comment; `causes` are why the diffs are taken for a failure."""
        notes = list(self._notes(causes))
        again = command_line("diff", *(result.stack for result in undone(self.results)))
        return comment(self.results, again, weaker=self.weaker, reasons=self.reasons, notes=notes)

    def _notes(self, causes: Sequence[str]) -> Iterator[str]:
        for cause in causes:
            kind = cause.partition(":")[0].removeprefix("--fail-on ")
            yield f"**Refused: {_REFUSED[FailOn(kind)]}.** The label `allow-{kind}` allows it.\n"
        if self.missing:
            yield f"**{self.missing} of {self.shards} shards have no result**: their stacks are not in this comment.\n"
        if self.removed:
            names = ", ".join(map(escape.code, self.removed[:50])) + (" …" if len(self.removed) > 50 else "")
            yield (
                f"**{len(self.removed)} removed from accounts.yaml**: {names}. What they have in AWS stays, and keeps "
                "running, unless they were rolled out with `enabled: false` before.\n"
            )


_REFUSED = {FailOn.DESTROY: "something is destroyed or replaced", FailOn.WEAKER: "evidence gets weaker"}


def read(folder: Path, shards: int) -> Diffs:
    """The diffs of so many shards under `folder`."""
    # A shard that ended before its diff leaves an empty file, or none.
    files = [file for file in sorted(folder.rglob("shard-*/diff.json")) if file.stat().st_size]
    runs = [RunDocument.model_validate_json(file.read_text(encoding="utf-8")) for file in files]
    results = [_result(stack) for run in runs for stack in run.stacks]
    file = folder / "affected" / "affected.json"
    affected = AffectedDocument.model_validate_json(file.read_text(encoding="utf-8")) if file.exists() else None
    told = [one for told in (affected, *runs) if told for one in told.weaker]
    return Diffs(
        results=sorted(results, key=lambda result: result.stack),
        weaker=merged(Weakening(one.stack, one.what, one.before, one.after, tuple(one.known_from)) for one in told),
        shards=shards,
        missing=shards - len(files),
        reasons=_reasons(affected) if affected else {},
        removed=[account.name for account in affected.removed] if affected else [],
    )


def _reasons(affected: AffectedDocument) -> Reasons:
    stacks = {ARCHIVE_STACK: affected.archive.reasons} | {one.name: one.reasons for one in affected.accounts}
    return {name: [reason.text for reason in reasons] for name, reasons in stacks.items()}


def _result(run: StackRun) -> Result:
    changes = tuple(
        Change(one.address, one.action, tuple(Attribute(each.name, each.before, each.after) for each in one.attributes))
        for one in run.changes
    )
    started = datetime.fromisoformat(run.started) if run.started else None
    return Result(run.stack, run.status, changes, run.error, started, run.seconds, run.log)


if __name__ == "__main__":
    main()
