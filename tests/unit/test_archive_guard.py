"""What a plan would do to archived events is found in the plan, and told with the lines that prevent it."""

import pytest

from orgtrail import catalog
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.rollout.archive_guard import hidden_events
from orgtrail.settings import Former
from tests.builders import BUCKET, an_account, an_archive, settings

ALICE, BOB = "333333333333", "444444444444"
HIVE = "account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/"


def tables(accounts, regions, layout=DEFAULT_LAYOUT):
    """The states of both tables, as a plan has them."""
    return [
        {
            "parameters": catalog.table_parameters(
                Layout(layout), bucket=BUCKET, account_ids=ids, regions=regions, expire_days=None
            )
        }
        for ids in (accounts, None)
    ]


def plan_of(before, after):
    """A plan that makes the tables of `before` those of `after`."""
    pairs = zip(before or [None] * len(after), after or [None] * len(before), strict=True)
    view = {"parameters": {"presto_view": "true"}}
    changes = [
        {"type": "aws_kms_key", "change": {"actions": ["no-op"], "before": {}, "after": {}}},
        {"type": "aws_glue_catalog_table", "change": {"actions": ["no-op"], "before": view, "after": view}},
    ]
    for old, new in pairs:
        change = {"actions": ["update"], "before": old, "after": new}
        changes.append({"type": "aws_glue_catalog_table", "change": change})
    return {"resource_changes": changes}


def backfilled(tables):
    """The states of the tables beside these, which read what was backfilled."""
    return [
        {
            "parameters": {
                **parameters,
                "storage.location.template": parameters["storage.location.template"].replace(
                    f"s3://{BUCKET}/", f"s3://{BUCKET}/backfill/"
                ),
            }
        }
        for table in tables
        if (parameters := table["parameters"])
    ]


def told(before, after, former=Former()):  # noqa: B008 (frozen)
    return list(hidden_events(plan_of(before, after), settings(an_account(), archive=an_archive(former=former))))


@pytest.mark.parametrize("template", [DEFAULT_LAYOUT, HIVE, "iam/{account_id}/{yyyy}/{MM}/{dd}/{HH}/{region}/"])
def test_a_layout_is_known_from_the_table_that_reads_it(template):
    assert catalog.layout_of(tables([ALICE], ["us-east-1"], template)[0]["parameters"]) == template


def test_a_region_that_leaves_the_tables_is_told_with_the_lines_that_keep_it():
    assert told(tables([ALICE], ["us-east-1", "eu-west-1"]), tables([ALICE], ["us-east-1"])) == [
        "The archive's tables would no longer show region eu-west-1. What was written there stays in the bucket, and "
        "no query would find it. Write into accounts.yaml:\n"
        "archive:\n"
        "  former:\n"
        '    regions: ["eu-west-1"]'
    ]


def test_the_lines_hold_what_the_list_holds_already():
    former = Former(accounts=("777777777777",), regions=("eu-west-1",), layouts=(Layout(HIVE),), kms_key="managed")
    (text,) = told(tables([ALICE, BOB], ["us-east-1"]), tables([ALICE], ["us-east-1"]), former)

    assert text.partition("accounts.yaml:\n")[2].splitlines() == [
        "archive:",
        "  former:",
        f'    accounts: ["777777777777", "{BOB}"]',
        '    regions: ["eu-west-1"]',
        f'    layouts: ["{HIVE}"]',
        "    kms_key: managed",
    ]


def test_a_layout_that_no_table_would_read_is_told():
    (text,) = told(tables([ALICE], ["us-east-1"]), tables([ALICE], ["us-east-1"], HIVE))

    assert "no longer show layout {account_id}/{region}/{yyyy}/{MM}/{dd}/." in text


def test_where_events_are_backfilled_is_no_layout_that_former_could_hold():
    before, after = tables([ALICE], ["us-east-1"]), tables([ALICE], ["us-east-1"], HIVE)
    (text,) = told(before + backfilled(before), after + backfilled(after))

    assert text.splitlines()[-1] == f'    layouts: ["{DEFAULT_LAYOUT}"]'


def test_tables_of_backfilled_events_that_come_hide_nothing():
    before = tables([ALICE], ["us-east-1"])

    assert told([*before, None, None], before + backfilled(before)) == []


def test_a_bucket_that_no_table_would_read_is_told_and_has_no_place_in_former():
    other = tables([ALICE], ["us-east-1"])
    for table in other:
        table["parameters"]["storage.location.template"] = "s3://another/${account}/${region}/${day}/"

    assert told(tables([ALICE], ["us-east-1"]), other) == [
        f"The archive's tables would no longer show bucket {BUCKET}. What was written there stays in the bucket, "
        "and no query would find it."
    ]


def test_a_layout_that_another_table_goes_on_reading_is_not_told():
    both = tables([ALICE], ["us-east-1"], HIVE) + tables([ALICE], ["us-east-1"])

    assert told([*tables([ALICE], ["us-east-1"]), None, None], both) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (tables([ALICE], ["us-east-1"]), tables([ALICE, BOB], ["eu-west-1", "us-east-1"])),
        ([], tables([ALICE], ["us-east-1"])),
        (tables([ALICE], ["us-east-1"]), []),
    ],
    ids=["more than before", "a new catalog", "no catalog any more"],
)
def test_accounts_regions_and_a_whole_catalog_hide_nothing(before, after):
    assert told(before, after) == []
