"""Tables for docs/permissions.md, made from the functions that `bin/orgtrail role` prints."""

import json
from collections.abc import Sequence

from orgtrail import policies
from orgtrail.policies import Kind, Place, alarm_kinds, bucket_kinds, resource_kinds, trail_kinds

_ANY = Place("aws")
_BUCKET = "<archive>"
_RESULTS = "<archive>-results"
_BOUNDARY = "<permissions_boundary>"
_TOPIC = "<alarms.topic>"


def pipelines_markdown() -> str:
    """What an account's stack takes, with a boundary and alarms."""
    return _table(
        [
            *resource_kinds.delivery_roles(_ANY, _ANY.iam(f"policy/{_BOUNDARY}")),
            *resource_kinds.rules(_ANY),
            *resource_kinds.delivery_streams(_ANY),
            *resource_kinds.dead_letter_queues(_ANY),
            *resource_kinds.delivery_logs(_ANY),
            *alarm_kinds.pipeline_alarms(_ANY),
            *alarm_kinds.alarm_topics(_ANY, [_TOPIC], keys=True),
            *resource_kinds.account_looks(),
        ]
    )


def redrive_markdown() -> str:
    """What `redrive` takes besides, in each account."""
    return _table(resource_kinds.redriven_letters(_ANY))


def archive_markdown() -> str:
    """What the archive's stack takes, with everything that it can have."""
    return _table(
        [
            *bucket_kinds.archive_bucket_kinds(_ANY, _BUCKET, object_lock=True, access_logs=True),
            *resource_kinds.archive_key_kinds(_ANY),
            *bucket_kinds.results_bucket_kinds(_ANY, _RESULTS, access_logs=True),
            *resource_kinds.catalog_kinds(_ANY, "orgtrail"),
            *alarm_kinds.alarm_topics(_ANY, [_TOPIC], keys=True),
        ]
    )


def reading_markdown() -> str:
    """What it takes to read events."""
    return _table(bucket_kinds.reading_kinds(_ANY, _BUCKET, ("<archive.kms_key>",)))


def backfill_markdown() -> str:
    """What backfilling takes, besides reading."""
    return _table(bucket_kinds.backfill_kinds(_ANY, _BUCKET, "backfill/", ("<archive.kms_key>",)))


def existing_markdown(*, manage_policy: bool) -> str:
    """What a bucket and a key take that others manage."""
    kinds = bucket_kinds.existing_bucket_kinds(_ANY, _BUCKET, manage_policy=manage_policy)
    return _table([*kinds, *resource_kinds.looked_at_key_kinds(("<archive.kms_key>",))])


def trail_markdown() -> str:
    """What an organization's trail takes, in the management account."""
    return _table(trail_kinds.trail_kinds(_ANY, of_organization=True))


def trail_files_markdown() -> str:
    """What the bucket of a trail's files takes."""
    return _table(bucket_kinds.trail_bucket_kinds(_ANY, "<trail.bucket>"))


def states_markdown() -> str:
    """What the states in S3 take."""
    return _table(resource_kinds.state_kinds(_ANY, "<states>", "orgtrail/", "a key"))


def boundary_markdown() -> str:
    """The boundary of the delivery roles."""
    document = policies.delivery_boundary(
        Place("aws", "333333333333"),
        bucket="acme-iam-events",
        bucket_account_id="222222222222",
        bucket_region="us-east-1",
    )
    return f"```json\n{json.dumps(document, indent=2)}\n```"


def _table(kinds: Sequence[Kind]) -> str:
    rows = [
        f"| {_code(kind.on)} | {_code(kind.reads)} | {_code(kind.looks)} | {_code(kind.writes)} | {_condition(kind)} |"
        for kind in kinds
    ]
    head = "| on | to plan | besides, to look | besides, to deploy | only if |"
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *rows])


def _code(values: Sequence[str]) -> str:
    return ", ".join(f"`{value}`" for value in sorted(values))


def _condition(kind: Kind) -> str:
    pairs = (pair for keys in kind.condition.values() for pair in keys.items())
    return ", ".join(f"`{key}` is `{value}`" for key, value in pairs)
