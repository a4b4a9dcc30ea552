"""What a plan of Terraform does to the evidence. Pure: `terraform show -json` in, words out.

https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from orgtrail.weaker.kinds import PIPELINE, Loss
from orgtrail.weaker.policies import Policies
from orgtrail.weaker.resources import RULES
from orgtrail.weaker.values import UNKNOWN, Values

_RULE: Final = "aws_cloudwatch_event_rule"
# The parts of a pipeline, what each is called, and what a replacement loses.
_PARTS_OF_A_PIPELINE: Final = {
    _RULE: ("rule", "events"),
    "aws_cloudwatch_event_target": ("target of the rule", "events"),
    "aws_kinesis_firehose_delivery_stream": ("delivery stream", "events"),
    "aws_sqs_queue": ("dead-letter queue", "its letters"),
    "aws_cloudwatch_log_group": ("delivery log", "its lines"),
}
_ALARM: Final = "aws_cloudwatch_metric_alarm"
_DATABASE: Final = "aws_glue_catalog_database"
_TABLE: Final = "aws_glue_catalog_table"
# Athena's results are copies: they expire, and are removed with the tables, which is reported.
_OF_RESULTS: Final = ".catalog_results_"
_NOT_OF_RESULTS: Final = ("aws_s3_bucket", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_versioning")


def losses(plan: Mapping[str, Any], accounts: Collection[str]) -> dict[str, tuple[Loss, ...]]:
    """What is weaker after a plan, by the address of the resource that does it; what is created weakens nothing.

    `accounts` are the ids of the accounts file: policies may list them.
    """
    listed = plan.get("resource_changes", [])
    # The ARN of a key that is made in the same apply isn't known yet, nor is a policy with it.
    makes_a_key = any(one["type"] == "aws_kms_key" and "create" in one["change"]["actions"] for one in listed)
    policies = Policies(accounts, unknown_is_weaker=not makes_a_key)
    # If the whole catalog is removed, report that, and not each table.
    drops_catalog = any(one["type"] == _DATABASE and _is_deleted(one) for one in listed)
    told = [one for one in listed if one["type"] != _TABLE] if drops_catalog else listed
    # The same of a pipeline and its alarms.
    without_pipeline = {_region(one["change"]["before"]) for one in listed if one["type"] == _RULE and _is_deleted(one)}
    told = [one for one in told if not (one["type"] == _ALARM and _goes_with(one, without_pipeline))]
    found = {one["address"]: tuple(dict.fromkeys(_losses(one, policies))) for one in told}
    return {address: lost for address, lost in found.items() if lost}


def _is_deleted(resource: Mapping[str, Any]) -> bool:
    return bool(resource["change"]["actions"] == ["delete"])


def _goes_with(resource: Mapping[str, Any], regions: Collection[str]) -> bool:
    return _is_deleted(resource) and _region(resource["change"]["before"]) in regions


def _losses(resource: Mapping[str, Any], policies: Policies) -> Iterator[Loss]:
    kind, address, change = resource["type"], resource["address"], resource["change"]
    actions, before = change["actions"], change.get("before") or {}
    of_results = _OF_RESULTS in address
    if not before or actions in (["no-op"], ["read"]) or (of_results and kind in _NOT_OF_RESULTS):
        return
    if actions == ["forget"]:
        if kind in RULES:
            yield Loss(address, "managed by Orgtrail", "left as it is")
    elif kind in _PARTS_OF_A_PIPELINE:
        yield from (loss.within(_region(before)) for loss in _of_a_pipeline(kind, change, policies))
    elif kind == _ALARM:
        yield from (loss.within(_region(before)) for loss in _compared(kind, change, policies))
    elif not of_results:
        yield from _compared(kind, change, policies)
    elif actions != ["delete"]:
        yield from (loss.within("the results' bucket") for loss in _compared(kind, change, policies))


def _of_a_pipeline(kind: str, change: Mapping[str, Any], policies: Policies) -> Iterator[Loss]:
    if change["actions"] == ["delete"]:
        yield from PIPELINE(kind, None)
        return
    if "delete" in change["actions"]:
        name, lost = _PARTS_OF_A_PIPELINE[kind]
        yield Loss(name, "there", f"destroyed and created again, {lost} are lost")
    yield from _compared(kind, change, policies)


def _compared(kind: str, change: Mapping[str, Any], policies: Policies) -> Iterator[Loss]:
    before = _set(change["before"])
    unknown = [name for name, value in (change.get("after_unknown") or {}).items() if value is True]
    # Other values that only the apply makes known, such as the ARN of a replacement, weaken nothing.
    guessed = {name: UNKNOWN if "policy" in name else before.get(name) for name in unknown}
    after = {} if change["actions"] == ["delete"] else {**guessed, **_set(change.get("after") or {})}
    if kind in RULES:
        yield from RULES[kind](before, after, policies)


def _set(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _region(values: Values) -> str:
    """The region of a resource: provider 6 says it, with 5 its ARN does."""
    return str(values.get("region") or str(values.get("arn")).split(":")[3])
