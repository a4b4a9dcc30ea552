"""What YAML makes of a single value: its tag, and the data that it stands for."""

from functools import lru_cache
from typing import Any, Final

import yaml

# Untyped in types-PyYAML.
_RESOLVER: Any = yaml.resolver.Resolver()
_SCALARS: Final = yaml.constructor.SafeConstructor()
TAG: Final = "tag:yaml.org,2002:"
CORE_TAGS: Final = frozenset(TAG + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))
# Kept as text: dates, and the `=` and `<<` of YAML 1.1 where they are mere values.
TEXT_TAGS: Final = frozenset(TAG + name for name in ("str", "timestamp", "value", "merge"))


@lru_cache(maxsize=4096)
def tag_of(text: str, implicit: tuple[bool, bool]) -> str:
    """The tag of a scalar that is written without one; `implicit` as the parser's event has it."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, implicit)
    return tag


def data_of(text: str, tag: str) -> Any:
    """What a scalar of one of the core tags stands for. Raises ValueError where it can't be read."""
    try:
        return _SCALARS.construct_object(yaml.ScalarNode(tag, text))
    except (ValueError, OverflowError, KeyError, IndexError, yaml.YAMLError) as error:
        raise ValueError(tag) from error
