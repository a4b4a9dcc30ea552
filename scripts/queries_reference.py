"""Tables for docs/queries.md, made from the catalog and the queries."""

from orgtrail.catalog import events_tables
from orgtrail.flat_view import flat_columns
from orgtrail.layout import Layout
from orgtrail.queries import NamedQuery, named_queries

_LAYOUT = Layout()
_DATABASE = "orgtrail"


def flat_columns_markdown() -> str:
    """The columns of the flat view with the default layout, as a Markdown table."""
    rows = [f"| `{column.name}` | {column.type} |" for column in flat_columns(_LAYOUT)]
    return "\n".join(["| column | type |", "| --- | --- |", *rows])


def queries_markdown() -> str:
    """Each saved query and its question, as a Markdown table."""
    rows = [f"| `{query.name}` | {query.description} |" for query in _queries()]
    return "\n".join(["| query | answers |", "| --- | --- |", *rows])


def query_sql(name: str) -> str:
    """The SQL of a saved query with the default layout, as a Markdown code block."""
    [query] = [query for query in _queries() if query.name == name]
    return f"```sql\n{query.sql}\n```"


def _queries() -> tuple[NamedQuery, ...]:
    return named_queries([table for table in events_tables(_LAYOUT, ()) if table.lists_accounts], _DATABASE)
