"""Text for Terraform's JSON syntax, where `${` and `%{` start a template."""

import json
from typing import Any


def literal(text: str) -> str:
    """The text, escaped so that Terraform reads it as it stands.

    https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
    """
    return text.replace("${", "$${").replace("%{", "%%{")


def json_literal(value: Any) -> str:
    """The value as JSON text that Terraform reads as it stands, policy variables such as `${aws:…}` included."""
    return literal(json.dumps(value))
