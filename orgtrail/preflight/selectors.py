"""Whether a trail's event selectors, basic or advanced, log the management events of a source.

The rules: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any

Selectors = Mapping[str, Sequence[Mapping[str, Any]]]
"""The answer of GetEventSelectors."""


class Logged(IntEnum):
    """How many of the events."""

    NONE = 0
    SOME = 1
    ALL = 2


def host(source: str) -> str:
    """What CloudTrail calls an event source: `iam.amazonaws.com` for `aws.iam`."""
    return f"{source.removeprefix('aws.')}.amazonaws.com"


def logged(selectors: Selectors, source: str, *, read_only: bool) -> Logged:
    """How many management events of a source, its read-only ones or the others, a trail logs.

    An event is logged if any selector takes it. A trail without selectors logs all management events.
    """
    basic, advanced = selectors.get("EventSelectors") or (), selectors.get("AdvancedEventSelectors") or ()
    if not basic and not advanced:
        return Logged.ALL
    return max([*_by_basic(basic, source, read_only), *(_by_advanced(one, source, read_only) for one in advanced)])


def _by_basic(selectors: Sequence[Mapping[str, Any]], source: str, read_only: bool) -> Iterator[Logged]:
    wanted = ("All", "ReadOnly" if read_only else "WriteOnly")
    for one in selectors:
        takes = (
            one.get("IncludeManagementEvents", True)
            and one.get("ReadWriteType", "All") in wanted
            and host(source) not in one.get("ExcludeManagementEventSources", ())
        )
        yield Logged.ALL if takes else Logged.NONE


def _by_advanced(selector: Mapping[str, Any], source: str, read_only: bool) -> Logged:
    """All fields of an advanced selector must match; its name says nothing."""
    event = {"eventCategory": "Management", "readOnly": str(read_only).lower(), "eventSource": host(source)}
    found = Logged.ALL
    for field in selector.get("FieldSelectors", ()):
        if field.get("Field") not in event:
            # Such as eventName or userIdentity.arn: some events have the value, others don't.
            found = min(found, Logged.SOME)
        elif not _matches(field, event[field["Field"]]):
            return Logged.NONE
    return found


def _matches(field: Mapping[str, Any], value: str) -> bool:
    """Operators that take are alternatives, as their values are; of those that leave out, none may match.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html#filtering-data-events-conditions
    """
    holds: dict[str, Callable[[str], bool]] = {
        "Equals": value.__eq__,
        "StartsWith": value.startswith,
        "EndsWith": value.endswith,
    }
    taking = [(holds[name], field[name]) for name in holds if field.get(name)]
    if taking and not any(test(one) for test, values in taking for one in values):
        return False
    return not any(test(one) for name, test in holds.items() for one in field.get(f"Not{name}") or ())
