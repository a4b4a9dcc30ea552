"""The attributes of a resource, as a plan has them, and how they are read."""

import json
from collections.abc import Mapping
from typing import Any, Final

Values = Mapping[str, Any]
"""A resource's attributes; empty where there is no such resource."""

UNKNOWN: Final = object()
"""The value of an attribute that is known only after the apply."""


def only(block: Any) -> Values:
    """The one element of a block, which plans have as a list."""
    return block[0] if isinstance(block, list) and block and isinstance(block[0], dict) else {}


def document(text: Any) -> dict[str, Any]:
    """A JSON object in an attribute; one that isn't there, or can't be read, is empty."""
    try:
        found = json.loads(text or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def texts(values: Any) -> list[str]:
    """The elements of a part of a JSON document, as texts."""
    return [one if isinstance(one, str) else json.dumps(one, sort_keys=True) for one in elements(values)]


def elements(value: Any) -> list[Any]:
    """A part of a JSON document that is a list, or a single value in place of one."""
    return value if isinstance(value, list) else [value]
