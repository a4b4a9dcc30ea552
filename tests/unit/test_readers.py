"""`archive.readers`: which roles are meant, what a layout gives them, and what `policy --readers` prints."""

import json
from dataclasses import replace

import pytest
import sqlglot
from sqlglot import exp
from typer.testing import CliRunner

from orgtrail import catalog
from orgtrail.__main__ import application
from orgtrail.archive.policy import archive_key_policy, archive_policy, reader_policy
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.policies.readers import role_patterns
from orgtrail.rehearsal.emulation.athena import EmbeddedAthena
from orgtrail.settings import Former, MovingFrom, load
from scripts.readers_reference import account_table_sql, account_tables
from tests.athena import DATABASE, S3, key_of
from tests.builders import BUCKET, REPOSITORY, an_account, an_archive, settings, statement
from tests.unit.callers import QUERIES, call, lines

HIVE = Layout("iam/account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/")
KEY = "arn:aws:kms:us-east-1:222222222222:key/11111111-2222-3333-4444-555555555555"


GOOD = REPOSITORY / "tests/accounts/good"


def orgtrail(*arguments):
    return CliRunner().invoke(application(("policy", "role")), ["policy", *arguments])


def of_archive(**changed):
    return settings(an_account(), archive=an_archive(**{"readers": ("SecurityAudit",), **changed}))


@pytest.mark.parametrize(
    ("name", "patterns"),
    [
        ("SecurityAudit", ["arn:aws:iam::*:role/SecurityAudit"]),
        ("teams/audit/Reader*", ["arn:aws:iam::*:role/teams/audit/Reader*"]),
        (
            "AWSReservedSSO_Audit_*",
            [
                "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_*",
                "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Audit_*",
            ],
        ),
    ],
)
def test_a_role_is_meant_with_its_path_and_a_permission_set_wherever_identity_center_makes_it(name, patterns):
    assert role_patterns("aws", [name]) == patterns


@pytest.mark.parametrize(
    ("layout", "patterns"),
    [
        (Layout(DEFAULT_LAYOUT), ("333333333333/*", "backfill/333333333333/*")),
        (HIVE, ("iam/account=333333333333/*", "iam/backfill/account=333333333333/*")),
    ],
)
def test_readers_get_the_folders_of_an_account_and_not_its_errors(layout, patterns):
    assert layout.reader_patterns("333333333333") == patterns


def test_without_readers_the_policies_have_no_word_of_them():
    without = of_archive(readers=(), kms_key="managed")

    assert "Readers" not in json.dumps([archive_policy(without, KEY), archive_key_policy(without)])


def test_readers_get_what_was_delivered_in_every_layout():
    moving = of_archive(moving_from=MovingFrom(layout=HIVE), former=Former(layouts=(Layout("old/" + DEFAULT_LAYOUT),)))

    assert statement(archive_policy(moving, None), "ReadersReadOwnPrefixes")["Resource"] == [
        f"arn:aws:s3:::{BUCKET}/{folder}${{aws:PrincipalAccount}}/*"
        for folder in ("", "backfill/", "iam/account=", "iam/backfill/account=", "old/", "old/backfill/")
    ]


class TestThePolicyOfARole:
    def test_is_the_same_for_any_number_of_accounts_and_names_none(self):
        one, many = of_archive(), replace(of_archive(), accounts=(an_account(), an_account("444444444444", name="b")))

        assert reader_policy(one) == reader_policy(many)
        assert "333333333333" not in json.dumps(reader_policy(one))

    @pytest.mark.parametrize(
        ("archive", "keys"),
        [
            ({}, None),
            ({"kms_key": KEY}, KEY),
            ({"kms_key": "managed"}, "arn:aws:kms:us-east-1:222222222222:key/*"),
            ({"kms_key": KEY, "former": Former(kms_key="managed")}, "arn:aws:kms:us-east-1:222222222222:key/*"),
            ({"kms_key": KEY, "moving_from": MovingFrom(kms_key="none")}, KEY),
            ({"former": Former(kms_key="managed")}, "arn:aws:kms:us-east-1:222222222222:key/*"),
        ],
        ids=["no key", "a key", "a managed key", "a managed key before", "a new key", "no key any more"],
    )
    def test_decrypts_with_every_key_that_the_archive_has_or_had(self, archive, keys):
        found = [one for one in reader_policy(of_archive(**archive))["Statement"] if one["Action"] == "kms:Decrypt"]

        assert [one["Resource"] for one in found] == ([keys] if keys else [])

    def test_is_printed_by_policy_readers(self):
        printed = orgtrail("--readers", "-f", str(GOOD / "readers.yaml"))

        assert json.loads(printed.stdout) == reader_policy(load(GOOD / "readers.yaml"))

    def test_is_not_printed_where_nobody_may_read(self):
        refused = orgtrail("--readers", "-f", str(GOOD / "smallest.yaml"))

        assert "has no archive.readers: the archive lets no role read its account's events." in " ".join(
            refused.output.split()
        )

    def test_is_not_printed_together_with_another(self):
        assert "ask for one of them" in orgtrail("--readers", "--scp", "-f", str(GOOD / "readers.yaml")).output


@pytest.mark.parametrize("shown", account_tables(), ids=lambda table: table.name)
def test_a_table_that_the_page_shows_is_the_archives_over_one_account(shown):
    table = sqlglot.parse_one(account_table_sql(shown), read="athena")
    properties = {one.name: one.args["value"].name for one in table.find_all(exp.Property) if "value" in one.args}
    parameters = catalog.table_parameters(
        shown.layout, bucket=BUCKET, account_ids=["333333333333"], regions=["us-east-1"], expire_days=None
    )

    assert isinstance(table, exp.Create)
    assert [column.name for column in table.this.expressions] == [column.name for column in shown.columns]
    assert properties.items() >= parameters.items()
    assert [one.name for one in table.find_all(exp.LocationProperty)] == [
        f"s3://{BUCKET}/{shown.layout.root}333333333333/"
    ]


class CreatedTables:
    """A Glue database with the tables that statements of Athena's make."""

    def __init__(self, *statements):
        self._statements = [sqlglot.parse_one(one, read="athena") for one in statements]

    def get_tables(self, **_arguments):
        return {"TableList": [_described(one) for one in self._statements]}


def _described(statement):
    [partitions], [serde], [location] = (
        list(statement.find_all(kind))
        for kind in (exp.PartitionedByProperty, exp.SerdeProperties, exp.LocationProperty)
    )
    properties = [one for one in statement.args["properties"].expressions if type(one) is exp.Property]
    columns = [{"Name": one.name, "Type": one.kind.sql("hive")} for one in statement.this.expressions]
    return {
        "Name": statement.this.this.name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": _written(properties),
        "PartitionKeys": [{"Name": one.name} for one in partitions.this.expressions],
        "StorageDescriptor": {
            "Location": location.name,
            "Columns": columns,
            "SerdeInfo": {"Parameters": _written(serde.expressions)},
        },
    }


def _written(properties):
    return {one.name: one.args["value"].name for one in properties}


def test_in_the_tables_that_the_page_shows_a_query_finds_the_accounts_events_and_no_others():
    def an_event(source_address):
        return lines([call("iam", "CreateAccessKey", sourceIPAddress=source_address)])

    backfilled = Layout(DEFAULT_LAYOUT).backfill.template
    objects = {
        key_of(DEFAULT_LAYOUT, "333333333333", "us-east-1"): an_event("delivered"),
        key_of(backfilled, "333333333333", "us-east-1"): an_event("backfilled"),
        key_of(DEFAULT_LAYOUT, "333333333333", "eu-west-1"): an_event("of a region that isn't listed"),
        key_of(DEFAULT_LAYOUT, "444444444444", "us-east-1"): an_event("another account's"),
        key_of(backfilled, "444444444444", "us-east-1"): an_event("another account's, backfilled"),
    }
    statements = [account_table_sql(table) for table in account_tables()]
    athena = EmbeddedAthena(CreatedTables(*statements), S3(objects), DATABASE)

    found = athena.query(QUERIES["access-keys"].sql)

    assert sorted(row["source_ip"] for row in found) == ["backfilled", "delivered"]
    assert {(row["account"], row["region"]) for row in found} == {("333333333333", "us-east-1")}
