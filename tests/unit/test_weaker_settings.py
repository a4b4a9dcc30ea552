"""What two versions of the settings mean for the evidence: each kind, in words, and that its opposite is none."""

from dataclasses import replace

import pytest

from orgtrail.alarms import Alarms
from orgtrail.catalog import former_table
from orgtrail.events import Events
from orgtrail.layout import Layout
from orgtrail.settings import AccessLogs, Catalog, Former, ObjectLock, Transition
from orgtrail.weaker.settings import weaker_settings
from tests.builders import OTHER_ACCOUNT_ID, an_account, an_archive, settings

LOCK, GOVERNANCE = ObjectLock(mode="compliance", days=60), ObjectLock(mode="governance", days=60)
BOUNDARY = "arn:aws:iam::333333333333:policy/bounds"
KEY = "arn:aws:kms:us-east-1:222222222222:key/1"


def of_archive(before, after):
    return settings(an_account(), archive=an_archive(**before)), settings(an_account(), archive=an_archive(**after))


def of_account(before, after):
    return settings(an_account(**before)), settings(an_account(**after))


HIVE = Layout("account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/")
CLASSES = (Transition(days=100, storage_class="GLACIER_IR"),)
UNREADABLE = (*CLASSES, Transition(days=200, storage_class="DEEP_ARCHIVE"))

# What gets weaker, as before and after, and the words for it.
ONE_WAY = {
    "expiry added": (of_archive({}, {"expire_days": 400}), "events are deleted: never → after 400 days"),
    "expiry shortened": (
        of_archive({"expire_days": 400}, {"expire_days": 1}),
        "events are deleted: after 400 days → after 1 day",
    ),
    "versions kept for less": (
        of_archive({"noncurrent_days": 90}, {"noncurrent_days": 30}),
        "replaced and deleted versions are deleted for good: after 90 days → after 30 days",
    ),
    "lock removed": (
        of_archive({"object_lock": LOCK}, {}),
        "lock of objects: compliance, 60 days → none",
    ),
    "lock shortened": (
        of_archive({"object_lock": LOCK}, {"object_lock": ObjectLock(mode="compliance", days=30)}),
        "lock of objects: compliance, 60 days → compliance, 30 days",
    ),
    "lock that can be bypassed": (
        of_archive({"object_lock": LOCK}, {"object_lock": GOVERNANCE}),
        "lock of objects: compliance, 60 days → governance, 60 days",
    ),
    "key removed": (of_archive({"kms_key": "managed"}, {}), "KMS key: managed → S3's own keys"),
    "break-glass role removed": (
        of_archive({"break_glass_role": "arn:aws:iam::222222222222:role/a"}, {}),
        "role without which nothing is deleted: arn:aws:iam::222222222222:role/a → none",
    ),
    "roles that read": (
        of_archive({}, {"readers": ("SecurityAudit", "Reader*")}),
        "roles that may read their own account's events: none → Reader*, SecurityAudit",
    ),
    "a wider pattern of roles that read": (
        of_archive({"readers": ("Reader-1",)}, {"readers": ("Reader*",)}),
        "roles that may read their own account's events: Reader-1 → Reader* too",
    ),
    "classes that Athena can't read": (
        of_archive({"transitions": CLASSES}, {"transitions": UNREADABLE}),
        "events move to a class that Athena can't read: never → after 200 days",
    ),
    "bucket handed over": (
        of_archive({"manage_policy": True}, {"existing": True, "manage_policy": True}),
        "bucket and its protections: managed by Orgtrail → left as they are",
    ),
    "policy of an existing bucket handed over": (
        of_archive({"existing": True, "manage_policy": True}, {"existing": True}),
        "bucket policy: managed by Orgtrail → left as it is",
    ),
    "tables removed": (of_archive({"catalog": Catalog()}, {}), "tables in Athena: there → removed"),
    "a former layout's tables removed": (
        of_archive({"catalog": Catalog(), "former": Former(layouts=(HIVE,))}, {"catalog": Catalog()}),
        f"table in Athena, {former_table('iam_events', HIVE)}: there → removed\n"
        f"table in Athena, {former_table('iam_events_by_account', HIVE)}: there → removed\n"
        f"table in Athena, {former_table('iam_events_backfilled', HIVE)}: there → removed\n"
        f"table in Athena, {former_table('iam_events_by_account_backfilled', HIVE)}: there → removed",
    ),
    "a former account no longer listed": (
        of_archive({"catalog": Catalog(), "former": Former(accounts=("777777777777",))}, {"catalog": Catalog()}),
        "accounts that a table finds, iam_events: 777777777777 → no longer\n"
        "accounts that a table finds, iam_events_backfilled: 777777777777 → no longer",
    ),
    "a former region no longer listed": (
        of_archive({"catalog": Catalog(), "former": Former(regions=("eu-west-1",))}, {"catalog": Catalog()}),
        "regions that a table finds, iam_events: eu-west-1 → no longer\n"
        "regions that a table finds, iam_events_by_account: eu-west-1 → no longer\n"
        "regions that a table finds, iam_events_backfilled: eu-west-1 → no longer\n"
        "regions that a table finds, iam_events_by_account_backfilled: eu-west-1 → no longer",
    ),
    "access logs removed": (
        of_archive({"access_logs": AccessLogs(bucket="logs")}, {}),
        "access logs of the bucket: there → removed",
    ),
    "account disabled": (of_account({}, {"enabled": False}), "pipeline in us-east-1: there → removed"),
    "region removed": (
        of_account({"regions": ("us-east-1", "eu-west-1")}, {"regions": ("us-east-1",)}),
        "pipeline in eu-west-1: there → removed",
    ),
    "account suspended": (of_account({}, {"status": "suspended"}), "account: active → suspended"),
    "sources narrowed": (
        of_account({}, {"events": Events(sources=("aws.iam",))}),
        "sources taken in us-east-1: aws.access-analyzer, aws.identitystore, aws.organizations, aws.rolesanywhere, "
        "aws.signin, aws.sso, aws.sso-directory, aws.sso-oauth → no longer",
    ),
    "detail types narrowed": (
        of_account({"events": Events(detail_types=("a", "b"))}, {"events": Events(detail_types=("b",))}),
        "detail types taken in us-east-1: a → no longer",
    ),
    "read-only calls left out": (
        of_account({"events": Events(include_read_only=True)}, {}),
        "calls taken in us-east-1: read-only ones too → all that change something",
    ),
    "delivery log kept for less": (
        of_account({"log_retention_days": 365}, {"log_retention_days": 30}),
        "time that the delivery log is kept in us-east-1: 365 days → 30 days",
    ),
    "permissions boundary taken away": (
        of_account({"permissions_boundary": BOUNDARY}, {}),
        f"permissions boundary of orgtrail-eventbridge: {BOUNDARY} → none\n"
        f"permissions boundary of orgtrail-firehose: {BOUNDARY} → none",
    ),
    "alarms removed": (
        of_account({"alarms": Alarms("t", without=("dead-letters", "freshness", "near-limits", "throttling"))}, {}),
        "alarm orgtrail-failed-invocations in us-east-1: there → removed\n"
        "alarm orgtrail-lost-events in us-east-1: there → removed",
    ),
    "an alarm left out": (
        of_account({"alarms": Alarms("t")}, {"alarms": Alarms("t", without=("freshness",))}),
        "alarm orgtrail-freshness in us-east-1: there → removed",
    ),
    "alarm of silence removed": (
        of_account({"alarms": Alarms("t", 24)}, {"alarms": Alarms("t")}),
        "alarm orgtrail-silence in us-east-1: there → removed",
    ),
    "silence told later": (
        of_account({"alarms": Alarms("t", 1)}, {"alarms": Alarms("t", 24)}),
        "alarm that nothing comes in us-east-1: after 1 hour → after 24 hours",
    ),
    "account removed": (
        (settings(an_account(), an_account(OTHER_ACCOUNT_ID, name="other")), settings(an_account())),
        "account: active → removed from the file",
    ),
}
# What is weaker whichever way it goes.
BOTH_WAYS = {
    "key changed": (
        of_archive({"kms_key": "managed"}, {"kms_key": KEY}),
        f"KMS key: managed → {KEY}",
    ),
    "break-glass role changed": (
        of_archive({"break_glass_role": "a"}, {"break_glass_role": "b"}),
        "role without which nothing is deleted: a → b",
    ),
    "another permissions boundary": (
        of_account({"permissions_boundary": BOUNDARY}, {"permissions_boundary": f"{BOUNDARY}-2"}),
        f"permissions boundary of orgtrail-eventbridge: {BOUNDARY} → {BOUNDARY}-2\n"
        f"permissions boundary of orgtrail-firehose: {BOUNDARY} → {BOUNDARY}-2",
    ),
    "another organization": (
        (settings(an_account()), settings(an_account(), organization_id="o-other")),
        "organization whose accounts may deliver: o-a1b2c3d4e5 → o-other",
    ),
    "another bucket": (
        of_archive({}, {"bucket": "other"}),
        "bucket that new events go to: acme-iam-events → other",
    ),
    "another region of the archive": (
        of_archive({}, {"region": "eu-west-1"}),
        "region of the archive: us-east-1 → eu-west-1",
    ),
    "another account of the archive": (
        of_archive({}, {"account_id": "999999999999"}),
        "account of the archive: 222222222222 → 999999999999",
    ),
    "another layout": (
        of_archive({}, {"layout": Layout("iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/")}),
        "where in the bucket events lie: {account_id}/{region}/{yyyy}/{MM}/{dd}/ → "
        "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/",
    ),
}
# Changes that weaken nothing, either way.
NEITHER_WAY = {
    "tables that are switched on or off, with what they would list": of_archive(
        {"former": Former(accounts=("777777777777",))}, {}
    ),
    "nothing": of_archive({}, {}),
    "tags": of_account({}, {"tags": {"env": "prod"}}),
    "another order of regions": of_account(
        {"regions": ("us-east-1", "eu-west-1")}, {"regions": ("eu-west-1", "us-east-1")}
    ),
    "another order of sources": of_account(
        {"events": Events(sources=("aws.iam", "aws.sso"))}, {"events": Events(sources=("aws.sso", "aws.iam"))}
    ),
    "another topic": of_account({"alarms": Alarms("t")}, {"alarms": Alarms("u")}),
    "another name": of_account({}, {"name": "renamed"}),
    "compression": of_account({}, {"compression": "GZIP"}),
    "cheaper classes that Athena reads": of_archive({}, {"transitions": CLASSES}),
    "another table name": of_archive({"catalog": Catalog()}, {"catalog": Catalog(database="other")}),
    "access logs elsewhere": of_archive(
        {"access_logs": AccessLogs(bucket="acme-a")}, {"access_logs": AccessLogs(bucket="acme-b")}
    ),
}


def words(before, after):
    return [one.words for one in weaker_settings(before, after)]


@pytest.mark.parametrize("change", [*ONE_WAY, *BOTH_WAYS])
def test_it_is_weaker_and_said_in_words(change):
    (before, after), expected = (ONE_WAY | BOTH_WAYS)[change]
    assert words(before, after) == expected.split("\n")


@pytest.mark.parametrize("change", ONE_WAY)
def test_the_opposite_is_not_weaker(change):
    (before, after), _words = ONE_WAY[change]
    assert words(after, before) == []


@pytest.mark.parametrize("change", BOTH_WAYS)
def test_going_back_is_weaker_too(change):
    (before, after), expected = BOTH_WAYS[change]
    assert len(words(after, before)) == len(expected.split("\n"))


@pytest.mark.parametrize("change", NEITHER_WAY)
def test_it_is_not_weaker_either_way(change):
    before, after = NEITHER_WAY[change]
    assert (words(before, after), words(after, before)) == ([], [])


def test_it_is_told_of_the_stack_it_concerns():
    before = settings(an_account(), archive=an_archive())
    after = replace(before, accounts=(an_account(enabled=False),), archive=an_archive(expire_days=9))

    assert [(one.stack, one.known_from) for one in weaker_settings(before, after)] == [
        ("archive", ("settings",)),
        ("payments", ("settings",)),
    ]


def test_roles_that_go_with_their_account_need_no_boundary():
    before, after = of_account({"permissions_boundary": BOUNDARY}, {"enabled": False})
    assert words(before, after) == ["pipeline in us-east-1: there → removed"]


def test_pipelines_of_an_account_that_was_not_enabled_or_not_active_cannot_be_lost():
    for off in ({"enabled": False}, {"status": "suspended"}):
        assert words(settings(an_account(**off)), settings(an_account(**off, regions=()))) == []
