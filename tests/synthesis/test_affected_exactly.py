"""`affected` names the stacks whose synthesized bytes differ, and no other: organizations that differ in some settings.

`ORGTRAIL_PAIRS=5000` compares so many pairs instead of some dozens.
"""

import os
from dataclasses import fields, replace
from random import Random

import pytest

from orgtrail.affected.compare import NOT_IN_AN_ACCOUNTS_STACK, OF_THE_ARCHIVE_ALONE, compare
from orgtrail.alarms import Alarms
from orgtrail.events import Events
from orgtrail.layout import Layout
from orgtrail.names import ARCHIVE_STACK, TRAIL_STACK
from orgtrail.settings import (
    AccessLogs,
    Buffering,
    Catalog,
    CloudState,
    Former,
    LocalState,
    MovingFrom,
    ObjectLock,
    Settings,
    Transition,
    Wave,
)
from tests.builders import (
    ORGANIZATION_ID,
    a_rollout,
    a_trail,
    account_stack,
    an_account,
    an_archive,
    an_s3_state,
    archive_stack,
    settings,
    trail_stack,
)

# Several processes would each start Node.
PAIRS = int(os.environ.get("ORGTRAIL_PAIRS", "40"))
pytestmark = [pytest.mark.xdist_group("affected-exactly"), pytest.mark.timeout(60 + 5 * PAIRS)]

ROLE = ("arn:aws:iam::333333333333:role/deploy",)
KEYS = [f"arn:aws:kms:us-east-1:222222222222:key/{digit * 8}-0000-0000-0000-000000000000" for digit in "12"]
LAYOUTS = [
    Layout(),
    Layout("{account_id}/{region}/{yyyy}-{MM}-{dd}/"),  # the same to a policy
    Layout("iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/"),
]
OLD = Layout("old/{account_id}/{region}/{yyyy}/{MM}/{dd}/")
TAGS = [{}, {"env": "prod"}, {"ManagedBy": "us"}, {"env": "prod", "ManagedBy": "us"}]

ACCOUNT = {
    "email": [None, "a@example.com"],
    "vars": [{}, {"a": 1}],
    "roles": [(), ROLE],
    "external_id": [None, "secret"],
    "session_name": ["orgtrail", "other"],
    "profile": [None, "p"],
    "regions": [("us-east-1",), ("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1")],
    "tags": TAGS,
    "status": ["active", "active", "suspended"],
    "events": [Events(), Events(include_read_only=True)],
    "compression": ["UNCOMPRESSED", "GZIP"],
    "buffering": [Buffering(), Buffering(interval_seconds=60)],
    "log_retention_days": [30, 90],
    "alarms": [
        None,
        Alarms("arn:aws:sns:{region}:{account_id}:a"),
        Alarms("arn:{partition}:sns:{region}:{account_id}:a"),
        Alarms("arn:aws:sns:{region}:{account_id}:a", 24),
    ],
    "enabled": [True, True, False],
    "name": ["payments", "ledger"],
}
UNNAMED = {name: values for name, values in ACCOUNT.items() if name != "name"}
ARCHIVE = {
    "account_id": ["222222222222", "777777777777", "444444444444"],
    "region": ["us-east-1", "eu-west-1"],
    "bucket": ["acme-iam-events", "other-iam-events"],
    "existing": [False, True],
    "layout": LAYOUTS,
    "roles": [(), ("arn:aws:iam::222222222222:role/deploy",)],
    "external_id": [None, "secret"],
    "session_name": ["orgtrail", "other"],
    "tags": TAGS,
    "noncurrent_days": [30, 60],
    "expire_days": [None, 400],
    "kms_key": [None, "managed", *KEYS],
    "object_lock": [None, ObjectLock(mode="governance", days=10), ObjectLock(mode="governance", days=20)],
    "manage_policy": [False, True],
    "adopt": [False, True],
    "break_glass_role": [None, "arn:aws:iam::222222222222:role/break-glass"],
    "readers": [(), ("SecurityAudit",)],
    "access_logs": [
        None,
        AccessLogs(bucket="acme-access-logs"),
        AccessLogs(bucket="acme-access-logs", prefix="archive/"),
    ],
    "transitions": [(), (Transition(days=30, storage_class="GLACIER_IR"),)],
    "catalog": [None, Catalog(), Catalog(database="security"), Catalog(results_expire_days=7)],
    "former": [
        Former(),
        Former(accounts=("333333333333",), regions=("us-east-1",)),
        Former(accounts=("999999999999",), regions=("eu-west-1", "us-east-1")),
        Former(layouts=(OLD,)),
        Former(layouts=(Layout(),)),
        Former(kms_key="managed"),
    ],
    "moving_from": [
        MovingFrom(),
        MovingFrom(layout=OLD),
        MovingFrom(kms_key="managed"),
        MovingFrom(kms_key="none"),
        MovingFrom(kms_key=KEYS[1]),
    ],
}
STATES = [
    LocalState(path="{name}.tfstate"),
    LocalState(path="{account_id}.tfstate"),
    an_s3_state(),
    an_s3_state(session_name="other"),
    an_s3_state(role="arn:aws:iam::222222222222:role/state"),
    an_s3_state(key="orgtrail/{name}/terraform.tfstate"),
    CloudState(organization="acme", workspace="orgtrail-{name}"),
]


OF_ACCOUNTS = a_trail(management=None)
TRAILS = [
    None,
    a_trail(),
    a_trail(expire_days=30, tags={"ManagedBy": "us"}),
    OF_ACCOUNTS,
    replace(OF_ACCOUNTS, expire_days=30),
    replace(OF_ACCOUNTS, kms_key=KEYS[0]),
]
WAVES = [a_rollout(), a_rollout(waves=(Wave("canary", ("payments",), None),))]


def allowed(archive):
    """The archive without what the accounts file can't say of an existing bucket, or of one that isn't."""
    if not archive.existing:
        return replace(archive, manage_policy=False)
    plain = an_archive()
    of_the_bucket = ("object_lock", "noncurrent_days", "expire_days", "transitions", "access_logs", "adopt")
    return replace(archive, **{name: getattr(plain, name) for name in of_the_bucket})


def some(random, table, share):
    """A random value for a share of a table's settings."""
    return {name: random.choice(values) for name, values in table.items() if random.random() < share}


def one(random, table):
    """A random value for one setting of a table."""
    name = random.choice(sorted(table))
    return {name: random.choice(table[name])}


def pair(random):
    """Two organizations of up to three accounts that differ in one or two settings, or in who is in them."""
    payments, data, lake = (
        an_account(account_id, name=name, **some(random, UNNAMED, 0.3))
        for account_id, name in (("333333333333", "payments"), ("444444444444", "data"), ("555555555555", "lake"))
    )
    base = settings(
        *random.choice([(payments, data), (payments, data, lake)]),
        archive=allowed(an_archive(**{"catalog": Catalog(), **some(random, ARCHIVE, 0.3)})),
        state=random.choice(STATES),
        organization_id=random.choice([ORGANIZATION_ID, ORGANIZATION_ID, None]),
        trail=random.choice(TRAILS),
    )
    head = base
    for _ in range(random.choice([1, 1, 2])):
        head = random.choice([edited, edited, archived, archived, other])(random, head)
    return with_fitting_trail(base), with_fitting_trail(head)


def with_fitting_trail(organization):
    """The organization's trail needs its id."""
    is_of_nothing = organization.organization_id is None and organization.trail
    return replace(organization, trail=OF_ACCOUNTS) if is_of_nothing else organization


def edited(random, organization):
    """An account has another setting."""
    accounts = list(organization.accounts)
    index = random.randrange(len(accounts))
    table = random.choice([ACCOUNT if index == 0 else UNNAMED, {"regions": ACCOUNT["regions"]}])
    accounts[index] = replace(accounts[index], **one(random, table))
    return replace(organization, accounts=tuple(accounts))


def archived(random, organization):
    """The archive has another setting."""
    return replace(organization, archive=allowed(replace(organization.archive, **one(random, ARCHIVE))))


def other(random, organization):
    """Something else differs: who is in it, in which order, its id, its states or its waves."""
    accounts = organization.accounts
    return replace(
        organization,
        **one(
            random,
            {
                "accounts": [accounts[1:], accounts[:-1], accounts[::-1]],
                "organization_id": [ORGANIZATION_ID, "o-zzzzzzzzzz", None],
                "state": STATES,
                "rollout": WAVES,
                "trail": TRAILS,
            },
        ),
    )


def stacks(organization: Settings):
    """Each stack, by its account's id."""
    return {
        ARCHIVE_STACK: archive_stack(organization),
        **({TRAIL_STACK: trail_stack(organization)} if organization.trail else {}),
        **{account.account_id: (account.name, account_stack(account, organization)) for account in organization.active},
    }


@pytest.mark.parametrize("seed", range(PAIRS))
def test_what_is_affected_is_what_comes_out_differently(seed):
    base, head = pair(Random(seed))
    before, after = stacks(base), stacks(head)
    found = compare(base, head)
    named = {one.account_id for one in found.accounts} | {one.name for one in found.stacks if not one.stack.account}

    assert named == {name for name, stack in after.items() if before.get(name) != stack}, (found.in_words, base, head)


def test_an_account_stack_doesnt_depend_on_what_is_left_out_of_the_comparison():
    account = an_account()
    other = an_account(email="a@b", display_name="A", org_id="x", vars={"a": 1})
    assert _differing(account, other) == NOT_IN_AN_ACCOUNTS_STACK
    assert account_stack(account) == account_stack(other)


def test_an_account_stack_doesnt_depend_on_what_is_the_archives_alone():
    archive = an_archive()
    other = an_archive(
        manage_policy=True,
        adopt=True,
        break_glass_role="arn:aws:iam::222222222222:role/break-glass",
        object_lock=ObjectLock(mode="governance", days=400),
        access_logs=AccessLogs(bucket="acme-access-logs"),
        catalog=Catalog(),
        former=Former(
            accounts=("777777777777",),
            regions=("eu-west-1",),
            layouts=(Layout("iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"),),
        ),
        tags={"owner": "security"},
        noncurrent_days=400,
        expire_days=800,
        transitions=(Transition(days=90, storage_class="GLACIER_IR"),),
        readers=("SecurityAudit",),
        roles=("arn:aws:iam::222222222222:role/deploy",),
        external_id="secret",
        session_name="other",
        profile="archive",
    )
    assert _differing(archive, other) == OF_THE_ARCHIVE_ALONE
    account = an_account()
    stacks = [account_stack(account, settings(account, archive=one)) for one in (archive, other)]
    assert stacks[0] == stacks[1]


def test_an_account_stack_doesnt_depend_on_other_accounts_or_the_organization():
    account = an_account()
    crowd = settings(account, an_account("444444444444", name="other"), organization_id=None)
    assert account_stack(account, crowd) == account_stack(account)


def test_the_archives_stack_doesnt_depend_on_what_leaves_it_unaffected():
    archive = an_archive(catalog=Catalog())
    before = settings(an_account(), archive=archive)
    after = settings(an_account(name="other", compression="GZIP", tags={"a": "b"}, enabled=False), archive=archive)
    assert compare(before, after).archive == ()
    assert archive_stack(before) == archive_stack(after)


def _differing(one, other):
    return {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)}
