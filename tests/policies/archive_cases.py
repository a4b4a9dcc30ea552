"""The archive's bucket: who may write, read and delete."""

from collections.abc import Iterator
from dataclasses import replace

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.evaluator import ALLOWED, ANONYMOUS, DENIED, REFUSED, Principal
from tests.policies.setups import (
    BUCKET_POLICY,
    DELIVERY,
    DELIVERY_ROLE,
    DELIVERY_SAME_ACCOUNT,
    EVERYBODY,
    EVERYTHING,
    OUTSIDER_ID,
    PRIVATE_BUCKET,
    Setup,
)

# https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#cross-account-delivery-s3
OWN_ACCOUNT_ACTIONS = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
OBJECT_ACTIONS = (*OWN_ACCOUNT_ACTIONS, "s3:PutObjectAcl")
BUCKET_ACTIONS = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")

ADMINISTRATOR = "the archive account's administrator"
_ENCRYPTION = "s3:x-amz-server-side-encryption"


def archive_cases(setup: Setup) -> list[Case]:
    """Every case about a bucket."""
    deleting = _deleting(setup) if setup.guarded else ()
    parts = (_delivering(setup), _bucket_policy(setup), _strangers(setup), _administrator(setup), _role_policy(setup))
    return [case for part in (*parts, _same_account(setup), deleting, _results(setup)) for case in part]


def delivery_role(setup: Setup, group: str, *, identity: str, resource_policy: str) -> Asker:
    """An account's role that delivers, with these of its policies and of the archive's."""
    return Asker(
        group=group,
        who="an account's delivery role",
        principal=setup.role(ACCOUNT_ID, DELIVERY_ROLE),
        identity=identity,
        resource_policy=resource_policy,
    )


def _delivering(setup: Setup) -> Iterator[Case]:
    member = delivery_role(setup, "Delivering to the archive", identity=DELIVERY, resource_policy=BUCKET_POLICY)
    event, error = setup.event_of(ACCOUNT_ID), setup.error_of(ACCOUNT_ID)
    yield from member.asks(OBJECT_ACTIONS, "in its own folder", event, ALLOWED)
    yield from member.asks(OBJECT_ACTIONS, "in its own error folder", error, ALLOWED)
    yield from member.asks(BUCKET_ACTIONS, "on the bucket", setup.bucket, ALLOWED)
    if setup.is_moving:
        for where, resource in _in_the_old_layout(setup, ACCOUNT_ID):
            yield from member.asks(OBJECT_ACTIONS, where, resource, ALLOWED)
    yield from member.asks("s3:PutObject", "in its own folder, over plain HTTP", event, DENIED, tls=False)
    yield from member.asks("s3:ListBucket", "on the bucket, over plain HTTP", setup.bucket, DENIED, tls=False)
    if setup.guarded:
        for what, verdict, context in _encryptions(setup):
            yield from member.asks("s3:PutObject", f"in its own folder, {what}", event, verdict, context=context)
    for where, resource in _not_its_own(setup):
        yield from member.asks("s3:PutObject", where, resource, REFUSED)


def _encryptions(setup: Setup) -> Iterator[tuple[str, str, dict[str, str]]]:
    key = f"{_ENCRYPTION}-aws-kms-key-id"
    another = setup.key_of(ACCOUNT_ID)
    yield "naming the archive's key", ALLOWED, {_ENCRYPTION: "aws:kms", key: setup.key}
    before = {_ENCRYPTION: "aws:kms", key: setup.old_key}
    yield "naming the key that the archive had before", ALLOWED if setup.is_moving else DENIED, before
    yield "naming another key", DENIED, {_ENCRYPTION: "aws:kms", key: another}
    yield "naming another key and no algorithm", DENIED, {key: another}
    yield "asking for KMS without a key", DENIED, {_ENCRYPTION: "aws:kms"}
    yield "asking for S3's own key", DENIED, {_ENCRYPTION: "AES256"}
    yield "bringing a key along", DENIED, {f"{_ENCRYPTION}-customer-algorithm": "AES256"}


def _in_the_old_layout(setup: Setup, account_id: str) -> Iterator[tuple[str, str]]:
    yield "in its own folder of the layout before", setup.old_event_of(account_id)
    yield "in its own error folder of the layout before", setup.old_error_of(account_id)


def _not_its_own(setup: Setup) -> Iterator[tuple[str, str]]:
    if not setup.is_moving:
        yield from _in_the_old_layout(setup, ACCOUNT_ID)
    yield "in another account's folder of the layout before", setup.old_event_of(OTHER_ACCOUNT_ID)
    yield "in another account's error folder of the layout before", setup.old_error_of(OTHER_ACCOUNT_ID)
    yield "in another account's folder", setup.event_of(OTHER_ACCOUNT_ID)
    yield "in another account's error folder", setup.error_of(OTHER_ACCOUNT_ID)
    yield "in a folder whose name begins with its id", setup.event_of(f"{ACCOUNT_ID}4")
    yield "in an error folder whose name begins with its id", setup.error_of(f"{ACCOUNT_ID}4")
    yield "where its own events are backfilled", setup.backfilled_event_of(ACCOUNT_ID)
    yield "where another account's events are backfilled", setup.backfilled_event_of(OTHER_ACCOUNT_ID)
    yield "at the bucket's root", f"{setup.bucket}/1.gz"
    yield "among no account's objects", f"{setup.bucket}/athena/1.gz"


def _bucket_policy(setup: Setup) -> Iterator[Case]:
    member = delivery_role(setup, "The bucket policy alone", identity=EVERYTHING, resource_policy=BUCKET_POLICY)
    for where, resource in _not_its_own(setup):
        yield from member.asks(OBJECT_ACTIONS, where, resource, REFUSED)
    event = setup.event_of(ACCOUNT_ID)
    more = ("s3:GetObjectVersion", "s3:PutObjectRetention", "s3:PutObjectTagging")
    yield from member.asks(more, "in its own folder", event, REFUSED)
    deletion = ("s3:DeleteObject", "s3:DeleteObjectVersion")
    yield from member.asks(deletion, "in its own folder", event, DENIED if setup.guarded else REFUSED)
    administration = ("s3:GetBucketPolicy", "s3:ListBucketVersions", "s3:PutBucketPolicy")
    yield from member.asks(administration, "on the bucket", setup.bucket, REFUSED)
    second = replace(
        member, who="a second account's delivery role", principal=setup.role(OTHER_ACCOUNT_ID, DELIVERY_ROLE)
    )
    yield from second.asks("s3:PutObject", "in its own folder", setup.event_of(OTHER_ACCOUNT_ID), ALLOWED)
    yield from second.asks("s3:PutObject", "in the first one's folder", event, REFUSED)
    yield from second.asks("s3:ListBucket", "on the bucket", setup.bucket, ALLOWED)


def _strangers(setup: Setup) -> Iterator[Case]:
    for who, principal in setup.strangers():
        stranger = Asker(
            group="The bucket policy alone",
            who=who,
            principal=principal,
            # Without credentials there is no policy of one's own.
            identity=None if principal is ANONYMOUS else EVERYTHING,
            resource_policy=BUCKET_POLICY,
        )
        folder = setup.event_of(principal.context["aws:PrincipalAccount"])
        yield from stranger.asks(("s3:GetObject", "s3:PutObject"), "in its own folder", folder, REFUSED)
        yield from stranger.asks("s3:ListBucket", "on the bucket", setup.bucket, REFUSED)


def _administrator(setup: Setup) -> Iterator[Case]:
    """Whom no policy of the archive keeps from writing; Object Lock keeps what was there before."""
    administrator = Asker(
        group="The bucket policy alone",
        who=ADMINISTRATOR,
        principal=setup.role(ARCHIVE_ACCOUNT_ID, "administrator"),
        identity=EVERYTHING,
        resource_policy=BUCKET_POLICY,
    )
    event = setup.event_of(ACCOUNT_ID)
    objects, bucket = ("s3:GetObject", "s3:PutObject"), ("s3:PutBucketPolicy", "s3:PutLifecycleConfiguration")
    yield from administrator.asks(objects, "in an account's folder", event, ALLOWED)
    yield from administrator.asks(bucket, "on the bucket", setup.bucket, ALLOWED)
    backfilled = setup.backfilled_event_of(ACCOUNT_ID)
    yield from administrator.asks("s3:PutObject", "where an account's events are backfilled", backfilled, ALLOWED)
    yield from administrator.asks(objects, "in an account's folder, over plain HTTP", event, DENIED, tls=False)
    yield from administrator.asks(bucket, "on the bucket, over plain HTTP", setup.bucket, DENIED, tls=False)


def _role_policy(setup: Setup) -> Iterator[Case]:
    member = delivery_role(setup, "The delivery role's policy alone", identity=DELIVERY, resource_policy=EVERYBODY)
    another_bucket = f"arn:{setup.partition}:s3:::acme-payroll"
    for where, resource in _not_its_own(setup):
        yield from member.asks(OBJECT_ACTIONS, where, resource, REFUSED)
    yield from member.asks("s3:DeleteObject", "in its own folder", setup.event_of(ACCOUNT_ID), REFUSED)
    yield from member.asks("s3:PutBucketPolicy", "on the bucket", setup.bucket, REFUSED)
    yield from member.asks("s3:PutObject", "in another bucket", f"{another_bucket}/1.gz", REFUSED)
    yield from member.asks(BUCKET_ACTIONS, "on another bucket", another_bucket, REFUSED)
    yield from _delivery_log(setup, replace(member, resource_policy=None, owner=ACCOUNT_ID))


def _same_account(setup: Setup) -> Iterator[Case]:
    """Within the archive account the role's policy is enough, so nothing else would refuse."""
    role = Asker(
        group="The delivery role's policy alone",
        who="the archive account's own delivery role",
        principal=setup.role(ARCHIVE_ACCOUNT_ID, DELIVERY_ROLE),
        identity=DELIVERY_SAME_ACCOUNT,
    )
    event, error = setup.event_of(ARCHIVE_ACCOUNT_ID), setup.error_of(ARCHIVE_ACCOUNT_ID)
    another_bucket = f"arn:{setup.partition}:s3:::acme-payroll"
    yield from role.asks(OWN_ACCOUNT_ACTIONS, "in its own folder", event, ALLOWED)
    yield from role.asks(OWN_ACCOUNT_ACTIONS, "in its own error folder", error, ALLOWED)
    verdict = ALLOWED if setup.is_moving else REFUSED
    for where, resource in _in_the_old_layout(setup, ARCHIVE_ACCOUNT_ID):
        yield from role.asks(OWN_ACCOUNT_ACTIONS, where, resource, verdict)
    yield from role.asks(BUCKET_ACTIONS, "on the bucket", setup.bucket, ALLOWED)
    yield from role.asks(("s3:DeleteObject", "s3:PutObjectAcl"), "in its own folder", event, REFUSED)
    yield from role.asks(OWN_ACCOUNT_ACTIONS, "in another account's folder", setup.event_of(ACCOUNT_ID), REFUSED)
    for account_id, whose in ((ARCHIVE_ACCOUNT_ID, "its own"), (ACCOUNT_ID, "another account's")):
        backfilled = setup.backfilled_event_of(account_id)
        yield from role.asks("s3:PutObject", f"where {whose} events are backfilled", backfilled, REFUSED)
    yield from role.asks("s3:PutObject", "at the bucket's root", f"{setup.bucket}/1.gz", REFUSED)
    yield from role.asks("s3:PutBucketPolicy", "on the bucket", setup.bucket, REFUSED)
    yield from role.asks("s3:ListBucket", "on another bucket", another_bucket, REFUSED)
    yield from _delivery_log(setup, role)


def _delivery_log(setup: Setup, role: Asker) -> Iterator[Case]:
    logs = f"arn:{setup.partition}:logs:{setup.other_region}:{role.owner}:log-group:"
    own = f"{logs}/aws/kinesisfirehose/orgtrail-iam-events:log-stream:DestinationDelivery"
    yield from role.asks("logs:PutLogEvents", "in the delivery log", own, ALLOWED)
    yield from role.asks("logs:DeleteLogStream", "in the delivery log", own, REFUSED)
    another = f"{logs}/aws/kinesisfirehose/payroll:log-stream:DestinationDelivery"
    yield from role.asks("logs:PutLogEvents", "in another log", another, REFUSED)


def _deleting(setup: Setup) -> Iterator[Case]:
    everybody = {
        ADMINISTRATOR: (setup.role(ARCHIVE_ACCOUNT_ID, "administrator"), DENIED),
        "the break-glass role": (setup.role(ARCHIVE_ACCOUNT_ID, setup.break_glass_role_name), ALLOWED),
        "a role of that name in another account": (setup.role(ACCOUNT_ID, setup.break_glass_role_name), DENIED),
    }
    for who, (principal, verdict) in everybody.items():
        yield from _deletes(setup, who, principal, verdict)


def _deletes(setup: Setup, who: str, principal: Principal, verdict: str) -> Iterator[Case]:
    asker = Asker(
        group="Deleting evidence", who=who, principal=principal, identity=EVERYTHING, resource_policy=BUCKET_POLICY
    )
    objects = ("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion")
    yield from asker.asks(objects, "in an account's folder", setup.event_of(ACCOUNT_ID), verdict)
    yield from asker.asks(("s3:DeleteBucket", "s3:DeleteBucketPolicy"), "on the bucket", setup.bucket, verdict)


def _results(setup: Setup) -> Iterator[Case]:
    bucket = f"{setup.bucket}-results"
    owner = Asker(
        group="Athena's results: the bucket's policy",
        who=ADMINISTRATOR,
        principal=setup.role(ARCHIVE_ACCOUNT_ID, "administrator"),
        identity=EVERYTHING,
        resource_policy=PRIVATE_BUCKET,
    )
    for tls, how, verdict in ((True, "", ALLOWED), (False, ", over plain HTTP", DENIED)):
        yield from owner.asks("s3:GetObject", f"of a result{how}", f"{bucket}/1.csv", verdict, tls=tls)
        yield from owner.asks("s3:ListBucket", f"on the bucket{how}", bucket, verdict, tls=tls)
    for who, principal, identity in (
        ("another account's administrator", setup.role(OUTSIDER_ID, "administrator"), EVERYTHING),
        ("anybody without credentials", ANONYMOUS, None),
    ):
        stranger = replace(owner, who=who, principal=principal, identity=identity)
        yield from stranger.asks("s3:GetObject", "of a result", f"{bucket}/1.csv", REFUSED)
        yield from stranger.asks("s3:ListBucket", "on the bucket", bucket, REFUSED)
