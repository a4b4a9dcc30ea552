"""The flat view: one row for each readable event of all tables, with the columns that people ask for."""

import base64
import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from orgtrail.catalog import (
    READABLE,
    WHO,
    Column,
    EventsTable,
    backfilled_sql,
    day_sql,
    partition_columns,
    timestamp_sql,
)
from orgtrail.layout import Layout

FLAT_VIEW = "iam_events_flat"


class _FlatColumn(NamedTuple):
    """A column of the flat view: its name, what it is made of, and its type where that isn't text."""

    name: str
    sql: str
    type: str = "string"


_FLAT_COLUMNS = (
    _FlatColumn("time", timestamp_sql("time"), "timestamp"),
    _FlatColumn("who", WHO),
    _FlatColumn("who_type", "detail.useridentity.type"),
    _FlatColumn("action", "detail.eventname"),
    _FlatColumn("service", "detail.eventsource"),
    _FlatColumn("source_ip", "detail.sourceipaddress"),
    _FlatColumn("user_agent", "detail.useragent"),
    _FlatColumn("access_key", "detail.useridentity.accesskeyid"),
    _FlatColumn("error", "detail.errorcode"),
    _FlatColumn("error_message", "detail.errormessage"),
    _FlatColumn("parameters", "detail.requestparameters"),
    _FlatColumn("response", "detail.responseelements"),
    _FlatColumn("event_id", "detail.eventid"),
)
_BACKFILLED_COLUMN = Column("backfilled", "timestamp")
# Hive's name of a type, and Trino's.
_TRINO_TYPES = {"string": "varchar", "timestamp": "timestamp(3)"}


def flat_columns(layout: Layout) -> tuple[Column, ...]:
    """The flat view's columns, the table's partitions among them: a condition on `day` limits what is read."""
    return (
        *(Column(column.name, column.type) for column in _FLAT_COLUMNS),
        _BACKFILLED_COLUMN,
        *partition_columns(layout),
    )


def flat_view_sql(tables: Sequence[EventsTable], database: str) -> str:
    """The query behind the flat view: one row for each readable event of the tables; the first has its partitions."""
    layout = tables[0].layout

    def select(table: EventsTable) -> str:
        partitions = {column.name: column.name for column in partition_columns(table.layout)}
        partitions |= {"day": day_sql(table, layout)}
        wanted = [
            _FlatColumn(_BACKFILLED_COLUMN.name, timestamp_sql(backfilled_sql(table))),
            *(_FlatColumn(name, partitions.get(name, "NULL")) for name in layout.partitions),
        ]
        columns = ",\n  ".join(f"{column.sql} AS {column.name}" for column in (*_FLAT_COLUMNS, *wanted))
        return f'SELECT\n  {columns}\nFROM "{database}"."{table.name}"\nWHERE {READABLE}'

    return "\nUNION ALL\n".join(select(table) for table in tables)


def presto_view(sql: str, columns: Iterable[Column], database: str) -> str:
    """A view's text in Glue, from which Athena takes its query and types.

    AWS documents no format. This is the one that `CREATE VIEW` of Athena leaves in Glue, and that
    `encodeViewData` of Presto's Hive connector writes.
    """
    view = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": column.name, "type": _TRINO_TYPES[column.type]} for column in columns],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */"
