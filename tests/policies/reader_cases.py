"""An account's own people, who read the account's own events: what they get, and what stays out of reach."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.builders import ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.case import Asker, Case
from tests.policies.evaluator import ALLOWED, ANONYMOUS, DENIED, REFUSED, Principal
from tests.policies.setups import (
    BUCKET_POLICY,
    EVERYBODY,
    EVERYTHING,
    KEY_POLICY,
    OUTSIDER_ID,
    READING,
    READING_EXISTING,
    Setup,
)

READER = "SecurityAudit"
_SSO = "aws-reserved/sso.amazonaws.com"
_MORE = ("s3:GetObjectVersion", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectAcl")
_DELETING = ("s3:DeleteObject", "s3:DeleteObjectVersion")
_ON_THE_BUCKET = ("s3:GetBucketPolicy", "s3:PutBucketPolicy")
_LISTING_MORE = "s3:ListBucketVersions"
_SERVICE, _CONTEXT = "kms:ViaService", "kms:EncryptionContext:aws:s3:arn"


def reader_cases(setup: Setup) -> list[Case]:
    """Every case about who reads."""
    parts = (_reading, _bucket_policy, _roles, _key_policy, _own_policy)
    return [case for part in parts for case in part(setup)]


def _reader(setup: Setup, group: str, *, identity: str = EVERYTHING, resource_policy: str = BUCKET_POLICY) -> Asker:
    return Asker(
        group=group,
        who="a role that may read its own account's events",
        principal=setup.role(ACCOUNT_ID, READER),
        identity=identity,
        resource_policy=resource_policy,
    )


def _folder(setup: Setup, account_id: str, events: str) -> str:
    """An account's folder, as the prefix of a request that lists it."""
    return events.format(account=account_id).partition(account_id)[0] + f"{account_id}/"


def _below(prefix: str) -> Mapping[str, str]:
    return {"s3:prefix": prefix}


def _own(setup: Setup) -> Iterator[tuple[str, str, str]]:
    """What is the account's own to read: in words, an object, and the prefix that lists it."""
    yield "in its own folder", setup.event_of(ACCOUNT_ID), _folder(setup, ACCOUNT_ID, setup.events)
    yield (
        "in its own folder of backfilled events",
        setup.backfilled_event_of(ACCOUNT_ID),
        _folder(setup, ACCOUNT_ID, setup.backfilled),
    )
    if setup.is_moving:
        prefix = _folder(setup, ACCOUNT_ID, setup.old_events)
        yield "in its own folder of the layout before", setup.old_event_of(ACCOUNT_ID), prefix
        before = "before/backfill/{account}/us-east-1/2026/01/02/"
        backfilled = f"{setup.bucket}/{before.format(account=ACCOUNT_ID)}1.gz"
        prefix = _folder(setup, ACCOUNT_ID, before)
        yield "in its own folder of backfilled events, in the layout before", backfilled, prefix


def _others(setup: Setup) -> Iterator[tuple[str, str, str]]:
    """The same of what isn't the account's own."""
    other = OTHER_ACCOUNT_ID
    yield "in another account's folder", setup.event_of(other), _folder(setup, other, setup.events)
    yield (
        "in another account's folder of backfilled events",
        setup.backfilled_event_of(other),
        _folder(setup, other, setup.backfilled),
    )
    yield "in a folder whose name begins with its id", setup.event_of(f"{ACCOUNT_ID}4"), f"{ACCOUNT_ID}4/"
    yield (
        "in another account's folder of the layout before",
        setup.old_event_of(other),
        _folder(setup, other, setup.old_events),
    )
    before = "before/backfill/{account}/us-east-1/2026/01/02/"
    backfilled = f"{setup.bucket}/{before.format(account=other)}1.gz"
    where = "in another account's folder of backfilled events, in the layout before"
    yield where, backfilled, _folder(setup, other, before)
    yield "in its own error folder", setup.error_of(ACCOUNT_ID), f"errors/{ACCOUNT_ID}/"
    yield "in another account's error folder", setup.error_of(other), f"errors/{other}/"
    yield "at the bucket's root", f"{setup.bucket}/1.gz", ""


def _reading(setup: Setup) -> Iterator[Case]:
    """With the policy that Orgtrail prints for the role: both sides let it read."""
    if not setup.readers:
        return
    reader = _reader(setup, "Reading one's own account", identity=READING)
    for where, resource, prefix in _own(setup):
        yield from reader.asks("s3:GetObject", where, resource, ALLOWED)
        yield from reader.asks("s3:ListBucket", where, setup.bucket, ALLOWED, context=_below(prefix))
    yield from reader.asks("s3:GetBucketLocation", "on the bucket", setup.bucket, ALLOWED)
    deeper = _below(setup.events.format(account=ACCOUNT_ID))
    yield from reader.asks("s3:ListBucket", "for a day of its own", setup.bucket, ALLOWED, context=deeper)


def _bucket_policy(setup: Setup) -> Iterator[Case]:
    """Whatever its own account lets the role do."""
    reader = _reader(setup, "The bucket policy alone, for readers")
    own = ALLOWED if setup.readers else REFUSED
    for where, resource, prefix in _own(setup):
        yield from reader.asks("s3:GetObject", where, resource, own)
        yield from reader.asks("s3:ListBucket", where, setup.bucket, own, context=_below(prefix))
        yield from reader.asks("s3:GetObject", f"{where}, over plain HTTP", resource, DENIED, tls=False)
    for where, resource, prefix in _others(setup):
        yield from reader.asks("s3:GetObject", where, resource, REFUSED)
        yield from reader.asks("s3:ListBucket", where, setup.bucket, REFUSED, context=_below(prefix))
    folder = _folder(setup, ACCOUNT_ID, setup.events)
    yield from reader.asks("s3:ListBucket", "without a prefix", setup.bucket, REFUSED)
    short = _below(folder.removesuffix("/"))
    yield from reader.asks("s3:ListBucket", "of its folder, without the slash", setup.bucket, REFUSED, context=short)
    yield from reader.asks("s3:GetBucketLocation", "on the bucket", setup.bucket, own)
    event = setup.event_of(ACCOUNT_ID)
    yield from reader.asks(_MORE, "in its own folder", event, REFUSED)
    yield from reader.asks(_DELETING, "in its own folder", event, DENIED if setup.guarded else REFUSED)
    yield from reader.asks(_ON_THE_BUCKET, "on the bucket", setup.bucket, REFUSED)
    yield from reader.asks(_LISTING_MORE, "in its own folder", setup.bucket, REFUSED, context=_below(folder))


def _readers(setup: Setup) -> Iterator[tuple[str, Principal]]:
    """Every kind of role that the setting names."""
    yield "a role of the name", setup.role(ACCOUNT_ID, READER)
    yield "a role of the path and the beginning of the name", setup.role(ACCOUNT_ID, "teams/audit/Reader-2")
    yield "a permission set's role", setup.role(ACCOUNT_ID, f"{_SSO}/AWSReservedSSO_Audit_0123456789abcdef")
    yield (
        "a permission set's role, made outside us-east-1",
        setup.role(ACCOUNT_ID, f"{_SSO}/eu-west-1/AWSReservedSSO_Audit_0123456789abcdef"),
    )


def _not_readers(setup: Setup) -> Iterator[tuple[str, Principal]]:
    """Everybody who is nearly one of them."""
    outsider = setup.role(OUTSIDER_ID, READER)
    yield "another role of an account", setup.role(ACCOUNT_ID, "developer")
    yield "a role of the name and more", setup.role(ACCOUNT_ID, f"{READER}-2")
    yield "a role of the name below a path", setup.role(ACCOUNT_ID, f"teams/{READER}")
    yield "a role of the name without its path", setup.role(ACCOUNT_ID, "Reader-2")
    yield "a role named like a permission set's", setup.role(ACCOUNT_ID, "AWSReservedSSO_Audit_0123456789abcdef")
    yield "another permission set's role", setup.role(ACCOUNT_ID, f"{_SSO}/AWSReservedSSO_Admin_0123456789abcdef")
    yield "a user of the name", _user(setup.role(ACCOUNT_ID, READER), READER)
    if setup.organization_id:
        yield "a role of the name in another organization's account", outsider
    else:
        yield "a role of the name in an account that isn't listed", outsider


def _user(role: Principal, name: str) -> Principal:
    arn = role.context["aws:PrincipalArn"].partition(":role/")[0] + f":user/{name}"
    return Principal(arn, {**role.context, "aws:PrincipalArn": arn})


def _roles(setup: Setup) -> Iterator[Case]:
    allowed = [(who, principal, ALLOWED if setup.readers else REFUSED) for who, principal in _readers(setup)]
    refused = [(who, principal, REFUSED) for who, principal in (*_not_readers(setup), ("anybody", ANONYMOUS))]
    for who, principal, verdict in (*allowed, *refused):
        account_id = principal.context["aws:PrincipalAccount"]
        asker = replace(
            _reader(setup, "Who reads, by the bucket policy alone"),
            who=who,
            principal=principal,
            # Without credentials there is no policy of one's own.
            identity=None if principal is ANONYMOUS else EVERYTHING,
        )
        prefix = _below(_folder(setup, account_id, setup.events))
        yield from asker.asks("s3:GetObject", "in its own folder", setup.event_of(account_id), verdict)
        yield from asker.asks("s3:ListBucket", "in its own folder", setup.bucket, verdict, context=prefix)
        yield from asker.asks("s3:GetBucketLocation", "on the bucket", setup.bucket, verdict)
    second = replace(
        _reader(setup, "Who reads, by the bucket policy alone"),
        who="a role of the name in a second account",
        principal=setup.role(OTHER_ACCOUNT_ID, READER),
    )
    own = ALLOWED if setup.readers else REFUSED
    prefix = _below(_folder(setup, OTHER_ACCOUNT_ID, setup.events))
    yield from second.asks("s3:GetObject", "in its own folder", setup.event_of(OTHER_ACCOUNT_ID), own)
    yield from second.asks("s3:ListBucket", "in its own folder", setup.bucket, own, context=prefix)
    yield from second.asks("s3:GetBucketLocation", "on the bucket", setup.bucket, own)
    yield from second.asks("s3:GetObject", "in the first one's folder", setup.event_of(ACCOUNT_ID), REFUSED)


def _through_s3(setup: Setup) -> Mapping[str, str]:
    return {_SERVICE: f"s3.{setup.region}.{setup.dns_suffix}", _CONTEXT: setup.bucket}


def _misuses(setup: Setup) -> Iterator[tuple[str, Mapping[str, str]]]:
    right = _through_s3(setup)
    yield "by itself, not through S3", {_CONTEXT: right[_CONTEXT]}
    yield "through S3 in another region", {**right, _SERVICE: f"s3.{setup.other_region}.{setup.dns_suffix}"}
    yield "through S3, for another bucket", {**right, _CONTEXT: f"arn:{setup.partition}:s3:::acme-payroll"}
    yield "through S3, without a context", {_SERVICE: right[_SERVICE]}


def _key_policy(setup: Setup) -> Iterator[Case]:
    """With a bucket key, S3 decrypts for the bucket as a whole: which objects are read, the bucket's policy decides."""
    right, group = _through_s3(setup), "The key policy alone, for readers"
    own = ALLOWED if setup.readers else REFUSED
    for who, principal in _readers(setup):
        reader = replace(_reader(setup, group, resource_policy=KEY_POLICY), who=who, principal=principal)
        yield from reader.asks("kms:Decrypt", "through S3, for the archive", setup.key, own, context=right)
    reader = _reader(setup, group, resource_policy=KEY_POLICY)
    for what, context in _misuses(setup):
        yield from reader.asks("kms:Decrypt", what, setup.key, REFUSED, context=context)
    writing = ("kms:Encrypt", "kms:GenerateDataKey")
    yield from reader.asks(writing, "through S3, for the archive", setup.key, REFUSED, context=right)
    yield from reader.asks(("kms:DescribeKey", "kms:PutKeyPolicy"), "on the key", setup.key, REFUSED)
    for who, principal in _not_readers(setup):
        other = replace(reader, who=who, principal=principal)
        yield from other.asks("kms:Decrypt", "through S3, for the archive", setup.key, REFUSED, context=right)
    second = replace(
        reader, who="a role of the name in a second account", principal=setup.role(OTHER_ACCOUNT_ID, READER)
    )
    yield from second.asks("kms:Decrypt", "through S3, for the archive", setup.key, own, context=right)


def _own_policy(setup: Setup) -> Iterator[Case]:
    """The policy that is printed for the role, where the archive would let it do anything."""
    reader = _reader(setup, "The reading role's policy alone", identity=READING, resource_policy=EVERYBODY)
    for what, resource, prefix in _own(setup):
        yield from reader.asks("s3:GetObject", what, resource, ALLOWED)
        yield from reader.asks("s3:ListBucket", what, setup.bucket, ALLOWED, context=_below(prefix))
    yield from reader.asks("s3:GetBucketLocation", "on the bucket", setup.bucket, ALLOWED)
    for what, resource, prefix in _others(setup):
        yield from reader.asks("s3:GetObject", what, resource, REFUSED)
        yield from reader.asks("s3:ListBucket", what, setup.bucket, REFUSED, context=_below(prefix))
    yield from reader.asks("s3:ListBucket", "without a prefix", setup.bucket, REFUSED)
    yield from reader.asks((*_MORE, *_DELETING), "in its own folder", setup.event_of(ACCOUNT_ID), REFUSED)
    yield from reader.asks(_ON_THE_BUCKET, "on the bucket", setup.bucket, REFUSED)
    prefix = _folder(setup, ACCOUNT_ID, setup.events)
    yield from reader.asks(_LISTING_MORE, "in its own folder", setup.bucket, REFUSED, context=_below(prefix))
    payroll = f"arn:{setup.partition}:s3:::acme-payroll"
    yield from reader.asks("s3:GetObject", "in another bucket", f"{payroll}/{prefix}1.gz", REFUSED)
    yield from reader.asks("s3:ListBucket", "in another bucket", payroll, REFUSED, context=_below(prefix))
    yield from reader.asks("s3:GetBucketLocation", "on another bucket", payroll, REFUSED)
    yield from _decrypting(setup, reader)
    yield from _decrypting(
        setup,
        replace(reader, group="The reading role's policy alone, of an existing bucket", identity=READING_EXISTING),
    )


def _decrypting(setup: Setup, reader: Asker) -> Iterator[Case]:
    right, existing = _through_s3(setup), reader.identity == READING_EXISTING
    by_object = {**right, _CONTEXT: setup.event_of(ACCOUNT_ID)}
    of_objects = ALLOWED if existing else REFUSED
    yield from reader.asks("kms:Decrypt", "through S3, for the archive", setup.key, ALLOWED, context=right)
    yield from reader.asks("kms:Decrypt", "through S3, for one object", setup.key, of_objects, context=by_object)
    before = REFUSED if existing and not setup.is_moving else ALLOWED
    yield from reader.asks("kms:Decrypt", "through S3, with the key before", setup.old_key, before, context=right)
    for what, context in _misuses(setup):
        yield from reader.asks("kms:Decrypt", what, setup.key, REFUSED, context=context)
    yield from reader.asks("kms:GenerateDataKey", "through S3, for the archive", setup.key, REFUSED, context=right)
    another = setup.key_of(OTHER_ACCOUNT_ID)
    theirs = replace(reader, owner=OTHER_ACCOUNT_ID)
    yield from theirs.asks("kms:Decrypt", "with a key of another account", another, REFUSED, context=right)
