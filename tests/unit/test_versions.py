"""What `python -m scripts.versions` finds on a machine, and what it keeps."""

import pytest

from scripts.versions import machine, record
from scripts.versions.record import Tried


@pytest.fixture
def install(tmp_path):
    """Puts a program that says its version into a folder below the home folder."""

    def make(folder, name, says, status=0):
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
        path.chmod(0o755)

    return make


def tried(what, version, outcome):
    """An entry of the record."""
    return Tried(what=what, version=version, origin="found", day="2026-11-28", commit="0a1b2c3", outcome=outcome)


@pytest.fixture
def environ(tmp_path):
    """A machine with a home folder and one folder of programs."""
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}


def test_the_newest_python_of_each_minor_version_that_is_not_too_old_is_found(install, environ):
    install("bin", "python3.11", "Python 3.11.2")
    install(".pyenv/versions/3.11.7/bin", "python3.11", "Python 3.11.7")
    install(".pyenv/versions/3.10.1/bin", "python3.10", "Python 3.10.1")
    install(".local/share/uv/python/cpython-3.13/bin", "python3.13", "Python 3.13.0")
    install(".local/share/uv/python/cpython-3.13/bin", "python3.13-config", "Python 3.13.9")

    assert [python.version for python in machine.pythons(environ)] == ["3.11.7", "3.13.0"]


def test_a_managers_stand_in_for_what_is_not_there_is_not_found(install, environ):
    install("bin", "python3.12", "pyenv: python3.12: command not found, there is 3.12.1", status=127)

    assert machine.pythons(environ) == []


def test_each_line_of_node_and_both_terraforms_are_found(install, environ):
    install("bin", "node", "v20.20.2")
    install(".nvm/versions/node/v22.19.0/bin", "node", "v22.19.0")
    install(".nvm/versions/node/v18.1.0/bin", "node", "v18.1.0")
    install("bin", "terraform", "Terraform v1.11.4")
    install("bin", "tofu", "OpenTofu v1.11.0")

    assert [node.version for node in machine.nodes(environ)] == ["20.20.2", "22.19.0"]
    assert [terraform.path.name for terraform in machine.terraforms(environ)] == ["terraform", "tofu"]


def test_what_is_tried_again_replaces_what_was_tried_of_the_same_line(tmp_path):
    file = tmp_path / "versions.json"
    for what, version in (("Node.js", "22.19.0"), ("Python", "3.9.9"), ("Python", "3.13.0"), ("Node.js", "22.23.3")):
        record.add(tried(what, version, {"synthesis": "same"}), file)

    assert [tried.version for tried in record.read(file)] == ["22.23.3", "3.9.9", "3.13.0"]


def test_the_table_has_what_failed_too():
    failed = tried("Node.js", "24.1.0", {"synthesis": "**failed**"})

    assert record.markdown([failed]).splitlines()[-1] == (
        "| Node.js | 24.1.0 | found | synthesis: **failed** | 2026-11-28 | 0a1b2c3 |"
    )
