"""Tables on narrow terminals: what is copied from them is never cut."""

import io
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.affected import Affected, AffectedStack, Reason
from orgtrail.commands import affected, orphans, verify
from orgtrail.console.output import _Plain, a_table, print_table
from orgtrail.redrive import letter
from orgtrail.redrive.look import Look
from orgtrail.redrive.report import show_looks, show_results
from orgtrail.redrive.send import Sent
from orgtrail.rehearsal import show as rehearsal_show
from orgtrail.rehearsal.rollout import Answer
from orgtrail.rollout import display as run_display
from orgtrail.rollout.results import Result
from orgtrail.selection.pipelines import Pipeline
from orgtrail.selection.stack import Stack
from orgtrail.settings import LocalState, load
from orgtrail.state.orphans import Orphan
from orgtrail.verify.result import Figures, Named, Verified
from orgtrail.verify.run import Run
from tests.builders import REPOSITORY, an_account, settings

SAMPLE = REPOSITORY / "accounts.yaml"
LONG = "an-account-with-a-rather-long-name-of-47-letters"
KEY = "orgtrail/a/rather/deep/folder/of/states/444444444444/terraform.tfstate"

pytestmark = pytest.mark.parametrize("width", [80, 40])


def command(width, *arguments):
    """What a command prints on a terminal of this width."""
    terminal = {"TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0", "COLUMNS": str(width), "NO_COLOR": "1"}
    return CliRunner().invoke(application(), [str(argument) for argument in arguments], env=terminal).stdout


@pytest.fixture
def console(width, monkeypatch):
    """A terminal of this width in place of what commands write to."""
    console = _Plain(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    for module in (affected, run_display, rehearsal_show):
        monkeypatch.setattr(module, "results_console", lambda: console)
    return console


def test_check_shows_whole_names_ids_and_regions(width):
    words = command(width, "check", "-f", SAMPLE).split()

    for account in load(SAMPLE).active:
        assert {account.name, account.account_id, *account.regions} <= set(words)


def test_trace_shows_whole_accounts_and_regions(width):
    words = command(width, "trace", "-f", SAMPLE, REPOSITORY / "tests/events/one-of-each.jsonl").split()

    assert {"payments-prod", "ap-northeast-1"} <= set(words)


def test_orphans_shows_whole_keys(width, console):
    orphans.show_orphans(console, [Orphan(KEY, 10)])

    assert KEY in console.file.getvalue().split()


def test_a_run_shows_whole_names_of_stacks_and_waves(width, console):
    result = Result(LONG, "applied", wave="the-first-production-wave")
    run_display.show([result], as_json=False, as_markdown=False, repeat=lambda _names: "")

    assert {LONG, "the-first-production-wave", "applied"} <= set(console.file.getvalue().split())


def test_affected_shows_whole_names_and_ids(width, console):
    stack = Stack.of(an_account("444444444444", name=LONG), LocalState())
    found = Affected(stacks=(AffectedStack(stack, (Reason("new", "a reason, " * 20),)),))
    affected._show(found, "main")

    assert {LONG, "444444444444"} <= set(console.file.getvalue().split())


def test_the_rehearsal_shows_whole_names_of_queries(width, console):
    rehearsal_show._show_answers(console, [Answer("everything-by-one-principal", [{"a": "x" * 300}])])

    assert "everything-by-one-principal" in console.file.getvalue().split()


def shown(console, width):
    """What is printed, each line of which fits but the last: a sentence, which the terminal breaks."""
    text = console.file.getvalue()
    assert max(map(len, text.splitlines()[:-1])) <= width
    return text.split()


NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PIPELINE = Pipeline(an_account(name="payments-prod"), "ap-northeast-1")


def test_redrive_shows_whole_accounts_and_regions(width, console):
    reason = letter.Reason("NO_PERMISSIONS", "not authorized to perform: " + "firehose:PutRecord " * 9, None, "185")
    event = letter.Summary("e1", "AttachUserPolicy", "2026-11-24T10:00:00Z")
    buried = letter.Letter("m1", NOW, reason, event, "by hand")
    show_looks(console, [Look(PIPELINE, (buried,), 1)], NOW, each=True)
    show_results(console, [Sent(PIPELINE, sent=14, left={"it is an event of '444444444444'": 1})], dry_run=False)

    assert {"payments-prod", "ap-northeast-1", "11-24", "10:00", "14"} <= set(shown(console, width))


def test_verify_shows_whole_accounts_regions_and_ids_of_events(width, console):
    event = "01234567-89ab-cdef-0123-456789abcdef"
    lost = Named(event, NOW, "DeleteAccountPasswordPolicy", "iam.amazonaws.com", 0)
    found = Verified(
        "payments-prod", "3" * 12, "ap-northeast-1", NOW.date(), NOW, "missing", figures=Figures(1), missing=(lost,)
    )
    verify._show(console, settings(PIPELINE.account), Run((found,), 1, 1, ()), [])

    assert {"payments-prod", "ap-northeast-1", "missing", event} <= set(shown(console, width))


def test_nothing_is_lost_of_what_is_folded(width, console):
    table = a_table("id", "told", whole=("id",))
    table.add_row("4" * 60, "x" * 200)
    print_table(console, table)

    assert "4" * 60 in console.file.getvalue()
    assert console.file.getvalue().count("x") == 200
    assert "…" not in console.file.getvalue()
