"""How a run over many stacks shows its progress and its results."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orgtrail.console.command_line import command_line
from orgtrail.console.display import Display
from orgtrail.console.interrupts import finish_on_ctrl_c
from orgtrail.console.output import a_table, print_table, results_console
from orgtrail.documents.run import Preflight
from orgtrail.rollout.comment import Reasons, comment
from orgtrail.rollout.engine import Engine, OnResult
from orgtrail.rollout.gates import show_weaker
from orgtrail.rollout.prepare import engine_for
from orgtrail.rollout.report import document, headline, write_report
from orgtrail.rollout.results import Result, failed, failed_first, undone
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.stack import Stack
from orgtrail.settings import Settings
from orgtrail.terraform.changes import Change
from orgtrail.terraform.provider import Provider
from orgtrail.weaker import Weakening
from orgtrail.words import counted

_MANY = 20  # stacks that ended alike, and share a row

Repeat = Callable[[Sequence[str]], str]
"""Makes the command that does the named stacks again."""


def built(
    settings: Settings, stacks: Sequence[Stack], provider: Provider, display: Display, *, lock: bool = True
) -> Engine:
    """The engine for these stacks, in a workspace of its own; raises what `engine_for` does."""
    with display.step(f"Building {counted(len(stacks), 'stack')}"):
        return engine_for(settings, stacks, provider, Workspace.new(), lock=lock, tell=display.say)


@contextmanager
def watched(engine: Engine, display: Display, title: str, total: int) -> Iterator[OnResult]:
    """Count an engine's results while the block runs, and print failures at once. Ctrl-C stops it."""
    step = display.step(title, total=total, at_work=engine.pool.at_work)
    with finish_on_ctrl_c(engine.pool, display.say), step as shown:
        yield lambda result: shown.ended(_line(result), failed=result.status == "failed")


def again(accounts: Path | None, *arguments: str) -> str:
    """The command with these arguments, on the accounts file that was named on the command line, if one was."""
    return command_line(*arguments, *(["--accounts", str(accounts)] if accounts else []))


def kept_report(
    results: Sequence[Result],
    folder: Path,
    repeat: str,
    weaker: Sequence[Weakening],
    preflight: Preflight | None = None,
) -> str:
    """Write the report of a run into its folder; return where it is, or why it couldn't be written."""
    try:
        write_report(results, folder, repeat, weaker, preflight)
    except OSError as error:
        return f"The report can't be written: {error}"
    return f"Report: {folder / 'report.md'} and report.json"


def show(
    results: Sequence[Result],
    *,
    as_json: bool,
    as_markdown: bool,
    repeat: Repeat,
    weaker: Sequence[Weakening] = (),
    reasons: Reasons | None = None,
    notes: Sequence[str] = (),
    preflight: Preflight | None = None,
) -> None:
    """Print results the way that was asked for, with what gets `weaker`.

    A comment tells the `reasons`, and begins with `notes`.
    """
    command = repeat([result.stack for result in undone(results)])
    if as_json:
        print(document(results, weaker, preflight).text())
    elif as_markdown:
        print(comment(results, command, weaker=weaker, reasons=reasons, notes=notes))
    else:
        _show_table(results_console(), results, command)
        show_weaker(results_console(), weaker)


def _show_table(console: Console, results: Sequence[Result], repeat: str) -> None:
    failures = failed(results)
    for result in failures[:_MANY]:
        log = f"all that Terraform said: {result.log}" if result.log else "Terraform didn't begin"
        console.print(f"{result.stack} failed; {log}", soft_wrap=True)
        console.print(f"{result.error or ''}\n", soft_wrap=True)
    if len(failures) > _MANY:
        console.print(f"… and {len(failures) - _MANY} more failed; --json has what Terraform said of each\n")
    if table := _table([result for result in results if result.status != "unchanged"]):
        print_table(console, table)
    for result in results:
        for change in result.destroys:
            console.print(f"{result.stack}: {change.action} {change.address}", soft_wrap=True)
        for change in result.changes:
            if told := _in_the_state(change):
                console.print(f"{result.stack}: {told}", soft_wrap=True)
    console.print(headline(results), soft_wrap=True)
    if undone(results):
        console.print(f"Again, only what is left: {repeat}", soft_wrap=True)


def _in_the_state(change: Change) -> str | None:
    """What a change does to the state beside, or instead of, what it does in AWS."""
    if change.action == "forget":
        return f"no longer manages, and leaves as it is, {change.address}"
    if change.taken_in:
        changes = "" if change.action == "import" else f", and then {change.action}s it"
        return f"takes in {change.address}{f' ({change.imported})' if change.imported else ''}{changes}"
    return None


def _table(results: Sequence[Result]) -> Table | None:
    """A row for each stack, those that ended alike together; many of them share one. None without any."""
    by_wave = any(result.wave for result in results)
    alike: dict[tuple[str, ...], list[Result]] = {}
    for result in failed_first(results):
        alike.setdefault(_row(result, by_wave), []).append(result)
    columns = ["stack", *(["wave"] if by_wave else []), "", "add", "change", "destroy", "seconds"]
    table = a_table(*columns, whole=columns)
    for row, group in alike.items():
        if len(group) > _MANY:
            seconds = [result.seconds for result in group]
            table.add_row(f"{len(group)} stacks (see --json)", *row, f"{min(seconds):.0f} to {max(seconds):.0f}")
        else:
            for result in group:
                table.add_row(result.stack, *row, f"{result.seconds:.0f}")
    return table if table.row_count else None


def _row(result: Result, by_wave: bool) -> tuple[str, ...]:
    """What stacks that ended alike have in common."""
    counts = [str(number) if number else "" for number in (result.added, result.changed, result.destroyed)]
    return (*([result.wave or ""] if by_wave else []), result.status, *counts)


def _line(result: Result) -> str:
    counts = f" +{result.added} ~{result.changed} -{result.destroyed}" if result.changes else ""
    if result.status == "failed":
        reason = (result.error or "").splitlines()[0] if result.error else ""
        return f"{result.stack}: failed{' after' if counts else ''}{counts} ({result.seconds:.0f} s): {reason}"
    return f"{result.stack}: {result.status}{counts} ({result.seconds:.0f} s)"
