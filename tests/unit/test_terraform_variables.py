import subprocess
import sys

import pytest

from orgtrail.terraform.variables import refusals
from tests.builders import REPOSITORY


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TF_WORKSPACE", "staging"),
        ("TF_DATA_DIR", "/tmp/data"),
        ("TF_CLI_ARGS", "-state=other.tfstate"),
        ("TF_CLI_ARGS_init", "-backend-config=key=other"),
        ("TF_CLI_ARGS_init", "-no-color --backend-config other.hcl"),
        ("TF_CLI_ARGS_plan", "-target=aws_iam_role.x"),
        ("TF_CLI_ARGS_plan", "-lock=false"),
        ("TF_CLI_ARGS_apply", "-state-out 'a b'"),
        ("TF_CLI_ARGS_plan", "-destroy"),
        ("TF_CLI_ARGS_plan", "unbalanced '"),
    ],
)
def test_a_variable_that_changes_what_terraform_works_on_is_refused(name, value):
    [refusal] = refusals({name: value})

    assert refusal.startswith(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TF_WORKSPACE", ""),
        ("TF_LOG", "DEBUG"),
        ("TF_PLUGIN_CACHE_DIR", "/tmp/cache"),
        ("TF_CLI_ARGS_plan", "-parallelism=20 -lock-timeout=60s"),
        ("TF_CLI_ARGS_providers_lock", "-fs-mirror=/opt/backend"),
    ],
)
def test_any_other_is_left_alone(name, value):
    assert refusals({name: value}) == []


@pytest.mark.parametrize(
    "command",
    [["main.py"], ["-m", "orgtrail", "diff"], ["-m", "orgtrail", "deploy", "--yes"], ["-m", "orgtrail", "orphans"]],
)
def test_neither_the_app_nor_a_command_goes_on_with_one(monkeypatch, command):
    monkeypatch.setenv("TF_WORKSPACE", "staging")
    monkeypatch.setenv("TF_CLI_ARGS_init", "-backend-config=key=x")
    done = subprocess.run(
        [sys.executable, *command], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert "TF_WORKSPACE is set: it leads to other states" in done.stderr
    assert "TF_CLI_ARGS_init has -backend-config=key=x" in done.stderr
    assert "Traceback" not in done.stderr
