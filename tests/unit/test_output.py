import subprocess
import sys

from rich.table import Table

from orgtrail.console.output import a_table, print_table, progress_console, results_console
from tests.builders import REPOSITORY

PATH = "/tmp/x[/b]y/:smile:\x1b[31m\n::error::z"
SHOWN = ["/tmp/x[/b]y/:smile:\\x1b[31m", ":\\:error::z"]


def test_a_string_is_text_and_never_markup(capsys):
    results_console().print(PATH)
    progress_console().print(PATH)
    captured = capsys.readouterr()

    assert captured.out.splitlines() == SHOWN
    assert captured.err.splitlines() == SHOWN


def test_so_is_one_in_a_table(capsys):
    table = Table("[b]path[/b]")
    table.add_row(PATH)
    results_console().print(table)
    shown = capsys.readouterr().out

    assert "[b]path[/b]" in shown
    assert all(part in shown for part in SHOWN)


def test_a_table_of_thousands_of_rows_is_a_line_for_each_and_looks_like_a_small_one(capsys):
    shown = []
    for count in (2, 1_001):
        table = a_table("account", "why", whole=("account",))
        table.add_row("payments", "日本")
        table.add_row("ledger", "::error::")
        for _row in range(count - 2):
            table.add_row("data", "a\nb")
        print_table(results_console(), table)
        shown.append([line.rstrip() for line in capsys.readouterr().out.splitlines()])
    small, large = shown

    assert small[:5] == large[:5]
    assert large[5:] == [*["  data       a; b"] * 999, ""]


def test_an_ascii_locale_costs_no_output(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "orgtrail", "trace", "-f", str(REPOSITORY / "accounts.yaml"), "tests/events"],
        cwd=REPOSITORY,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii", "LANG": "C"},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert b"Traceback" not in done.stderr
    assert b"taken" in done.stdout
    assert done.stdout.isascii()
