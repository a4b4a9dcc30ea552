"""Scan what Orgtrail would deploy with checkov: `make scan`.

Plans every stack of some organizations on an AWS emulated on this machine and hands the plans to checkov. A finding
counts as accepted if constructs/scanner.py noted it on that resource, with the reason why it stays.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rich.box import SIMPLE
from rich.table import Table

from orgtrail.concurrency.pool import Pool
from orgtrail.console import startup
from orgtrail.console.display import Display
from orgtrail.console.errors import exit_in_words
from orgtrail.console.output import results_console
from orgtrail.errors import Interrupted, UserError
from orgtrail.paths import REPOSITORY
from orgtrail.rehearsal.rollout import rehearsal
from orgtrail.rollout.display import watched
from orgtrail.rollout.prepare import engine_for
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.stack import stacks_of
from orgtrail.settings import Settings
from orgtrail.terraform.provider import Provider
from orgtrail.words import counted
from scripts.tool import tool

# Between them, what can be in an organization: accounts, a trail, an archive that asks for little or for everything.
_SAMPLES = [REPOSITORY / "accounts.yaml", REPOSITORY / "tests" / "accounts" / "good" / "archive-as-evidence.yaml"]
_WORKDIR = REPOSITORY / ".orgtrail" / "scan"

Verdict = Literal["failed", "accepted", "stale"]


class Place(NamedTuple):
    """One check on one resource."""

    stack: str
    check: str
    resource: str


@dataclass(frozen=True)
class Scan:
    """A stack of an organization: the number of checks passed, those failed with their titles, and those accepted."""

    accounts: str
    passed: int
    failed: dict[Place, str]
    accepted: dict[Place, str]


@dataclass(frozen=True)
class Finding:
    """One line of the result. `reason`: why it was accepted, or else what the check asks for."""

    accounts: str
    stack: str
    check: str
    resource: str
    verdict: Verdict
    reason: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan, and show what was found; 1 if anything failed or nothing could be scanned."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.scan",
        description="Scan the plans of whole organizations with checkov. Exit status 1: a check failed, or one was "
        "accepted that no longer fails. Nothing leaves this machine, except that checkov is downloaded once.",
        epilog="example: python -m scripts.scan accounts.yaml --json",
    )
    parser.add_argument(
        "accounts",
        nargs="*",
        type=Path,
        default=_SAMPLES,
        metavar="FILE",
        help="accounts files (default: accounts.yaml, and an archive with every setting and a trail)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    given = parser.parse_args(arguments)
    with exit_in_words():
        checkov = tool("checkov", "requirements-scan")
        scans = [scan for file in given.accounts for scan in _scan_organization(file, checkov)]
    findings = judge(scans)
    _show(findings, scans, as_json=given.json)
    return 1 if any(finding.verdict != "accepted" for finding in findings) else 0


def judge(scans: Iterable[Scan]) -> list[Finding]:
    """A verdict on everything that failed, and on everything accepted that failed nowhere.

    Not on everything accepted that failed in some organization alone: what a check can see depends on the settings.
    """
    scans = list(scans)
    failed_somewhere = {place for scan in scans for place in scan.failed}
    findings = []
    for scan in scans:
        for place, title in sorted(scan.failed.items()):
            reason = scan.accepted.get(place)
            verdict: Verdict = "accepted" if reason else "failed"
            findings.append(Finding(scan.accounts, *place, verdict, reason or title))
        for place in sorted(scan.accepted.keys() - failed_somewhere):
            findings.append(Finding(scan.accounts, *place, "stale", "accepted, but no longer found: remove the note"))
    return findings


def accepted_in(stack: str, document: dict[str, Any]) -> dict[Place, str]:
    """What constructs/scanner.py noted in a synthesized stack, with the reasons."""
    return {
        Place(stack, note["id"], f"{kind}.{name}"): note["comment"]
        for kind, resources in document.get("resource", {}).items()
        for name, resource in resources.items()
        for note in resource.get("//", {}).get("checkov", {}).get("skip", ())
    }


def _scan_organization(file: Path, checkov: Path) -> list[Scan]:
    settings = startup.load_settings(file)
    provider = startup.find_provider()
    # Plans of earlier scans aren't worth keeping.
    with rehearsal(settings, _WORKDIR) as run, tempfile.TemporaryDirectory(dir=_WORKDIR) as runs:
        run.make_state_bucket()
        workspace = Workspace.new(Path(runs))
        plans = _plans(settings, provider, workspace)
        documents = {stack: json.loads((workspace.stack(stack) / "cdk.tf.json").read_text("utf-8")) for stack in plans}
    # One stack a call: checkov would take resources of the same address in two of them for one.
    results = Pool().map(lambda stack: _run(checkov, plans[stack]), plans, at_once=os.cpu_count() or 1)
    scans = []
    for (stack, document), (passed, failed) in zip(documents.items(), results, strict=True):
        places = {Place(stack, one["check_id"], one["resource"]): one["check_name"] for one in failed}
        scans.append(Scan(file.name, passed, places, accepted_in(stack, document)))
    return scans


def _plans(settings: Settings, provider: Provider, workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The plan of each stack, as JSON."""
    stacks = stacks_of(settings)
    display = Display()
    engine = engine_for(settings, stacks, provider, workspace)
    title = f"Planning {settings.path.name}"
    with watched(engine, display, title, len(stacks)) as ended:
        results = engine.plan_all(stacks, ended)
    if engine.pool.stop.is_set():
        raise Interrupted("Stopped; nothing was scanned.")
    if failures := [f"{result.stack}: {result.error}" for result in results if result.status == "failed"]:
        raise UserError("\n".join(failures))
    return {stack.name: engine.show(stack) for stack in stacks}


def _run(checkov: Path, plan: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """How many checks a plan passes, and what checkov says of those that it fails."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        done = subprocess.run(
            # Downloads are of what Prisma Cloud adds to the checks; without --skip-download it fails offline.
            [checkov, "-f", "plan.json", "--framework", "terraform_plan", "--skip-download", "-o", "json"],
            cwd=folder,
            # Neither variables nor configuration files of the user's own choose the checks.
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        report = json.loads(done.stdout)
        summary, failed = report["summary"], report["results"]["failed_checks"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"checkov scanned nothing:\n{done.stdout[-2000:]}{done.stderr[-2000:]}") from error
    if summary["parsing_errors"]:
        raise UserError(f"checkov can't read the plan: {report['results']['parsing_errors']}")
    return summary["passed"], failed


def _show(findings: list[Finding], scans: list[Scan], *, as_json: bool) -> None:
    counts = Counter(finding.verdict for finding in findings)
    passed = sum(scan.passed for scan in scans)
    if as_json:
        summary = {"stacks": len(scans), "passed": passed} | {
            verdict: counts[verdict] for verdict in ("failed", "accepted", "stale")
        }
        print(json.dumps({"summary": summary, "findings": [asdict(finding) for finding in findings]}, indent=2))
        return
    console = results_console()
    for accounts in dict.fromkeys(scan.accounts for scan in scans):
        table = Table(
            "stack", "check", "resource", "verdict", "reason", box=SIMPLE, title=accounts, title_justify="left"
        )
        for finding in findings:
            if finding.accounts == accounts:
                table.add_row(finding.stack, finding.check, finding.resource, finding.verdict, finding.reason)
        console.print(table)
    console.print(
        f"{counted(len(scans), 'stack')}: {passed} checks passed, {counts['failed']} failed, "
        f"{counts['accepted']} accepted, {counts['stale']} accepted but not found"
    )


if __name__ == "__main__":
    sys.exit(main())
