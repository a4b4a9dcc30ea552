"""`affected` names the stacks whose synthesized bytes differ, and no other: organizations that differ in some settings.

`ORGTRAIL_PAIRS=5000` compares so many pairs instead of some dozens.
"""

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orgtrail.affected.compare import compare
from orgtrail.events import Events
from orgtrail.layout import Layout
from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings import Buffering, CloudState, LocalState, MovingFrom, ObjectLock, Settings
from tests.builders import account_stack, an_account, an_archive, an_s3_state, archive_stack, settings

# Several processes would each start Node.
PAIRS = int(os.environ.get("ORGTRAIL_PAIRS", "40"))
pytestmark = [pytest.mark.xdist_group("affected-exactly"), pytest.mark.timeout(60 + 5 * PAIRS)]

ROLE = ("arn:aws:iam::333333333333:role/deploy",)
KEYS = [f"arn:aws:kms:us-east-1:222222222222:key/{letter}" for letter in "ab"]
LAYOUTS = [Layout(), Layout("iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/")]
TAGS = [{}, {"env": "prod"}, {"ManagedBy": "us"}, {"env": "prod", "ManagedBy": "us"}]

ACCOUNT = {
    "email": [None, "a@example.com"],
    "vars": [{}, {"a": 1}],
    "roles": [(), ROLE],
    "external_id": [None, "secret"],
    "session_name": ["orgtrail", "other"],
    "profile": [None, "p"],
    "regions": [("us-east-1",), ("us-east-1", "eu-west-1")],
    "tags": TAGS,
    "status": ["active", "active", "suspended"],
    "events": [Events(), Events(read_only=True)],
    "compression": ["UNCOMPRESSED", "GZIP"],
    "buffering": [Buffering(), Buffering(interval_seconds=60)],
    "log_retention_days": [30, 90],
    "enabled": [True, True, False],
    "name": ["payments", "ledger"],
}
ARCHIVE = {
    "account_id": ["222222222222", "777777777777"],
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
    "object_lock": [None, ObjectLock("governance", 10)],
    "moving_from": [
        MovingFrom(),
        MovingFrom(layout=Layout("old/{account_id}/{region}/{yyyy}/{MM}/{dd}/")),
        MovingFrom(kms_key="managed"),
        MovingFrom(kms_key=KEYS[1]),
    ],
}
STATES = [
    LocalState("{name}.tfstate"),
    LocalState("{account_id}.tfstate"),
    an_s3_state(),
    an_s3_state(session_name="other"),
    an_s3_state(role="arn:aws:iam::222222222222:role/state"),
    an_s3_state(key="orgtrail/{name}/terraform.tfstate"),
    CloudState("acme", None, None, "orgtrail-{name}"),
]


def some(table, most):
    """A few settings of a table, each with a value."""
    names = st.sets(st.sampled_from(sorted(table)), max_size=most)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: st.sampled_from(table[name]) for name in chosen}))


def allowed(archive):
    """The archive without what the accounts file can't say of an existing bucket."""
    return replace(archive, object_lock=None, noncurrent_days=30, expire_days=None) if archive.existing else archive


@st.composite
def pairs(draw):
    """Two organizations of two accounts that differ in a few settings."""
    unnamed = {name: values for name, values in ACCOUNT.items() if name != "name"}
    payments = an_account("333333333333", name="payments", **draw(some(unnamed, 4)))
    data = an_account("444444444444", name="data", **draw(some(unnamed, 4)))
    archive = allowed(an_archive(**draw(some(ARCHIVE, 4))))
    base = settings(payments, data, archive=archive, state=draw(st.sampled_from(STATES)))
    return base, replace(
        base,
        accounts=(replace(payments, **draw(some(ACCOUNT, 2))), replace(data, **draw(some(unnamed, 2)))),
        archive=allowed(replace(base.archive, **draw(some(ARCHIVE, 2)))),
        state=draw(st.sampled_from([base.state, base.state, *STATES])),
    )


def stacks(organization: Settings):
    """Each stack, by its account's id."""
    return {
        ARCHIVE_STACK: archive_stack(organization),
        **{account.account_id: (account.name, account_stack(account, organization)) for account in organization.active},
    }


@hypothesis_settings(
    max_examples=PAIRS,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # a smaller example isn't worth minutes of synthesis
)
@given(pairs())
def test_what_is_affected_is_what_comes_out_differently(pair):
    base, head = pair
    before, after = stacks(base), stacks(head)
    found = compare(base, head, {})
    named = {account.account_id for account in found.accounts} | ({ARCHIVE_STACK} if found.archive else set())

    assert named == {name for name, stack in after.items() if before.get(name) != stack}, (found.in_words, pair)
