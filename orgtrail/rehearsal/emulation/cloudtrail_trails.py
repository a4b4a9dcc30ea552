"""Whether any trail that is deployed in the emulator logs an event, so that CloudTrail would hand it to EventBridge.

Independent of what preflight believes of trails: it reads moto's own.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.cloudtrail.models import Trail, cloudtrail_backends

from orgtrail.events import home_region
from orgtrail.regions import partition_of
from orgtrail.rehearsal.emulation.event_bus import Event


def logs(event: Event) -> bool:
    """Whether a trail logs it: one of its account, or any that is an organization's, whoever is a member of that."""
    trails = (trail for account in cloudtrail_backends.values() for region in account.values() for trail in _of(region))
    return any(_logs(trail, event) for trail in trails if trail.is_org_trail or trail.account_id == event["account"])


def _of(backend: Any) -> Iterable[Trail]:
    return list(backend.trails.values())


def _logs(trail: Trail, event: Event) -> bool:
    if not trail.status.is_logging or not (trail.is_multi_region or trail.region_name == event["region"]):
        return False
    is_global = home_region(event["source"], partition_of(event["region"]) or "aws") is not None
    # moto keeps None where the caller said nothing; CloudTrail's default is true.
    if is_global and trail.include_global_service_events is False:
        return False
    record = event["detail"]
    if trail.advanced_event_selectors:
        return any(_takes_by_fields(one, record) for one in trail.advanced_event_selectors)
    return not trail.event_selectors or any(_takes(one, record) for one in trail.event_selectors)


def _takes(selector: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html"""
    kinds = ("All", "ReadOnly" if record["readOnly"] else "WriteOnly")
    return (
        selector.get("IncludeManagementEvents", True)
        and selector.get("ReadWriteType", "All") in kinds
        and record["eventSource"] not in selector.get("ExcludeManagementEventSources", [])
    )


def _takes_by_fields(selector: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html"""
    values = {**record, "readOnly": str(bool(record["readOnly"])).lower(), "userIdentity.arn": _arn(record)}
    return all(_fits(str(values.get(one["Field"], "")), one) for one in selector["FieldSelectors"])


def _arn(record: Mapping[str, Any]) -> str:
    return str(record["userIdentity"].get("arn", ""))


def _fits(value: str, field: Mapping[str, Any]) -> bool:
    judges: dict[str, Callable[[tuple[str, ...]], bool]] = {
        "Equals": lambda given: value in given,
        "StartsWith": value.startswith,
        "EndsWith": value.endswith,
        "NotEquals": lambda given: value not in given,
        "NotStartsWith": lambda given: not value.startswith(given),
        "NotEndsWith": lambda given: not value.endswith(given),
    }
    return all(judge(tuple(field[name])) for name, judge in judges.items() if field.get(name))
