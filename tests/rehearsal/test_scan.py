"""`make scan`, as a developer runs it: real plans, the real checkov."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.builders import REPOSITORY

# The rehearsal's worker: both are much work for the processor.
pytestmark = [pytest.mark.xdist_group("rehearsal"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def scan() -> dict[str, Any]:
    """The result of scanning the samples; installs checkov where it isn't yet."""
    command = [sys.executable, "-m", "scripts.scan", "--json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_no_check_fails_that_was_not_accepted(scan):
    assert (scan["summary"]["failed"], scan["summary"]["stale"]) == (0, 0)


def test_every_stack_is_scanned(scan):
    assert scan["summary"]["stacks"] == 6
    assert scan["summary"]["passed"] > 300


def test_what_was_accepted_is_found_and_listed_in_the_documentation(scan):
    page = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    accepted = {(finding["check"], finding["reason"]) for finding in scan["findings"]}

    assert accepted
    assert [(check, reason) for check, reason in accepted if f"| `{check}` |" not in page or reason not in page] == []
