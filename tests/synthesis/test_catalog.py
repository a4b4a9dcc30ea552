"""How Athena sees the archive: tables that follow layout and accounts, and queries that answer."""

import base64
import json
import subprocess
import sys

import pytest

from orgtrail import catalog, queries
from orgtrail.flat_view import flat_view_sql
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.rehearsal.emulation.athena import Table
from orgtrail.settings import Catalog, Former
from tests.athena import ALICE, BOB, LAYOUTS, Glue, parameters, tables
from tests.builders import (
    ACCOUNT_ID,
    BUCKET,
    an_account,
    an_archive,
    archive_stack,
    resources,
    settings,
    the,
    unescaped,
)


class TestATable:
    def test_a_table_projects_the_accounts_and_regions_of_the_file(self):
        found = parameters()

        assert found["projection.account.values"] == f"{ALICE},{BOB}"
        assert found["projection.region.values"] == "eu-west-1,us-east-1"

    def test_a_table_for_large_organizations_takes_the_account_that_a_query_names(self):
        found = parameters(account_ids=None)

        assert found["projection.account.type"] == "injected"
        assert "projection.account.values" not in found

    def test_a_table_looks_for_days_as_the_layout_writes_them(self):
        assert parameters(LAYOUTS[1])["projection.day.format"] == "yyyy-MM-dd"

    def test_a_table_looks_at_no_more_days_than_events_are_kept(self):
        assert parameters(expire_days=90)["projection.day.range"] == "NOW-91DAYS,NOW+1DAYS"

    def test_a_table_has_an_hour_only_where_the_layout_has_it(self):
        assert "projection.hour.range" in parameters(LAYOUTS[2])
        assert "projection.hour.range" not in parameters()

    def test_a_table_renames_the_keys_that_no_column_can_be_called_like(self):
        assert catalog.serde_parameters()["mapping.detail_type"] == "detail-type"
        assert not {column.name for column in catalog.COLUMNS} & set(Layout().partitions)


@pytest.fixture(scope="module")
def stack():
    """The archive's stack with a catalog, as Terraform reads it."""
    return archive_stack(settings(an_account(), archive=an_archive(catalog=Catalog(scan_limit_gib=5))))


class TestTheDeployedCatalog:
    pytestmark = pytest.mark.xdist_group("synthesis")

    def test_the_deployed_catalog_has_a_table_of_listed_accounts_and_one_of_named_ones(self, stack):
        tables = [table for table in resources(stack, "aws_glue_catalog_table") if "partition_keys" in table]

        assert {table["name"]: table["parameters"]["projection.account.type"] for table in tables} == {
            "iam_events": "enum",
            "iam_events_backfilled": "enum",
            "iam_events_by_account": "injected",
            "iam_events_by_account_backfilled": "injected",
        }

    def test_the_deployed_catalog_has_a_column_for_what_marks_a_backfilled_event_in_its_tables_alone(self, stack):
        last = {
            table["name"]: (table["parameters"]["storage.location.template"], columns[-1]["name"])
            for table in resources(stack, "aws_glue_catalog_table")
            if "partition_keys" in table and (columns := table["storage_descriptor"]["columns"])
        }

        assert last["iam_events"][1] == last["iam_events_by_account"][1] == "detail"
        assert last["iam_events_backfilled"] == last["iam_events_by_account_backfilled"]
        assert last["iam_events_backfilled"] == (
            f"s3://{BUCKET}/backfill/$${{account}}/$${{region}}/$${{day}}/",
            "backfill",
        )

    def test_the_deployed_catalog_leaves_the_location_template_to_athena_and_not_to_terraform(self, stack):
        table = the(stack, "aws_glue_catalog_table", name="iam_events")

        assert table["parameters"]["storage.location.template"].endswith("/$${account}/$${region}/$${day}/")

    def test_the_deployed_catalog_lists_the_accounts_and_regions_that_wrote_before(self):
        former = Former(accounts=("777777777777",), regions=("eu-west-1", "us-east-1"))
        made = archive_stack(settings(an_account(), archive=an_archive(catalog=Catalog(), former=former)))
        listed, injected = (
            the(made, "aws_glue_catalog_table", name=name)["parameters"]
            for name in (catalog.EVENTS_TABLE, catalog.EVENTS_BY_ACCOUNT_TABLE)
        )

        assert listed["projection.account.values"] == f"{ACCOUNT_ID},777777777777"
        assert listed["projection.region.values"] == injected["projection.region.values"] == "eu-west-1,us-east-1"

    def test_the_deployed_catalog_has_tables_of_their_own_for_former_layouts(self):
        hive = "account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/"
        former = Former(layouts=(Layout(hive), Layout()))
        made = archive_stack(settings(an_account(), archive=an_archive(catalog=Catalog(), former=former)))
        tables = {table["name"]: table for table in made["resource"]["aws_glue_catalog_table"].values()}
        names = ("iam_events_former_6c7d43d7", "iam_events_by_account_former_6c7d43d7")
        backfilled = catalog.former_table("iam_events_backfilled", Layout(hive))

        assert set(tables) >= {catalog.EVENTS_TABLE, catalog.EVENTS_BY_ACCOUNT_TABLE, *names}
        assert unescaped(tables[names[0]]["parameters"]["storage.location.template"]) == (
            f"s3://{BUCKET}/account=${{account}}/region=${{region}}/day=${{day}}/"
        )
        assert unescaped(tables[backfilled]["parameters"]["storage.location.template"]) == (
            f"s3://{BUCKET}/backfill/account=${{account}}/region=${{region}}/day=${{day}}/"
        )

    def test_the_deployed_catalog_limits_what_a_query_may_scan_whatever_the_client_says(self, stack):
        workgroup = the(stack, "aws_athena_workgroup")["configuration"]

        assert workgroup["enforce_workgroup_configuration"] is True
        assert workgroup["bytes_scanned_cutoff_per_query"] == 5 * 2**30

    def test_the_deployed_catalog_keeps_every_named_query_in_its_workgroup(self, stack):
        deployed = stack["resource"]["aws_athena_named_query"].values()
        assert {query["name"]: unescaped(query["query"]) for query in deployed} == {
            query.name: query.sql for query in queries.named_queries(tables(DEFAULT_LAYOUT), "orgtrail")
        }

    def test_the_deployed_catalog_reads_former_layouts_in_each_query_and_in_the_flat_view(self):
        former = Former(layouts=(Layout(LAYOUTS[1]),))
        made = archive_stack(settings(an_account(), archive=an_archive(catalog=Catalog(), former=former)))
        asked = {query["name"]: unescaped(query["query"]) for query in resources(made, "aws_athena_named_query")}
        both = tables(DEFAULT_LAYOUT, LAYOUTS[1])

        assert asked == {query.name: query.sql for query in queries.named_queries(both, "orgtrail")}
        assert view_of(made)["originalSql"] == flat_view_sql(both, "orgtrail")


class TestAnObject:
    def test_an_object_in_no_projected_partition_is_never_read(self):
        table = Table(Glue(DEFAULT_LAYOUT).get_tables()["TableList"][1])

        assert table.partition_of(f"s3://archive/{ALICE}/us-east-1/2026/11/23/object") is not None
        assert table.partition_of("s3://archive/999999999999/us-east-1/2026/11/23/object") is None
        assert table.partition_of(f"s3://archive/{ALICE}/us-east-1/2026/13/23/object") is None

    def test_an_object_without_delimiters_shows_only_its_first_event(self):
        """https://docs.aws.amazon.com/athena/latest/ug/parsing-json-data.html: why Firehose appends a newline."""
        table = Table(Glue(DEFAULT_LAYOUT).get_tables()["TableList"][1])

        assert [row["id"] for row in table.rows('{"id": "1"}{"id": "2"}\n')] == ["1"]


def view_of(stack):
    """What Athena reads of the deployed flat view."""
    text = the(stack, "aws_glue_catalog_table", name="iam_events_flat")["view_original_text"]
    return json.loads(base64.b64decode(text.removeprefix("/* Presto View: ").removesuffix(" */")))


class TestTheFlatView:
    pytestmark = pytest.mark.xdist_group("synthesis")

    def test_the_flat_view_is_deployed_as_athena_leaves_one_in_glue(self, stack):
        view = the(stack, "aws_glue_catalog_table", name="iam_events_flat")
        columns = view["storage_descriptor"]["columns"]
        definition = view_of(stack)

        assert view["table_type"] == "VIRTUAL_VIEW"
        assert view["parameters"]["presto_view"] == "true"
        assert view["storage_descriptor"]["ser_de_info"] == {"name": "-", "serialization_library": "-"}
        assert definition["schema"] == "orgtrail"
        assert [column["name"] for column in definition["columns"]] == [column["name"] for column in columns]
        assert columns[0] == {"name": "time", "type": "timestamp"}
        assert definition["columns"][0] == {"name": "time", "type": "timestamp(3)"}


def test_the_catalog_itself_needs_no_sql_engine():
    """A deploying machine has neither DuckDB nor sqlglot."""
    code = "import sys, orgtrail.catalog; sys.exit(bool({'duckdb', 'sqlglot'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
