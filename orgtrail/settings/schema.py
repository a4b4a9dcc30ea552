"""The file's JSON Schema, for editors, and its reference, for docs/settings.md: both made from the model."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from orgtrail.events import IDENTITY_DETAIL_TYPES, IDENTITY_SOURCES
from orgtrail.regions import partitions, regions_of
from orgtrail.settings import archive_model, checks, fields, model, rollout_model, state_model
from orgtrail.settings.shape import Shape

_NULL = {"type": "null"}
_REGIONS = {fields.REGION: "Region", fields.REGION_OR_ALL: "RegionOrAll"}
_ORDER = ("array", "boolean", "integer", "string", "object")

_MOST_VALUES = 6  # of a choice, that a cell of the reference lists


class _Section(NamedTuple):
    """One table of the reference: the keys of a shape, or the named ones of them."""

    heading: str
    prefix: str
    shape: type[Shape]
    text: str = ""
    only: Collection[str] = ()


_OF_DEFAULTS = tuple(model.Defaults.model_fields)
_OF_THE_ARCHIVE = tuple(key for key in model.Archive.model_fields if key not in _OF_DEFAULTS)
_SHARED_BY_THE_ARCHIVE = tuple(key for key in _OF_DEFAULTS if key in model.Archive.model_fields)
_OF_AN_ACCOUNT = tuple(key for key in model.Account.model_fields if key not in _OF_DEFAULTS)


def _names(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


_SECTIONS = (
    _Section("### `organization`", "organization", model.Organization),
    _Section(
        "### `archive`",
        "archive",
        model.Archive,
        f"{_names(f'archive.{key}' for key in _SHARED_BY_THE_ARCHIVE)} mean what they do for an "
        "[account](#accounts-and-defaults), and come from `defaults` too.",
        _OF_THE_ARCHIVE,
    ),
    _Section("#### `archive.moving_from`", "archive.moving_from", archive_model.MovingFrom),
    _Section("#### `archive.former`", "archive.former", archive_model.Former),
    _Section("#### `archive.object_lock`", "archive.object_lock", archive_model.ObjectLock),
    _Section("#### `archive.transitions[]`", "archive.transitions[]", archive_model.Transition),
    _Section("#### `archive.access_logs`", "archive.access_logs", archive_model.AccessLogs),
    _Section("#### `archive.catalog`", "archive.catalog", archive_model.CatalogChoice),
    _Section("### `state`: in S3", "state", state_model.S3State),
    _Section("### `state`: in local files", "state", state_model.LocalState),
    _Section("### `state`: in HCP Terraform", "state", state_model.CloudState),
    _Section(
        "### `accounts[]` and `defaults`",
        "accounts[]",
        model.Account,
        "An account has these keys of its own:",
        _OF_AN_ACCOUNT,
    ),
    _Section(
        "",
        "accounts[]",
        model.Account,
        "These may stand in `defaults` too, for every account that doesn't say otherwise:",
        _OF_DEFAULTS,
    ),
    _Section(
        "#### `accounts[].events`",
        "accounts[].events",
        model.EventsChoice,
        f"`iam` is `aws.iam` and its API calls alone. `identity` stands for these sources, where they occur: "
        f"{_names(IDENTITY_SOURCES)}; and for these detail types: {_names(IDENTITY_DETAIL_TYPES)}.",
    ),
    _Section("#### `accounts[].buffering`", "accounts[].buffering", model.Buffering),
    _Section("### `rollout`", "rollout", rollout_model.Rollout),
    _Section("#### `rollout.waves[]`", "rollout.waves[]", rollout_model.Wave),
)
_ANCHORS = {
    section.shape.__name__: re.sub(r"[^\w -]", "", section.heading.lstrip("# ").lower()).replace(" ", "-")
    for section in _SECTIONS
    if section.heading.startswith("####")
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of accounts.yaml, with title and descriptions.

    Pydantic's, but so that an editor completes regions, and reports what is wrong with a value instead of all that it
    might have been: null is one of a value's types, and of alternatives only the one that was meant is tried.
    """
    schema = model.File.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    regions = [region for partition in partitions() for region in regions_of(partition)]
    tidied = _tidied(schema, definitions)
    tidied["$defs"] |= {
        _REGIONS[fields.REGION]: {"type": "string", "enum": regions},
        _REGIONS[fields.REGION_OR_ALL]: {"type": "string", "enum": [checks.ALL_REGIONS, *regions]},
    }
    for name in _nullable(schema):
        tidied["$defs"][name]["type"] = ["object", "null"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **tidied}


def _nullable(schema: Any) -> Iterator[str]:
    """The names of the definitions that null may stand for."""
    if isinstance(schema, dict):
        choices = schema.get("anyOf", ())
        if _NULL in choices:
            inner = [one for choice in choices for one in (choice, *choice.get("oneOf", ()))]
            yield from (_name(one) for one in inner if "$ref" in one)
    if isinstance(schema, dict | list):
        for value in schema.values() if isinstance(schema, dict) else schema:
            yield from _nullable(value)


def _tidied(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_tidied(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") in _REGIONS:
        rest = {key: value for key, value in schema.items() if key not in ("type", "format")}
        return {"$ref": f"#/$defs/{_REGIONS[schema['format']]}", **rest}
    if "discriminator" in schema:
        return _by_key(schema, definitions)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            rest = {key: _tidied(value, definitions) for key, value in schema.items() if key != union}
            return {**_by_type(schema[union], definitions), **rest}
    return {key: _tidied(value, definitions) for key, value in schema.items()}


def _by_type(choices: list[dict[str, Any]], definitions: dict[str, Any]) -> dict[str, Any]:
    """One of several schemas for values of different types: the one whose type the value has."""
    named = [_tidied(one, definitions) for choice in choices for one in choice.get("oneOf", [choice])]
    wanted = [one for one in named if one != _NULL]
    if _NULL in named and len(wanted) == 1 and "type" in wanted[0]:
        return {**wanted[0], "type": [wanted[0]["type"], "null"]}
    # What an editor completes where nothing is written yet comes last: the keys of a mapping, or else text.
    last: dict[str, Any]
    *others, last = sorted(wanted, key=lambda one: _ORDER.index(_kind(one, definitions)))
    for one in reversed(others):
        last = {"if": {"type": _kind(one, definitions)}, "then": one, "else": last}
    return last


def _kind(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    name = _name(schema) if "$ref" in schema else ""
    kind: str = "string" if name in _REGIONS.values() else (definitions[name] if name else schema)["type"]
    return kind


def _name(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _by_key(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """One of several schemas that a key of the value names."""
    key, names = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
    rest = {name: value for name, value in schema.items() if name not in ("discriminator", "oneOf")}
    cases = [
        {"if": {"properties": {key: {"const": name}}, "required": [key]}, "then": {"$ref": reference}}
        for name, reference in names.items()
    ]
    return {"type": "object", "required": [key], "properties": {key: {"enum": list(names)}}, "allOf": cases, **rest}


def reference_markdown() -> str:
    """What accounts.yaml can say, in Markdown: for each section a heading and a table."""
    return "\n".join(line for section in _SECTIONS for line in _section(section))


def _section(section: _Section) -> Iterator[str]:
    for paragraph in (section.heading, section.text):
        if paragraph:
            yield from (paragraph, "")
    yield from ("| key | type | default | meaning |", "| --- | --- | --- | --- |", *_rows(section), "")


def _rows(section: _Section) -> Iterator[str]:
    schema = section.shape.model_json_schema()
    required = schema.get("required", [])
    # What must be written comes first.
    for name, field in sorted(schema["properties"].items(), key=lambda item: item[0] not in required):
        if name in (section.only or schema["properties"]):
            default = "required" if name in required else _default(field)
            kind = _type(field, schema.get("$defs", {}))
            yield f"| `{section.prefix}.{name}` | {kind} | {default} | {field['description']} |"


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    if value is None and "not written:" in field["description"]:
        return ""
    if value is None or value in ([], {}):
        return "none"
    if value in (list(IDENTITY_SOURCES), list(IDENTITY_DETAIL_TYPES)):
        return "as `identity`"
    if isinstance(value, dict):
        return "its defaults"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _type(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A schema's type in words."""
    if "$ref" in schema:
        name = _name(schema)
        return f"[mapping](#{_ANCHORS[name]})" if name in _ANCHORS else _type(definitions[name], definitions)
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return ", or ".join(_type(choice, definitions) for choice in choices if choice.get("type") != "null")
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else None):
        if len(values) > _MOST_VALUES:
            return f"{_names(map(str, values[:3]))}, … `{values[-1]}`"
        return _names(map(str, values))
    if schema["type"] == "array":
        return f"list of {_type(schema['items'], definitions)}"
    if "minimum" in schema:
        least, most = schema["minimum"], schema.get("maximum")
        return f"{least} to {most}" if most else f"{least} or more"
    return {"string": "text", "integer": "number", "boolean": "`true`, `false`", "object": "mapping"}[schema["type"]]
