"""What YAML makes of a single value: its tag, and the data that it stands for."""

from functools import lru_cache
from typing import Any, Final

import yaml

from orgtrail.settings.diagnostics import Diagnostic

# Untyped in types-PyYAML.
_RESOLVER: Any = yaml.resolver.Resolver()
_SCALARS: Final = yaml.constructor.SafeConstructor()
TAG: Final = "tag:yaml.org,2002:"
CORE_TAGS: Final = frozenset(TAG + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))
# Characters of a number: reading one takes time that grows with the square of its length.
_LONGEST_NUMBER: Final = 1000
# Kept as text: dates, and the `=` and `<<` of YAML 1.1 where they are mere values.
TEXT_TAGS: Final = frozenset(TAG + name for name in ("str", "timestamp", "value", "merge"))
_CURLY: Final = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
# https://github.com/hashicorp/terraform-cdk/blob/main/packages/cdktf/lib/tokens/private/encoding.ts
_TOKEN: Final = "TfToken["


def tag_of(text: str, implicit: tuple[bool, bool]) -> str:
    """The tag of a scalar that is written without one; `implicit` as the parser's event has it."""
    return _plain_tag(text) if implicit[0] else f"{TAG}str"


@lru_cache(maxsize=4096)
def _plain_tag(text: str) -> str:
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    return tag


def data_of(text: str, tag: str) -> Any:
    """The value of a scalar of one of the core tags. Raises ValueError if it can't be read."""
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(tag)
    try:
        return _SCALARS.construct_object(yaml.ScalarNode(tag, text))
    except (ValueError, OverflowError, KeyError, IndexError, yaml.YAMLError) as error:
        raise ValueError(tag) from error


def misread(text: str, data: Any, plain: bool) -> Diagnostic | None:
    """What is wrong with a scalar that YAML, or CDKTF, takes for something else than its author did."""
    if isinstance(data, bool) and text.lower() not in ("true", "false"):
        # Editors that check a file with its JSON Schema read YAML 1.2, PyYAML 1.1:
        # https://yaml.org/spec/1.2.2/#1032-tag-resolution
        allowed = f'{str(data).lower()}, or "{text}" where text is meant'
        return Diagnostic("is a boolean to YAML 1.1 and text to YAML 1.2", allowed)
    if not isinstance(data, str):
        return None
    if plain and len(text) > 2 and text[0] in _CURLY and text[-1] in _CURLY:
        return Diagnostic(
            "is in curly quotes, which are part of the text to YAML", "straight quotes", f'"{text[1:-1]}"'
        )
    if _TOKEN in text:
        return Diagnostic(f"has {_TOKEN} in it, which CDKTF takes for a value that it fills in", "any other text")
    return None
