"""Which AWS provider Terraform will use here.

On most machines Terraform downloads the provider from its registry. Where there is no way out to a registry
there is usually a filesystem mirror instead, and the version it holds is the one to use.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from orgtrail.errors import UserError
from orgtrail.terraform import mirrors
from orgtrail.terraform.cli_config import config_files, configured_mirrors
from orgtrail.terraform.mirrors import RELEASE, releases, this_platform

# The bindings cdktf-cdktf-provider-aws 21.22.1 (requirements.txt) were built from this version, so every
# argument they offer exists in it, and they ask for exactly it.
BINDINGS_VERSION = "6.25.0"

# Best first. Older majors lack arguments the stacks use; newer ones were never tried with these bindings.
SUPPORTED_MAJORS = (6, 5)


class ProviderError(UserError):
    """No usable AWS provider where one was promised; the text says what is wrong and what to do."""


# https://github.com/hashicorp/terraform-provider-aws/blob/main/CHANGELOG.md#6370-march-18-2026
_KNOWS_BUCKET_NAMESPACES = (6, 37, 0)


@dataclass(frozen=True)
class Provider:
    """The AWS provider in use: its version, such as `6.25.0`, and its mirror (None: it is downloaded).

    `keeps_aliases`: each region has a provider configuration of its own, though one for all of them would do.
    """

    version: str
    mirror: Path | None
    keeps_aliases: bool = False

    @property
    def major(self) -> int:
        """The major version."""
        return _number(self.version)[0]

    @property
    def knows_bucket_namespaces(self) -> bool:
        """Whether it can create a bucket in an account's own namespace."""
        return _number(self.version) >= _KNOWS_BUCKET_NAMESPACES

    @property
    def takes_regions(self) -> bool:
        """Whether each resource says its region; otherwise each region has a configuration of its own."""
        return self.major >= 6 and not self.keeps_aliases

    @property
    def blocks_encryption_types(self) -> bool:
        """Whether it knows what S3 blocks by itself since April 2026; left unsaid, it plans to undo that, for ever.

        docs/provider-6.md
        """
        return _number(self.version) >= (6, 22)

    @property
    def is_unpacked(self) -> bool:
        """Whether its mirror holds it as a folder, which all stacks can share."""
        return self.mirror is not None and mirrors.has_unpacked(self.mirror, self.version)


def provider_in_use(environ: Mapping[str, str] = os.environ) -> Provider:
    """Find the AWS provider: a mirror on this machine if there is one, else Terraform's registry.

    Looked at in this order: the variable ORGTRAIL_PROVIDER_MIRROR (a folder, or `none`), the mirrors of
    Terraform's CLI configuration, its implied mirrors, folders under the common prefixes.
    ORGTRAIL_PROVIDER_VERSION asks for one version. ORGTRAIL_PROVIDER_ALIASES=keep is for states that 5.x wrote.

    Raises ProviderError where a mirror that was named, or that Terraform would use by itself, has no fitting
    provider, and UnreadableCliConfig.
    """
    return replace(_found(environ), keeps_aliases=_keeps_aliases(environ))


def _keeps_aliases(environ: Mapping[str, str]) -> bool:
    written = environ.get("ORGTRAIL_PROVIDER_ALIASES", "")
    if written not in ("", "keep"):
        raise ProviderError(
            f"ORGTRAIL_PROVIDER_ALIASES is {written!r}. Set it to `keep` for the move from AWS provider 5.x to 6 "
            "(docs/provider-6.md), or unset it."
        )
    return written == "keep"


def _found(environ: Mapping[str, str]) -> Provider:
    wanted = _wanted_version(environ)
    from_registry = Provider(wanted or BINDINGS_VERSION, None)

    named = environ.get("ORGTRAIL_PROVIDER_MIRROR", "")
    if named.lower() == "none":
        return from_registry
    if named:
        return _provider_of(Path(named).expanduser(), wanted, "named by ORGTRAIL_PROVIDER_MIRROR")

    origin, configured = "one of Terraform's implied mirrors", None
    for config in config_files(environ):
        # Terraform takes one file with such a block only.
        if (configured := configured_mirrors(config)) is not None:
            origin = f"named in {config}"
            break
    for folder in mirrors.implied(environ) if configured is None else configured:
        if releases(folder):
            return _provider_of(folder, wanted, origin)
    # An explicit provider_installation switches Terraform's implied mirrors off: honour it here too.
    if configured is not None:
        return from_registry

    for folder in mirrors.under_common_prefixes():
        if version := _choose(releases(folder), wanted):
            return Provider(version, folder)
    return from_registry


def _wanted_version(environ: Mapping[str, str]) -> str | None:
    wanted = environ.get("ORGTRAIL_PROVIDER_VERSION")
    if not wanted:
        return None
    if not RELEASE.fullmatch(wanted) or _number(wanted)[0] not in SUPPORTED_MAJORS:
        raise ProviderError(
            f"ORGTRAIL_PROVIDER_VERSION is {wanted!r}, which is not a release of {_majors()} of the AWS "
            f"provider. Set it to one such as {BINDINGS_VERSION}, or unset it."
        )
    return wanted


def _provider_of(folder: Path, wanted: str | None, origin: str) -> Provider:
    """The provider in the mirror `folder`. Raises ProviderError unless it holds a fitting one for this platform."""
    versions = releases(folder)
    if not versions:
        raise ProviderError(
            f"The provider mirror {folder} ({origin}) has no AWS provider for {this_platform()}. "
            f"Looked for <host>/hashicorp/aws/<version>/{this_platform()}/terraform-provider-aws* and "
            f"<host>/hashicorp/aws/terraform-provider-aws_<version>_{this_platform()}.zip in it. "
            "Name a folder made by `terraform providers mirror`, or set ORGTRAIL_PROVIDER_MIRROR=none to "
            "download the provider."
        )
    version = _choose(versions, wanted)
    if version is None:
        held = ", ".join(sorted(versions, key=_number))
        raise ProviderError(
            f"The provider mirror {folder} ({origin}) holds AWS provider {held} for {this_platform()}, and "
            f"{wanted or _majors()} is needed. Add that to the mirror, name another one with "
            "ORGTRAIL_PROVIDER_MIRROR, or set it to `none` to download the provider."
        )
    return Provider(version, folder.absolute())


def _choose(versions: set[str], wanted: str | None) -> str | None:
    if wanted is not None:
        return wanted if wanted in versions else None
    if BINDINGS_VERSION in versions:
        return BINDINGS_VERSION
    for major in SUPPORTED_MAJORS:
        if same_major := [version for version in versions if _number(version)[0] == major]:
            return max(same_major, key=_number)
    return None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _majors() -> str:
    return "major version " + " or ".join(str(major) for major in SUPPORTED_MAJORS)
