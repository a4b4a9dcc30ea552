"""What all mappings of the file have in common, and what is sound of one that has faults."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

from orgtrail.settings.diagnostics import Key

T = TypeVar("T")
M = TypeVar("M", bound="StrictModel")
M_co = TypeVar("M_co", bound="StrictModel", covariant=True)


class StrictModel(BaseModel):
    """Nothing unknown, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True)
class Part(Generic[M_co]):
    """A mapping of the file: what is sound of it, and the keys that aren't (ask before you read one)."""

    key: Key
    entry: M_co
    broken: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Whether the key is written here, valid or not."""
        return name in self.entry.model_fields_set or name in self.broken


def inherit(written: M, defaults: StrictModel, shared: type[StrictModel] | None = None) -> M:
    """The same, where what isn't written comes from `defaults`, if it is written there; only the keys of `shared`."""
    # Only what is written replaces a default; the rest is what the model says.
    names = defaults.model_fields_set & (shared or type(defaults)).model_fields.keys()
    return written.model_copy(update={name: getattr(defaults, name) for name in names - written.model_fields_set})


def as_written(entry: StrictModel, value: Hashable) -> dict[str, Any]:
    """What a dataclass has of an entry under the same name: the keys that stay as they were written."""
    return {name: getattr(entry, name) for name in _in_both(type(entry), value)}


@cache
def _in_both(model: type[StrictModel], value: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(value) if field.name in model.model_fields)


def values_of(value: Any) -> dict[str, Any] | None:
    """What a mapping of the file, or a value that was made of one, holds by name; None for any other value."""
    if isinstance(value, StrictModel):
        return dict(value)
    if not is_dataclass(value):
        return None
    return {field.name: getattr(value, field.name) for field in fields(value) if field.compare}


def updated(value: T, **changes: Any) -> T:
    """The same with other values under these names: `dataclasses.replace` for a mapping of the file, too."""
    if isinstance(value, StrictModel):
        return value.model_copy(update=changes)
    return replace(value, **changes)  # type: ignore[type-var]


def models_in(annotation: Any) -> Iterator[type[StrictModel]]:
    """The mappings that a value of a type may be or hold, those of its list items for example."""
    if isinstance(annotation, type) and issubclass(annotation, StrictModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)
