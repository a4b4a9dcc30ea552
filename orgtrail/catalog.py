"""How Athena sees the archive: columns, partition projection and queries, all from the layout and the accounts.

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
    f"invokedby:string,identityprovider:string,sessioncontext:{_SESSION}>"
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


def serde_parameters() -> dict[str, str]:
    """The SerDe's parameters: which column is read from a key of another name; malformed lines fail a query."""
    renamed = {f"mapping.{column.name}": column.key for column in COLUMNS if column.key}
    return {**renamed, "case.insensitive": "true", "ignore.malformed.json": "false"}


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


def percent_format(java_format: str) -> str:
    """A day's format as `date_format` of Athena and `strftime` of Python write it: `%Y/%m/%d` for `yyyy/MM/dd`."""
    return java_format.replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d")


class NamedQuery(NamedTuple):
    """A query that an incident responder would want; SQL in Athena's dialect."""

    name: str
    description: str
    sql: str


_WHO = "coalesce(detail.useridentity.arn, detail.useridentity.principalid) AS who"
_WHERE_FROM = "detail.sourceipaddress AS source_ip"


def named_queries(layout: Layout, database: str) -> tuple[NamedQuery, ...]:
    """The queries over the last seven days; the filter on `day` is what keeps them cheap."""

    def changes(name: str, description: str, calls: Iterable[str]) -> NamedQuery:
        names = ", ".join(f"'{call}'" for call in calls)
        return query(name, description, f"detail.eventname IN ({names})")

    def query(name: str, description: str, condition: str) -> NamedQuery:
        columns = (
            f"time, account, region, detail.eventname AS call, {_WHO}, {_WHERE_FROM}, "
            "detail.errorcode AS error, detail.requestparameters AS parameters"
        )
        sql = f'SELECT {columns}\nFROM "{database}"."{EVENTS_TABLE}"\nWHERE {since} AND {condition}\nORDER BY time DESC'
        return NamedQuery(name, description, sql)

    date_format = percent_format(layout.day_format)
    since = f"day >= date_format(current_date - INTERVAL '7' DAY, '{date_format}')"
    return (
        changes("access-keys", "Access keys created, changed or deleted, and by whom", _ACCESS_KEY_CALLS),
        changes("new-users", "Users and passwords made, in IAM and Identity Center", _USER_CALLS),
        changes("role-trust", "Roles made, and changes of who may assume one", _TRUST_CALLS),
        changes("permissions", "Policies attached, written or replaced", _PERMISSION_CALLS),
        query(
            "sign-in-without-mfa",
            "Successful console sign-ins without a second factor",
            "detail.eventname = 'ConsoleLogin'\n"
            "  AND json_extract_scalar(detail.responseelements, '$.ConsoleLogin') = 'Success'\n"
            "  AND json_extract_scalar(detail.additionaleventdata, '$.MFAUsed') = 'No'",
        ),
        query(
            "root-use",
            "Everything the root user did",
            "detail.useridentity.type = 'Root' AND detail.useridentity.invokedby IS NULL",
        ),
        query("refused", "Calls that were refused", "detail.errorcode LIKE '%Denied%'"),
        NamedQuery(
            "by-day-and-account",
            "How many events each account had on each day; an account without any is missing",
            "SELECT day, account, region, count(*) AS events\n"
            f'FROM "{database}"."{EVENTS_TABLE}"\nWHERE {since}\n'
            "GROUP BY day, account, region\nORDER BY day DESC, account, region",
        ),
    )


_ACCESS_KEY_CALLS = ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey")
_USER_CALLS = ("CreateUser", "CreateLoginProfile", "UpdateLoginProfile")
_TRUST_CALLS = ("CreateRole", "UpdateAssumeRolePolicy", "CreateServiceLinkedRole")
_PERMISSION_CALLS = (
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreatePolicyVersion",
    "DeleteRolePermissionsBoundary",
    "DeleteUserPermissionsBoundary",
    "PutGroupPolicy",
    "PutRolePolicy",
    "PutUserPolicy",
    "SetDefaultPolicyVersion",
)
