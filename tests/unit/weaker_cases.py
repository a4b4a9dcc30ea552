"""Changes of a plan: what each makes weaker, in words; and builders of their values."""

import json

from orgtrail.weaker.plan import losses

ARN = "arn:aws:x:eu-west-1:333333333333:it"


def change(kind, before, after, *, actions=("update",), address=None, unknown=None):
    return {
        "address": address or f"{kind}.it",
        "type": kind,
        "change": {"actions": list(actions), "before": before, "after": after, "after_unknown": unknown or {}},
    }


def words(*changes, accounts=()):
    found = losses({"resource_changes": list(changes)}, accounts)
    return [f"{loss.what}: {loss.before} → {loss.after}" for lost in found.values() for loss in lost]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, action, sid="S"):
    return {"Sid": sid, "Effect": effect, "Principal": "*", "Action": action, "Resource": "r"}


def lifecycle(**parts):
    return {"rule": [{"status": "Enabled", **parts}]}


def encryption(algorithm, key=""):
    default = {"sse_algorithm": algorithm, "kms_master_key_id": key}
    return {"rule": [{"apply_server_side_encryption_by_default": [default]}]}


def locked(mode, days):
    return {"rule": [{"default_retention": [{"mode": mode, "days": days, "years": 0}]}]}


def pattern(**fields):
    return {
        "arn": ARN,
        "state": "ENABLED",
        "event_pattern": json.dumps({k.replace("_", "-"): v for k, v in fields.items()}),
    }


def stream(**s3):
    return {"arn": ARN, "extended_s3_configuration": [s3]}


def an_alarm(name, **changed):
    return {"arn": ARN, "alarm_name": name, "alarm_actions": ["a"], "actions_enabled": True, **changed}


def table(**parameters):
    return {"name": "iam_events", "parameters": {k.replace("__", "."): v for k, v in parameters.items()}}


ALLOW, MORE = policy(statement("Allow", "s3:GetObject")), policy(statement("Allow", "s3:*"))
BLOCK = dict.fromkeys(
    ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True
)
VERSIONED = {"versioning_configuration": [{"status": "Enabled"}]}

# Type of the resource, before, after, words.
ONE_WAY = [
    (
        "aws_s3_bucket_policy",
        {"policy": ALLOW},
        {"policy": MORE},
        "bucket policy, statement S: Action s3:getobject → Action s3:*",
    ),
    (
        "aws_s3_bucket_policy",
        {"policy": policy(statement("Deny", "s3:*"), statement("Allow", "s3:GetObject", "T"))},
        {"policy": policy(statement("Allow", "s3:GetObject", "T"))},
        "bucket policy, statement S: Deny, Principal *, Action s3:*, Resource r → none",
    ),
    (
        "aws_s3_bucket_public_access_block",
        BLOCK,
        {**BLOCK, "block_public_policy": False},
        "public access block, block_public_policy: on → off",
    ),
    (
        "aws_s3_bucket_versioning",
        VERSIONED,
        {"versioning_configuration": [{"status": "Suspended"}]},
        "versioning: on → suspended",
    ),
    (
        "aws_s3_bucket_ownership_controls",
        {"rule": [{"object_ownership": "BucketOwnerEnforced"}]},
        {"rule": [{"object_ownership": "ObjectWriter"}]},
        "owner of all objects: the archive's account → whoever writes",
    ),
    (
        "aws_s3_bucket",
        {"bucket": "b", "force_destroy": False},
        {"bucket": "b", "force_destroy": True},
        "bucket that isn't empty can't be deleted: on → off",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration",
        lifecycle(),
        lifecycle(expiration=[{"days": 30, "date": None}]),
        "events are deleted: never → after 30 days",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration",
        lifecycle(noncurrent_version_expiration=[{"noncurrent_days": 30}]),
        lifecycle(noncurrent_version_expiration=[{"noncurrent_days": 1}]),
        "replaced and deleted versions are deleted for good: after 30 days → after 1 day",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration",
        lifecycle(transition=[{"days": 90, "storage_class": "GLACIER_IR"}]),
        lifecycle(transition=[{"days": 90, "storage_class": "GLACIER"}]),
        "events move to a class that Athena can't read: never → after 90 days",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration",
        {"rule": [{"status": "Disabled", "expiration": [{"days": 1}]}]},
        lifecycle(expiration=[{"days": 1}]),
        "events are deleted: never → after 1 day",
    ),
    (
        "aws_s3_bucket_object_lock_configuration",
        locked("COMPLIANCE", 60),
        locked("GOVERNANCE", 60),
        "lock of objects: compliance, 60 days → governance, 60 days",
    ),
    (
        "aws_kms_key",
        {"enable_key_rotation": True},
        {"enable_key_rotation": False},
        "the key's yearly rotation: on → off",
    ),
    (
        "aws_kms_key",
        {"deletion_window_in_days": 30},
        {"deletion_window_in_days": 7},
        "time to change one's mind after the key's deletion: 30 days → 7 days",
    ),
    (
        "aws_kms_key",
        {"policy": ALLOW},
        {"policy": MORE},
        "policy of the KMS key, statement S: Action s3:getobject → Action s3:*",
    ),
    (
        "aws_iam_role",
        {"name": "r", "assume_role_policy": ALLOW},
        {"name": "r", "assume_role_policy": MORE},
        "who may become r, statement S: Action s3:getobject → Action s3:*",
    ),
    (
        "aws_iam_role",
        {"name": "r", "permissions_boundary": "arn"},
        {"name": "r", "permissions_boundary": ""},
        "permissions boundary of r: arn → none",
    ),
    (
        "aws_iam_role_policy",
        {"role": "r", "policy": ALLOW},
        {"role": "r", "policy": MORE},
        "permissions of r, statement S: Action s3:getobject → Action s3:*",
    ),
    (
        "aws_cloudwatch_event_rule",
        pattern(source=["a", "b"]),
        pattern(source=["b"]),
        "sources taken in eu-west-1: a → no longer",
    ),
    (
        "aws_cloudwatch_event_rule",
        pattern(source=["a"], detail_type=["x", "y"]),
        pattern(source=["a"], detail_type=["x"]),
        "detail types taken in eu-west-1: y → no longer",
    ),
    (
        "aws_cloudwatch_event_rule",
        pattern(source=["a"]),
        pattern(source=["a"], account=["1"]),
        "values of account taken in eu-west-1: any → 1",
    ),
    (
        "aws_cloudwatch_event_rule",
        pattern(source=["a"]),
        {**pattern(source=["a"]), "state": "DISABLED"},
        "calls taken in eu-west-1: all that change something → none",
    ),
    (
        "aws_cloudwatch_event_target",
        {"arn": ARN, "dead_letter_config": [{"arn": "q"}]},
        {"arn": ARN, "dead_letter_config": []},
        "dead-letter queue of the rule in eu-west-1: there → removed",
    ),
    (
        "aws_cloudwatch_event_target",
        {"arn": ARN, "retry_policy": [{"maximum_event_age_in_seconds": 86400}]},
        {"arn": ARN, "retry_policy": [{"maximum_event_age_in_seconds": 60}]},
        "time that a delivery is tried again in eu-west-1: 86,400 seconds → 60 seconds",
    ),
    (
        "aws_kinesis_firehose_delivery_stream",
        stream(cloudwatch_logging_options=[{"enabled": True}]),
        stream(cloudwatch_logging_options=[{"enabled": False}]),
        "delivery log in eu-west-1: on → off",
    ),
    (
        "aws_kinesis_firehose_delivery_stream",
        {**stream(), "server_side_encryption": [{"enabled": True}]},
        {**stream(), "server_side_encryption": [{"enabled": False}]},
        "encryption of the delivery stream in eu-west-1: on → off",
    ),
    (
        "aws_kinesis_firehose_delivery_stream",
        stream(processing_configuration=[{"enabled": True}]),
        stream(processing_configuration=[]),
        "newline after each event in eu-west-1: on → off",
    ),
    (
        "aws_sqs_queue",
        {"region": "eu-west-1", "message_retention_seconds": 1209600},
        {"region": "eu-west-1", "message_retention_seconds": 60},
        "time that dead letters are kept in eu-west-1: 1,209,600 seconds → 60 seconds",
    ),
    (
        "aws_sqs_queue",
        {"arn": ARN, "sqs_managed_sse_enabled": True},
        {"arn": ARN, "sqs_managed_sse_enabled": False},
        "encryption of dead letters in eu-west-1: on → off",
    ),
    (
        "aws_cloudwatch_log_group",
        {"arn": ARN, "retention_in_days": 0},
        {"arn": ARN, "retention_in_days": 30},
        "time that the delivery log is kept in eu-west-1: forever → 30 days",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        an_alarm("orgtrail-silence", evaluation_periods=24),
        an_alarm("orgtrail-silence", evaluation_periods=48),
        "alarm that nothing comes in eu-west-1: after 24 hours → after 48 hours",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        an_alarm("orgtrail-freshness"),
        an_alarm("orgtrail-freshness", alarm_actions=[]),
        "message of the alarm orgtrail-freshness in eu-west-1: on → off",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        an_alarm("orgtrail-freshness"),
        an_alarm("orgtrail-freshness", actions_enabled=False),
        "message of the alarm orgtrail-freshness in eu-west-1: on → off",
    ),
    (
        "aws_glue_catalog_table",
        table(projection__account__type="enum", projection__account__values="1,2"),
        table(projection__account__type="enum", projection__account__values="1"),
        "accounts that a table finds, iam_events: 2 → no longer",
    ),
    (
        "aws_glue_catalog_table",
        table(projection__region__type="enum", projection__region__values="a,b"),
        table(projection__region__type="enum", projection__region__values="b"),
        "regions that a table finds, iam_events: a → no longer",
    ),
    (
        "aws_athena_workgroup",
        {"configuration": [{"enforce_workgroup_configuration": True}]},
        {"configuration": [{"enforce_workgroup_configuration": False}]},
        "workgroup's settings, whatever a client asks for: on → off",
    ),
]
BOTH_WAYS = [
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        encryption("aws:kms", "a"),
        encryption("aws:kms", "b"),
        "KMS key: a → b",
    ),
    (
        "aws_kinesis_firehose_delivery_stream",
        stream(prefix="a/"),
        stream(prefix="b/"),
        "where in the bucket events lie in eu-west-1: a/ → b/",
    ),
    (
        "aws_kinesis_firehose_delivery_stream",
        stream(bucket_arn="a"),
        stream(bucket_arn="b"),
        "bucket that new events go to in eu-west-1: a → b",
    ),
    (
        "aws_glue_catalog_table",
        table(storage__location__template="a"),
        table(storage__location__template="b"),
        "where a table finds events, iam_events: a → b",
    ),
]
DELETED = [
    (
        "aws_s3_bucket_public_access_block",
        {"block_public_acls": True},
        "public access block, block_public_acls: on → off",
    ),
    ("aws_s3_bucket_versioning", VERSIONED, "versioning: on → off"),
    ("aws_s3_bucket_logging", {"target_bucket": "logs"}, "access logs of the bucket: there → removed"),
    (
        "aws_s3_bucket_object_lock_configuration",
        locked("COMPLIANCE", 60),
        "lock of objects: compliance, 60 days → none",
    ),
    ("aws_kms_key", {"enable_key_rotation": True}, "KMS key of the archive: there → removed"),
    ("aws_glue_catalog_database", {"name": "orgtrail"}, "tables in Athena: there → removed"),
    (
        "aws_glue_catalog_table",
        table(projection__enabled="true"),
        "table in Athena, iam_events: there → removed",
    ),
    ("aws_cloudwatch_event_rule", pattern(source=["a"]), "pipeline in eu-west-1: there → removed"),
    (
        "aws_cloudwatch_metric_alarm",
        an_alarm("orgtrail-freshness"),
        "alarm orgtrail-freshness in eu-west-1: there → removed",
    ),
    ("aws_cloudwatch_event_target", {"arn": ARN}, "pipeline in eu-west-1: there → removed"),
    ("aws_kinesis_firehose_delivery_stream", stream(), "pipeline in eu-west-1: there → removed"),
]
