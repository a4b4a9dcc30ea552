"""What Terraform's CLI configuration says of where providers come from.

https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orgtrail.errors import UserError
from orgtrail.terraform.binary import is_tofu

# Terraform reads its own configuration as HCL 1, which allows quoted keys, such as those of this block; HCL 2 doesn't.
_DEV_OVERRIDES = re.compile(r"\bdev_overrides\s*=?\s*\{[^}]*\}")
_QUOTED_KEY = re.compile(r'^(\s*)"(\w+)"(?=\s*[={])', re.MULTILINE)

# What stands in `include` and `exclude` for the AWS provider, of the registry of Terraform or OpenTofu.
_AWS = re.compile(r"((\*|registry\.(terraform|opentofu)\.\w+)/)?(hashicorp/(aws|\*)|\*/\*)", re.IGNORECASE)


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


def config_files(environ: Mapping[str, str]) -> Iterator[Path]:
    """Every file that may configure Terraform's command line, whether it exists or not."""
    config = config_file(environ)
    yield config
    # Whoever names a file wants that one alone.
    if not (environ.get("TF_CLI_CONFIG_FILE") or environ.get("TERRAFORM_CONFIG")):
        folder = Path(environ.get("HOME") or Path.home()) / ".terraform.d"
        yield from sorted([*folder.glob("*.tfrc"), *folder.glob("*.tfrc.json")])


def configured_mirrors(config: Path) -> list[Path] | None:
    """The filesystem mirrors that a configuration names for the AWS provider; None where it leaves it to Terraform.

    Raises UnreadableCliConfig.
    """
    text = _text(config)
    # Most configurations hold credentials alone, and the parser takes longer to start than all else here.
    if "provider_installation" not in text:
        return None
    # Whatever the file's name, as Terraform does.
    blocks = _blocks((_of_json if text.lstrip().startswith("{") else _of_hcl)(config, text), "provider_installation")
    if not blocks:
        return None
    found = [mirror for block in blocks for mirror in _blocks(block, "filesystem_mirror")]
    return [Path(mirror["path"]) for mirror in found if "path" in mirror and _is_for_aws(mirror)]


def _is_for_aws(mirror: Mapping[str, Any]) -> bool:
    include, exclude = ([bool(_AWS.fullmatch(one)) for one in mirror.get(key, ())] for key in ("include", "exclude"))
    return not any(exclude) and (any(include) or not include)


def _blocks(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The blocks of a name; JSON may write a single one without a list."""
    found = body.get(name, [])
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def _of_json(config: Path, text: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise UnreadableCliConfig(config, error) from error
    return document


def _of_hcl(config: Path, text: str) -> dict[str, Any]:
    import hcl2
    from lark.exceptions import LarkError

    options = hcl2.SerializationOptions(strip_string_quotes=True)
    plain = _QUOTED_KEY.sub(r"\1\2", _DEV_OVERRIDES.sub("", text))
    try:
        document: dict[str, Any] = hcl2.loads(plain, serialization_options=options)
    except LarkError as error:
        raise UnreadableCliConfig(config, str(error).splitlines()[0]) from error
    return document


def _text(config: Path) -> str:
    """The text of a file, empty where there is none: Terraform itself only warns about that."""
    try:
        return config.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableCliConfig(config, error) from error
