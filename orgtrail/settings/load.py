"""The way from a file to settings."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from orgtrail.settings.draft import draft_of, sound_draft
from orgtrail.settings.faults import Fault, InvalidSettings, key_text, shown
from orgtrail.settings.findings import Finding
from orgtrail.settings.resolve import resolve
from orgtrail.settings.resolved import Settings
from orgtrail.settings.rules import broken_rules
from orgtrail.settings.source import Source, read


def accounts_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The accounts file: `ORGTRAIL_ACCOUNTS`, else `accounts` in cdktf's context, else accounts.yaml here."""
    context = json.loads(environ.get("CDKTF_CONTEXT_JSON") or "{}")
    return Path(environ.get("ORGTRAIL_ACCOUNTS") or context.get("accounts") or "accounts.yaml")


def load(path: Path) -> Settings:
    """The settings in a file. Raises InvalidSettings with every fault of the file, whatever is in it."""
    source = read(path)
    draft, findings = draft_of(source)
    faults = [
        *source.faults,
        *(_fault(finding, source) for finding in findings + broken_rules(draft, source)),
    ]
    if faults or draft.file is None or draft.partition is None:
        raise InvalidSettings(path, faults)
    return resolve(path, draft.file, draft.partition)


def load_with(path: Path, accounts: list[dict[str, Any]]) -> Settings | None:
    """The settings of a file with these accounts in place of its own, or None where anything of it has faults."""
    try:
        source = read(path)
    except InvalidSettings:
        return None
    source.root.data["accounts"] = accounts
    draft = None if source.faults else sound_draft(source)
    if draft is None or draft.file is None or draft.partition is None or broken_rules(draft, source):
        return None
    return resolve(path, draft.file, draft.partition)


def invalid(path: Path, findings: Iterable[Finding]) -> InvalidSettings:
    """The usual report of what was found wrong with a file after it was loaded, by asking AWS for example."""
    source = read(path)
    return InvalidSettings(path, [_fault(finding, source) for finding in findings])


def _fault(finding: Finding, source: Source) -> Fault:
    line, column = source.place(finding.key, of_key=finding.of_key)
    return Fault(
        str(source.path),
        line,
        column,
        key_text(finding.key),
        finding.problem.text,
        _found(finding, source),
        finding.problem.allowed,
        finding.problem.suggestion,
    )


def _found(finding: Finding, source: Source) -> str | None:
    """The value as the file has it: in quotes only what YAML reads as text."""
    if finding.of_key:
        return None
    node = source.node(finding.key)
    if node is None or not node.text:
        return None
    return shown(node.text) if isinstance(node.data, str) else node.text[:80]
