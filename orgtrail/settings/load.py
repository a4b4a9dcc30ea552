"""The way from a file to settings."""

import json
import os
from collections.abc import Iterable, Mapping
from heapq import nsmallest
from pathlib import Path

from orgtrail.settings.draft import draft_of
from orgtrail.settings.faults import REPORTED, Fault, InvalidSettings, key_text, shown
from orgtrail.settings.findings import Finding
from orgtrail.settings.resolve import resolve
from orgtrail.settings.resolved import Settings
from orgtrail.settings.rules import broken_rules
from orgtrail.settings.source import Source, read

_CONTEXT = "CDKTF_CONTEXT_JSON"


def accounts_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The accounts file: `ORGTRAIL_ACCOUNTS`, else `accounts` in cdktf's context, else accounts.yaml here.

    Raises InvalidSettings where the context can't be read.
    """
    return Path(environ.get("ORGTRAIL_ACCOUNTS") or _in_context(environ.get(_CONTEXT)) or "accounts.yaml")


def _in_context(text: str | None) -> str | None:
    """`accounts` in cdktf's context. Raises InvalidSettings where the context can't be read."""
    problem, line, column, context = f"{_CONTEXT} is not a JSON object", 1, 1, None
    try:
        context = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        problem, line, column = f"{_CONTEXT} is not JSON: {error.msg}", error.lineno, error.colno
    except RecursionError:
        problem = f"{_CONTEXT} is nested too deep"
    accounts = context.get("accounts") if isinstance(context, dict) else None
    if isinstance(context, dict) and isinstance(accounts, str | None):
        return accounts
    if isinstance(context, dict):
        problem = f"accounts in {_CONTEXT} is not text"
    allowed = (
        "what the cdktf CLI sets from cdktf.json, or leave the variable unset and name the file in ORGTRAIL_ACCOUNTS"
    )
    raise InvalidSettings(Path("environment"), [Fault("environment", line, column, "", problem, allowed=allowed)])


def load(path: Path, raw: bytes | None = None) -> Settings:
    """The settings in a file. Raises InvalidSettings with every fault of the file, whatever is in it.

    `raw`: what the file holds, where that isn't to be read from `path`, under which faults are told.
    """
    source = read(path, raw)
    draft, findings, untold = draft_of(source)
    findings += broken_rules(draft, source) if draft else []
    # What YAML misreads is one fault, whatever it was misread as.
    misread = {(fault.line, fault.column) for fault in source.faults}
    findings = [one for one in findings if source.place(one.key, of_key=one.of_key) not in misread]
    if findings or source.faults or draft is None or draft.file is None or draft.partition is None:
        raise _invalid(source, findings, untold)
    return resolve(path, draft.file, draft.partition)


def invalid(path: Path, findings: Iterable[Finding]) -> InvalidSettings:
    """The usual report of what was found wrong with a file after it was loaded, by asking AWS for example."""
    return _invalid(read(path), list(findings))


def _invalid(source: Source, findings: list[Finding], untold: int = 0) -> InvalidSettings:
    total = len(source.faults) + len(findings) + untold
    first = nsmallest(REPORTED, findings, key=lambda finding: source.place(finding.key, of_key=finding.of_key))
    return InvalidSettings(source.path, [*source.faults, *(_fault(finding, source) for finding in first)], total)


def _fault(finding: Finding, source: Source) -> Fault:
    line, column = source.place(finding.key, of_key=finding.of_key)
    problem = finding.problem.compared()
    return Fault(
        str(source.path),
        line,
        column,
        key_text(finding.key),
        problem.text,
        _found(finding, source),
        problem.allowed,
        problem.suggestion,
    )


def _found(finding: Finding, source: Source) -> str | None:
    """The value as the file has it: in quotes only what YAML reads as text."""
    if finding.of_key:
        return None
    node = source.node(finding.key)
    if node is None or not node.text:
        return None
    return shown(node.text) if isinstance(node.data, str) else node.text[:80]
