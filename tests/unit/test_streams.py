"""Standard streams that can't be written: /dev/full stands for a full disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import REPOSITORY

SCRIPT = """
import sys
from orgtrail.console.streams import never_failing
with never_failing():
    print("result" * 9999)
    print("progress" * 9999, file=sys.stderr)
    open(sys.argv[1], "w").write("the report")
    raise SystemExit(int(sys.argv[2]))
"""


@pytest.fixture
def run(tmp_path):
    """Run the script in a shell, with redirections; its exit status, what it printed, and the report it wrote."""

    def with_redirections(redirections, status=0):
        report = tmp_path / "report"
        done = subprocess.run(
            ["bash", "-c", f'"$@" {redirections}', "bash", sys.executable, "-c", SCRIPT, str(report), str(status)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr, report.read_text()

    return with_redirections


@pytest.mark.parametrize("redirection", ["2> /dev/full", "2>&-", "2> >(true)"])
@pytest.mark.parametrize("status", [0, 2])
def test_what_standard_error_cannot_take_is_silence(run, redirection, status):
    ended, out, _err, report = run(redirection, status)

    assert (ended, report) == (status, "the report")
    assert out == "result" * 9999 + "\n"


@pytest.mark.parametrize(
    ("redirection", "reason"), [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
@pytest.mark.parametrize("status", [0, 2])
def test_a_result_that_cannot_be_written_ends_with_status_1_when_all_is_done(run, redirection, reason, status):
    ended, _out, err, report = run(redirection, status)

    assert (ended, report) == (1, "the report")
    assert err.splitlines()[-1] == f"Standard output can't be written: {reason}"


def test_a_reader_that_had_enough_is_no_failure(run):
    assert run("> >(true)", status=2)[0] == 2


def test_all_streams_closed_leave_the_exit_status(run):
    assert run("<&- 2>&-")[0] == 0
    assert run("<&- >&- 2>&-")[0] == 1


@pytest.mark.parametrize(("redirection", "told"), [("", "None"), ("> /dev/full", "28"), (">&-", "9")])
def test_what_is_lost_can_be_asked_for(redirection, told):
    script = (
        "import sys\nfrom orgtrail.console.streams import lost, never_failing\nwith never_failing():\n"
        "    print('x')\n    print(getattr(lost(sys.stdout), 'errno', None), file=sys.stderr)"
    )
    command = ["bash", "-c", f'"$@" {redirection}', "bash", sys.executable, "-c", script]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.stderr.splitlines()[0] == told


def test_a_command_of_a_full_disk_says_so_without_a_traceback():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "orgtrail", "schema"],
            cwd=REPOSITORY,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (1, "Standard output can't be written: No space left on device\n")
