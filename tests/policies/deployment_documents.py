"""The documents of the deploy role, its sibling and what surrounds them, of an organization that uses everything."""

from collections.abc import Mapping

from orgtrail import policies
from orgtrail.deployer.roles import pipeline_kinds
from orgtrail.policies import GuardedArchive, Kind, Place, alarm_kinds, bucket_kinds, resource_kinds, trail_kinds
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET, OTHER_ACCOUNT_ID
from tests.policies.evaluator import Document

DEPLOY_ROLE = "orgtrail-deploy"
PLAN_ROLE = "orgtrail-plan"
BOUNDARY_NAME = "orgtrail-boundary"
MANAGER = "stacksets-exec-1"
STATES = "acme-terraform-state"
EXTERNAL_ID = "acme-orgtrail"
MANAGEMENT_ACCOUNT_ID = "111111111111"
TRAIL_BUCKET = "acme-cloudtrail"
ALARM_TOPIC = "security-alarms"

DEPLOY = "deploy_permissions"
DEPLOY_ARCHIVE = "deploy_permissions, of the archive"
DEPLOY_ARCHIVE_TOPICS = "deploy_permissions, of the archive's topics"
DEPLOY_REDRIVE = "deploy_permissions, with redrive"
DEPLOY_STATES = "deploy_permissions, of the states"
DEPLOY_TRAIL = "deploy_permissions, of the trail"
DEPLOY_TRAIL_FILES = "deploy_permissions, of the trail's files"
DEPLOY_READING = "deploy_permissions, of what is read"
DEPLOY_BACKFILL = "deploy_permissions, of what is backfilled"
PLAN = "plan_permissions"
PLAN_ARCHIVE = "plan_permissions, of the archive"
PLAN_ARCHIVE_TOPICS = "plan_permissions, of the archive's topics"
PLAN_STATES = "plan_permissions, of the states"
PLAN_TRAIL = "plan_permissions, of the trail"
PLAN_TRAIL_FILES = "plan_permissions, of the trail's files"
DEPLOY_TRUST = "deploy_trust"
BOUNDARY = "delivery_boundary"
GUARD = "tamper_guard"
GUARD_REDRIVE = "tamper_guard, with redrive"


def deployment_documents(partition: str, region: str, break_glass_role: str | None) -> Mapping[str, Document]:
    """Each document by the name that cases give it."""
    place, archive = Place(partition, ACCOUNT_ID), Place(partition, ARCHIVE_ACCOUNT_ID, region)
    of_pipelines = [*pipeline_kinds(place, BOUNDARY_NAME, alarms=True), *_topic(place)]
    of_archive = _archive(archive)
    of_archives_topics = _topic(Place(partition, ARCHIVE_ACCOUNT_ID))
    of_states = resource_kinds.state_kinds(archive, STATES, "orgtrail/", "alias/states")
    of_trail = trail_kinds.trail_kinds(Place(partition, MANAGEMENT_ACCOUNT_ID), of_organization=True)
    of_files = bucket_kinds.trail_bucket_kinds(archive, TRAIL_BUCKET)
    anywhere = Place(partition)
    deploy = anywhere.iam(f"role/{DEPLOY_ROLE}")

    def guard(*, redrive: bool) -> Document:
        return policies.tamper_guard(
            anywhere,
            deploy_roles=[deploy],
            role_managers=[anywhere.iam("role/stacksets-exec-*")],
            guarded_roles=[deploy, anywhere.iam(f"role/{PLAN_ROLE}"), anywhere.iam(f"policy/{BOUNDARY_NAME}")],
            archive=GuardedArchive(archive, BUCKET, True, "orgtrail", break_glass_role),
            trail_bucket=TRAIL_BUCKET,
            redrive=redrive,
        )

    return {
        DEPLOY: policies.deploy_permissions(of_pipelines),
        DEPLOY_ARCHIVE: policies.deploy_permissions(of_archive),
        DEPLOY_ARCHIVE_TOPICS: policies.deploy_permissions(of_archives_topics),
        DEPLOY_REDRIVE: policies.deploy_permissions([*of_pipelines, *resource_kinds.redriven_letters(place)]),
        DEPLOY_STATES: policies.deploy_permissions(of_states),
        DEPLOY_TRAIL: policies.deploy_permissions(of_trail),
        DEPLOY_TRAIL_FILES: policies.deploy_permissions(of_files),
        DEPLOY_READING: policies.deploy_permissions(
            bucket_kinds.reading_kinds(archive, BUCKET, (archive.arn("kms", "key/*"),))
        ),
        DEPLOY_BACKFILL: policies.deploy_permissions(
            bucket_kinds.backfill_kinds(archive, BUCKET, "backfill/", (archive.arn("kms", "key/*"),))
        ),
        PLAN: policies.plan_permissions(of_pipelines),
        PLAN_ARCHIVE: policies.plan_permissions(of_archive),
        PLAN_ARCHIVE_TOPICS: policies.plan_permissions(of_archives_topics),
        PLAN_STATES: policies.plan_permissions(of_states),
        PLAN_TRAIL: policies.plan_permissions(of_trail),
        PLAN_TRAIL_FILES: policies.plan_permissions(of_files),
        DEPLOY_TRUST: policies.deploy_trust(f"arn:{partition}:iam::{OTHER_ACCOUNT_ID}:role/ci", EXTERNAL_ID),
        BOUNDARY: policies.delivery_boundary(
            place, bucket=BUCKET, bucket_account_id=ARCHIVE_ACCOUNT_ID, bucket_region=region
        ),
        GUARD: guard(redrive=False),
        GUARD_REDRIVE: guard(redrive=True),
    }


def _archive(place: Place) -> list[Kind]:
    return [
        *bucket_kinds.archive_bucket_kinds(place, BUCKET, object_lock=True, access_logs=True),
        *resource_kinds.archive_key_kinds(place),
        *bucket_kinds.results_bucket_kinds(place, f"{BUCKET}-results", access_logs=True),
        *resource_kinds.catalog_kinds(place, "orgtrail"),
    ]


def _topic(place: Place) -> list[Kind]:
    return alarm_kinds.alarm_topics(place, [place.arn("sns", ALARM_TOPIC)], keys=True)
