"""The file's JSON Schema, for editors, and its reference, for docs/accounts.md: both made from the model."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from orgtrail.events import IDENTITY_DETAIL_TYPES, IDENTITY_SOURCES
from orgtrail.settings import archive_model, model, rollout_model, state_model
from orgtrail.settings.shape import Shape

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
    """The JSON Schema of accounts.yaml, with title and descriptions."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.File.model_json_schema()}


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
        name = schema["$ref"].rpartition("/")[2]
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
