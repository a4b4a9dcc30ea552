"""Filesystem mirrors of Terraform providers: where they may be, and which releases of the AWS provider they hold.

Layout: https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
"""

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from orgtrail.terraform.binary import is_tofu

# Usual places of a mirror that no configuration names.
COMMON_PREFIXES = ("/opt", "/usr/local", "/usr/local/lib", "/usr/local/share", "/usr/share", "/var/lib")

# OpenTofu takes `hashicorp/aws` to be of its own registry: https://opentofu.org/docs/language/providers/requirements/
_TOFUS_REGISTRY = "registry.opentofu.org"

RELEASE = re.compile(r"\d+\.\d+\.\d+")


def releases(mirror: Path) -> set[str]:
    """The AWS provider's releases for this platform in a mirror, unpacked or packed; empty if there are none."""
    found = set()
    for package in _packages(mirror):
        for build in package.glob(f"*/{this_platform()}/terraform-provider-aws*"):
            found.add(build.parent.parent.name)
        for archive in package.glob(f"terraform-provider-aws_*_{this_platform()}.zip"):
            found.add(archive.name.split("_")[1])
    return {version for version in found if RELEASE.fullmatch(version)}


def has_unpacked(mirror: Path, version: str) -> bool:
    """Whether a mirror holds a release as a folder, which Terraform links to; it unpacks an archive for each stack."""
    build = f"{version}/{this_platform()}/terraform-provider-aws*"
    return any(any(package.glob(build)) for package in _packages(mirror))


def implied(environ: Mapping[str, str]) -> list[Path]:
    """The folders in which Terraform looks by default, whether they exist or not.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    home = Path(environ.get("HOME") or Path.home())
    support = "Library/Application Support/io.terraform/plugins"
    data_home = environ.get("XDG_DATA_HOME") or "~/.local/share"
    data_dirs = (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    names = [
        "terraform.d/plugins",
        "~/.terraform.d/plugins",
        *([f"~/{support}", f"/{support}"] if sys.platform == "darwin" else []),
        *(
            [f"{environ['XDG_DATA_HOME']}/opentofu/plugins"]
            if is_tofu(environ) and environ.get("XDG_DATA_HOME")
            else []
        ),
        *(f"{folder}/terraform/plugins" for folder in (data_home, *data_dirs) if folder),
    ]
    return [home / name[2:] if name.startswith("~/") else Path(name) for name in names]


def under_common_prefixes() -> Iterator[Path]:
    """The folders in which an administrator may have put a mirror."""
    for prefix in COMMON_PREFIXES:
        yield from _listed(Path(prefix))


def this_platform() -> str:
    """This machine in Terraform's words, such as `linux_amd64`."""
    machine = platform.machine().lower()
    names = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}
    return f"{platform.system().lower()}_{names.get(machine, machine)}"


def _packages(mirror: Path) -> Iterator[Path]:
    """`<host>/hashicorp/aws` of every host in a mirror."""
    tofu = is_tofu()
    for folder in _listed(mirror):
        # A registry's host has a dot; asking about those names only is quick in a folder of thousands.
        is_host = folder.name == _TOFUS_REGISTRY if tofu else "." in folder.name
        package = folder / "hashicorp" / "aws"
        if is_host and os.path.isdir(package):  # noqa: PTH112 (Path.is_dir raises where access is denied)
            yield package


def _listed(folder: Path) -> list[Path]:
    """What is in a folder; nothing where there is none or it is closed to us."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
