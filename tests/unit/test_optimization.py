"""When the app is run with `python -O`: where Python keeps the bytecode that this needs."""

import json
import subprocess
import sys

import pytest

from orgtrail.terraform.app import optimization
from tests.builders import REPOSITORY


@pytest.mark.parametrize(("kept", "options"), [(True, ["-O"]), (False, [])])
def test_the_app_is_optimized_unless_python_keeps_no_bytecode(monkeypatch, kept, options):
    monkeypatch.setattr(sys, "dont_write_bytecode", not kept)

    assert optimization() == options


@pytest.mark.parametrize(
    ("variables", "arguments"),
    [
        ({}, ["-O", "main.py"]),
        ({"PYTHONDONTWRITEBYTECODE": ""}, ["-O", "main.py"]),
        ({"PYTHONDONTWRITEBYTECODE": "1"}, ["main.py"]),
    ],
)
def test_the_cdktf_cli_runs_the_app_as_orgtrails_commands_do(tmp_path, variables, arguments):
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    app = json.loads((REPOSITORY / "cdktf.json").read_text(encoding="utf-8"))["app"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", **variables}
    done = subprocess.run(app, shell=True, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == arguments
