"""The file's JSON Schema, for editors, and its reference, for the README: both made from the model."""

import json
from collections.abc import Iterator
from typing import Any

from orgtrail.settings import archive_model, model, rollout_model, state_model
from orgtrail.settings.shape import Shape

# `defaults` has no rows of its own: it takes keys of the accounts.
_MAPPINGS: tuple[tuple[str, type[Shape]], ...] = (
    ("organization", model.Organization),
    ("archive", model.Archive),
    ("archive.object_lock", archive_model.ObjectLock),
    ("archive.transitions[]", archive_model.Transition),
    ("archive.access_logs", archive_model.AccessLogs),
    ("archive.catalog", archive_model.CatalogChoice),
    ("state", state_model.S3State),
    ("state", state_model.LocalState),
    ("state", state_model.CloudState),
    ("accounts[]", model.Account),
    ("events", model.EventsChoice),
    ("buffering", model.Buffering),
    ("rollout", rollout_model.Rollout),
    ("rollout.waves[]", rollout_model.Wave),
)
_INHERITED = {
    "accounts[]": frozenset(model.Defaults.model_fields),
    "archive": frozenset({*model.Credentials.model_fields, "tags"}),
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of accounts.yaml, with title and descriptions."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.File.model_json_schema()}


def reference_markdown() -> str:
    """What accounts.yaml can say, as a Markdown table: key, type, default, meaning."""
    head = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    defaults = "| `defaults` | mapping | none | Any key of `accounts[]` whose default says `defaults` |"
    rows = [row for prefix, shape in _MAPPINGS for row in _rows(prefix, shape)]
    return "\n".join([*head, *rows, defaults]) + "\n"


def _rows(prefix: str, shape: type[Shape]) -> Iterator[str]:
    schema = shape.model_json_schema()
    required = schema.get("required", [])
    inherited = _INHERITED.get(prefix, frozenset())
    # What only this mapping has comes first.
    for name, field in sorted(schema["properties"].items(), key=lambda item: item[0] in inherited):
        default = "required" if name in required else _default(field.get("default"))
        if name in inherited:
            default = f"`defaults.{name}`, else {default}"
        kind = _type(field, schema.get("$defs", {}))
        yield f"| `{prefix}.{name}` | {kind} | {default} | {field['description']} |"


def _default(value: Any) -> str:
    if value is None or value in ([], {}):
        return "none"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _type(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A schema's type in words."""
    if "$ref" in schema:
        return _type(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(_type(choice, definitions) for choice in choices if choice.get("type") != "null")
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else None):
        return ", ".join(f"`{value}`" for value in values)
    if schema["type"] == "array":
        return f"list of {_type(schema['items'], definitions)}"
    if "minimum" in schema:
        least, most = schema["minimum"], schema.get("maximum")
        return f"{least} to {most}" if most else f"{least} or more"
    return {"string": "text", "integer": "number", "boolean": "`true`, `false`", "object": "mapping"}[schema["type"]]
