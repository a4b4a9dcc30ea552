"""What docs/readers.md shows, made from the policies and the catalog."""

import json

from orgtrail import catalog, policies
from orgtrail.layout import Layout

_BUCKET = "acme-iam-events"
_ACCOUNT, _ARCHIVE_ACCOUNT, _REGIONS = "333333333333", "222222222222", ("us-east-1",)
_LAYOUT, _DATABASE = Layout(), "orgtrail"
_READERS = policies.Readers(("SecurityAudit", "AWSReservedSSO_SecurityAudit_*"), (_LAYOUT,))


def role_policy_markdown() -> str:
    """What `policy --readers` prints, for an archive with a key that Orgtrail makes."""
    key = policies.KeyUse(f"arn:aws:kms:us-east-1:{_ARCHIVE_ACCOUNT}:key/*", "us-east-1")
    return _json(policies.reader_permissions("aws", bucket=_BUCKET, layouts=_READERS.layouts, key=key))


def key_statement_markdown() -> str:
    """The statement of the key's policy that lets the readers decrypt."""
    document = policies.archive_key(
        "aws",
        account_id=_ARCHIVE_ACCOUNT,
        region="us-east-1",
        bucket=_BUCKET,
        organization_id="o-a1b2c3d4e5",
        account_ids=(),
        readers=_READERS,
    )
    [statement] = [one for one in document["Statement"] if one["Sid"] == "ReadersDecryptThroughS3"]
    return _json(statement)


def tables_markdown() -> str:
    """The tables of one account, as Markdown code blocks: Athena takes one statement at a time."""
    return "\n\n".join(f"```sql\n{account_table_sql(table)}\n```" for table in account_tables())


def account_tables() -> list[catalog.EventsTable]:
    """The tables that the queries ask, of what was delivered and of what was backfilled."""
    return [table for table in catalog.events_tables(_LAYOUT, ()) if table.lists_accounts]


def account_table_sql(table: catalog.EventsTable) -> str:
    """A table that an account's own people make in their own Athena, over what they may read."""
    columns = ",\n  ".join(f"`{column.name}` {column.type}" for column in table.columns)
    partitions = ", ".join(f"`{column.name}` {column.type}" for column in catalog.partition_columns(table.layout))
    parameters = catalog.table_parameters(
        table.layout, bucket=_BUCKET, account_ids=[_ACCOUNT], regions=_REGIONS, expire_days=None
    )
    folder = table.layout.reader_patterns(_ACCOUNT)[0].removesuffix("*")
    return "\n".join(
        [
            f"CREATE EXTERNAL TABLE {_DATABASE}.{table.name} (\n  {columns}\n)",
            f"PARTITIONED BY ({partitions})",
            f"ROW FORMAT SERDE '{catalog.SERDE}'",
            f"WITH SERDEPROPERTIES ({_properties(catalog.serde_parameters())})",
            f"LOCATION 's3://{_BUCKET}/{folder}'",
            f"TBLPROPERTIES ({_properties(parameters)})",
        ]
    )


def _properties(values: dict[str, str]) -> str:
    return "\n  " + ",\n  ".join(f"'{key}' = '{value}'" for key, value in values.items()) + "\n"


def _json(value: object) -> str:
    return f"```json\n{json.dumps(value, indent=2)}\n```"
