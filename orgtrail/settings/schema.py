"""The file's JSON Schema, for editors, made from the model."""

from collections.abc import Iterator
from typing import Any

from orgtrail.regions import partitions, regions_of
from orgtrail.settings.accounts_file import AccountsFile
from orgtrail.settings.values import ALL_REGIONS, REGION, REGION_OR_ALL

_NULL = {"type": "null"}
_REGIONS = {REGION: "Region", REGION_OR_ALL: "RegionOrAll"}
_ORDER = ("array", "boolean", "integer", "string", "object")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of accounts.yaml, with title and descriptions.

    Pydantic's, but so that an editor completes regions, and reports what is wrong with a value instead of all that it
    might have been: null is one of a value's types, and of alternatives only the one that was meant is tried.
    """
    schema = AccountsFile.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    regions = [region for partition in partitions() for region in regions_of(partition)]
    tidied = _tidied(schema, definitions)
    tidied["$defs"] |= {
        _REGIONS[REGION]: {"type": "string", "enum": regions},
        _REGIONS[REGION_OR_ALL]: {"type": "string", "enum": [ALL_REGIONS, *regions]},
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
        return _by_key(schema)
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
    # The last alternative is what an editor completes in an empty place: a mapping's keys, or text.
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


def _by_key(schema: dict[str, Any]) -> dict[str, Any]:
    """One of several schemas that a key of the value names."""
    key, names = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
    rest = {name: value for name, value in schema.items() if name not in ("discriminator", "oneOf")}
    cases = [
        {"if": {"properties": {key: {"const": name}}, "required": [key]}, "then": {"$ref": reference}}
        for name, reference in names.items()
    ]
    return {"type": "object", "required": [key], "properties": {key: {"enum": list(names)}}, "allOf": cases, **rest}
