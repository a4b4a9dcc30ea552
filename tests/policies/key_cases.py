"""The archive's key: who may use it, and how."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.policies.archive_cases import ADMINISTRATOR, delivery_role
from tests.policies.case import Asker, Case
from tests.policies.evaluator import ALLOWED, ANONYMOUS, DENIED, REFUSED
from tests.policies.setups import (
    DELIVERY,
    DELIVERY_EXISTING,
    DELIVERY_ROLE,
    EVERYBODY,
    EVERYTHING,
    KEY_POLICY,
    Setup,
)

_USE = ("kms:Decrypt", "kms:GenerateDataKey")
_SERVICE = "kms:ViaService"
_CONTEXT = "kms:EncryptionContext:aws:s3:arn"


def key_cases(setup: Setup) -> list[Case]:
    """Every case about the key."""
    deleting = _deleting(setup) if setup.guarded else ()
    parts = (_key_policy(setup), _strangers(setup), _administrators(setup), _role_policy(setup), _existing(setup))
    return [case for part in (_using(setup), *parts, deleting) for case in part]


def through_s3(setup: Setup) -> Mapping[str, str]:
    """How S3 uses the key of a bucket that has a bucket key: the encryption context is the bucket."""
    return {_SERVICE: f"s3.{setup.region}.{setup.dns_suffix}", _CONTEXT: setup.bucket}


def _using(setup: Setup) -> Iterator[Case]:
    member = delivery_role(setup, "Encrypting the archive", identity=DELIVERY, resource_policy=KEY_POLICY)
    yield from member.asks(_USE, "through S3, for the archive", setup.key, ALLOWED, context=through_s3(setup))


def misuses_of_a_key(setup: Setup) -> Iterator[tuple[str, dict[str, str]]]:
    """Everything that is nearly how S3 uses the key."""
    right = through_s3(setup)
    yield "by itself, not through S3", {_CONTEXT: right[_CONTEXT]}
    yield "through another service", {**right, _SERVICE: f"secretsmanager.{setup.region}.{setup.dns_suffix}"}
    yield "through S3 in another region", {**right, _SERVICE: f"s3.{setup.other_region}.{setup.dns_suffix}"}
    yield "through S3, for another bucket", {**right, _CONTEXT: f"arn:{setup.partition}:s3:::acme-payroll"}
    yield "through S3, without a context", {_SERVICE: right[_SERVICE]}


def _key_policy(setup: Setup) -> Iterator[Case]:
    member = delivery_role(setup, "The key policy alone", identity=EVERYTHING, resource_policy=KEY_POLICY)
    for what, context in misuses_of_a_key(setup):
        yield from member.asks(_USE, what, setup.key, REFUSED, context=context)
    by_object = {**through_s3(setup), _CONTEXT: setup.event_of(ACCOUNT_ID)}
    yield from member.asks(_USE, "through S3, for one object", setup.key, REFUSED, context=by_object)
    more = ("kms:Encrypt", "kms:ReEncryptFrom")
    yield from member.asks(more, "through S3, for the archive", setup.key, REFUSED, context=through_s3(setup))
    yield from member.asks(("kms:DescribeKey", "kms:PutKeyPolicy"), "on the key", setup.key, REFUSED)
    second = replace(
        member, who="a second account's delivery role", principal=setup.role(OTHER_ACCOUNT_ID, DELIVERY_ROLE)
    )
    yield from second.asks(_USE, "through S3, for the archive", setup.key, ALLOWED, context=through_s3(setup))


def _strangers(setup: Setup) -> Iterator[Case]:
    for who, principal in setup.strangers():
        if principal is ANONYMOUS:  # KMS knows no requests without credentials.
            continue
        stranger = Asker(
            group="The key policy alone",
            who=who,
            principal=principal,
            identity=EVERYTHING,
            resource_policy=KEY_POLICY,
        )
        yield from stranger.asks(_USE, "through S3, for the archive", setup.key, REFUSED, context=through_s3(setup))


def _administrators(setup: Setup) -> Iterator[Case]:
    for who, account_id, verdict in (
        (ADMINISTRATOR, ARCHIVE_ACCOUNT_ID, ALLOWED),
        ("another account's administrator", ACCOUNT_ID, REFUSED),
    ):
        administrator = Asker(
            group="The key policy alone",
            who=who,
            principal=setup.role(account_id, "administrator"),
            identity=EVERYTHING,
            resource_policy=KEY_POLICY,
        )
        yield from administrator.asks(("kms:Decrypt", "kms:PutKeyPolicy"), "on the key", setup.key, verdict)


def _role_policy(setup: Setup) -> Iterator[Case]:
    member = delivery_role(setup, "The delivery role's policy alone", identity=DELIVERY, resource_policy=EVERYBODY)
    yield from _refused_to_the_role(setup, member)
    # The key's own policy decides which key of the archive account is the archive's.
    yield from _with_another_key(setup, member, ARCHIVE_ACCOUNT_ID, "the archive account", ALLOWED)


def _existing(setup: Setup) -> Iterator[Case]:
    """A bucket that isn't Orgtrail's may have no bucket key; then the encryption context is the object."""
    member = delivery_role(
        setup,
        "The delivery role's policy alone, into an existing bucket",
        identity=DELIVERY_EXISTING,
        resource_policy=EVERYBODY,
    )
    right = through_s3(setup)
    by_object = {**right, _CONTEXT: setup.event_of(ACCOUNT_ID)}
    yield from member.asks(_USE, "through S3, for an object of the archive", setup.key, ALLOWED, context=by_object)
    yield from member.asks(_USE, "through S3, for the archive", setup.key, ALLOWED, context=right)
    verdict = ALLOWED if setup.is_moving else REFUSED
    yield from member.asks(_USE, "through S3, with the key before", setup.old_key, verdict, context=right)
    yield from _refused_to_the_role(setup, member)
    yield from _with_another_key(setup, member, ARCHIVE_ACCOUNT_ID, "the archive account", REFUSED)


def _refused_to_the_role(setup: Setup, member: Asker) -> Iterator[Case]:
    for what, context in misuses_of_a_key(setup):
        yield from member.asks(_USE, what, setup.key, REFUSED, context=context)
    right = through_s3(setup)
    yield from member.asks("kms:Encrypt", "through S3, for the archive", setup.key, REFUSED, context=right)
    yield from _with_another_key(setup, member, OTHER_ACCOUNT_ID, "another account", REFUSED)


def _with_another_key(setup: Setup, member: Asker, owner: str, whose: str, verdict: str) -> Iterator[Case]:
    key, what = setup.key_of(owner, "99999999-2222-3333-4444-555555555555"), f"with another key, of {whose}"
    yield from replace(member, owner=owner).asks(_USE, what, key, verdict, context=through_s3(setup))


def _deleting(setup: Setup) -> Iterator[Case]:
    for who, account_id, name, verdict in (
        (ADMINISTRATOR, ARCHIVE_ACCOUNT_ID, "administrator", DENIED),
        ("the break-glass role", ARCHIVE_ACCOUNT_ID, setup.break_glass_role_name, ALLOWED),
        ("a role of that name in another account", ACCOUNT_ID, setup.break_glass_role_name, DENIED),
    ):
        asker = Asker(
            group="Deleting evidence",
            who=who,
            principal=setup.role(account_id, name),
            identity=EVERYTHING,
            resource_policy=KEY_POLICY,
        )
        yield from asker.asks(("kms:DisableKey", "kms:ScheduleKeyDeletion"), "on the key", setup.key, verdict)
