"""How preflight's findings are shown."""

import io
import json

import pytest
from rich.console import Console

from orgtrail.console.output import results_console
from orgtrail.preflight.checks import EVERY
from orgtrail.preflight.checks.archive_public import ARCHIVE_PUBLIC
from orgtrail.preflight.checks.trail import TRAIL
from orgtrail.preflight.finding import Fault, Finding, not_known
from orgtrail.preflight.report import document, show, stopping
from orgtrail.preflight.run import Seen
from tests.builders import an_account

ALICE, BOB = an_account(name="alice"), an_account("444444444444", name="bob")
NO_TRAIL = Fault("no trail reaches the region", "Make a trail")
SEEN = [
    Seen("the archive", (Finding.of(ARCHIVE_PUBLIC, Fault("it is open", "Close it")),)),
    Seen("alice", (Finding.of(TRAIL, not_known("the role may not", "Allow it"), "alice", "us-east-1"),)),
    Seen("bob", (Finding.of(TRAIL, NO_TRAIL, "bob", "us-east-1"), Finding.of(TRAIL, NO_TRAIL, "bob", "eu-west-1"))),
]


def shown(capsys, seen):
    show(results_console(), seen, [ALICE, BOB])
    return capsys.readouterr().out


def test_the_worst_comes_first_and_what_several_have_in_common_once(capsys):
    text = shown(capsys, SEEN)

    rows = [line.split() for line in text.splitlines()[3:7]]
    assert rows == [
        ["error", "trail", "bob", "eu-west-1"],
        ["error", "trail", "bob", "us-east-1"],
        ["not", "known", "trail", "alice", "us-east-1"],
        ["warning", "archive-public"],
    ]
    assert text.count("no trail reaches the region") == 1
    assert "error, trail: bob eu-west-1, bob us-east-1" in text
    assert text.endswith("Looked at 2 accounts, 2 pipelines, the archive: 2 errors, 1 not known, 1 warning\n")


def test_where_nothing_is_wrong_that_is_said_with_what_was_looked_at(capsys):
    seen = [Seen("the archive", ()), Seen("alice", ())]

    assert shown(capsys, seen) == "Looked at 2 accounts, 2 pipelines, the archive: nothing is wrong\n"


@pytest.mark.parametrize("columns", [80, 60])
def test_the_table_fits_the_terminal(columns):
    account = "a-name-of-an-account-that-is-as-long-as-a-name-may-be"
    finding = Finding.of(TRAIL, NO_TRAIL, account, "ap-southeast-1")
    out = io.StringIO()

    show(Console(file=out, width=columns), [Seen(account, (finding,))], [ALICE])

    table = out.getvalue().partition("error, trail")[0].splitlines()
    assert max(map(len, table)) <= columns


def test_what_isnt_known_stops_as_what_is_wrong_does_and_a_warning_doesnt():
    assert len(stopping(SEEN)) == 3
    assert stopping(SEEN[:1]) == []


def test_the_document_has_every_finding():
    told = json.loads(document(SEEN, [ALICE, BOB]).text())

    assert told["checked"] == ["the archive", "alice", "bob"]
    assert [(one["verdict"], one["account"]) for one in told["findings"]] == [
        ("fault", "bob"),
        ("fault", "bob"),
        ("not known", "alice"),
        ("fault", None),
    ]


def test_every_check_says_which_permissions_it_needs_and_what_for():
    checks = [check for _, check in EVERY]

    assert len({check.id for check in checks}) == len(checks)
    assert all(check.asks.endswith(".") and check.silences.endswith(".") for check in checks)
    assert all(permission.reason for check in checks for permission in check.permissions)
