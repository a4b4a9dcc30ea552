"""Shows what preflight found: progress, then a table with the worst first, then each finding with what to do."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from orgtrail.console.display import Display
from orgtrail.console.output import a_table, print_table
from orgtrail.documents.preflight import PreflightDocument, PreflightFinding
from orgtrail.preflight.finding import Finding
from orgtrail.preflight.run import ARCHIVE, STATES, Seen, preflight, questions
from orgtrail.settings import Account, Settings
from orgtrail.words import counted, some


def watched(
    settings: Settings, accounts: Sequence[Account], display: Display, shared: Sequence[str] = (ARCHIVE, STATES)
) -> list[Seen]:
    """Run preflight, and show how far it is."""
    asking = questions()
    with display.step("Preflight", total=len(accounts) + len(shared), at_work=asking.at_work) as step:

        def ended(seen: Seen) -> None:
            step.ended(f"{seen.name}: {_verdict(seen)}", failed=any(finding.stops for finding in seen.findings))

        return preflight(settings, accounts, asking, shared=shared, on_result=ended)


def findings_of(seen: Sequence[Seen]) -> list[Finding]:
    """Every finding, the worst first."""
    return sorted((finding for one in seen for finding in one.findings), key=lambda finding: finding.rank)


def stopping(seen: Sequence[Seen]) -> list[Finding]:
    """The findings because of which events may not arrive."""
    return [finding for finding in findings_of(seen) if finding.stops]


def document(seen: Sequence[Seen], accounts: Sequence[Account]) -> PreflightDocument:
    """For JSON."""
    return PreflightDocument(
        checked=[one.name for one in seen],
        pipelines=_pipelines(accounts),
        findings=[PreflightFinding.model_validate(finding._asdict()) for finding in findings_of(seen)],
    )


def show(console: Console, seen: Sequence[Seen], accounts: Sequence[Account]) -> None:
    """Print what was found."""
    found = findings_of(seen)
    if found:
        table = a_table("found", "check", "account", "region", whole=("found", "region"))
        for finding in found:
            table.add_row(_kind(finding), finding.check, finding.account or "", finding.region or "")
        print_table(console, table)
    for line in lines(found):
        console.print(line, soft_wrap=True)
    console.print(_total(found, seen, accounts), soft_wrap=True)


def lines(found: Sequence[Finding]) -> Iterator[str]:
    """What each finding is, why it matters, and what to do; what several have in common once."""
    alike: dict[tuple[str, str, str, str, str], list[Finding]] = {}
    for one in found:
        alike.setdefault((_kind(one), one.check, one.what, one.silences, one.mend), []).append(one)
    for (kind, check, what, silences, mend), ones in alike.items():
        places = [" ".join(filter(None, (one.account, one.region))) for one in ones]
        yield f"{kind}, {check}{': ' if any(places) else ''}{some(list(filter(None, places)), 3)}"
        yield f"  {what}"
        yield f"  Why it matters: {silences}"
        yield f"  To mend it: {mend}\n"


def _kind(finding: Finding) -> str:
    """`not known` is an error, or a warning, of its own."""
    if finding.is_fault:
        return str(finding.severity)
    return "not known" if finding.stops else "not known (warning)"


def _verdict(seen: Seen) -> str:
    kinds = dict.fromkeys(_kind(finding) for finding in sorted(seen.findings, key=lambda one: one.rank))
    return ", ".join(kinds) or "fine"


def _total(found: Sequence[Finding], seen: Sequence[Seen], accounts: Sequence[Account]) -> str:
    looked = [counted(len(accounts), "account"), counted(_pipelines(accounts), "pipeline")]
    looked += [one.name for one in seen if one.name in (ARCHIVE, STATES)]
    errors = sum(one.stops and one.is_fault for one in found)
    unknown = sum(not one.is_fault for one in found)
    warnings = sum(not one.stops and one.is_fault for one in found)
    told = [counted(errors, "error"), f"{unknown} not known", counted(warnings, "warning")]
    return f"Looked at {', '.join(looked)}: {', '.join(told) if found else 'nothing is wrong'}"


def _pipelines(accounts: Sequence[Account]) -> int:
    return sum(len(account.regions) for account in accounts)
