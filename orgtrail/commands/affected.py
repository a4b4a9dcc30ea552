"""`orgtrail affected`"""

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from orgtrail.affected import Affected, settings_at
from orgtrail.affected import affected as find_affected
from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors, at_most_one
from orgtrail.commands.selecting import selected
from orgtrail.console.output import a_table, print_table, progress_console, results_console
from orgtrail.documents import AffectedDocument
from orgtrail.names import TRAIL_STACK
from orgtrail.rollout.gates import show_weaker
from orgtrail.selection.shards import MOST_JOBS, matrix
from orgtrail.settings import accounts_file
from orgtrail.weaker import Weakening
from orgtrail.words import counted

_JOBS = 8

Base = Annotated[str, typer.Argument(help="Revision to compare with: a branch, a tag, a commit.", show_default=False)]
Head = Annotated[str | None, typer.Option(metavar="REVISION", help="Compare this revision, not the work tree.")]
AsMatrix = Annotated[bool, typer.Option("--matrix", help="Print a matrix for GitHub Actions: one line of JSON.")]
Shards = Annotated[
    int | None, typer.Option(min=1, max=MOST_JOBS, help=f"With --matrix: how many jobs, at most (default: {_JOBS}).")
]

_MANY = 50  # rows that say the same


def affected(
    base: Base,
    selectors: Selectors = None,
    head: Head = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    as_json: Json = False,
    as_matrix: AsMatrix = False,
    shards: Shards = None,
) -> None:
    """List the accounts whose stacks differ from those of a git revision, and why.

    Compares their settings, and the code that makes stacks of them. Needs YAML and git alone. Changes that
    BASE itself got meanwhile count, too: to leave them out, name the merge base. Every stack differs from git's
    empty tree, $(git hash-object -t tree /dev/null).

    Example: bin/orgtrail affected $(git merge-base origin/main HEAD) --matrix --shards 20
    """
    at_most_one({"--json": as_json, "--matrix": as_matrix})
    if shards and not as_matrix:
        raise typer.BadParameter("--shards says something only with --matrix")
    file = accounts or accounts_file()
    now = settings_at(file, head)
    found = find_affected(file, base, head, now=now)
    if selectors or exclude:
        selection = selected(now, selectors, exclude)
        found = found.only({*selection.names, *(one.name for one in selection.skipped)})
    if as_matrix:
        print(json.dumps(matrix([one.stack for one in found.stacks], shards or _JOBS)))
    elif as_json:
        print(_document(found, _weaker(found, base), base, head).text())
    else:
        show_weaker(results_console(), _weaker(found, base))
        _show(found, base)


def _weaker(found: Affected, base: str) -> tuple[Weakening, ...]:
    """What the settings weaken in the stacks that were found; nothing where those of `base` can't be read."""
    if found.weaker is None:
        why = "it has no accounts file, or one with faults"
        progress_console().print(f"Whether the settings are weaker than those of {base} isn't known: {why}")
        return ()
    concerned = {one.name for group in (found.stacks, found.removed, found.skipped) for one in group}
    # A trail that is no longer wanted has no stack that could be selected.
    return tuple(one for one in found.weaker if one.stack in {*concerned, TRAIL_STACK})


def _document(found: Affected, weaker: Sequence[Weakening], base: str, head: str | None) -> AffectedDocument:
    return AffectedDocument.model_validate(
        {
            "base": base,
            "head": head,
            "archive": {"affected": bool(found.archive), "reasons": found.archive},
            "trail": {"affected": bool(found.trail), "reasons": found.trail},
            "accounts": found.accounts,
            "removed": found.removed,
            "skipped": found.skipped,
            "weaker": weaker,
        },
        from_attributes=True,
    )


def _show(found: Affected, base: str) -> None:
    console = results_console()
    # Print once what applies to thousands of accounts.
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for one in found.stacks:
        if own := tuple(reason.text for reason in one.reasons if reason not in found.everywhere):
            groups.setdefault(own, []).append((one.name, one.account_id if one.stack.account else ""))
    table = a_table("account", "id", "why", whole=("account", "id"))
    for lines, stacks in groups.items():
        why = "\n".join(lines)
        if len(stacks) > _MANY:
            stacks = [(counted(len(stacks), "account"), "see --json")]
        for name, account_id in stacks:
            table.add_row(name, account_id, why)
    if found.everywhere and found.accounts:
        console.print("Every account:", *(reason.text for reason in found.everywhere), sep="\n  ")
    if table.rows:
        print_table(console, table)
    for account in found.removed:
        console.print(
            f"{account.name} ({account.account_id}) {account.why}: what was deployed there stays until its stack is "
            "destroyed",
            soft_wrap=True,
        )
    for account in found.skipped:
        progress_console().print(f"{account.name} ({account.account_id}) {account.why}: skipped")
    console.print(_summary(found, base), soft_wrap=True)


def _summary(found: Affected, base: str) -> str:
    accounts = counted(len(found.accounts), "account") if found.accounts else "no accounts"
    archive = (" and the archive" if found.archive else "") + (" and the trail" if found.trail else "")
    removed = f"; {len(found.removed):,} removed" if found.removed else ""
    return f"Affected since {base}: {accounts}{archive}{removed}"
