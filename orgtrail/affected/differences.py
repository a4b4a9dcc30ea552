"""Settings that differ, as reasons: by their path in the file, with both values in words."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from orgtrail.affected.result import Reason
from orgtrail.settings import CloudState, LocalState, S3State, State, values_of

_BACKENDS: Final = {S3State: "s3", LocalState: "local", CloudState: "cloud"}
_LONGEST: Final = 60  # characters of a value that is shown


def differences(name: str, old: Any, new: Any, without: Collection[str] = ()) -> Iterator[Reason]:
    """A reason for each value that differs, named by its path in the file."""
    if old == new:
        return
    if values_of(new) is None or type(old) is not type(new):
        yield setting(name, old, new)
        return
    inner = [field for field in field_names(new) if field not in without]
    for field in inner:
        # A value object around a single value has no name of its own in the file.
        path = name if len(inner) == 1 else f"{name}.{'role' if field == 'roles' else field}"
        yield from differences(path, getattr(old, field), getattr(new, field))


def differences_of_state(old: State, new: State) -> Iterator[Reason]:
    """A reason for each value that differs of where states are kept."""
    if type(old) is type(new):
        yield from differences("state", old, new)
    else:
        yield setting("state.backend", _BACKENDS[type(old)], _BACKENDS[type(new)])


def setting(key: str, old: Any, new: Any) -> Reason:
    """The reason that a setting is another; `key` is its path in the file."""
    before, after = in_words(old), in_words(new)
    shown = [text or "none" for text in (before, after)]
    fits = max(map(len, shown)) <= _LONGEST and shown[0] != shown[1]
    return Reason("setting", f"{key}: {shown[0]} → {shown[1]}" if fits else f"{key} changed", key, before, after)


def in_words(value: Any) -> str | None:
    """A value in words, or None where there is none."""
    if isinstance(value, bool):
        return str(value).lower()
    if (values := values_of(value)) is not None:
        # A value object around a single value is written as that.
        return in_words(values if len(values) > 1 else next(iter(values.values())))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={in_words(item) or 'none'}" for key, item in value.items()) or None
    if isinstance(value, tuple):
        return ", ".join(in_words(item) or "none" for item in value) or None
    return None if value is None else str(value)


def field_names(value: Any) -> tuple[str, ...]:
    """The names of the values that make settings others."""
    return tuple(values_of(value) or ())
