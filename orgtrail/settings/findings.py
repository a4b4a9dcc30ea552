"""Say what pydantic's errors mean for the person who wrote the file."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from orgtrail.settings import archive_model, fields, model, rollout_model, state_model
from orgtrail.settings.faults import Key, Problem, listing, not_one_of, suggestion
from orgtrail.settings.nodes import Node
from orgtrail.settings.source import Source

MISSING = "is missing"


class Finding(NamedTuple):
    """A problem and the key of the value that has it; `of_key`: the key itself has it."""

    key: Key
    problem: Problem
    of_key: bool = False


_MODELS: Mapping[str, type[BaseModel]] = {
    "organization": model.Organization,
    "archive": model.Archive,
    "defaults": model.Defaults,
    "accounts": model.Account,
    "events": model.EventsChoice,
    "buffering": model.Buffering,
    "object_lock": archive_model.ObjectLock,
    "transitions": archive_model.Transition,
    "access_logs": archive_model.AccessLogs,
    "former": archive_model.Former,
    "moving_from": archive_model.MovingFrom,
    "catalog": archive_model.CatalogChoice,
    "rollout": rollout_model.Rollout,
    "waves": rollout_model.Wave,
}
_STATES: Mapping[str, type[BaseModel]] = {
    "s3": state_model.S3State,
    "local": state_model.LocalState,
    "cloud": state_model.CloudState,
}

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
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


def findings_of(error: ErrorDetails, source: Source) -> Iterator[Finding]:
    """What one error of pydantic stands for."""
    key, of_key = _key(error, source)
    kind, context = error["type"], error.get("ctx", {})
    if kind == fields.PROBLEMS:
        yield from (Finding(key, problem, of_key) for problem in context[fields.PROBLEMS])
    elif kind == "extra_forbidden":
        yield Finding(key, _unknown(key, source), of_key=True)
    elif kind == "missing":
        yield Finding(key, Problem(MISSING, _meaning(key, source)))
    elif kind == "union_tag_not_found":
        yield Finding((*key, "backend"), Problem(MISSING, ", ".join(_STATES)))
    elif kind == "too_short":
        yield Finding(key, Problem("is an empty list", "at least one entry, or leave the key out"))
    elif kind in ("greater_than_equal", "less_than_equal"):
        yield Finding(key, Problem("is out of range", _range(key, source)))
    else:
        yield Finding(key, _wrong(error, key, source.node(key)))


def _key(error: ErrorDetails, source: Source) -> tuple[Key, bool]:
    """Where an error is in the file; its `loc` has notes of pydantic's too (`<list>`, `s3`, `[key]`)."""
    loc = error["loc"]
    if loc[:1] == ("state",) and len(loc) > 1:
        loc = (loc[0], *loc[2:])
    of_key = loc[-1:] == ("[key]",)
    key: Key = ()
    for part in loc[:-1] if of_key else loc:
        is_last_missing = part == loc[-1] and error["type"] == "missing"
        if source.node((*key, part)) is not None or is_last_missing:
            key = (*key, part)
    if error["type"] == "union_tag_invalid" and key == ("state",):
        key = ("state", "backend")
    return key, of_key


def _model(key: Key, source: Source) -> type[BaseModel]:
    """The model of the mapping at a key."""
    named = [part for part in key if isinstance(part, str)]
    if not named:
        return model.File
    if named[-1] == "state":
        backend = source.node(("state", "backend"))
        return _STATES[str(backend.data) if backend else ""]
    return _MODELS[named[-1]]


def _field(key: Key, source: Source) -> FieldInfo:
    return _model(key[:-1], source).model_fields[str(key[-1])]


def _unknown(key: Key, source: Source) -> Problem:
    holder, written = _model(key[:-1], source), source.node(key[:-1])
    present = written.keys if written else {}
    free = tuple(name for name in holder.model_fields if name not in present)
    name = str(key[-1])
    return Problem("is not a known key", listing(tuple(holder.model_fields), name), suggestion(name, free))


def _meaning(key: Key, source: Source) -> str | None:
    description = _field(key, source).description
    return description[0].lower() + description[1:] if description else None


def _range(key: Key, source: Source) -> str:
    limits = {}
    for rule in _field(key, source).metadata:
        limits.update({name: getattr(rule, name) for name in ("ge", "le") if hasattr(rule, name)})
    return f"{limits['ge']} to {limits['le']}" if "le" in limits else f"{limits['ge']} or more"


def _wrong(error: ErrorDetails, key: Key, node: Node | None) -> Problem:
    """A value of the wrong type, or not among those that are allowed."""
    context = error.get("ctx", {})
    expected = str(context.get("expected") or context.get("expected_tags") or "")
    choices = tuple(choice.strip("' ") for choice in expected.replace(" or ", ", ").split(", ") if choice)
    if error["type"] == "union_tag_invalid" and choices[0] in _KINDS:
        wanted = " or ".join(_KINDS[choice] for choice in choices)
        return _wrong_type(key, node, wanted, text_will_do="<text>" in choices and "<number>" not in choices)
    if choices and node is not None and isinstance(node.data, str):
        return not_one_of(node.data, choices, "one of the allowed words")
    wanted = ", ".join(choices) or _WANTED.get(error["type"], error["msg"])
    return _wrong_type(key, node, wanted, text_will_do=wanted == "text")


def _wrong_type(key: Key, node: Node | None, wanted: str, *, text_will_do: bool) -> Problem:
    if key[-1:] == ("account_id",):
        wanted = "12 digits, in quotes"
        text_will_do = node is not None and len(node.text or "") == 12
    problem = f"is {_what(node)}"
    if node is None or node.data is None or isinstance(node.data, str) or not node.plain:
        return Problem(problem, wanted)
    if not text_will_do:
        return Problem(f"{problem} to YAML", wanted)
    return Problem(f"{problem} to YAML: quote it", wanted, f'"{node.text}"' if len(node.text or "") <= _SHORT else None)


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
