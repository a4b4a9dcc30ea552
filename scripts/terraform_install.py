"""How Terraform is installed on this system, as commands to paste. Standard library only, as prepare.py needs it.

https://developer.hashicorp.com/terraform/install
"""

import os
import platform
import re
import shutil
from pathlib import Path
from typing import Dict, List

# What the tests run with.
VERSION = "1.11.4"
_KEYRING = "/usr/share/keyrings/hashicorp-archive-keyring.gpg"


def commands(release: Path = Path("/etc/os-release")) -> List[str]:
    """The commands for this system: of its package manager if HashiCorp serves that, else a download."""
    if platform.system() == "Darwin" and shutil.which("brew"):
        return ["brew tap hashicorp/tap && brew install hashicorp/tap/terraform"]
    about = _about(release) if platform.system() == "Linux" else {}
    kinds = [about.get("ID", ""), *about.get("ID_LIKE", "").split()]
    # Derivatives of Ubuntu name its release, which is the one that HashiCorp has packages for.
    codename = about.get("UBUNTU_CODENAME") or about.get("VERSION_CODENAME")
    if codename and ("debian" in kinds or "ubuntu" in kinds):
        return _with_apt(codename)
    if "amzn" in kinds:
        return _with_yum("AmazonLinux")
    if kinds[0] == "fedora":
        return _with_dnf()
    return _with_yum("RHEL") if "rhel" in kinds else _as_download()


def _with_apt(codename: str) -> List[str]:
    repository = "deb [signed-by={}] https://apt.releases.hashicorp.com {} main".format(_KEYRING, codename)
    sudo = _sudo()
    return [
        "{0}apt-get update && {0}apt-get install -y curl gpg".format(sudo),
        "curl -fsSL https://apt.releases.hashicorp.com/gpg | {}gpg --dearmor -o {}".format(sudo, _KEYRING),
        "echo '{}' | {}tee /etc/apt/sources.list.d/hashicorp.list".format(repository, sudo),
        "{0}apt-get update && {0}apt-get install -y terraform".format(sudo),
    ]


def _with_dnf() -> List[str]:
    sudo = _sudo()
    return [
        "{}dnf install -y dnf-plugins-core".format(sudo),
        "{}dnf config-manager addrepo --from-repofile=https://rpm.releases.hashicorp.com/fedora/hashicorp.repo".format(
            sudo
        ),
        "{}dnf install -y terraform".format(sudo),
    ]


def _with_yum(name: str) -> List[str]:
    sudo = _sudo()
    return [
        "{}yum install -y yum-utils".format(sudo),
        "{}yum-config-manager --add-repo https://rpm.releases.hashicorp.com/{}/hashicorp.repo".format(sudo, name),
        "{}yum install -y terraform".format(sudo),
    ]


def _as_download() -> List[str]:
    """A download that is checked against the list of checksums beside it."""
    machines = {"x86_64": "amd64", "aarch64": "arm64"}
    machine = machines.get(platform.machine().lower(), platform.machine().lower())
    archive = "terraform_{}_{}_{}.zip".format(VERSION, platform.system().lower(), machine)
    checksums = "terraform_{}_SHA256SUMS".format(VERSION)
    folder = "https://releases.hashicorp.com/terraform/{}".format(VERSION)
    check = "shasum -a 256" if platform.system() == "Darwin" else "sha256sum"
    return [
        "curl -fLO {0}/{1} -fLO {0}/{2}".format(folder, archive, checksums),
        "grep {} {} | {} -c - && {}unzip -o {} terraform -d /usr/local/bin".format(
            archive, checksums, check, _sudo(), archive
        ),
    ]


def _about(release: Path) -> Dict[str, str]:
    """What /etc/os-release says of this Linux: https://www.freedesktop.org/software/systemd/man/os-release.html"""
    try:
        text = release.read_text(encoding="utf-8")
    except OSError:
        return {}
    return {name: value.strip("\"'") for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)}


def _sudo() -> str:
    return "" if os.geteuid() == 0 else "sudo "
