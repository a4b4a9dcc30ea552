"""How Athena sees the archive: columns and partition projection, all from the layout and the accounts.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html and
https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from orgtrail.layout import Layout

EVENTS_TABLE = "iam_events"
EVENTS_BY_ACCOUNT_TABLE = "iam_events_by_account"
_BACKFILLED = "_backfilled"

SERDE = "org.openx.data.jsonserde.JsonSerDe"
INPUT_FORMAT = "org.apache.hadoop.mapred.TextInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat"


class Column(NamedTuple):
    """A column of a table: its name, its Hive type, and the key of the event it is read from if that differs."""

    name: str
    type: str
    key: str | None = None


_ISSUER = "struct<type:string,principalid:string,arn:string,accountid:string,username:string>"
_SESSION = (
    "struct<attributes:struct<mfaauthenticated:string,creationdate:string>,"
    f"sessionissuer:{_ISSUER},sourceidentity:string>"
)
_IDENTITY = (
    "struct<type:string,principalid:string,arn:string,accountid:string,accesskeyid:string,username:string,"
    "invokedby:string,identityprovider:string,"
    # IdentityCenterUser has these in place of `arn` and `principalId`.
    "onbehalfof:struct<userid:string,identitystorearn:string>,credentialid:string,"
    f"sessioncontext:{_SESSION}>"
)
# Parameters and answers differ for each call, so they are kept as JSON text for json_extract_scalar.
_DETAIL = (
    f"struct<eventversion:string,useridentity:{_IDENTITY},eventtime:string,eventsource:string,eventname:string,"
    "awsregion:string,sourceipaddress:string,useragent:string,errorcode:string,errormessage:string,"
    "requestparameters:string,responseelements:string,additionaleventdata:string,serviceeventdetails:string,"
    "requestid:string,eventid:string,readonly:string,eventtype:string,managementevent:string,"
    "recipientaccountid:string,sharedeventid:string,eventcategory:string,tlsdetails:string,"
    "sessioncredentialfromconsole:string>"
)

# EventBridge's envelope. `account` and `region` are the partitions' names, so the keys of that name are renamed;
# a hyphen can't stand in a column's name.
COLUMNS = (
    Column("version", "string"),
    Column("id", "string"),
    Column("detail_type", "string", "detail-type"),
    Column("source", "string"),
    Column("account_id", "string", "account"),
    Column("time", "string"),
    Column("aws_region", "string", "region"),
    Column("resources", "array<string>"),
    Column("detail", _DETAIL),
)
# What `orgtrail backfill` adds to the envelope, so that nobody takes a line for a delivery.
BACKFILL_COLUMN = Column("backfill", "struct<written:string,origin:string>")


def serde_parameters() -> dict[str, str]:
    """The SerDe's parameters: which column is read from a key of another name.

    A line that isn't JSON becomes a row of NULLs and doesn't fail the query; `unreadable-lines` counts them.
    """
    renamed = {f"mapping.{column.name}": column.key for column in COLUMNS if column.key}
    return {**renamed, "case.insensitive": "true", "ignore.malformed.json": "true"}


def partition_columns(layout: Layout) -> tuple[Column, ...]:
    """The columns that a layout partitions by: account, region, day, and hour where the layout has it."""
    return tuple(Column(name, "string") for name in layout.partitions)


def table_parameters(
    layout: Layout,
    *,
    bucket: str,
    account_ids: Iterable[str] | None,
    regions: Iterable[str],
    expire_days: int | None,
) -> dict[str, str]:
    """The table's parameters: the projection of its partitions.

    `account_ids` None: the account is injected, so that a query must name it. `expire_days` bounds the days that
    are looked at; None: the last ten years.
    """
    parameters = {
        "classification": "json",
        "projection.enabled": "true",
        "projection.region.type": "enum",
        "projection.region.values": ",".join(sorted(set(regions))),
        "projection.day.type": "date",
        "projection.day.format": layout.day_format,
        "projection.day.range": f"NOW-{expire_days + 1}DAYS,NOW+1DAYS" if expire_days else "NOW-10YEARS,NOW+1DAYS",
        "projection.day.interval": "1",
        "projection.day.interval.unit": "DAYS",
        "storage.location.template": f"s3://{bucket}/{layout.location_template}",
    }
    if "hour" in layout.partitions:
        hours = {"type": "integer", "range": "0,23", "digits": "2"}
        parameters |= {f"projection.hour.{name}": value for name, value in hours.items()}
    if account_ids is None:
        return {**parameters, "projection.account.type": "injected"}
    ids = ",".join(sorted(set(account_ids)))
    return {**parameters, "projection.account.type": "enum", "projection.account.values": ids}


class EventsTable(NamedTuple):
    """A table of events, the layout of the objects that it reads, and whether it lists the accounts.

    `backfilled`: it reads what was backfilled, and no delivery.
    """

    name: str
    layout: Layout
    lists_accounts: bool = True
    backfilled: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns, the partitions not included."""
        return (*COLUMNS, BACKFILL_COLUMN) if self.backfilled else COLUMNS


def events_tables(layout: Layout, former: Iterable[Layout]) -> tuple[EventsTable, ...]:
    """All tables of events: those of the present layout first, and in each layout those of deliveries."""
    kinds = ((EVENTS_TABLE, True), (EVENTS_BY_ACCOUNT_TABLE, False))
    layouts = ((None, layout), *((one, one) for one in former))

    def table(name: str, old: Layout | None) -> str:
        return former_table(name, old) if old else name

    deliveries, backfilled = (
        [
            EventsTable(table(name + suffix, old), one.backfill if suffix else one, lists, bool(suffix))
            for old, one in layouts
            for name, lists in kinds
        ]
        for suffix in ("", _BACKFILLED)
    )
    return (*deliveries, *backfilled)


def former_table(table: str, layout: Layout) -> str:
    """The name of the table beside `table` that reads a former layout; it depends on nothing but that layout."""
    return f"{table}_former_{hashlib.sha256(layout.template.encode()).hexdigest()[:8]}"


def layout_of(parameters: Mapping[str, str]) -> str:
    """The layout's template, from a table's parameters: `table_parameters` read backwards."""
    template = parameters["storage.location.template"].removeprefix("s3://").partition("/")[2]
    day = re.sub("yyyy|MM|dd", r"{\g<0>}", parameters["projection.day.format"])
    for column, text in {"account": "{account_id}", "region": "{region}", "hour": "{HH}", "day": day}.items():
        template = template.replace(f"${{{column}}}", text)
    return template


def bucket_of(parameters: Mapping[str, str]) -> str:
    """The bucket that a table reads, from its parameters."""
    return parameters["storage.location.template"].removeprefix("s3://").partition("/")[0]


def percent_format(java_format: str) -> str:
    """A day's format as `date_format` of Athena and `strftime` of Python write it: `%Y/%m/%d` for `yyyy/MM/dd`."""
    return java_format.replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d")


# Every type of `userIdentity` has one of these; keys that don't apply are missing or, at some sign-ins, empty.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
_WHO_FIELDS = ("arn", "onbehalfof.userid", "username", "principalid", "invokedby", "accountid")
_WHO_VALUES = ", ".join(f"nullif(detail.useridentity.{field}, '')" for field in _WHO_FIELDS)
WHO = f"coalesce({_WHO_VALUES})"

# A malformed line becomes a row without an id; every event of EventBridge has one.
READABLE = "id IS NOT NULL"


def timestamp_sql(sql: str) -> str:
    """A time of ISO 8601 in UTC as a timestamp; NULL where it can't be read."""
    return f"CAST(try(from_iso8601_timestamp({sql})) AS timestamp)"


def backfilled_sql(table: EventsTable) -> str:
    """When a table's event was backfilled, as text in ISO 8601; NULL: it was delivered."""
    return "backfill.written" if table.backfilled else "CAST(NULL AS varchar)"


def day_sql(table: EventsTable, layout: Layout) -> str:
    """A table's partition `day`, written as `layout` writes it."""
    theirs, ours = (percent_format(one.day_format) for one in (table.layout, layout))
    return "day" if theirs == ours else f"date_format(date_parse(day, '{theirs}'), '{ours}')"
