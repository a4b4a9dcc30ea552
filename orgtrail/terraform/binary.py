"""Which program is Terraform here: `terraform`, or what TERRAFORM_BINARY_NAME names, such as OpenTofu's `tofu`."""

import os
from collections.abc import Mapping
from pathlib import Path


def terraform_binary(environ: Mapping[str, str] = os.environ) -> str:
    """The program, as cdktf finds it too."""
    return environ.get("TERRAFORM_BINARY_NAME") or "terraform"


def is_tofu(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether it is OpenTofu, by its name: it has a registry, and a configuration of its command line, of its own."""
    return Path(terraform_binary(environ)).name.startswith("tofu")
