"""The types of single values that several sections have: their checks, and what the JSON Schema says of them.

A check returns what is wrong with a value, and nothing for a sound one.
"""

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from string import Formatter
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, Strict, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from orgtrail.names import ARCHIVE_STACK
from orgtrail.regions import partition_of, partitions, regions_of
from orgtrail.settings.diagnostics import Diagnostic, not_one_of
from orgtrail.words import counted, listing, suggestion

DIAGNOSTICS = "orgtrail_diagnostics"
"""Type of the pydantic errors that carry diagnostics of ours, in their context under the same name."""

REGION, REGION_OR_ALL = "aws-region", "aws-region-or-all"
"""Formats of the JSON Schema for which it has definitions with all regions."""

ALL_REGIONS = "all"

_Value = TypeVar("_Value")

ListOf = Annotated[tuple[_Value, ...], Strict(False)]
"""A list of the file, kept as a tuple: it can't be changed and has a hash. Its items are as strict as anything."""


def checked(check: Callable[[_Value], list[Diagnostic]]) -> AfterValidator:
    """Refuse what a check has something to say about."""

    def validate(value: _Value) -> _Value:
        _refuse(check(value))
        return value

    return AfterValidator(validate)


def checked_in(check: Callable[[str, str | None], list[Diagnostic]]) -> AfterValidator:
    """The same, of a check that needs the partition of the file, which is the validation's context."""

    def validate(value: str, info: ValidationInfo) -> str:
        _refuse(check(value, info.context))
        return value

    return AfterValidator(validate)


def _refuse(diagnostics: list[Diagnostic]) -> None:
    if diagnostics:
        text = "; ".join(one.problem for one in diagnostics)
        raise PydanticCustomError(DIAGNOSTICS, "{text}", {"text": text, DIAGNOSTICS: diagnostics})


def text_schema(**schema: Any) -> WithJsonSchema:
    """What the JSON Schema says of a text."""
    return WithJsonSchema({"type": "string", **schema})


# To Python a boolean is a number, so it comes first.
_KINDS = ((str, "<text>"), ((list, tuple), "<list>"), (dict, "<mapping>"), (bool, "<boolean>"), (int, "<number>"))


def written_as(value: Any) -> str:
    """The tag that tells apart the types that a key may have."""
    # Angle brackets: these tags appear among the keys of pydantic's errors and must not look like one.
    return next((kind for one, kind in _KINDS if isinstance(value, one)), "<other>")


def matches(value: str, pattern: str, allowed: str, problem: str) -> list[Diagnostic]:
    """That a text has a form."""
    # fullmatch: `$` alone would let a line feed through.
    return [] if re.fullmatch(pattern, value) else [Diagnostic(problem, allowed)]


def _not_empty(value: str) -> list[Diagnostic]:
    return [] if value else [Diagnostic("is empty")]


def _has_entries(value: tuple[Any, ...]) -> list[Diagnostic]:
    return [] if value else [Diagnostic("is an empty list", "at least one entry, or leave the key out")]


# Not pydantic's minimum, which complains of a list whose entries are all unsound, too.
SomeOf = Annotated[tuple[_Value, ...], Strict(False), checked(_has_entries), Field(json_schema_extra={"minItems": 1})]
"""The same, with one entry at least."""

Text = Annotated[str, checked(_not_empty), text_schema(minLength=1)]


_ACCOUNT_ID = r"^[0-9]{12}$"


def check_account_id(value: str) -> list[Diagnostic]:
    """An AWS account id: 12 digits."""
    if value.isascii() and value.isdigit():
        return [] if len(value) == 12 else [Diagnostic(f"has {counted(len(value), 'digit')}", "12 digits")]
    digits = re.sub(r"[\s-]", "", value)
    if re.fullmatch(_ACCOUNT_ID, digits):
        return [Diagnostic("has more than digits", "12 digits", f'"{digits}"')]
    return [Diagnostic("is not an account id", "12 digits")]


AccountId = Annotated[str, checked(check_account_id), text_schema(pattern=_ACCOUNT_ID)]


_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"
_NAME_ALLOWED = "1 to 63 letters, digits, - and _, beginning with a letter or digit"


def _check_name(value: str) -> list[Diagnostic]:
    """An account's name, which names its stack and its folder."""
    if value.lower() == ARCHIVE_STACK:
        return [Diagnostic("is the archive's own stack", "any other name")]
    meant = re.sub(r"[^A-Za-z0-9_]+", "-", value).strip("-_").lower() if len(value) <= 63 else ""
    if re.fullmatch(_NAME, value):
        return []
    return [Diagnostic("can't be the name of a stack", _NAME_ALLOWED, meant or None)]


def _check_wave_name(value: str) -> list[Diagnostic]:
    if value.lower() == ARCHIVE_STACK:
        return [Diagnostic("is the wave of the archive, which always comes first", "any other name")]
    return matches(value, _NAME, _NAME_ALLOWED, "can't be the name of a wave")


Name = Annotated[str, checked(_check_name), text_schema(pattern=_NAME)]
WaveName = Annotated[str, checked(_check_wave_name), text_schema(pattern=_NAME)]


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
# What people copy from the console: the name is what follows, up to the first slash.
_BUCKET_ADDRESS = re.compile(
    r"(?:arn:[a-z-]+:s3:::|s3a?://|https://s3[a-z0-9.-]*\.amazonaws\.(?:com(?:\.cn)?|eu)/)([^/]*).*", re.S
)


def _check_bucket(value: str) -> list[Diagnostic]:
    """A name that S3 takes for a general purpose bucket; each broken rule is named."""
    if address := _BUCKET_ADDRESS.fullmatch(value):
        meant = address[1] if re.fullmatch(_BUCKET, address[1]) else None
        return [Diagnostic("is the address of a bucket, not its name", "the bucket's name alone", meant)]
    found = []
    if not 3 <= len(value) <= 63:
        found.append(Diagnostic(f"has {len(value)} characters", "3 to 63"))
    if not re.fullmatch(r"[a-z0-9.-]*", value):
        found.append(Diagnostic("has a character that bucket names can't have", "a-z, 0-9, - and ."))
    elif not (value[:1].isalnum() and value[-1:].isalnum()):
        found.append(Diagnostic("must begin and end with a letter or digit"))
    if ".." in value:
        found.append(Diagnostic("has two dots in a row"))
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", value):
        found.append(Diagnostic("has the form of an IP address"))
    for prefix in filter(value.startswith, _BUCKET_PREFIXES):
        found.append(Diagnostic(f"begins with {prefix}, which S3 reserves"))
    for suffix in filter(value.endswith, _BUCKET_SUFFIXES):
        found.append(Diagnostic(f"ends in {suffix}, which S3 reserves"))
    return found


Bucket = Annotated[str, checked(_check_bucket), text_schema(pattern=_BUCKET)]


_LONGEST_REGIONS = 200  # characters of what may be several regions in one text
_REGION_FORM = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")


def _check_region(value: str, partition: str | None) -> list[Diagnostic]:
    """A region of the partition; of any partition where the file's own isn't known."""
    several = re.split(r"[\s,;]+", value.strip(" ,;")) if len(value) < _LONGEST_REGIONS else []
    if len(several) > 1 and all(map(_REGION_FORM.fullmatch, several)):
        meant = f"[{', '.join(several)}]"
        return [Diagnostic("is several regions in one text", "one region, or a list of them", meant)]
    if partition is None:
        known = tuple(region for name in partitions() for region in regions_of(name))
        return [] if value in known else [not_one_of(known, "a region of AWS")]
    known = regions_of(partition)
    if value in known:
        return []
    other = partition_of(value)
    if other is not None:
        what = f"is a region of partition {other}, but archive.region is in {partition}"
        return [Diagnostic(what, listing(known, value))]
    return [not_one_of(known, f"a region of partition {partition}")]


def _check_region_or_all(value: str, partition: str | None) -> list[Diagnostic]:
    return [] if value == ALL_REGIONS else _check_region(value, partition)


Region = Annotated[str, checked_in(_check_region), text_schema(format=REGION)]
RegionOrAll = Annotated[str, checked_in(_check_region_or_all), text_schema(format=REGION_OR_ALL)]


def syntax_problems(template: str) -> list[Diagnostic]:
    """Why a text is no template: braces that don't match, or more inside them than a name."""
    try:
        fields = list(Formatter().parse(template))
    except ValueError:
        return [Diagnostic("has braces that don't match", "placeholders written as {account_id}")]
    if any(spec or conversion for _text, _name, spec, conversion in fields):
        return [Diagnostic("has more than a name between its braces", "placeholders written as {account_id}")]
    return []


@lru_cache(maxsize=1024)
def placeholders(template: str) -> tuple[str, ...]:
    """The names between the braces of a template without syntax problems, in order."""
    return tuple(name for _text, name, _spec, _conversion in Formatter().parse(template) if name is not None)


def unknown_placeholders(template: str, known: Collection[str]) -> list[Diagnostic]:
    """One diagnostic for each placeholder that nothing is known for."""
    return [
        Diagnostic(
            f"has the unknown placeholder {{{name:.60}}}",
            listing(tuple(f"{{{choice}}}" for choice in known), f"{{{name}}}"),
            f"{{{meant}}}" if (meant := suggestion(name, tuple(known))) else None,
        )
        for name in placeholders(template)
        if name not in known
    ]
