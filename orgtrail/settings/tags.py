"""Tags: those of `defaults` and those of an account, or of the archive, together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from orgtrail.names import MANAGED_BY, STACK_VERSION_TAG
from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.section import Part
from orgtrail.settings.values import ListOf, checked, text_schema, written_as
from orgtrail.words import shown

# The strictest of the tagged services: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
_CHARACTERS = re.compile(r"[\w\s.:/=+@-]*")
_ALLOWED = "letters, digits, spaces and _ . : / = + - @"

# 50 for a role, 3 of them Orgtrail's:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_MOST = 47


def _check_key(value: str) -> list[Diagnostic]:
    """A tag's key: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
    found = []
    if not 1 <= len(value) <= 128:
        found.append(Diagnostic(f"has {len(value)} characters as a tag's key", "1 to 128"))
    if value.lower().startswith("aws:"):
        found.append(Diagnostic("is a tag's key that AWS reserves: it begins with aws:"))
    if not _CHARACTERS.fullmatch(value):
        found.append(Diagnostic("has a character that a tag's key can't have", _ALLOWED))
    return found


def _check_value(value: str) -> list[Diagnostic]:
    """A tag's value; same source."""
    found = []
    if len(value) > 256:
        found.append(Diagnostic(f"has {len(value)} characters as a tag's value", "0 to 256"))
    if not _CHARACTERS.fullmatch(value):
        found.append(Diagnostic("has a character that a tag's value can't have", _ALLOWED))
    return found


def tag_problems(key: str, value: str) -> list[Diagnostic]:
    """What is wrong with a tag."""
    return _check_key(key) + _check_value(value)


def _check_text(value: str) -> list[Diagnostic]:
    """A tag in c7n-org's form, `key:value`."""
    key, colon, rest = value.partition(":")
    if not colon:
        return [Diagnostic("is not a tag", "key:value")]
    return tag_problems(key, rest)


_TagKey = Annotated[str, checked(_check_key)]
_TagValue = Annotated[str, checked(_check_value), text_schema(maxLength=256)]
_TagText = Annotated[str, checked(_check_text), text_schema(pattern="^[^:]+:")]
Tags = Annotated[
    Annotated[dict[_TagKey, _TagValue], Tag("<mapping>")] | Annotated[ListOf[_TagText], Tag("<list>")],
    Discriminator(written_as),
]


def as_mapping(written: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """Tags as a mapping. Lists of c7n-org repeat `path` for each level of the tree: the last one wins."""
    if isinstance(written, Mapping):
        return dict(written)
    return {key: value for key, _colon, value in (text.partition(":") for text in written)}


def none_is_the_stacks_version(parts: Sequence[Part[Any]]) -> Iterator[Diagnostic]:
    """No tag of the file has the key, in any letters, of the one that says which version of a stack is deployed."""
    for part in parts:
        if "tags" in part.broken:
            continue
        for key, place in _places(part).items():
            if key.lower() == STACK_VERSION_TAG.lower():
                text = "is the key of a tag that Orgtrail puts on its roles: status would take it for what is deployed"
                yield Diagnostic(text, "another key", key=place, of_key=isinstance(place[-1], str))


def keys_differ(defaults: Part[Any], parts: Sequence[Part[Any]]) -> Iterator[Diagnostic]:
    """No two tags of one thing, Orgtrail's own among them, have keys that IAM takes for the same.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html: "tag keys are not case-sensitive".
    """
    shared = {} if "tags" in defaults.broken else _places(defaults)
    for part in (defaults, *parts):
        if "tags" in part.broken:
            continue
        before = shared if part is not defaults else {}
        first: dict[str, str] = {}
        for key in (MANAGED_BY, *before):
            first.setdefault(key.lower(), key)
        for key, place in _places(part).items():
            other = first.setdefault(key.lower(), key)
            if other != key:
                text = f"is the key {shown(other)} in other letters, and IAM doesn't tell them apart"
                of_key = isinstance(place[-1], str)
                yield Diagnostic(text, f"{other}, or another key", key=place, of_key=of_key)


def _places(part: Part[Any]) -> dict[str, Key]:
    """The keys of a part's tags, in order, and where each is written last."""
    written = part.entry.tags
    if isinstance(written, Mapping):
        return {key: (*part.key, "tags", key) for key in written}
    return {text.partition(":")[0]: (*part.key, "tags", index) for index, text in enumerate(written)}


def are_few_enough(defaults: Part[Any], parts: Sequence[Part[Any]]) -> Iterator[Diagnostic]:
    """The tags of `defaults` and those of a part together find room on a role."""
    if "tags" in defaults.broken:
        return
    shared = as_mapping(defaults.entry.tags)
    for part in parts:
        if "tags" in part.broken:
            continue
        own = as_mapping(part.entry.tags)
        if len(shared | own) > _MOST:
            key = (*(part.key if own else defaults.key), "tags")
            text = f"make {len(shared | own)} tags" + (" with those of defaults" if own and shared else "")
            yield Diagnostic(text, f"{_MOST}, as AWS allows 50 and Orgtrail adds 3", key=key)
