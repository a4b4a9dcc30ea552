"""Text for Terraform's JSON syntax, where `${` and `%{` start a template."""

import json
from typing import Any


def escape_template(text: str) -> str:
    """The text, escaped so that Terraform reads it as it stands.

    https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
    """
    return text.replace("${", "$${").replace("%{", "%%{")


def escaped_json(value: Any) -> str:
    """The value as JSON text that Terraform reads as it stands, policy variables such as `${aws:…}` included."""
    return escape_template(json.dumps(value))
