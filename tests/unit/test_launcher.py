"""`bin/orgtrail`, as a shell sees it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orgtrail.console import command_line
from tests.builders import REPOSITORY

LAUNCHER = REPOSITORY / "bin" / "orgtrail"
SAMPLE = REPOSITORY / "accounts.yaml"
TOOLS = Path(sys.executable).parent


def call(*command, cwd, **environ):
    """Run the launcher with nothing activated but what `environ` says."""
    environment = {"PATH": f"{TOOLS}:/usr/bin:/bin", **environ}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def clone(tmp_path):
    """A clone of the launcher alone, as good as nothing installed."""
    folder = tmp_path / "a clone"
    (folder / "bin").mkdir(parents=True)
    shutil.copy(LAUNCHER, folder / "bin" / "orgtrail")
    shutil.copytree(REPOSITORY / "orgtrail", folder / "orgtrail", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def fake_environment(folder, name):
    """A virtual environment whose Python says which one it is."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho {name}\n")
    python.chmod(0o755)
    return folder


class TestWhereItWorks:
    def test_where_it_works_in_a_folder_with_an_accounts_file_it_reads_that_one(self, tmp_path):
        (tmp_path / "accounts.yaml").write_text(SAMPLE.read_text().replace("payments-prod", "ledger"))
        done = call(LAUNCHER, "check", cwd=tmp_path)

        assert done.returncode == 0
        assert "ledger" in done.stdout

    def test_where_it_works_elsewhere_it_reads_the_file_that_is_named(self, tmp_path):
        assert call(LAUNCHER, "check", "--accounts", SAMPLE, cwd=tmp_path).returncode == 0

    def test_where_it_works_without_an_accounts_file_it_says_where_it_looked_and_how_to_name_one(self, tmp_path):
        done = call(LAUNCHER, "check", cwd=tmp_path)

        assert done.returncode == 1
        assert done.stderr.splitlines()[0] == "accounts.yaml:1:1: can't be read: no such file or directory"
        assert f"The current folder is {tmp_path}" in done.stderr
        assert "--accounts or ORGTRAIL_ACCOUNTS" in done.stderr

    def test_modules_of_the_current_folder_are_not_imported(self, tmp_path):
        for name in ("typer.py", "json.py", "orgtrail.py", "calendar.py"):
            (tmp_path / name).write_text("raise SystemExit('the wrong module')")

        assert call(LAUNCHER, "check", "--accounts", SAMPLE, cwd=tmp_path).returncode == 0

    def test_a_link_to_it_works_and_so_does_a_relative_link_to_that_link(self, tmp_path):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "orgtrail").symlink_to(LAUNCHER)
        (tmp_path / "ot").symlink_to(Path("bin") / "orgtrail")
        done = call(tmp_path / "ot", "check", "--accounts", SAMPLE, cwd="/")

        assert (done.returncode, done.stderr) == (0, "legacy (666666666666) is suspended: skipped\n")


class TestWhichPython:
    def test_an_active_environment_that_was_set_up_for_it_comes_first(self, clone, tmp_path):
        fake_environment(clone / ".venv", "its own")
        active = fake_environment(tmp_path / "active", "the active one")
        (active / ".orgtrail-installed").touch()

        assert call(clone / "bin" / "orgtrail", cwd="/", VIRTUAL_ENV=active).stdout == "the active one\n"

    def test_an_active_environment_of_something_else_does_not_count(self, clone, tmp_path):
        fake_environment(clone / ".venv", "its own")
        active = fake_environment(tmp_path / "active", "the active one")

        assert call(clone / "bin" / "orgtrail", cwd="/", VIRTUAL_ENV=active).stdout == "its own\n"

    def test_which_python_without_any_environment_it_says_what_to_run(self, clone, tmp_path):
        bare = tmp_path / "bare"
        bare.mkdir()
        for tool in ("sh", "dirname", "readlink"):
            (bare / tool).symlink_to(shutil.which(tool))
        done = call(clone / "bin" / "orgtrail", "check", cwd="/", PATH=bare)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"orgtrail: nothing is installed yet: run `make setup` in {clone}\n"

    def test_which_python_with_a_python_that_lacks_the_packages_it_says_what_to_run(self, clone, tmp_path):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
        (tmp_path / "bin" / "python3").chmod(0o755)
        done = call(clone / "bin" / "orgtrail", "check", cwd="/", PATH=f"{tmp_path}/bin:/usr/bin:/bin")

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"orgtrail: the Python package typer is not installed: run `make setup` in {clone}\n"


class TestWhatItPrints:
    @pytest.mark.parametrize("option", ["-h", "--help"])
    def test_it_prints_help_with_the_command_as_it_was_called(self, option):
        done = call("bin/orgtrail", option, cwd=REPOSITORY)

        assert done.returncode == 0
        assert done.stdout.startswith("Usage: bin/orgtrail [OPTIONS] COMMAND")

    def test_the_help_of_a_command_has_an_example_that_can_be_pasted(self):
        assert "Example: bin/orgtrail check" in call("bin/orgtrail", "check", "-h", cwd=REPOSITORY).stdout
        assert f"Example: {LAUNCHER} check" in call(LAUNCHER, "check", "-h", cwd="/").stdout

    def test_it_prints_the_version_and_the_commit(self):
        done = call(LAUNCHER, "--version", cwd="/")
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=True
        )

        assert done.returncode == 0
        assert done.stdout.startswith("orgtrail 0.")
        assert f"(commit {commit.stdout[:7]}" in done.stdout

    def test_the_version_without_a_commit_where_it_is_no_clone(self, clone):
        done = call(clone / "bin" / "orgtrail", "--version", cwd="/")

        assert (done.returncode, "commit" in done.stdout) == (0, False)

    def test_wrong_usage_ends_with_status_1_and_names_the_launcher_as_it_was_called(self):
        done = call("bin/orgtrail", "check", "--no-such-option", cwd=REPOSITORY)

        assert done.returncode == 1
        assert "Try 'bin/orgtrail check -h' for help." in done.stderr


class TestTheCommandInAMessage:
    @pytest.mark.parametrize(
        ("called", "told"),
        [
            ("/venv/lib/orgtrail/__main__.py", "python -m orgtrail diff 'a b'"),
            ("main.py", "bin/orgtrail diff 'a b'"),
            (str(LAUNCHER), f"{LAUNCHER} diff 'a b'"),
        ],
    )
    def test_the_command_in_a_message_is_typed_like_the_one_that_printed_it(self, called, told, monkeypatch):
        monkeypatch.setattr(sys, "argv", [called])

        assert command_line.command_line("diff", "a b") == told

    def test_the_command_in_a_message_is_the_bare_name_where_that_is_found(self, tmp_path, monkeypatch):
        link = tmp_path / "orgtrail"
        link.symlink_to(LAUNCHER)
        monkeypatch.setattr(sys, "argv", [str(link)])
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

        assert command_line.command_line("check") == "orgtrail check"

    def test_the_command_in_a_message_names_the_link_that_was_called(self, tmp_path, monkeypatch):
        link = tmp_path / "my orgtrail"
        link.symlink_to(LAUNCHER)
        monkeypatch.setattr(sys, "argv", [str(link)])

        assert command_line.command_line("check") == f"'{link}' check"


def test_shellcheck_has_no_finding():
    done = subprocess.run(
        [str(TOOLS / "shellcheck"), str(LAUNCHER)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout
