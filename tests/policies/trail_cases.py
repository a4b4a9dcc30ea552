"""The bucket of a trail's files: only CloudTrail writes, and only for our trails."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, ORGANIZATION_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.deployment_documents import MANAGEMENT_ACCOUNT_ID, TRAIL_BUCKET
from tests.policies.evaluator import ALLOWED, ANONYMOUS, DENIED, REFUSED, a_service
from tests.policies.setups import (
    ACCOUNT_TRAILS,
    EVERYTHING,
    ORGANIZATION_TRAIL,
    OUTSIDER_ID,
    Setup,
)

_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_WITH_ACL = {"s3:x-amz-acl": "bucket-owner-full-control"}


def trail_cases(setup: Setup) -> list[Case]:
    """Every case about the bucket of a trail."""
    organization, accounts = "The organization trail's bucket", "The bucket of the accounts' trails"
    return [
        *_writing(setup, organization, ORGANIZATION_TRAIL, MANAGEMENT_ACCOUNT_ID, ORGANIZATION_ID),
        *_writing(setup, organization, ORGANIZATION_TRAIL, MANAGEMENT_ACCOUNT_ID, MANAGEMENT_ACCOUNT_ID),
        *_strangers(setup, organization, ORGANIZATION_TRAIL, MANAGEMENT_ACCOUNT_ID, ORGANIZATION_ID),
        *_writing(setup, accounts, ACCOUNT_TRAILS, ACCOUNT_ID, ACCOUNT_ID),
        *_writing(setup, accounts, ACCOUNT_TRAILS, OTHER_ACCOUNT_ID, OTHER_ACCOUNT_ID),
        *_strangers(setup, accounts, ACCOUNT_TRAILS, ACCOUNT_ID, ACCOUNT_ID),
    ]


def _bucket(setup: Setup) -> str:
    return f"arn:{setup.partition}:s3:::{TRAIL_BUCKET}"


def _file(setup: Setup, folder: str) -> str:
    return f"{_bucket(setup)}/AWSLogs/{folder}/{ACCOUNT_ID}/CloudTrail/{setup.region}/2026/01/02/1.json.gz"


def _from(setup: Setup, account_id: str, *, name: str = "orgtrail", region: str | None = None) -> Mapping[str, str]:
    trail = f"arn:{setup.partition}:cloudtrail:{region or setup.region}:{account_id}:trail/{name}"
    return {"aws:SourceArn": trail, "aws:SourceAccount": account_id}


def _service(group: str, name: str, policy: str) -> Asker:
    return Asker(
        group=group, who=f"`{name}`", principal=a_service(name), resource_policy=policy, owner=ARCHIVE_ACCOUNT_ID
    )


def _writing(setup: Setup, group: str, policy: str, trail_of: str, folder: str) -> Iterator[Case]:
    service, context = _service(group, _CLOUDTRAIL, policy), _from(setup, trail_of)
    what, file = f"below `AWSLogs/{folder}/`, for {trail_of}'s trail", _file(setup, folder)
    yield from service.asks("s3:PutObject", what, file, ALLOWED, context={**context, **_WITH_ACL})
    if folder != MANAGEMENT_ACCOUNT_ID:
        bucket = f"on the bucket, for {trail_of}'s trail"
        yield from service.asks("s3:GetBucketAcl", bucket, _bucket(setup), ALLOWED, context=context)


def _strangers(setup: Setup, group: str, policy: str, trail_of: str, folder: str) -> Iterator[Case]:
    service, own, file = _service(group, _CLOUDTRAIL, policy), _from(setup, trail_of), _file(setup, folder)
    for what, context in (
        ("for another account's trail of the same name", _from(setup, OUTSIDER_ID)),
        ("for another trail", _from(setup, trail_of, name="payroll")),
        ("for a trail of another region", _from(setup, trail_of, region=setup.other_region)),
        ("for nobody in particular", {}),
    ):
        yield from service.asks("s3:PutObject", what, file, REFUSED, context={**context, **_WITH_ACL})
        yield from service.asks("s3:GetBucketAcl", what, _bucket(setup), REFUSED, context=context)
    whole = {**own, **_WITH_ACL}
    yield from service.asks(
        "s3:PutObject", "without leaving the file to the bucket's owner", file, REFUSED, context=own
    )
    for what, resource in (
        ("in the folder of another organization", _file(setup, "o-z9y8x7w6v5")),
        ("in the folder of an account that isn't in the file", _file(setup, OUTSIDER_ID)),
        ("outside of CloudTrail's folders", f"{_bucket(setup)}/1.json.gz"),
    ):
        yield from service.asks("s3:PutObject", what, resource, REFUSED, context=whole)
    yield from service.asks("s3:PutObject", "over plain HTTP", file, DENIED, context=whole, tls=False)
    yield from service.asks("s3:PutObjectAcl", "of its own", file, REFUSED, context=whole)
    yield from service.asks(("s3:GetObject", "s3:DeleteObject"), "of its own", file, REFUSED, context=own)
    yield from service.asks("s3:ListBucket", "on the bucket", _bucket(setup), REFUSED, context=own)
    yield from service.asks("s3:GetBucketAcl", "over plain HTTP", _bucket(setup), DENIED, context=own, tls=False)
    another = _service(group, "config.amazonaws.com", policy)
    yield from another.asks("s3:PutObject", "as CloudTrail would", file, REFUSED, context=whole)
    yield from another.asks("s3:GetBucketAcl", "as CloudTrail would", _bucket(setup), REFUSED, context=own)
    anybody = replace(service, who="anybody without credentials", principal=ANONYMOUS)
    yield from anybody.asks(("s3:GetObject", "s3:PutObject"), "as it is", file, REFUSED)
    for who, account_id in (("the archive account's administrator", ARCHIVE_ACCOUNT_ID), ("another's", OUTSIDER_ID)):
        administrator = replace(
            anybody, who=who, principal=setup.role(account_id, "administrator"), identity=EVERYTHING
        )
        verdict = ALLOWED if account_id == ARCHIVE_ACCOUNT_ID else REFUSED
        yield from administrator.asks("s3:GetObject", "of a file", file, verdict)
        yield from administrator.asks("s3:GetObject", "of a file, over plain HTTP", file, DENIED, tls=False)
        yield from administrator.asks("s3:ListBucket", "over plain HTTP", _bucket(setup), DENIED, tls=False)
