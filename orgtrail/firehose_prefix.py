"""How Firehose turns a prefix with `!{…}` expressions into the first part of an object's key.

https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
"""

import re
from datetime import UTC, datetime

_EXPRESSION = re.compile(r"!\{(?P<namespace>[^:}]*):(?P<value>[^}]*)\}")

# The letters of Java's DateTimeFormatter that Firehose's own documentation uses. Longest first, since each run of
# one letter is a field of its own.
_TIME_FIELD = re.compile(r"'(?P<quoted>[^']*)'|(?P<letters>([A-Za-z])\3*)")
_TIME_FIELDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


class BadPrefix(ValueError):
    """An expression that Firehose wouldn't take, or that isn't known here."""


def evaluate(prefix: str, at: datetime, *, error_output_type: str | None = None) -> str:
    """The prefix with its expressions replaced, for an object whose oldest record arrived at `at`.

    `error_output_type` (such as `processing-failed`) is given for an `ErrorOutputPrefix` alone. A `Prefix` without a
    timestamp expression gets `yyyy/MM/dd/HH/` put behind it. Raises BadPrefix.
    """
    at = at.astimezone(UTC)

    def replace(expression: re.Match[str]) -> str:
        namespace, value = expression["namespace"], expression["value"]
        if namespace == "timestamp":
            return _format(value, at)
        if namespace == "firehose" and value == "error-output-type" and error_output_type is not None:
            return error_output_type
        raise BadPrefix(f"{expression[0]} can't stand in this prefix")

    if "!{" in _EXPRESSION.sub("", prefix):
        raise BadPrefix(f"{prefix}: `!{{` can only begin an expression such as !{{timestamp:yyyy}}")
    if error_output_type is None and "!{timestamp:" not in prefix:
        prefix += "!{timestamp:yyyy/MM/dd/HH/}"
    return _EXPRESSION.sub(replace, prefix)


def _format(pattern: str, at: datetime) -> str:
    def replace(field: re.Match[str]) -> str:
        if field["quoted"] is not None:
            return field["quoted"] or "'"
        if field["letters"] not in _TIME_FIELDS:
            raise BadPrefix(f"!{{timestamp:{pattern}}}: {field['letters']} isn't known here")
        return at.strftime(_TIME_FIELDS[field["letters"]])

    return _TIME_FIELD.sub(replace, pattern)
