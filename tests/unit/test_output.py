import subprocess
import sys

from rich.table import Table

from orgtrail.console.output import progress_console, results_console
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
