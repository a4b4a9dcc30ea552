"""The reference of accounts.yaml, for docs/settings.md: a heading and a table for each mapping of the model."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args, get_origin

from orgtrail.events import IDENTITY_DETAIL_TYPES, IDENTITY_SOURCES
from orgtrail.settings.account import AccountEntry, Defaults, EventsChoice
from orgtrail.settings.accounts_file import AccountsFile
from orgtrail.settings.archive import ArchiveSection
from orgtrail.settings.section import StrictModel, models_in

_MOST_VALUES = 6  # of a choice, that a cell lists


class _Table(NamedTuple):
    """The keys of a mapping, or those of them that are `named`."""

    heading: str
    path: str
    model: type[StrictModel]
    text: str
    named: Collection[str]


def _words(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


_OF_DEFAULTS = tuple(Defaults.model_fields)
_SHARED_BY_THE_ARCHIVE = tuple(key for key in _OF_DEFAULTS if key in ArchiveSection.model_fields)
_TEXTS: dict[type[StrictModel], str] = {
    ArchiveSection: f"{_words(f'archive.{key}' for key in _SHARED_BY_THE_ARCHIVE)} mean what they do for an "
    "[account](#accounts-and-defaults), and come from `defaults` too.",
    AccountEntry: "An account has these keys of its own:",
    Defaults: "These may stand in `defaults` too, for every account that doesn't say otherwise:",
    EventsChoice: f"`iam` is `aws.iam` and its API calls alone. `identity` stands for these sources, where they occur: "
    f"{_words(IDENTITY_SOURCES)}; and for these detail types: {_words(IDENTITY_DETAIL_TYPES)}.",
}


def reference_markdown() -> str:
    """What accounts.yaml can say, in Markdown: for each mapping a heading and a table."""
    tables = list(_tables())
    anchors = {one.model.__name__: _anchor(one.path) for one in tables if one.heading.startswith("####")}
    return "\n".join(line for one in tables for line in _lines(one, anchors))


def _tables() -> Iterator[_Table]:
    for name, field in AccountsFile.model_fields.items():
        for model in models_in(field.annotation):
            if model is AccountEntry:
                yield from _tables_of("accounts[]", model, "### `accounts[]` and `defaults`")
            elif model is not Defaults:  # which has no key that an account hasn't
                heading = f"### `{name}`"
                if chooser := field.discriminator:
                    heading += f" with `{chooser}: {get_args(model.model_fields[str(chooser)].annotation)[0]}`"
                yield from _tables_of(name, model, heading)


def _tables_of(path: str, model: type[StrictModel], heading: str) -> Iterator[_Table]:
    """The table of a mapping, then those of the mappings in it."""
    has_defaults = model in (AccountEntry, ArchiveSection)
    own = [name for name in model.model_fields if name not in _OF_DEFAULTS or not has_defaults]
    yield _Table(heading, path, model, _TEXTS.get(model, ""), own)
    if model is AccountEntry:
        yield _Table("", path, model, _TEXTS[Defaults], _OF_DEFAULTS)
    for name, field in model.model_fields.items():
        inner_path = f"{path}.{name}" + "[]" * _is_list(field.annotation)
        for inner in models_in(field.annotation):
            yield from _tables_of(inner_path, inner, f"#### `{inner_path}`")


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or any(map(_is_list, get_args(annotation)))


def _anchor(path: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w -]", "", path.lower())


def _lines(table: _Table, anchors: Mapping[str, str]) -> Iterator[str]:
    for paragraph in (table.heading, table.text):
        if paragraph:
            yield from (paragraph, "")
    yield from ("| key | type | default | meaning |", "| --- | --- | --- | --- |", *_rows(table, anchors), "")


def _rows(table: _Table, anchors: Mapping[str, str]) -> Iterator[str]:
    schema = table.model.model_json_schema()
    # Whatever its default, the backend must be written: it says which mapping this is.
    required = [name for name in table.named if name in (*schema.get("required", ()), "backend")]
    # Required keys come first.
    for name in sorted(table.named, key=lambda one: one not in required):
        field = schema["properties"][name]
        default = "required" if name in required else _default(field)
        kind = _type(field, schema.get("$defs", {}), anchors)
        yield f"| `{table.path}.{name}` | {kind} | {default} | {field['description']} |"


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


def _type(schema: dict[str, Any], definitions: dict[str, Any], anchors: Mapping[str, str]) -> str:
    """A schema's type in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[mapping](#{anchors[name]})" if name in anchors else _type(definitions[name], definitions, anchors)
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return ", or ".join(_type(choice, definitions, anchors) for choice in choices if choice.get("type") != "null")
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else None):
        if len(values) > _MOST_VALUES:
            return f"{_words(map(str, values[:3]))}, … `{values[-1]}`"
        return _words(map(str, values))
    if schema["type"] == "array":
        return f"list of {_type(schema['items'], definitions, anchors)}"
    if "minimum" in schema:
        least, most = schema["minimum"], schema.get("maximum")
        return f"{least} to {most}" if most else f"{least} or more"
    return {"string": "text", "integer": "number", "boolean": "`true`, `false`", "object": "mapping"}[schema["type"]]
