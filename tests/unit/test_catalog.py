"""How Athena sees the archive: tables that follow layout and accounts, and queries that answer."""

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlglot
from sqlglot import exp

from orgtrail import catalog, firehose_prefix
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.rehearsal.athena import EmbeddedAthena, Table
from orgtrail.rehearsal.sample_events import sample_events
from orgtrail.settings import Catalog, Former
from tests.builders import ACCOUNT_ID, BUCKET, an_account, an_archive, archive_stack, settings, the, unescaped

LAYOUTS = [
    DEFAULT_LAYOUT,
    "account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/",
    "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/",
]
ALICE, BOB = "111111111111", "222222222222"


def parameters(layout=DEFAULT_LAYOUT, account_ids=(BOB, ALICE), regions=("us-east-1", "eu-west-1"), expire_days=None):
    return catalog.table_parameters(
        Layout(layout), bucket="archive", account_ids=account_ids, regions=regions, expire_days=expire_days
    )


class TestATable:
    def test_projects_the_accounts_and_regions_of_the_file(self):
        found = parameters()

        assert found["projection.account.values"] == f"{ALICE},{BOB}"
        assert found["projection.region.values"] == "eu-west-1,us-east-1"

    def test_for_large_organizations_takes_the_account_that_a_query_names(self):
        found = parameters(account_ids=None)

        assert found["projection.account.type"] == "injected"
        assert "projection.account.values" not in found

    def test_looks_for_days_as_the_layout_writes_them(self):
        assert parameters(LAYOUTS[1])["projection.day.format"] == "yyyy-MM-dd"

    def test_looks_at_no_more_days_than_events_are_kept(self):
        assert parameters(expire_days=90)["projection.day.range"] == "NOW-91DAYS,NOW+1DAYS"

    def test_has_an_hour_only_where_the_layout_has_it(self):
        assert "projection.hour.range" in parameters(LAYOUTS[2])
        assert "projection.hour.range" not in parameters()

    def test_renames_the_keys_that_no_column_can_be_called_like(self):
        assert catalog.serde_parameters()["mapping.detail_type"] == "detail-type"
        assert not {column.name for column in catalog.COLUMNS} & set(Layout().partitions)


@pytest.fixture(scope="module")
def stack():
    """The archive's stack with a catalog, as Terraform reads it."""
    return archive_stack(settings(an_account(), archive=an_archive(catalog=Catalog(scan_limit_gib=5))))


class TestTheDeployedCatalog:
    pytestmark = pytest.mark.xdist_group("synthesis")

    def test_has_a_table_of_listed_accounts_and_one_of_named_ones(self, stack):
        tables = stack["resource"]["aws_glue_catalog_table"].values()

        assert {table["name"]: table["parameters"]["projection.account.type"] for table in tables} == {
            "iam_events": "enum",
            "iam_events_by_account": "injected",
        }

    def test_leaves_the_location_template_to_athena_and_not_to_terraform(self, stack):
        table = the(stack, "aws_glue_catalog_table", name="iam_events")

        assert table["parameters"]["storage.location.template"].endswith("/$${account}/$${region}/$${day}/")

    def test_lists_the_accounts_and_regions_that_wrote_before(self):
        former = Former(accounts=("777777777777",), regions=("eu-west-1", "us-east-1"))
        made = archive_stack(settings(an_account(), archive=an_archive(catalog=Catalog(), former=former)))
        listed, injected = (
            the(made, "aws_glue_catalog_table", name=name)["parameters"]
            for name in (catalog.EVENTS_TABLE, catalog.EVENTS_BY_ACCOUNT_TABLE)
        )

        assert listed["projection.account.values"] == f"{ACCOUNT_ID},777777777777"
        assert listed["projection.region.values"] == injected["projection.region.values"] == "eu-west-1,us-east-1"

    def test_has_tables_of_their_own_for_former_layouts(self):
        hive = "account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/"
        former = Former(layouts=(Layout(hive), Layout()))
        made = archive_stack(settings(an_account(), archive=an_archive(catalog=Catalog(), former=former)))
        tables = {table["name"]: table for table in made["resource"]["aws_glue_catalog_table"].values()}
        names = ("iam_events_former_6c7d43d7", "iam_events_by_account_former_6c7d43d7")

        assert set(tables) >= {catalog.EVENTS_TABLE, catalog.EVENTS_BY_ACCOUNT_TABLE, *names}
        assert unescaped(tables[names[0]]["parameters"]["storage.location.template"]) == (
            f"s3://{BUCKET}/account=${{account}}/region=${{region}}/day=${{day}}/"
        )

    def test_limits_what_a_query_may_scan_whatever_the_client_says(self, stack):
        workgroup = the(stack, "aws_athena_workgroup")["configuration"]

        assert workgroup["enforce_workgroup_configuration"] is True
        assert workgroup["bytes_scanned_cutoff_per_query"] == 5 * 2**30

    def test_keeps_every_named_query_in_its_workgroup(self, stack):
        queries = stack["resource"]["aws_athena_named_query"].values()

        assert {query["name"] for query in queries} == {
            query.name for query in catalog.named_queries(Layout(), "orgtrail")
        }


class Glue:
    """A Glue database with the tables of a layout."""

    def __init__(self, layout):
        self._layout = Layout(layout)

    def get_tables(self, **_arguments):
        return {"TableList": [self._table(catalog.EVENTS_TABLE, (ALICE, BOB))]}

    def _table(self, name, account_ids):
        return {
            "Name": name,
            "Parameters": parameters(self._layout.template, account_ids),
            "PartitionKeys": [{"Name": column.name} for column in catalog.partition_columns(self._layout)],
            "StorageDescriptor": {
                "Location": f"s3://archive/{self._layout.root}",
                "Columns": [{"Name": column.name, "Type": column.type} for column in catalog.COLUMNS],
                "SerdeInfo": {"Parameters": catalog.serde_parameters()},
            },
        }


class S3:
    """A bucket of these objects."""

    def __init__(self, objects):
        self._objects = objects

    def get_paginator(self, _name):
        return self

    def paginate(self, **arguments):
        yield {"Contents": [{"Key": key} for key in self._objects if key.startswith(arguments["Prefix"])]}

    def get_object(self, **arguments):
        return {"Body": self._Body(self._objects[arguments["Key"]])}

    class _Body(bytes):
        def read(self):
            return bytes(self)


def key_of(layout, account_id, region):
    """Where an event of today lands."""
    return firehose_prefix.evaluate(Layout(layout).prefix(account_id, region), datetime.now(UTC)) + "object"


def lines(account_id, region, sources):
    events = sample_events(account_id, region, sources, ["AWS API Call via CloudTrail"])
    return "".join(json.dumps(event) + "\n" for event in events).encode()


@pytest.fixture(params=LAYOUTS)
def archive(request):
    """Events of two accounts, in plain and in compressed objects, and an error that is no event."""
    layout = request.param
    both = ["aws.iam", "aws.signin"]
    objects = {
        key_of(layout, ALICE, "us-east-1"): lines(ALICE, "us-east-1", both),
        key_of(layout, BOB, "eu-west-1") + ".gz": gzip.compress(lines(BOB, "eu-west-1", ["aws.signin"])),
        f"{Layout(layout).root}errors/{ALICE}/us-east-1/processing-failed/2026/01/01/object": b"no event\n",
    }
    return layout, EmbeddedAthena(Glue(layout), S3(objects), "orgtrail")


class TestTheNamedQueries:
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_are_selections_in_athenas_dialect(self, layout):
        for query in catalog.named_queries(Layout(layout), "orgtrail"):
            assert isinstance(sqlglot.parse_one(query.sql, read="athena"), exp.Select)

    def test_find_what_an_intruder_did_in_whichever_account(self, archive):
        layout, athena = archive
        answers = {query.name: athena.query(query.sql) for query in catalog.named_queries(Layout(layout), "orgtrail")}

        found = {
            name: {(row["account"], row["call"]) for row in rows} for name, rows in answers.items() if "call" in rows[0]
        }
        assert found == {
            "access-keys": {(ALICE, "CreateAccessKey")},
            "new-users": {(ALICE, "CreateUser")},
            "permissions": {(ALICE, "AttachUserPolicy")},
            "refused": {(ALICE, "DeleteUser")},
            "role-trust": {(ALICE, "UpdateAssumeRolePolicy")},
            "root-use": {(ALICE, "ConsoleLogin"), (BOB, "ConsoleLogin")},
            "sign-in-without-mfa": {(ALICE, "ConsoleLogin"), (BOB, "ConsoleLogin")},
        }
        assert {row["account"]: row["events"] for row in answers["by-day-and-account"]} == {ALICE: 6, BOB: 1}

    def test_show_who_it_was_and_with_what(self, archive):
        layout, athena = archive
        query = next(one for one in catalog.named_queries(Layout(layout), "orgtrail") if one.name == "access-keys")
        [row] = athena.query(query.sql)

        assert row["who"] == f"arn:aws:iam::{ALICE}:user/admin"
        assert json.loads(row["parameters"]) == {"userName": "alice"}


class TestAnObject:
    def test_in_no_projected_partition_is_never_read(self):
        table = Table(Glue(DEFAULT_LAYOUT).get_tables()["TableList"][0])

        assert table.partition_of(f"s3://archive/{ALICE}/us-east-1/2026/11/23/object") is not None
        assert table.partition_of("s3://archive/999999999999/us-east-1/2026/11/23/object") is None
        assert table.partition_of(f"s3://archive/{ALICE}/us-east-1/2026/13/23/object") is None

    def test_without_delimiters_shows_only_its_first_event(self):
        """https://docs.aws.amazon.com/athena/latest/ug/parsing-json-data.html: why Firehose appends a newline."""
        table = Table(Glue(DEFAULT_LAYOUT).get_tables()["TableList"][0])

        assert [row["id"] for row in table.rows('{"id": "1"}{"id": "2"}\n')] == ["1"]


def test_the_catalog_itself_needs_no_sql_engine():
    """A deploying machine has neither DuckDB nor sqlglot."""
    code = "import sys, orgtrail.catalog; sys.exit(bool({'duckdb', 'sqlglot'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
