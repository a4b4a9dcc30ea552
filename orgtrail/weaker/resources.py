"""What the change of one resource does to the evidence: a function for each type, before and after in, words out."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from orgtrail import names
from orgtrail.alarms import SILENCE
from orgtrail.weaker import kinds
from orgtrail.weaker.kinds import NONE, Loss
from orgtrail.weaker.policies import Policies
from orgtrail.weaker.values import Values, document, only, texts


def _bucket_policy(old: Values, new: Values, policies: Policies) -> Iterator[Loss]:
    yield from policies.losses("bucket policy", old.get("policy"), new.get("policy"))


def _key(old: Values, new: Values, policies: Policies) -> Iterator[Loss]:
    if not new:
        yield Loss("KMS key of the archive", "there", "removed")
        return
    yield from kinds.switched_off("KMS key of the archive")(old.get("is_enabled"), new.get("is_enabled"))
    yield from kinds.switched_off("the key's yearly rotation")(
        old.get("enable_key_rotation"), new.get("enable_key_rotation")
    )
    yield from kinds.KEY_STAYS(old.get("deletion_window_in_days"), new.get("deletion_window_in_days"))
    yield from policies.losses("policy of the KMS key", old.get("policy"), new.get("policy"))


def _role(old: Values, new: Values, policies: Policies) -> Iterator[Loss]:
    if new:
        name = f"who may become {old.get('name')}"
        yield from policies.losses(name, old.get("assume_role_policy"), new.get("assume_role_policy"))
        before, after = (one.get("permissions_boundary") or None for one in (old, new))
        yield from kinds.boundary(str(old.get("name")))(before, after)


def _role_policy(old: Values, new: Values, policies: Policies) -> Iterator[Loss]:
    yield from policies.losses(f"permissions of {old.get('role')}", old.get("policy"), new.get("policy"))


def _bucket(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    yield from kinds.BUCKET(old.get("bucket"), new.get("bucket"))
    # force_destroy lets Terraform delete a bucket that isn't empty.
    yield from kinds.switched_off("bucket that isn't empty can't be deleted")(
        not old.get("force_destroy"), not new.get("force_destroy")
    )


def _public_access(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    for name in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"):
        yield from kinds.switched_off(f"public access block, {name}")(old.get(name), new.get(name))


def _versioning(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    before, after = (only(one.get("versioning_configuration")) for one in (old, new))
    yield from kinds.VERSIONING(before.get("status"), after.get("status"))
    yield from kinds.switched_off("MFA before a version is deleted")(
        before.get("mfa_delete") == "Enabled", after.get("mfa_delete") == "Enabled"
    )


def _encryption(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    before, after = (only(only(one.get("rule")).get("apply_server_side_encryption_by_default")) for one in (old, new))
    yield from kinds.ENCRYPTION(before.get("sse_algorithm"), after.get("sse_algorithm"))
    old_key, new_key = (one.get("kms_master_key_id") for one in (before, after))
    is_unknown = new_key is None and "kms" in str(after.get("sse_algorithm"))
    yield from kinds.KEY(old_key or None, "another one, which the apply makes" if is_unknown else new_key or None)


def _lifecycle(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    before, after = (list(_enabled(one.get("rule"))) for one in (old, new))
    yield from kinds.EVENTS_EXPIRE(*(_soonest(rules, "expiration", "days") for rules in (before, after)))
    versions = "noncurrent_version_expiration", "noncurrent_days"
    yield from kinds.VERSIONS_EXPIRE(*(_soonest(rules, *versions) for rules in (before, after)))
    yield from kinds.UNREADABLE(*(_soonest(rules, "transition", "days", _UNREADABLE) for rules in (before, after)))


_UNREADABLE: Final = ("storage_class", kinds.UNREADABLE_CLASSES)


def _enabled(rules: Any) -> Iterator[Values]:
    yield from (rule for rule in rules or () if rule.get("status") == "Enabled")


def _soonest(rules: list[Values], part: str, days: str, only: tuple[str, Collection[str]] | None = None) -> int | None:
    """The days after which the first of some rules takes hold; a date counts as at once."""
    parts = [one for rule in rules for one in rule.get(part) or () if only is None or one.get(only[0]) in only[1]]
    found = [0 if one.get("date") else one[days] for one in parts if one.get("date") or one.get(days)]
    return min(found, default=None)


def _object_lock(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    yield from kinds.LOCK(*(_locked(one) for one in (old, new)))


def _locked(values: Values) -> tuple[str, int] | None:
    retention = only(only(values.get("rule")).get("default_retention"))
    if not retention.get("mode"):
        return None
    return retention["mode"].lower(), retention.get("days") or 365 * (retention.get("years") or 0)


def _ownership(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    yield from kinds.OWNERSHIP(*(only(one.get("rule")).get("object_ownership") for one in (old, new)))


def _access_logs(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    yield from kinds.ACCESS_LOGS(old.get("target_bucket"), new.get("target_bucket"))


def _trail(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    yield from kinds.TRAIL(old.get("name"), new.get("name"))
    if not new:
        return
    for name in ("enable_logging", "enable_log_file_validation", "is_multi_region_trail", "is_organization_trail"):
        yield from kinds.switched_off(f"trail, {name}")(old.get(name), new.get(name))
    yield from kinds.TRAIL_CALLS(*(only(one.get("event_selector")).get("read_write_type") for one in (old, new)))


def _rule(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    before, after = (document(one.get("event_pattern")) for one in (old, new))
    for key in sorted(after):
        kind = _TAKEN.get(key, kinds.fewer(f"values of {key} taken"))
        if key in before:
            yield from kind(texts(before[key]), texts(after[key]))
        else:
            yield Loss(f"values of {key} taken", "any", ", ".join(texts(after[key])))
    yield from kinds.CALLS(old.get("state"), new.get("state"))


def _target(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    queues = [only(one.get("dead_letter_config")).get("arn") for one in (old, new)]
    retries = [only(one.get("retry_policy")).get("maximum_event_age_in_seconds") for one in (old, new)]
    yield from kinds.other("stream that takes the events")(old.get("arn"), new.get("arn"))
    yield from kinds.DEAD_LETTERS(*queues)
    yield from kinds.RETRIES(*retries)


def _stream(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    before, after = (only(one.get("extended_s3_configuration")) for one in (old, new))
    logs = [only(one.get("cloudwatch_logging_options")).get("enabled") for one in (before, after)]
    encryption = [only(one.get("server_side_encryption")).get("enabled") for one in (old, new)]
    newlines = [only(one.get("processing_configuration")).get("enabled") for one in (before, after)]
    yield from kinds.BUCKET(before.get("bucket_arn"), after.get("bucket_arn"))
    yield from kinds.LAYOUT(before.get("prefix"), after.get("prefix"))
    yield from kinds.switched_off("encryption of the delivery stream")(*encryption)
    yield from kinds.switched_off("delivery log")(*logs)
    yield from kinds.switched_off("newline after each event")(*newlines)


def _queue(old: Values, new: Values, policies: Policies) -> Iterator[Loss]:
    encryption = [one.get("sqs_managed_sse_enabled") or bool(one.get("kms_master_key_id")) for one in (old, new)]
    yield from kinds.DEAD_LETTERS_KEPT(old.get("message_retention_seconds"), new.get("message_retention_seconds"))
    yield from kinds.switched_off("encryption of dead letters")(*encryption)
    yield from policies.losses("policy of the dead-letter queue", old.get("policy"), new.get("policy"))


def _log_group(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    # 0 keeps a log for ever.
    yield from kinds.LOG_KEPT(*(one.get("retention_in_days") or None for one in (old, new)))


def _alarm(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    name = str(old.get("alarm_name"))
    if not new:
        yield Loss(f"alarm {name}", "there", "removed")
        return
    told = [bool(one.get("alarm_actions")) and one.get("actions_enabled", True) for one in (old, new)]
    yield from kinds.switched_off(f"message of the alarm {name}")(*told)
    if name == names.alarm(SILENCE):
        yield from kinds.SILENCE_TOLD(*(one.get("evaluation_periods") for one in (old, new)))


def _database(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    yield from kinds.CATALOG(old.get("name"), new.get("name"))


def _table(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    name, is_view = str(old.get("name")), old.get("table_type") == "VIRTUAL_VIEW"
    if not new:
        yield from () if is_view else (loss.of(name) for loss in kinds.TABLE(name, None))
        return
    before, after = (one.get("parameters") or {} for one in (old, new))
    location = kinds.TABLE_LOCATION(*(one.get("storage.location.template") for one in (before, after)))
    columns = {"account": kinds.TABLE_ACCOUNTS, "region": kinds.TABLE_REGIONS}
    listed = (loss for column, kind in columns.items() for loss in kind(*_projected(column, before, after)))
    yield from (loss.of(name) for loss in (*location, *listed))


def _projected(column: str, before: Values, after: Values) -> tuple[list[str], list[str]]:
    """The values of a partition that a table finds; one that takes any value a query names loses none."""
    kept, values = f"projection.{column}.type", f"projection.{column}.values"
    if before.get(kept) != "enum" or after.get(kept) == "injected":
        return [], []
    old, new = (str(one.get(values, "")).split(",") for one in (before, after))
    return old, new


def _workgroup(old: Values, new: Values, _policies: Policies) -> Iterator[Loss]:
    if not new:
        return  # the tables are reported
    before, after = (only(one.get("configuration")) for one in (old, new))
    name = "workgroup's settings, whatever a client asks for"
    enforced = "enforce_workgroup_configuration"
    yield from kinds.switched_off(name)(before.get(enforced), after.get(enforced))
    encryption = {None: NONE, "SSE_S3": "S3's own keys", "CSE_KMS": "KMS", "SSE_KMS": "KMS"}
    results = [only(one.get("result_configuration")) for one in (before, after)]
    options = [only(one.get("encryption_configuration")).get("encryption_option") for one in results]
    yield from kinds.lower("encryption of results", encryption)(*options)


RULES: Final[Mapping[str, Callable[[Values, Values, Policies], Iterator[Loss]]]] = {
    "aws_athena_workgroup": _workgroup,
    "aws_cloudtrail": _trail,
    "aws_cloudwatch_event_rule": _rule,
    "aws_cloudwatch_event_target": _target,
    "aws_cloudwatch_log_group": _log_group,
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_glue_catalog_database": _database,
    "aws_glue_catalog_table": _table,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_kinesis_firehose_delivery_stream": _stream,
    "aws_kms_key": _key,
    "aws_s3_bucket": _bucket,
    "aws_s3_bucket_lifecycle_configuration": _lifecycle,
    "aws_s3_bucket_logging": _access_logs,
    "aws_s3_bucket_object_lock_configuration": _object_lock,
    "aws_s3_bucket_ownership_controls": _ownership,
    "aws_s3_bucket_policy": _bucket_policy,
    "aws_s3_bucket_public_access_block": _public_access,
    "aws_s3_bucket_server_side_encryption_configuration": _encryption,
    "aws_s3_bucket_versioning": _versioning,
    "aws_sqs_queue": _queue,
}
_TAKEN: Final = {"source": kinds.SOURCES, "detail-type": kinds.DETAIL_TYPES}
