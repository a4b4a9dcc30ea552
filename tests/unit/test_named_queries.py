"""The tables, the flat view and the named queries: what holds of all of them."""

import gzip
import re
from datetime import UTC, datetime

import pytest
import sqlglot
from sqlglot import exp

from orgtrail import queries
from orgtrail.catalog import percent_format
from orgtrail.events import Events
from orgtrail.flat_view import FLAT_VIEW, flat_view_sql
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.rehearsal.emulation.athena import placeholders
from orgtrail.rehearsal.emulation.sample_events import CALLER_ADDRESS, sample_events
from tests.athena import ALICE, BOB, CAROL, DATABASE, LAYOUTS, an_athena, key_of, tables
from tests.builders import REPOSITORY
from tests.unit.callers import QUERIES, ask, call, lines


class TestALineThatIsNoEvent:
    GARBAGE = b'{"version": "0", "id": "cut off he\nno JSON at all\n\n["an", "array"]\n'

    @pytest.fixture(params=LAYOUTS)
    def archive(self, request):
        good = lines([call("iam", "CreateAccessKey")])
        objects = {
            key_of(request.param, ALICE, "us-east-1"): good + self.GARBAGE + good,
            key_of(request.param, BOB, "us-east-1"): good,
        }
        asked = {query.name: query for query in queries.named_queries(tables(request.param), DATABASE)}
        return an_athena(objects, request.param), asked, next(iter(objects))

    def test_a_line_that_is_no_event_fails_no_query(self, archive):
        athena, asked, _key = archive

        assert len(athena.query(asked["access-keys"].sql)) == 3

    def test_a_line_that_is_no_event_is_counted_with_its_object(self, archive):
        athena, asked, key = archive
        [row] = athena.query(asked["unreadable-lines"].sql)

        assert (row["account"], row["object"], row["lines"]) == (ALICE, f"s3://archive/{key}", 4)

    def test_a_line_that_is_no_event_counts_as_no_event(self, archive):
        athena, asked, _key = archive
        answers = athena.query(asked["by-day-and-account"].sql)

        assert {row["account"]: row["events"] for row in answers} == {ALICE: 2, BOB: 1}

    def test_a_line_that_is_no_event_is_no_row_of_the_flat_view(self, archive):
        athena, _asked, _key = archive

        assert len(athena.query(f'SELECT * FROM "{DATABASE}"."{FLAT_VIEW}"')) == 3


def test_fields_of_another_shape_than_their_columns_are_null_and_fail_no_query():
    odd = call("iam", "CreateAccessKey", userIdentity="nobody")

    assert [row["who"] for row in ask("access-keys", [odd])] == [None]


class TestTheFlatView:
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_the_flat_view_has_typed_time_and_plain_columns(self, layout):
        event = {**call("iam", "CreateUser", errorCode="AccessDenied"), "time": "2026-11-24T10:11:12Z"}
        now = datetime.now(UTC)
        athena = an_athena({key_of(layout, ALICE, "us-east-1", now): lines([event])}, layout)
        [row] = athena.query(f'SELECT * FROM "{DATABASE}"."{FLAT_VIEW}"')

        assert row["time"] == datetime(2026, 11, 24, 10, 11, 12)
        assert (row["who"], row["who_type"]) == (f"arn:aws:iam::{ALICE}:user/admin", "IAMUser")
        assert (row["action"], row["service"], row["error"]) == ("CreateUser", "iam.amazonaws.com", "AccessDenied")
        assert (row["source_ip"], row["account"], row["region"]) == (CALLER_ADDRESS, ALICE, "us-east-1")
        assert row["day"] == now.strftime(percent_format(Layout(layout).day_format))

    def test_the_flat_view_leaves_time_empty_where_it_cannot_be_read(self):
        event = {**call("iam", "CreateUser"), "time": "yesterday"}
        athena = an_athena({key_of(DEFAULT_LAYOUT, ALICE, "us-east-1"): lines([event])}, DEFAULT_LAYOUT)

        assert [row["time"] for row in athena.query(f'SELECT time FROM "{DATABASE}"."{FLAT_VIEW}"')] == [None]

    def test_the_flat_view_keeps_the_partitions_so_that_one_day_is_all_that_is_read(self):
        """Athena prunes by conditions on a view's column only where that column is the partition itself."""
        sql = sqlglot.parse_one(flat_view_sql(tables(DEFAULT_LAYOUT), DATABASE), read="athena")
        selects = list(sql.find_all(exp.Select))

        assert len(selects) == 2
        for select in selects:
            columns = {column.alias: column.this for column in select.expressions}
            assert {name: columns[name].sql() for name in ("account", "region", "day")} == {
                "account": "account",
                "region": "region",
                "day": "day",
            }


class TestTablesOfSeveralLayouts:
    """An archive whose layout was changed: what lies in the former one has a table of its own."""

    LAYOUTS = (LAYOUTS[0], LAYOUTS[1], LAYOUTS[2])

    @pytest.fixture
    def now(self):
        return datetime.now(UTC)

    @pytest.fixture
    def athena(self, now):
        event = lines([call("iam", "CreateUser")])
        return an_athena({key_of(layout, ALICE, "us-east-1", now): event for layout in self.LAYOUTS}, *self.LAYOUTS)

    def test_tables_of_several_layouts_are_one_to_a_query(self, athena, now):
        asked = {query.name: query for query in queries.named_queries(tables(*self.LAYOUTS), DATABASE)}
        [counted] = athena.query(asked["by-day-and-account"].sql)

        assert len(athena.query(asked["new-users"].sql)) == 3
        assert (counted["day"], counted["events"]) == (now.strftime("%Y/%m/%d"), 3)

    def test_tables_of_several_layouts_are_one_in_the_flat_view(self, athena, now):
        days = athena.query(f'SELECT day FROM "{DATABASE}"."{FLAT_VIEW}"')

        assert {row["day"] for row in days} == {now.strftime("%Y/%m/%d")}
        assert len(days) == 3


class TestWhatWasBackfilled:
    """It lies in a folder of its own, is in every answer, and is told from what was delivered."""

    WRITTEN = "2026-11-28T14:00:00Z"
    DELIVERED, LOST, LATE = (call("iam", "CreateUser") for _number in range(3))

    @pytest.fixture(params=LAYOUTS)
    def athena(self, request):
        # The late one was delivered after it had been backfilled.
        backfilled = [
            {**event, "backfill": {"written": self.WRITTEN, "origin": "trail"}} for event in (self.LOST, self.LATE)
        ]
        objects = {
            key_of(request.param, ALICE, "us-east-1"): lines([self.DELIVERED, self.LATE]),
            key_of(Layout(request.param).backfill.template, ALICE, "us-east-1"): lines(backfilled),
        }
        self.asked = {query.name: query.sql for query in queries.named_queries(tables(request.param), DATABASE)}
        return an_athena(objects, request.param)

    def test_what_was_backfilled_is_told_from_what_was_delivered_in_the_flat_view(self, athena):
        rows = athena.query(f'SELECT event_id, backfilled FROM "{DATABASE}"."{FLAT_VIEW}"')
        written = datetime(2026, 11, 28, 14)

        assert sorted((row["event_id"], row["backfilled"]) for row in rows if row["backfilled"]) == sorted(
            (event["detail"]["eventID"], written) for event in (self.LOST, self.LATE)
        )
        assert {row["event_id"] for row in rows if not row["backfilled"]} == {
            event["detail"]["eventID"] for event in (self.DELIVERED, self.LATE)
        }

    def test_what_was_backfilled_is_told_from_what_was_delivered_in_the_saved_queries(self, athena):
        found = [row["backfilled"] for row in athena.query(self.asked["new-users"])]
        [day] = athena.query(self.asked["by-day-and-account"])

        assert sorted(found, key=str) == [self.WRITTEN, self.WRITTEN, None, None]
        assert (day["events"], day["backfilled"]) == (4, 2)

    def test_what_was_backfilled_has_not_arrived(self, athena):
        assert [row["events"] for row in athena.query(self.asked["arrivals-by-hour"])] == [2]

    def test_what_was_backfilled_and_delivered_later_is_no_second_delivery(self, athena):
        [row] = athena.query(self.asked["duplicates"])

        assert (row["event_id"], row["times"], row["backfilled"]) == (self.LATE["detail"]["eventID"], 2, 1)


class TestTheSqlOfThePages:
    """What the pages tell people to ask runs, and the days in it are ones that the default layout can have."""

    PAGES = ("docs/getting-started.md", "docs/queries.md", "docs/delivery.md")
    DAY = datetime(2026, 11, 24, tzinfo=UTC)

    @pytest.mark.parametrize("page", PAGES)
    def test_the_sql_of_the_pages_runs(self, page):
        event = call("iam", "CreateAccessKey")
        objects = {key_of(DEFAULT_LAYOUT, CAROL, "us-east-1", at): lines([event]) for at in (None, self.DAY)}
        athena = an_athena(objects, DEFAULT_LAYOUT)
        asked = sql_of(page)

        assert asked
        assert [sql for sql in asked if not athena.query(sql)] == []

    def test_the_sql_of_the_pages_shows_an_event_that_arrived_twice_once(self):
        event = call("iam", "CreateUser")
        copy = {**event, "id": "another-envelope"}
        day = key_of(DEFAULT_LAYOUT, ALICE, "us-east-1", self.DAY)
        athena = an_athena({day: lines([event, copy, call("iam", "CreateUser")])}, DEFAULT_LAYOUT)
        [sql] = re.findall(
            r"```sql\n(.*?)```", (REPOSITORY / "docs/delivery.md").read_text(encoding="utf-8"), re.DOTALL
        )

        assert len(athena.query(sql)) == 2


def sql_of(page):
    """The SQL that a page shows."""
    return re.findall(r"```sql\n(.*?)```", (REPOSITORY / page).read_text(encoding="utf-8"), re.DOTALL)


RESERVED = """
alter and as between by case cast constraint create cross cube current_catalog current_date current_path current_role
current_schema current_time current_timestamp current_user deallocate delete describe distinct drop else end escape
except execute exists extract false first for from full group grouping having in inner insert intersect into is join
last left like listagg localtime localtimestamp natural normalize not null on or order outer prepare recursive right
rollup select skip table then trim true uescape union unnest using values when where with
"""


# Of what pipelines with the default events have delivered once.
NOTHING_TO_FIND = ["pipeline-changes", "duplicates", "unreadable-lines"]


class TestTheNamedQueries:
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_the_named_queries_read_the_last_days_and_no_more(self, layout):
        for query in queries.named_queries(tables(layout), DATABASE):
            tree = sqlglot.parse_one(query.sql, read="athena")
            scans = [table.find_ancestor(exp.Select) for table in tree.find_all(exp.Table) if table.db]
            conditions = [scan.args["where"].this.sql("athena") for scan in scans if scan is not None]

            assert isinstance(tree, exp.Select)
            assert len(conditions) == 2
            days = 35 if query.name == "arrivals-by-hour" else 7
            assert all(one.startswith(f"day >= DATE_FORMAT(CURRENT_DATE - INTERVAL '{days}'") for one in conditions)

    def test_the_named_queries_name_nothing_by_a_word_that_athena_reserves(self):
        """https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html, which has a few more than Trino."""
        for sql in [flat_view_sql(tables(DEFAULT_LAYOUT), DATABASE), *(query.sql for query in QUERIES.values())]:
            aliases = {alias.alias.lower() for alias in sqlglot.parse_one(sql, read="athena").find_all(exp.Alias)}
            assert aliases
            assert aliases & set(RESERVED.split()) == set()

    def test_the_named_queries_begin_their_description_with_a_question(self):
        """Athena shows up to 1,024 characters of it."""
        for query in QUERIES.values():
            assert query.question.endswith("?")
            assert len(query.description) <= 1024

    def test_the_named_queries_ask_for_no_value_but_one(self):
        assert {name for name, query in QUERIES.items() if placeholders(query.sql)} == {"everything-by"}
        assert placeholders(QUERIES["everything-by"].sql) == 1

    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_the_named_queries_find_the_samples_of_the_rehearsal_in_plain_and_compressed_objects(self, layout):
        of_alice = sample_events(ALICE, "us-east-1", list(Events().sources), ["AWS API Call via CloudTrail"])
        of_bob = sample_events(BOB, "eu-west-1", ["aws.signin"], ["AWS API Call via CloudTrail"])
        objects = {
            key_of(layout, ALICE, "us-east-1"): lines(of_alice),
            key_of(layout, BOB, "eu-west-1") + ".gz": gzip.compress(lines(of_bob)),
            f"{Layout(layout).root}errors/{ALICE}/us-east-1/processing-failed/2026/01/01/object": b"no event\n",
        }
        athena = an_athena(objects, layout)
        answers = {
            query.name: athena.query(query.sql, [CALLER_ADDRESS] * placeholders(query.sql))
            for query in queries.named_queries(tables(layout), DATABASE)
        }

        assert [name for name, rows in answers.items() if not rows] == NOTHING_TO_FIND
        assert {(row["account"], row["call"]) for row in answers["sign-in-without-mfa"]} == {
            (ALICE, "ConsoleLogin"),
            (BOB, "ConsoleLogin"),
        }
        assert {row["account"]: row["events"] for row in answers["by-day-and-account"]} == {
            ALICE: len(of_alice),
            BOB: len(of_bob),
        }
