"""Who reads events, to follow or to compare them: every object of the archive, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.deployment_documents import DEPLOY_READING, DEPLOY_ROLE
from tests.policies.evaluator import ALLOWED, DENIED, REFUSED
from tests.policies.key_cases import misuses_of_a_key, through_s3
from tests.policies.setups import BUCKET_POLICY, EVERYBODY, KEY_POLICY, Setup


def reading_cases(setup: Setup) -> list[Case]:
    """Every case about who reads events."""
    return [*_objects(setup), *_key(setup)]


def _role(setup: Setup, group: str, resource_policy: str) -> Asker:
    return Asker(
        group=group,
        who="the deploy role, to read events",
        principal=setup.role(ARCHIVE_ACCOUNT_ID, DEPLOY_ROLE),
        identity=DEPLOY_READING,
        resource_policy=resource_policy,
    )


def _objects(setup: Setup) -> Iterator[Case]:
    role, event = _role(setup, "Reading events", BUCKET_POLICY), setup.event_of(ACCOUNT_ID)
    yield from role.asks("s3:GetObject", "in an account's folder", event, ALLOWED)
    yield from role.asks("s3:GetObject", "in an account's error folder", setup.error_of(ACCOUNT_ID), ALLOWED)
    yield from role.asks("s3:GetObject", "in an account's folder, over plain HTTP", event, DENIED, tls=False)
    alone = replace(role, group="The policy for reading alone", resource_policy=None)
    more = ("s3:DeleteObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectRetention")
    yield from alone.asks(more, "in an account's folder", event, REFUSED)
    yield from alone.asks("s3:PutBucketPolicy", "on the bucket", setup.bucket, REFUSED)
    payroll = f"arn:{setup.partition}:s3:::acme-payroll/1.csv"
    yield from alone.asks("s3:GetObject", "in another bucket", payroll, REFUSED)
    yield from alone.asks("s3:GetObject", "of a result", f"{setup.bucket}-results/1.csv", REFUSED)


def _key(setup: Setup) -> Iterator[Case]:
    role, right = _role(setup, "Reading events", KEY_POLICY), through_s3(setup)
    yield from role.asks("kms:Decrypt", "through S3, for the archive", setup.key, ALLOWED, context=right)
    one = {**right, "kms:EncryptionContext:aws:s3:arn": setup.event_of(ACCOUNT_ID)}
    yield from role.asks("kms:Decrypt", "through S3, for one object of it", setup.key, ALLOWED, context=one)
    alone = replace(role, group="The policy for reading alone")
    for what, context in misuses_of_a_key(setup):
        yield from alone.asks("kms:Decrypt", what, setup.key, REFUSED, context=context)
    more = ("kms:Encrypt", "kms:GenerateDataKey")
    yield from alone.asks(more, "through S3, for the archive", setup.key, REFUSED, context=right)
    foreign = replace(alone, owner=OTHER_ACCOUNT_ID, resource_policy=EVERYBODY)
    other_key = setup.key_of(OTHER_ACCOUNT_ID)
    yield from foreign.asks("kms:Decrypt", "with another account's key", other_key, REFUSED, context=right)
