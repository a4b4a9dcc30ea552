"""Tables over objects of a test's making, in the embedded engine."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from orgtrail import catalog, firehose_prefix
from orgtrail.flat_view import FLAT_VIEW, flat_columns, flat_view_sql, presto_view
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.rehearsal.emulation.athena import EmbeddedAthena

LAYOUTS = [
    DEFAULT_LAYOUT,
    "account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/",
    "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/",
]
ALICE, BOB, CAROL = "111111111111", "222222222222", "333333333333"
DATABASE = "orgtrail"


def parameters(
    layout: str = DEFAULT_LAYOUT,
    account_ids: Iterable[str] | None = (BOB, ALICE),
    regions: Iterable[str] = ("us-east-1", "eu-west-1"),
    expire_days: int | None = None,
) -> dict[str, str]:
    return catalog.table_parameters(
        Layout(layout), bucket="archive", account_ids=account_ids, regions=regions, expire_days=expire_days
    )


def an_athena(objects: Mapping[str, bytes], *layouts: str) -> EmbeddedAthena:
    """The engine over these objects, with a table for each layout."""
    return EmbeddedAthena(Glue(*layouts), S3(objects), DATABASE)


def tables(*layouts: str) -> list[catalog.EventsTable]:
    """The tables that an archive has with the first of these layouts as its own and the others as former ones.

    Those of deliveries come first, and then those of what was backfilled.
    """
    own, *former = map(Layout, layouts)
    return [table for table in catalog.events_tables(own, former) if table.lists_accounts]


def key_of(layout: str, account_id: str, region: str, at: datetime | None = None) -> str:
    """Where an event of that time lands; None: of now."""
    return firehose_prefix.evaluate(Layout(layout).prefix(account_id, region), at or datetime.now(UTC)) + "object"


class Glue:
    """A Glue database with a table for each layout, and the flat view over them."""

    def __init__(self, *layouts: str) -> None:
        self._tables = tables(*layouts)

    def get_tables(self, **_arguments: Any) -> dict[str, Any]:
        return {"TableList": [self._view(), *map(self._table, self._tables)]}

    def _view(self) -> dict[str, Any]:
        columns = flat_columns(self._tables[0].layout)
        sql = flat_view_sql(self._tables, DATABASE)
        return {
            "Name": FLAT_VIEW,
            "TableType": "VIRTUAL_VIEW",
            "ViewOriginalText": presto_view(sql, columns, DATABASE),
        }

    def _table(self, table: catalog.EventsTable) -> dict[str, Any]:
        return {
            "Name": table.name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters(table.layout.template, (ALICE, BOB, CAROL)),
            "PartitionKeys": [{"Name": column.name} for column in catalog.partition_columns(table.layout)],
            "StorageDescriptor": {
                "Location": f"s3://archive/{table.layout.root}",
                "Columns": [{"Name": column.name, "Type": column.type} for column in table.columns],
                "SerdeInfo": {"Parameters": catalog.serde_parameters()},
            },
        }


class S3:
    """A bucket of these objects."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self._objects = objects

    def get_paginator(self, _name: str) -> "S3":
        return self

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        yield {"Contents": [{"Key": key} for key in self._objects if key.startswith(arguments["Prefix"])]}

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        return {"Body": self._Body(self._objects[arguments["Key"]])}

    class _Body(bytes):
        def read(self) -> bytes:
            return bytes(self)
