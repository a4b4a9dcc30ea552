"""How to install Terraform, said for the system that it is missing on."""

import os
import platform
import shutil

import pytest

from scripts.terraform_install import VERSION, commands

UBUNTU = "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n"
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n'
DEBIAN = "ID=debian\nVERSION_CODENAME=bookworm\n"


@pytest.fixture
def on(tmp_path, monkeypatch):
    """The commands on a system, for somebody who isn't root."""

    def told(system="Linux", about="", machine="x86_64", brew=None):
        monkeypatch.setattr(platform, "system", lambda: system)
        monkeypatch.setattr(platform, "machine", lambda: machine)
        monkeypatch.setattr(shutil, "which", lambda name: brew)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        (tmp_path / "os-release").write_text(about)
        return commands(tmp_path / "os-release")

    return told


@pytest.mark.parametrize(("about", "release"), [(UBUNTU, "noble"), (MINT, "noble"), (DEBIAN, "bookworm")])
def test_debian_and_what_is_made_from_it_get_hashicorps_packages_of_their_release(on, about, release):
    keyring = "/usr/share/keyrings/hashicorp-archive-keyring.gpg"

    assert on(about=about) == [
        "sudo apt-get update && sudo apt-get install -y curl gpg",
        f"curl -fsSL https://apt.releases.hashicorp.com/gpg | sudo gpg --dearmor -o {keyring}",
        f"echo 'deb [signed-by={keyring}] https://apt.releases.hashicorp.com {release} main' "
        "| sudo tee /etc/apt/sources.list.d/hashicorp.list",
        "sudo apt-get update && sudo apt-get install -y terraform",
    ]


@pytest.mark.parametrize(
    ("about", "repository"),
    [
        ("ID=fedora\n", "dnf config-manager addrepo --from-repofile=https://rpm.releases.hashicorp.com/fedora/"),
        (
            'ID="rocky"\nID_LIKE="rhel centos fedora"\n',
            "yum-config-manager --add-repo https://rpm.releases.hashicorp.com/RHEL/",
        ),
        (
            'ID="amzn"\nID_LIKE="fedora"\n',
            "yum-config-manager --add-repo https://rpm.releases.hashicorp.com/AmazonLinux/",
        ),
    ],
)
def test_each_relative_of_red_hat_gets_the_repository_that_is_its_own(on, about, repository):
    assert on(about=about)[1] == f"sudo {repository}hashicorp.repo"


def test_macos_with_homebrew_gets_one_command(on):
    assert on("Darwin", brew="/opt/homebrew/bin/brew") == [
        "brew tap hashicorp/tap && brew install hashicorp/tap/terraform"
    ]


@pytest.mark.parametrize(
    ("system", "machine", "archive", "check"),
    [
        ("Linux", "aarch64", f"terraform_{VERSION}_linux_arm64.zip", "sha256sum"),
        ("Darwin", "arm64", f"terraform_{VERSION}_darwin_arm64.zip", "shasum -a 256"),
    ],
)
def test_everything_else_gets_a_download_that_is_checked_before_it_is_unpacked(on, system, machine, archive, check):
    fetch, unpack = on(system, "ID=alpine\n", machine)

    assert f"https://releases.hashicorp.com/terraform/{VERSION}/{archive} " in fetch
    assert f"grep {archive} terraform_{VERSION}_SHA256SUMS | {check} -c - && sudo unzip -o {archive} " in unpack
