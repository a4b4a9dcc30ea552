"""Say what pydantic's errors mean for the person who wrote the file."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from orgtrail.settings.accounts_file import AccountsFile
from orgtrail.settings.diagnostics import Diagnostic, Key, not_one_of
from orgtrail.settings.nodes import Node
from orgtrail.settings.section import StrictModel, models_in
from orgtrail.settings.source import Source
from orgtrail.settings.values import DIAGNOSTICS
from orgtrail.words import listing, suggestion

MISSING = "is missing"

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
}
_SHORT = 40  # characters of a number that is worth repeating
_KINDS = {
    "<text>": "text",
    "<list>": "a list",
    "<mapping>": "a mapping of keys",
    "<boolean>": "true or false",
    "<number>": "a whole number",
}


def explain(error: ErrorDetails, source: Source) -> Iterator[Diagnostic]:
    """What one error of pydantic stands for."""
    key, of_key = _key(error, source)
    kind, context = error["type"], error.get("ctx", {})
    if kind == DIAGNOSTICS:
        yield from (one.at(*key, of_key=of_key) for one in context[DIAGNOSTICS])
    elif kind == "extra_forbidden":
        yield _unknown(key, source).at(*key, of_key=True)
    elif kind == "missing":
        yield Diagnostic(MISSING, _meaning(_field(key, source)), key=key)
    elif kind == "union_tag_not_found":
        chooser = _chooser(_field(key, source))
        yield Diagnostic(MISSING, ", ".join(_chosen_by(chooser, _field(key, source))), key=(*key, chooser))
    elif kind in ("greater_than_equal", "less_than_equal"):
        yield Diagnostic("is out of range", _range(_field(key, source)), key=key)
    else:
        wrong = _wrong(error, key, source.node(key)).at(*key)
        yield replace(wrong, allowed=f"{wrong.allowed}, or null for none") if _means_none(key, source) else wrong


def _means_none(key: Key, source: Source) -> bool:
    """Whether `false` stands where a section may be left out."""
    node, field = source.node(key), _known_field(key, source)
    return node is not None and node.data is False and field is not None and field.default is None


def _key(error: ErrorDetails, source: Source) -> tuple[Key, bool]:
    """Where an error is in the file; its `loc` has notes of pydantic's too (`<list>`, `s3`, `[key]`)."""
    loc = error["loc"]
    of_key = loc[-1:] == ("[key]",)
    key: Key = ()
    chooser = ""
    for part in loc[:-1] if of_key else loc:
        if chooser:  # and this is what it chose
            chooser = ""
            continue
        is_last_missing = part == loc[-1] and error["type"] == "missing"
        if source.node((*key, part)) is not None or is_last_missing:
            key = (*key, part)
            chooser = _chooser(_known_field(key, source))
    if error["type"] == "union_tag_invalid" and chooser:
        key = (*key, chooser)
    return key, of_key


def _chooser(field: FieldInfo | None) -> str:
    """The key that says which of several mappings a value is, or nothing where there is none."""
    return field.discriminator if field is not None and isinstance(field.discriminator, str) else ""


def _chosen_by(chooser: str, field: FieldInfo) -> dict[str, type[StrictModel]]:
    models = models_in(field.annotation)
    return {word: model for model in models for word in get_args(model.model_fields[chooser].annotation)}


def _model(key: Key, source: Source) -> type[StrictModel] | None:
    """The model of the mapping at a key, or None for one that has none, such as tags."""
    model: type[StrictModel] | None = AccountsFile
    for depth, part in enumerate(key, 1):
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if model else None
        if chooser := _chooser(field):
            assert field is not None
            node = source.node((*key[:depth], chooser))
            model = _chosen_by(chooser, field).get(str(node.data) if node else "")
        else:
            model = next(models_in(field.annotation), None) if field else None
    return model


def _known_field(key: Key, source: Source) -> FieldInfo | None:
    model = _model(key[:-1], source)
    return model.model_fields.get(str(key[-1])) if model else None


def _field(key: Key, source: Source) -> FieldInfo:
    field = _known_field(key, source)
    assert field is not None, f"pydantic complains of {key}, which it doesn't know"
    return field


def _unknown(key: Key, source: Source) -> Diagnostic:
    holder, written = _model(key[:-1], source), source.node(key[:-1])
    assert holder is not None, f"pydantic knows the keys of {key[:-1]}"
    known, present = tuple(holder.model_fields), (written.keys if written else None) or {}
    name = str(key[-1])
    free = tuple(one for one in known if one not in present)
    return Diagnostic("is not a known key", listing(known, name), suggestion(name, free))


def _meaning(field: FieldInfo) -> str | None:
    description = field.description
    if not description or not description[1:2].islower():  # such as ARN
        return description
    return description[0].lower() + description[1:]


def _range(field: FieldInfo) -> str:
    limits = {}
    for rule in field.metadata:
        limits.update({name: getattr(rule, name) for name in ("ge", "le") if hasattr(rule, name)})
    return f"{limits['ge']} to {limits['le']}" if "le" in limits else f"{limits['ge']} or more"


def _wrong(error: ErrorDetails, key: Key, node: Node | None) -> Diagnostic:
    """A value of the wrong type, or not among those that are allowed."""
    context = error.get("ctx", {})
    expected = str(context.get("expected") or context.get("expected_tags") or "")
    choices = tuple(choice.strip("' ") for choice in expected.replace(" or ", ", ").split(", ") if choice)
    if error["type"] == "union_tag_invalid" and choices[0] in _KINDS:
        wanted = " or ".join(_KINDS[choice] for choice in choices)
        return _wrong_type(key, node, wanted, text_will_do="<text>" in choices and "<number>" not in choices)
    if choices and node is not None and isinstance(node.data, str):
        return not_one_of(choices, "one of the allowed words")
    wanted = ", ".join(choices) or _WANTED.get(error["type"], error["msg"])
    return _wrong_type(key, node, wanted, text_will_do=wanted == "text")


def _wrong_type(key: Key, node: Node | None, wanted: str, *, text_will_do: bool) -> Diagnostic:
    if key[-1:] == ("account_id",):
        wanted = "12 digits, in quotes"
        text_will_do = node is not None and len(node.text or "") == 12
    problem = f"is {_what(node)}"
    if node is None or node.data is None or isinstance(node.data, str) or not node.plain:
        return Diagnostic(problem, wanted)
    if not text_will_do:
        return Diagnostic(f"{problem} to YAML", wanted)
    return Diagnostic(
        f"{problem} to YAML: quote it", wanted, f'"{node.text}"' if len(node.text or "") <= _SHORT else None
    )


def _what(node: Node | None) -> str:
    """What YAML made of a value."""
    data, text = (node.data, node.text or "") if node else (None, "")
    if data is None:
        return "empty"
    if isinstance(data, bool):
        return f"the boolean {str(data).lower()}"
    if isinstance(data, int):
        base = _base(text.lstrip("+-"))
        return f"the {base} number {data}" if base and len(text) <= _SHORT else "a number"
    if isinstance(data, float):
        return "a number"
    if isinstance(data, str):
        return "text"
    return "a list" if isinstance(data, list) else "a mapping of keys"


def _base(digits: str) -> str | None:
    """The base in which YAML 1.1 reads a whole number, unless it is ten."""
    if ":" in digits:
        return "base-60"
    if not digits.startswith("0") or len(digits) == 1:
        return None
    return {"x": "hexadecimal", "b": "binary"}.get(digits[1], "octal")
