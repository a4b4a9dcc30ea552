"""What Terraform's CLI configuration says of where providers come from.

https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
"""

import re
from collections.abc import Mapping
from pathlib import Path

from orgtrail.errors import UserError
from orgtrail.terraform.binary import is_tofu

# Terraform reads its own configuration as HCL 1, which allows the quoted keys of this block; HCL 2 doesn't.
_DEV_OVERRIDES = re.compile(r"\bdev_overrides\s*=?\s*\{[^}]*\}")


class UnreadableCliConfig(UserError):
    """The configuration can't be read, and why."""

    def __init__(self, config: Path, why: object) -> None:
        super().__init__(
            f"Terraform's configuration {config} can't be read: {why}\nCorrect it, name another file with "
            "TF_CLI_CONFIG_FILE, or set ORGTRAIL_PROVIDER_MIRROR=none to leave it to Terraform."
        )


def config_file(environ: Mapping[str, str]) -> Path:
    """Where Terraform's CLI configuration is, or would be if there were one."""
    named = environ.get("TF_CLI_CONFIG_FILE") or environ.get("TERRAFORM_CONFIG")
    if named:
        return Path(named)
    home = Path(environ.get("HOME") or Path.home())
    return _tofus(home, environ) if is_tofu(environ) else home / ".terraformrc"


def _tofus(home: Path, environ: Mapping[str, str]) -> Path:
    """OpenTofu prefers a file of its own to Terraform's: https://opentofu.org/docs/cli/config/config-file/#locations"""
    for name in (".tofurc", ".terraformrc"):
        if (home / name).exists():
            return home / name
    base = environ.get("XDG_CONFIG_HOME")
    return Path(base, "opentofu", "tofurc") if base else home / ".tofurc"


def configured_mirrors(config: Path) -> list[Path] | None:
    """The filesystem mirrors that a configuration names; None where it leaves it to Terraform's defaults.

    Raises UnreadableCliConfig.
    """
    text = _text(config)
    # Most configurations hold credentials alone, and the parser takes longer to start than all else here.
    if "provider_installation" not in text:
        return None

    import hcl2
    from lark.exceptions import LarkError

    options = hcl2.SerializationOptions(strip_string_quotes=True)
    try:
        blocks = hcl2.loads(_DEV_OVERRIDES.sub("", text), serialization_options=options).get("provider_installation")
    except LarkError as error:
        raise UnreadableCliConfig(config, str(error).splitlines()[0]) from error
    if not blocks:
        return None
    return [Path(mirror["path"]) for mirror in blocks[0].get("filesystem_mirror", []) if "path" in mirror]


def _text(config: Path) -> str:
    """The text of a file, empty where there is none: Terraform itself only warns about that."""
    try:
        return config.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableCliConfig(config, error) from error
