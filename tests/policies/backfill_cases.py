"""Who backfills: new objects below one folder of the archive, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.deployment_documents import DEPLOY_BACKFILL, DEPLOY_ROLE
from tests.policies.evaluator import ALLOWED, DENIED, REFUSED
from tests.policies.key_cases import misuses_of_a_key, through_s3
from tests.policies.setups import BUCKET_POLICY, EVERYBODY, KEY_POLICY, Setup

_NEW = {"s3:if-none-match": "*"}


def backfill_cases(setup: Setup) -> list[Case]:
    """Every case about who backfills."""
    return [*_objects(setup), *_key(setup)]


def _role(setup: Setup, group: str, resource_policy: str) -> Asker:
    return Asker(
        group=group,
        who="the deploy role, to backfill",
        principal=setup.role(ARCHIVE_ACCOUNT_ID, DEPLOY_ROLE),
        identity=DEPLOY_BACKFILL,
        resource_policy=resource_policy,
    )


def _objects(setup: Setup) -> Iterator[Case]:
    role = _role(setup, "Backfilling", BUCKET_POLICY)
    ours = f"{setup.bucket}/backfill/{ACCOUNT_ID}/us-east-1/2026/01/02/1.jsonl"
    put = "s3:PutObject"
    yield from role.asks(put, "where events are backfilled, if there is no such object", ours, ALLOWED, context=_NEW)
    yield from role.asks(put, "where events are backfilled, over what is there", ours, REFUSED)
    over_http = "where events are backfilled, over plain HTTP"
    yield from role.asks(put, over_http, ours, DENIED, context=_NEW, tls=False)
    alone = replace(role, group="The policy for backfilling alone", resource_policy=None)
    more = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObjectAcl", "s3:PutObjectRetention")
    yield from alone.asks(more, "where events are backfilled", ours, REFUSED)
    yield from alone.asks("s3:PutBucketPolicy", "on the bucket", setup.bucket, REFUSED)
    another = f"arn:{setup.partition}:s3:::acme-payroll/backfill/1"
    for what, resource in (
        ("in an account's folder", setup.event_of(ACCOUNT_ID)),
        ("in an account's error folder", setup.error_of(ACCOUNT_ID)),
        ("at the bucket's root", f"{setup.bucket}/1.gz"),
        ("in a folder whose name begins with backfill", f"{setup.bucket}/backfill-2/1.gz"),
        ("in another bucket", another),
    ):
        yield from alone.asks(put, what, resource, REFUSED, context=_NEW)


def _key(setup: Setup) -> Iterator[Case]:
    role = _role(setup, "Backfilling", KEY_POLICY)
    right, use = through_s3(setup), "kms:GenerateDataKey"
    yield from role.asks(use, "through S3, for the archive", setup.key, ALLOWED, context=right)
    one = {**right, "kms:EncryptionContext:aws:s3:arn": setup.event_of(ACCOUNT_ID)}
    yield from role.asks(use, "through S3, for one object of it", setup.key, ALLOWED, context=one)
    alone = replace(role, group="The policy for backfilling alone")
    for what, context in misuses_of_a_key(setup):
        yield from alone.asks(use, what, setup.key, REFUSED, context=context)
    yield from alone.asks(
        ("kms:Decrypt", "kms:Encrypt"), "through S3, for the archive", setup.key, REFUSED, context=right
    )
    foreign = replace(alone, owner=OTHER_ACCOUNT_ID, resource_policy=EVERYBODY)
    other_key = setup.key_of(OTHER_ACCOUNT_ID)
    yield from foreign.asks(use, "with another account's key", other_key, REFUSED, context=right)
