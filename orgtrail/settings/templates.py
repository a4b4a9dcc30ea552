"""Templates of the accounts file: text with placeholders such as `{account_id}`."""

from collections.abc import Collection
from functools import lru_cache
from string import Formatter

from orgtrail.settings.faults import Problem, listing, suggestion


def syntax_problems(template: str) -> list[Problem]:
    """Why a text is no template: braces that don't match, or more inside them than a name."""
    try:
        fields = list(Formatter().parse(template))
    except ValueError:
        return [Problem("has braces that don't match", "placeholders written as {account_id}")]
    if any(spec or conversion for _text, _name, spec, conversion in fields):
        return [Problem("has more than a name between its braces", "placeholders written as {account_id}")]
    return []


@lru_cache(maxsize=1024)
def placeholders(template: str) -> tuple[str, ...]:
    """The names between the braces of a template without syntax problems, in order."""
    return tuple(name for _text, name, _spec, _conversion in Formatter().parse(template) if name is not None)


def unknown_placeholders(template: str, known: Collection[str]) -> list[Problem]:
    """One problem for each placeholder that nothing is known for."""
    return [
        Problem(
            f"has the unknown placeholder {{{name:.60}}}",
            listing(tuple(f"{{{choice}}}" for choice in known), f"{{{name}}}"),
            f"{{{meant}}}" if (meant := suggestion(name, tuple(known))) else None,
        )
        for name in placeholders(template)
        if name not in known
    ]
