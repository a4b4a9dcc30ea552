"""Values as YAML text on one line."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orgtrail.settings.scalars import TAG, tag_of

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def flow(value: Any) -> str:
    """A value in YAML's flow style: text, a number, a list, a mapping."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value)


def scalar(text: str, written: str = "") -> str:
    """A text, in quotes where it needs some; in the quotes of `written`, which it replaces."""
    is_plain = bool(_PLAIN.fullmatch(text)) and tag_of(text, (True, False)) == f"{TAG}str"
    if written[:1] == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if is_plain and written[:1] != '"':
        return text
    # JSON's escapes are YAML's too, but for halves of surrogate pairs.
    return "".join(one if one.isprintable() else _escaped(one) for one in json.dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    return f"\\U{ord(character):08x}"
