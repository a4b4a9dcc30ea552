"""Athena's tables look where the accounts deliver to."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from orgtrail import catalog
from orgtrail.console.command_line import command_line
from orgtrail.preflight.archive import archive_session
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import SharedScope
from orgtrail.words import shown, some

_LIBRARY = "SerDe"
_LISTS = ("projection.account.values", "projection.region.values")


def _look(scope: SharedScope) -> Iterator[Fault]:
    settings, archive = scope.settings, scope.settings.archive
    if not archive.catalog:
        return
    glue, mend = archive_session(scope).client("glue"), f"Deploy it: {command_line('deploy', 'archive')}"
    for table in catalog.events_tables(archive.layout, archive.former_layouts):
        projected = catalog.table_parameters(
            table.layout,
            bucket=archive.bucket,
            account_ids=settings.archived_accounts if table.lists_accounts else None,
            regions=settings.archived_regions,
            expire_days=archive.expire_days,
        )
        wanted = {**projected, **catalog.serde_parameters(), _LIBRARY: catalog.SERDE}
        try:
            found = _parameters(glue.get_table(DatabaseName=archive.catalog.database, Name=table.name)["Table"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise
            yield Fault(f"there is no table {table.name} in the database {archive.catalog.database}", mend)
            continue
        yield from (Fault(f"the table {table.name} {text}", mend) for text in _differences(wanted, found))


def _parameters(table: Mapping[str, Any]) -> dict[str, str]:
    """Those of the table, and how it reads a line."""
    serde = table.get("StorageDescriptor", {}).get("SerdeInfo", {})
    return {
        **table.get("Parameters", {}),
        **serde.get("Parameters", {}),
        _LIBRARY: serde.get("SerializationLibrary", ""),
    }


def _differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for name, value in wanted.items():
        there = found.get(name, "")
        if name in _LISTS:
            if missing := [one for one in value.split(",") if one not in there.split(",")]:
                yield f"doesn't list {some(missing)} ({name})"
        elif there != value:
            yield f"has {shown(there)}, not {shown(value)} ({name})"


ARCHIVE_TABLES = Check(
    id="archive-tables",
    severity=Severity.WARNING,
    asks="Athena's tables are there, list every account and region of the file, look in the folders of the layout, "
    "and read its lines. Not asked without `archive.catalog`.",
    silences="It keeps nothing from arriving, but queries don't find it, without an error.",
    permissions=(Permission("glue:GetTable", "where the tables look"),),
    look=_look,
)
