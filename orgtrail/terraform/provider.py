"""Which AWS provider Terraform will use here, and how to make it use that one.

On most machines Terraform downloads the provider from its registry. Where there is no way out to a registry
there is usually a filesystem mirror instead, and the version it holds is the one to use.
"""

import json
import os
import platform
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orgtrail.errors import UserError
from orgtrail.files.private import private_folder

# The bindings cdktf-cdktf-provider-aws 21.22.1 (requirements.txt) were built from this version, so every
# argument they offer exists in it, and they ask for exactly it.
BINDINGS_VERSION = "6.25.0"

# Best first. Older majors lack arguments the stacks use; newer ones were never tried with these bindings.
SUPPORTED_MAJORS = (6, 5)

# Where administrators put a mirror that no configuration names.
COMMON_PREFIXES = ("/opt", "/usr/local", "/usr/local/lib", "/usr/local/share", "/usr/share", "/var/lib")

# Node 20 is supported here on purpose: eleven lines about its end of life at every start help nobody.
_NODE_WARNING = "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"

_RELEASE = re.compile(r"\d+\.\d+\.\d+")
# Terraform reads its own configuration as HCL 1, which allows the quoted keys of this block; HCL 2 doesn't.
_DEV_OVERRIDES = re.compile(r"\bdev_overrides\s*=?\s*\{[^}]*\}")


class ProviderError(UserError):
    """No usable AWS provider where one was promised; the text says what is wrong and what to do."""


@dataclass(frozen=True)
class Provider:
    """The AWS provider in use: its version, such as `6.25.0`, and its mirror (None: it is downloaded)."""

    version: str
    mirror: Path | None

    @property
    def major(self) -> int:
        """The major version, on which it depends how a stack covers several regions."""
        return _number(self.version)[0]

    @property
    def is_unpacked(self) -> bool:
        """Whether its mirror holds it as a folder, which Terraform links to; it unpacks an archive for each stack."""
        if self.mirror is None:
            return False
        build = f"{self.version}/{_platform()}/terraform-provider-aws*"
        return any(any(package.glob(build)) for package in _packages(self.mirror))


@dataclass(frozen=True)
class _Installation:
    """A `provider_installation` block: the mirrors it names, and where in the text it stands."""

    mirrors: list[Path]
    start: int
    end: int


def provider_in_use(environ: Mapping[str, str] = os.environ) -> Provider:
    """Find the AWS provider: a mirror on this machine if there is one, else Terraform's registry.

    Looked at in this order: the variable ORGTRAIL_PROVIDER_MIRROR (a folder, or `none`), the mirrors of
    Terraform's CLI configuration, its implied mirrors, folders under the common prefixes.
    ORGTRAIL_PROVIDER_VERSION asks for one version.

    Raises ProviderError where a mirror that was named, or that Terraform would use by itself, has no fitting
    provider.
    """
    wanted = _wanted_version(environ)
    from_registry = Provider(wanted or BINDINGS_VERSION, None)

    named = environ.get("ORGTRAIL_PROVIDER_MIRROR", "")
    if named.lower() == "none":
        return from_registry
    if named:
        return _provider_of(Path(named).expanduser(), wanted, "named by ORGTRAIL_PROVIDER_MIRROR")

    config = _config_path(environ)
    installation = _installation(config)
    # An explicit provider_installation switches Terraform's implied mirrors off: the last word here too.
    configured = _implied_mirrors(environ) if installation is None else installation.mirrors
    origin = "one of Terraform's implied mirrors" if installation is None else f"named in {config}"
    for folder in configured:
        if _versions(folder):
            return _provider_of(folder, wanted, origin)
    if installation is not None:
        return from_registry

    for folder in _folders_under_common_prefixes():
        if version := _choose(_versions(folder), wanted):
            return Provider(version, folder)
    return from_registry


def terraform_environment(
    provider: Provider, environ: Mapping[str, str] = os.environ, workdir: Path = Path()
) -> dict[str, str]:
    """Return the variables to add to `environ` so that an unmodified cdktf CLI and terraform use `provider`.

    With a mirror this writes `.orgtrail/terraform.rc` under `workdir`: the user's own CLI configuration, its
    provider_installation replaced. A configuration that names that mirror already stays in force instead.

    Raises ProviderError where the user's configuration can't be read or the file can't be written.
    """
    added = {"CHECKPOINT_DISABLE": "1"}
    if _NODE_WARNING not in environ:
        added[_NODE_WARNING] = "20"
    if provider.mirror is None:
        return added

    # The CLI's shared plugin cache isn't safe for several terraforms at once, and a mirror is as near:
    # https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
    added["CDKTF_DISABLE_PLUGIN_CACHE_ENV"] = "1"
    # Spares the app, which is started again for every cdktf command, the reading of CLI configuration files.
    added["ORGTRAIL_PROVIDER_MIRROR"] = str(provider.mirror)
    added["TF_CLI_ARGS_providers_lock"] = _lock_arguments(environ, provider.mirror)
    config = _config_path(environ)
    if not _names_mirror(_installation(config), provider.mirror):
        target = workdir.absolute() / ".orgtrail" / "terraform.rc"
        _write(target, _with_mirror(config, provider.mirror))
        added["TF_CLI_CONFIG_FILE"] = str(target)
    return added


def _wanted_version(environ: Mapping[str, str]) -> str | None:
    wanted = environ.get("ORGTRAIL_PROVIDER_VERSION")
    if not wanted:
        return None
    if not _RELEASE.fullmatch(wanted) or _number(wanted)[0] not in SUPPORTED_MAJORS:
        raise ProviderError(
            f"ORGTRAIL_PROVIDER_VERSION is {wanted!r}, which is not a release of {_majors()} of the AWS "
            f"provider. Set it to one such as {BINDINGS_VERSION}, or unset it."
        )
    return wanted


def _provider_of(folder: Path, wanted: str | None, origin: str) -> Provider:
    """Raise ProviderError unless the mirror `folder` holds a fitting provider for this platform."""
    versions = _versions(folder)
    if not versions:
        raise ProviderError(
            f"The provider mirror {folder} ({origin}) has no AWS provider for {_platform()}. "
            f"Looked for <host>/hashicorp/aws/<version>/{_platform()}/terraform-provider-aws* and "
            f"<host>/hashicorp/aws/terraform-provider-aws_<version>_{_platform()}.zip in it. "
            "Name a folder made by `terraform providers mirror`, or set ORGTRAIL_PROVIDER_MIRROR=none to "
            "download the provider."
        )
    version = _choose(versions, wanted)
    if version is None:
        held = ", ".join(sorted(versions, key=_number))
        raise ProviderError(
            f"The provider mirror {folder} ({origin}) holds AWS provider {held} for {_platform()}, and "
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


def _versions(mirror: Path) -> set[str]:
    """Return the AWS provider's releases for this platform in `mirror`, unpacked or packed; empty if none.

    Layout: https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
    """
    found = set()
    for package in _packages(mirror):
        for build in package.glob(f"*/{_platform()}/terraform-provider-aws*"):
            found.add(build.parent.parent.name)
        for archive in package.glob(f"terraform-provider-aws_*_{_platform()}.zip"):
            found.add(archive.name.split("_")[1])
    return {version for version in found if _RELEASE.fullmatch(version)}


def _packages(mirror: Path) -> Iterator[Path]:
    """Yield `<host>/hashicorp/aws` of every host in `mirror`."""
    for folder in _listed(mirror):
        # A registry's host has a dot; asking about those names only is quick in a folder of thousands.
        package = folder / "hashicorp" / "aws"
        if "." in folder.name and os.path.isdir(package):  # noqa: PTH112 (Path.is_dir raises where access is denied)
            yield package


def _implied_mirrors(environ: Mapping[str, str]) -> list[Path]:
    """Return the folders Terraform looks into without being told, whether they exist or not.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    home = _home(environ)
    support = "Library/Application Support/io.terraform/plugins"
    data_home = environ.get("XDG_DATA_HOME") or "~/.local/share"
    data_dirs = (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    names = [
        "terraform.d/plugins",
        "~/.terraform.d/plugins",
        *([f"~/{support}", f"/{support}"] if sys.platform == "darwin" else []),
        *(f"{folder}/terraform/plugins" for folder in (data_home, *data_dirs) if folder),
    ]
    return [home / name[2:] if name.startswith("~/") else Path(name) for name in names]


def _folders_under_common_prefixes() -> Iterator[Path]:
    for prefix in COMMON_PREFIXES:
        yield from _listed(Path(prefix))


def _listed(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing where there is none or it is closed to us."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _config_path(environ: Mapping[str, str]) -> Path:
    """Return where Terraform's CLI configuration is, or would be if there were one."""
    named = environ.get("TF_CLI_CONFIG_FILE") or environ.get("TERRAFORM_CONFIG")
    return Path(named) if named else _home(environ) / ".terraformrc"


def _installation(config: Path) -> _Installation | None:
    text = _read(config)
    # Most configurations hold credentials alone, and the parser takes longer to start than all else here.
    if "provider_installation" not in text:
        return None

    import hcl2
    from lark.exceptions import LarkError

    readable = _DEV_OVERRIDES.sub(lambda found: re.sub(r"\S", " ", found[0]), text)
    try:
        tree = hcl2.parses_to_tree(readable)
    except LarkError as error:
        raise ProviderError(
            f"{config} can't be read: {str(error).splitlines()[0]} Mend it, name another file with "
            "TF_CLI_CONFIG_FILE, or set ORGTRAIL_PROVIDER_MIRROR=none to leave it to Terraform."
        ) from error
    for block in tree.find_data("block"):
        start, end = block.meta.start_pos, block.meta.end_pos
        if readable.startswith("provider_installation", start):
            return _Installation(_mirrors_in(readable[start:end]), start, end)
    return None


def _mirrors_in(block: str) -> list[Path]:
    import hcl2

    options = hcl2.SerializationOptions(strip_string_quotes=True)
    installation = hcl2.loads(block, serialization_options=options)["provider_installation"][0]
    return [Path(mirror["path"]) for mirror in installation.get("filesystem_mirror", []) if "path" in mirror]


def _names_mirror(installation: _Installation | None, mirror: Path) -> bool:
    mirrors = installation.mirrors if installation else []
    return mirror.resolve() in [folder.resolve() for folder in mirrors]


def _with_mirror(config: Path, mirror: Path) -> str:
    """Return the text of `config` with one provider_installation, as Terraform accepts no second."""
    text, installation = _read(config), _installation(config)
    if installation is not None:
        text = text[: installation.start] + text[installation.end :]
    return f"""{text.rstrip()}

# Written by Orgtrail: the AWS provider comes from this machine's mirror, any other from its registry.
provider_installation {{
  filesystem_mirror {{
    path    = {json.dumps(str(mirror), ensure_ascii=False)}
    include = ["hashicorp/aws"]
  }}
  direct {{
    exclude = ["hashicorp/aws"]
  }}
}}
""".lstrip()


def _lock_arguments(environ: Mapping[str, str], mirror: Path) -> str:
    """Whatever the configuration says, `terraform providers lock` asks the registry, unless told of a mirror.

    https://developer.hashicorp.com/terraform/cli/commands/providers/lock
    """
    already = environ.get("TF_CLI_ARGS_providers_lock", "")
    if "-fs-mirror" in already or "-net-mirror" in already:
        return already
    return f"{already} -fs-mirror={shlex.quote(str(mirror))}".strip()


def _read(config: Path) -> str:
    """Return the text of a file, empty where there is none: Terraform itself only warns about that."""
    try:
        return config.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ProviderError(
            f"Terraform's configuration {config} can't be read: {error}. Mend that, or name another "
            "file with TF_CLI_CONFIG_FILE."
        ) from error


def _write(target: Path, text: str) -> None:
    """Replace a file whole, as a terraform may be reading it; only for its owner, as it can hold secrets."""
    try:
        private_folder(target.parent)
        with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
        Path(file.name).replace(target)
    except OSError as error:
        raise ProviderError(
            f"{target} can't be written: {error}. It tells Terraform where the AWS provider is: make its "
            "folder writable."
        ) from error


def _platform() -> str:
    """Return this machine in Terraform's words, such as `linux_amd64`."""
    machine = platform.machine().lower()
    names = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}
    return f"{platform.system().lower()}_{names.get(machine, machine)}"


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _majors() -> str:
    return "major version " + " or ".join(str(major) for major in SUPPORTED_MAJORS)
