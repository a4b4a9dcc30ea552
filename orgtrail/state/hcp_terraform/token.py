"""The token for HCP Terraform, from where Terraform itself takes it."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from orgtrail.errors import UserError

PUBLIC_HOST = "app.terraform.io"


class HcpTerraformError(UserError):
    """What HCP Terraform refuses, or why it can't be asked: one sentence, without the token."""


@dataclass(frozen=True)
class Token:
    """A token, and where it was found."""

    value: str = field(repr=False)
    origin: str


def find_token(host: str, environ: Mapping[str, str] = os.environ) -> Token:
    """The token for a host, from where Terraform takes it, else from pytfe's variable. Raises HcpTerraformError.

    https://developer.hashicorp.com/terraform/cli/config/config-file#environment-variable-credentials
    """
    found = _in_variables(host, environ) or _in_file(host, environ) or _of_pytfe(host, environ)
    if found is None:
        raise HcpTerraformError(f"There is no token for {host}. {how_to_log_in(host)}")
    # The HTTP library's message repeats characters that a header can't have.
    if not re.fullmatch(r"[!-~]+", found.value):
        raise HcpTerraformError(f"The token from {found.origin} has characters that no token has")
    return found


def _in_variables(host: str, environ: Mapping[str, str]) -> Token | None:
    for name, value in environ.items():
        named, written = name.removeprefix("TF_TOKEN_"), value.strip()
        if named != name and written and named.replace("__", "-").replace("_", ".").lower() == host:
            return Token(written, name)
    return None


def _in_file(host: str, environ: Mapping[str, str]) -> Token | None:
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    path = home / ".terraform.d" / "credentials.tfrc.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise HcpTerraformError(f"{path} can't be read: {type(error).__name__}") from error
    for key in ("credentials", host, "token"):
        value = value.get(key) if isinstance(value, dict) else None
    return Token(value.strip(), str(path)) if isinstance(value, str) and value.strip() else None


def _of_pytfe(host: str, environ: Mapping[str, str]) -> Token | None:
    # The token belongs to one host; don't send it to another.
    its_host = urlsplit(environ.get("TFE_ADDRESS") or f"https://{PUBLIC_HOST}").netloc.lower()
    value = environ.get("TFE_TOKEN", "").strip()
    return Token(value, "TFE_TOKEN") if value and its_host == host else None


def how_to_log_in(host: str) -> str:
    """What to do for a token."""
    variable = "TF_TOKEN_" + host.replace("-", "__").replace(".", "_")
    login = "terraform login" if host == PUBLIC_HOST else f"terraform login {host}"
    return f"Set {variable}, or run `{login}`, which keeps one in ~/.terraform.d"
