"""What AWS provider 6 refuses or warns of beyond its schema, by hand, for each resource type that Orgtrail makes.

The bindings don't have this. It is from stored copies of the provider's source and documentation, which are of
other ages than 6.25, from AWS's limits, and from memory: most rules weren't looked up one by one (docs/provider-6.md).
"""

from typing import Any, Final

Rule = dict[str, Any]


def _not_together(*names: str) -> Rule:
    return {"not": {"required": list(names)}}


def _deprecated(*names: str) -> Rule:
    return {"properties": dict.fromkeys(names, False)}


def _one_of(name: str, *values: Any) -> Rule:
    return {"properties": {name: {"enum": list(values)}}}


def _between(name: str, least: int, most: int) -> Rule:
    return {"properties": {name: {"minimum": least, "maximum": most}}}


def _not_many(name: str, most: int) -> Rule:
    return {"properties": {name: {"maxItems": most}}}


def _text(name: str, pattern: str, longest: int | None = None) -> Rule:
    """A pattern for texts that hold no expression: what that becomes isn't known here."""
    limits: Rule = {"pattern": pattern} if longest is None else {"pattern": pattern, "maxLength": longest}
    return {"properties": {name: {"anyOf": [{"pattern": r"\$\{"}, limits]}}}


def _in(block: str, *rules: Rule) -> Rule:
    """Rules for a block, whether it is written as one or as a list."""
    inner = {"allOf": list(rules)}
    return {"properties": {block: {"if": {"type": "array"}, "then": {"items": inner}, "else": inner}}}


_STORAGE_CLASSES: Final = (
    "GLACIER",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
)
_RETENTION_DAYS: Final = (
    *(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

RULES: Final[dict[str, list[Rule]]] = {
    "aws": [
        _deprecated("s3_us_east_1_regional_endpoint", "skip_get_ec2_platforms"),
        _not_together("allowed_account_ids", "forbidden_account_ids"),
        _in("assume_role", _text("role_arn", "^arn:"), _text("external_id", r"^[\w+=,.@:/\-]*$", 1224)),
        _in("assume_role", _text("session_name", r"^[\w+=,.@\-]*$", 64)),
    ],
    "aws_athena_named_query": [_text("name", "", 128), _text("query", "", 262144)],
    "aws_athena_workgroup": [
        _text("name", r"^[0-9A-Za-z_.-]+$", 128),
        _text("description", "", 1024),
        _one_of("state", "ENABLED", "DISABLED"),
        _in(
            "configuration",
            {"properties": {"bytes_scanned_cutoff_per_query": {"minimum": 10485760}}},
            _not_together("managed_query_results_configuration", "result_configuration"),
            _in(
                "result_configuration",
                _in("encryption_configuration", _one_of("encryption_option", "SSE_S3", "SSE_KMS", "CSE_KMS")),
            ),
        ),
    ],
    "aws_cloudtrail": [
        _not_together("event_selector", "advanced_event_selector"),
        _text("name", r"^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$"),
        _in("event_selector", _one_of("read_write_type", "All", "ReadOnly", "WriteOnly")),
    ],
    "aws_cloudwatch_event_rule": [
        _deprecated("is_enabled"),
        _not_together("name", "name_prefix"),
        {"anyOf": [{"required": ["event_pattern"]}, {"required": ["schedule_expression"]}]},
        _one_of("state", "ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
        _text("description", "", 512),
        _text("event_pattern", "", 4096),
    ],
    "aws_cloudwatch_event_target": [
        _text("target_id", r"^[0-9A-Za-z_.-]+$", 64),
        _not_together("input", "input_path"),
        _in("retry_policy", _between("maximum_event_age_in_seconds", 60, 86400)),
        _in("retry_policy", _between("maximum_retry_attempts", 0, 185)),
    ],
    "aws_cloudwatch_log_group": [
        _not_together("name", "name_prefix"),
        _text("name", r"^[a-zA-Z0-9_\-/.#]+$", 512),
        _one_of("retention_in_days", *_RETENTION_DAYS),
        _one_of("log_group_class", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY"),
    ],
    "aws_cloudwatch_log_stream": [_text("name", "^[^:]*$", 512)],
    "aws_cloudwatch_metric_alarm": [
        _text("alarm_name", ".", 255),
        _text("alarm_description", "", 1024),
        _not_together("metric_name", "metric_query"),
        _not_together("statistic", "extended_statistic"),
        _one_of("comparison_operator", "GreaterThanThreshold", "LessThanThreshold"),
        _one_of("treat_missing_data", "breaching", "notBreaching", "ignore", "missing"),
        _one_of("statistic", "SampleCount", "Average", "Sum", "Minimum", "Maximum"),
        _between("evaluation_periods", 1, 168),
        _not_many("alarm_actions", 5),
        _not_many("ok_actions", 5),
        # Two blocks with one id, or none that returns data, only AWS refuses.
        _in("metric_query", _text("id", "^[a-z][a-zA-Z0-9_]*$", 255), _not_together("expression", "metric")),
    ],
    "aws_glue_catalog_database": [_text("name", "^[^A-Z]+$", 255), _text("description", "", 2048)],
    "aws_glue_catalog_table": [
        _text("name", "^[^A-Z]+$", 255),
        _text("description", "", 2048),
        _text("view_original_text", "", 409600),
        _text("view_expanded_text", "", 409600),
    ],
    "aws_iam_role": [
        _deprecated("inline_policy", "managed_policy_arns"),
        _not_together("name", "name_prefix"),
        _text("name", r"^[0-9A-Za-z=,.@\-_+]+$", 64),
        _text("description", "", 1000),
        _between("max_session_duration", 3600, 43200),
    ],
    "aws_iam_role_policy": [_not_together("name", "name_prefix"), _text("name", "", 128)],
    "aws_kinesis_firehose_delivery_stream": [
        # Read-only in truth: 6.74 warns of the first.
        _deprecated("arn", "version_id", "destination_id"),
        _text("name", r"^[0-9A-Za-z_.-]+$", 64),
        _one_of("destination", "extended_s3"),
        _not_together("kinesis_source_configuration", "msk_source_configuration"),
        _not_together("kinesis_source_configuration", "server_side_encryption"),
        _in("server_side_encryption", _one_of("key_type", "AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK")),
        _in(
            "extended_s3_configuration",
            _one_of("compression_format", "UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"),
            _between("buffering_interval", 0, 900),
            _between("buffering_size", 1, 128),
            _text("prefix", "", 1024),
            _text("error_output_prefix", "", 1024),
            _one_of("s3_backup_mode", "Disabled", "Enabled"),
            _in(
                "processing_configuration",
                _in("processors", _one_of("type", "AppendDelimiterToRecord", "MetadataExtraction", "Lambda")),
            ),
        ),
    ],
    "aws_kms_alias": [_not_together("name", "name_prefix"), _text("name", r"^alias/[a-zA-Z0-9/_-]+$", 256)],
    "aws_kms_key": [
        _between("deletion_window_in_days", 7, 30),
        _between("rotation_period_in_days", 90, 2560),
        _text("description", "", 8192),
    ],
    "aws_s3_bucket": [
        # Each has a resource of its own.
        _deprecated("acceleration_status", "acl", "cors_rule", "grant", "lifecycle_rule", "logging"),
        _deprecated("object_lock_configuration", "policy", "replication_configuration", "request_payer"),
        _deprecated("server_side_encryption_configuration", "versioning", "website"),
        _not_together("bucket", "bucket_prefix"),
        _text("bucket", r"^[a-z0-9.-]+$", 63),
    ],
    "aws_s3_bucket_lifecycle_configuration": [
        {"properties": {"rule": {"minItems": 1}}},
        _in(
            "rule",
            _deprecated("prefix"),
            {"required": ["filter"]},
            _text("id", ".", 255),
            _one_of("status", "Enabled", "Disabled"),
            _in("expiration", {"minProperties": 1, "maxProperties": 1}),
            _in("filter", {"maxProperties": 1}),
            _in("noncurrent_version_expiration", {"properties": {"noncurrent_days": {"minimum": 1}}}),
            _in(
                "transition",
                _not_together("date", "days"),
                _one_of("storage_class", *_STORAGE_CLASSES),
            ),
        ),
    ],
    "aws_s3_bucket_logging": [_in("target_grant", _in("grantee", _deprecated("display_name")))],
    "aws_s3_bucket_object_lock_configuration": [
        _one_of("object_lock_enabled", "Enabled"),
        _in(
            "rule",
            _in(
                "default_retention",
                _not_together("days", "years"),
                _one_of("mode", "COMPLIANCE", "GOVERNANCE"),
                {"properties": {"days": {"minimum": 1}}},
            ),
        ),
    ],
    "aws_s3_bucket_ownership_controls": [
        _in("rule", _one_of("object_ownership", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"))
    ],
    "aws_s3_bucket_policy": [],
    "aws_s3_bucket_public_access_block": [],
    "aws_s3_bucket_server_side_encryption_configuration": [
        _in(
            "rule",
            # Not required by the schema. Left out, 6.22 to 6.39 plan the same change for ever.
            {"required": ["blocked_encryption_types"]},
            {"properties": {"blocked_encryption_types": {"items": {"enum": ["NONE", "SSE-C"]}}}},
            _in("apply_server_side_encryption_by_default", _one_of("sse_algorithm", "AES256", "aws:kms")),
        ),
    ],
    "aws_s3_bucket_versioning": [
        _in("versioning_configuration", _one_of("status", "Enabled", "Suspended", "Disabled"))
    ],
    "aws_sqs_queue": [
        _not_together("name", "name_prefix"),
        _not_together("kms_master_key_id", "sqs_managed_sse_enabled"),
        _text("name", r"^[a-zA-Z0-9_-]{1,80}$"),
        _between("message_retention_seconds", 60, 1209600),
    ],
}
