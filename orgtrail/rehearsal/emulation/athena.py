"""Athena's part in the rehearsal: the deployed tables over the delivered objects, in an embedded SQL engine.

The table is the one that Glue holds: its columns, SerDe parameters, projection and location template decide what a
query sees. Queries are Athena's, parsed as such and translated for DuckDB.
"""

import base64
import gzip
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from orgtrail.catalog import percent_format

Row = dict[str, Any]

# Athena's hidden column: the object that a row was read from.
_PATH = "$path"
_VIEW = re.compile(r"/\* Presto View: (\S+) \*/")


class MalformedLine(Exception):
    """A line that the table's SerDe refuses to read."""


@dataclass(frozen=True)
class Table:
    """A table as Glue describes it (`get_table`)."""

    description: dict[str, Any]

    @property
    def _storage(self) -> dict[str, Any]:
        storage: dict[str, Any] = self.description["StorageDescriptor"]
        return storage

    @property
    def _parameters(self) -> dict[str, str]:
        parameters: dict[str, str] = self.description["Parameters"]
        return parameters

    @property
    def location(self) -> str:
        """The bucket and folder below which the table looks: `s3://bucket/folder/`."""
        return str(self._storage["Location"])

    @property
    def columns(self) -> dict[str, exp.DataType]:
        """Each column's name and type, partitions not included."""
        return {
            column["Name"]: exp.DataType.build(column["Type"], dialect="hive") for column in self._storage["Columns"]
        }

    def partition_of(self, uri: str) -> dict[str, str] | None:
        """The values of an object's partition, or None for an object that no query would ever read."""
        template = re.escape(self._parameters["storage.location.template"])
        names = [partition["Name"] for partition in self.description["PartitionKeys"]]
        for name in names:
            template = template.replace(re.escape(f"${{{name}}}"), f"(?P<{name}>{self._written(name)})", 1)
        match = re.fullmatch(template + "[^/]+", uri)
        if match is None or not all(self._projects(name, match[name]) for name in names):
            return None
        return match.groupdict()

    def _written(self, name: str) -> str:
        """A regular expression of how a partition's values are written."""
        if self._parameters[f"projection.{name}.type"] == "date":
            return re.sub("yyyy|MM|dd", r"\\d+", re.escape(self._parameters[f"projection.{name}.format"]))
        return "[^/]+"

    def _projects(self, name: str, value: str) -> bool:
        kind = self._parameters[f"projection.{name}.type"]
        if kind == "enum":
            return value in self._parameters[f"projection.{name}.values"].split(",")
        if kind == "date":
            return _is_date(value, self._parameters[f"projection.{name}.format"])
        if kind == "integer":
            low, high = map(int, self._parameters[f"projection.{name}.range"].split(","))
            digits = int(self._parameters.get(f"projection.{name}.digits", "0"))
            return value.isdecimal() and low <= int(value) <= high and len(value) == max(digits, len(str(int(value))))
        return kind == "injected"

    def rows(self, text: str) -> Iterator[Row]:
        """The rows of one object, as the OpenX SerDe reads them: one a line, and no more of a line than its first
        JSON value. A line that isn't a JSON object is a row of NULLs, or with `ignore.malformed.json` off, an error.

        https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
        """
        keys = self._storage["SerdeInfo"]["Parameters"]
        ignore = keys.get("ignore.malformed.json", "false") == "true"
        for line in text.splitlines():
            event = _event(line)
            if event is None and not ignore:
                raise MalformedLine(line)
            folded = {key.lower(): value for key, value in (event or {}).items()}
            yield {
                name: _as_type(folded.get(keys.get(f"mapping.{name}", name).lower()), kind)
                for name, kind in self.columns.items()
            }


class EmbeddedAthena:
    """The tables of one Glue database, filled with the archive's current objects, and its views.

    `glue` and `s3` are boto3 clients of the archive's account and region.
    """

    def __init__(self, glue: Any, s3: Any, database: str) -> None:
        self._s3 = s3
        self._engine = duckdb.connect()
        self._engine.execute(f'CREATE SCHEMA "{database}"')
        descriptions = glue.get_tables(DatabaseName=database)["TableList"]
        views = [table for table in descriptions if table["TableType"] == "VIRTUAL_VIEW"]
        for description in descriptions:
            if description not in views:
                self._fill(database, Table(description))
        for description in views:
            self._view(database, description)

    def query(self, sql: str, parameters: Sequence[str] = ()) -> list[Row]:
        """The rows that a query in Athena's dialect answers with; `parameters` take the places of its `?`."""
        answer = self._engine.execute(_translated(sql), parameters)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def _view(self, database: str, description: dict[str, Any]) -> None:
        """Make a view of what Glue holds, each column as the type that is written there."""
        match = _VIEW.fullmatch(description["ViewOriginalText"])
        if match is None:
            raise ValueError(f"{description['Name']}: {description['ViewOriginalText']} is no view of Athena's")
        view = json.loads(base64.b64decode(match[1]))
        columns = ", ".join(
            f"CAST({column['name']} AS {column['type']}) AS {column['name']}" for column in view["columns"]
        )
        sql = f"SELECT {columns} FROM ({view['originalSql']}) AS original"
        self._engine.execute(f'CREATE VIEW "{database}"."{description["Name"]}" AS {_translated(sql)}')

    def _fill(self, database: str, table: Table) -> None:
        partitions = {partition["Name"]: "VARCHAR" for partition in table.description["PartitionKeys"]}
        types = {name: kind.sql("duckdb") for name, kind in table.columns.items()} | partitions | {_PATH: "VARCHAR"}
        schema = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.json"
            rows = self._rows(table)
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            self._engine.execute(
                f'CREATE TABLE "{database}"."{table.description["Name"]}" AS '
                f"SELECT * FROM read_json('{file}', format='newline_delimited', columns={{{schema}}})"
            )

    def _rows(self, table: Table) -> Iterator[Row]:
        bucket, _slash, folder = table.location.removeprefix("s3://").partition("/")
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
            for item in page.get("Contents", []):
                partition = table.partition_of(f"s3://{bucket}/{item['Key']}")
                if partition is not None:
                    body = self._s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                    text = (gzip.decompress(body) if item["Key"].endswith(".gz") else body).decode()
                    place = partition | {_PATH: f"s3://{bucket}/{item['Key']}"}
                    yield from (row | place for row in table.rows(text))


def placeholders(sql: str) -> int:
    """How many values a query asks for when it is run."""
    return len(list(sqlglot.parse_one(sql, read="athena").find_all(exp.Placeholder)))


def _translated(sql: str) -> str:
    return sqlglot.parse_one(sql, read="athena").sql("duckdb")


def _event(line: str) -> dict[str, Any] | None:
    """The JSON object that a line begins with, if it does."""
    try:
        event, _end = json.JSONDecoder().raw_decode(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _is_date(value: str, java_format: str) -> bool:
    day_format = percent_format(java_format)
    try:
        return datetime.strptime(value, day_format).strftime(day_format) == value
    except ValueError:
        return False


def _as_type(value: Any, kind: exp.DataType) -> Any:
    """A JSON value as a column's type: whatever stands where text is wanted becomes its own JSON text."""
    if value is None:
        return None
    if kind.is_type("struct"):
        folded = {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}
        return {field.name: _as_type(folded.get(field.name), field.args["kind"]) for field in kind.expressions}
    if kind.is_type("array"):
        return [_as_type(item, kind.expressions[0]) for item in value] if isinstance(value, list) else None
    return value if isinstance(value, str) else json.dumps(value)
