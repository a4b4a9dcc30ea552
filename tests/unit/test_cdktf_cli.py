"""Which CLI drives the app: that of CDK for Terraform, or that of CDK Terrain."""

import sys

import pytest

from orgtrail.errors import UserError
from orgtrail.terraform import cdktf_cli
from orgtrail.terraform.cdktf_cli import CdktfCli


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A clone without node_modules, and a PATH on which only what a test installs is found."""
    monkeypatch.setattr(cdktf_cli, "REPOSITORY", tmp_path / "clone")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()

    def install(name, prints):
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\necho {prints}\n")
        program.chmod(0o755)

    monkeypatch.setattr(cdktf_cli.CdktfCli, "_environment", lambda _self: {"PATH": "/bin:/usr/bin"})
    return install


@pytest.fixture
def cli(tmp_path):
    return CdktfCli(tmp_path, tmp_path / "accounts.yaml")


def test_the_cli_of_cdk_for_terraform_is_the_first_choice(machine, cli):
    machine("cdktf", "I am cdktf")
    machine("cdktn", "I am cdktn")

    assert cli.run("--version").lines == ["I am cdktf"]


def test_the_cli_of_cdk_terrain_is_taken_where_the_other_is_not_installed(machine, cli):
    machine("cdktn", "I am cdktn")
    machine("node", "v22.19.0")

    assert cli.run("--version").lines == ["I am cdktn"]


@pytest.mark.parametrize("version", ["v20.20.2", "v22.18.0"])
def test_a_node_that_is_too_old_for_the_cli_of_cdk_terrain_is_told_before_it_dies(machine, cli, version):
    machine("cdktn", "I am cdktn")
    machine("node", version)

    with pytest.raises(UserError, match=f"the cdktn CLI needs Node.js 22.19 or newer; this is {version}"):
        cli.run("--version")


def test_without_either_there_is_a_message_with_what_to_do(machine, cli):
    with pytest.raises(UserError, match="the cdktf CLI isn't installed: `make setup` does it"):
        cli.run("--version")


def test_a_node_for_which_the_cli_has_no_library_is_told_with_what_to_do(machine, cli):
    machine("cdktf", "\"Error: Cannot find module '../build/Release/pty.node'\"; exit 1")
    machine("node", "v24.21.0")

    with pytest.raises(
        UserError, match=r"no library for terminals for this Node.js \(v24.21.0\): run it with Node.js 20"
    ):
        cli.diff("payments")


@pytest.mark.parametrize(("kept", "option"), [(True, " -O "), (False, " ")])
def test_the_app_leaves_out_checks_of_types_only_where_their_own_bytecode_is_kept(
    machine, cli, monkeypatch, tmp_path, kept, option
):
    monkeypatch.setattr(sys, "dont_write_bytecode", not kept)
    machine("cdktf", '"$@"')

    assert cli.run("synth").lines == [f"synth --app {sys.executable}{option}{tmp_path}/clone/main.py"]
