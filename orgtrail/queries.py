"""The named queries: each answers one question of an incident responder, in Athena's dialect."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from orgtrail.calls import CHANGES, Calls
from orgtrail.catalog import READABLE, WHO, EventsTable, backfilled_sql, day_sql, percent_format, timestamp_sql

DAYS = 7
# An hour is compared with the same hour in the weeks before. It is far below if at least so many events are usual and
# less than a quarter of them came: by chance, that happens once in 300 hours if events are independent of each other.
_WEEKS, _MANY, _FAR = 4, 8, 4
_NOW = "CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp)"


class NamedQuery(NamedTuple):
    """A saved query: its name, the question it answers, and how. A `?` in it is asked for when it is run.

    https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-querying-using-execution-parameters.html
    """

    name: str
    question: str
    sql: str
    note: str = ""

    @property
    def description(self) -> str:
        """What Athena shows beside the query."""
        return f"{self.question} {self.note}".strip()


def named_queries(tables: Sequence[EventsTable], database: str) -> tuple[NamedQuery, ...]:
    """The queries over the last seven days of these tables; days are written as the first one writes them."""
    events = _Events(_last_days(tables, database))
    return (
        *(events.listed(name, question, _any_of(calls)) for name, (question, calls) in CHANGES.items()),
        *_sign_ins(events),
        *_callers(events),
        _by_day_and_account(events),
        _arrivals_by_hour(tables, database),
        *_faults(events),
    )


class _Events(NamedTuple):
    """The events that a query is about: `since` is the beginning of its text, which names them `events`."""

    since: str

    def query(self, name: str, question: str, select: str, condition: str, after: str, note: str = "") -> NamedQuery:
        """A query of the events that meet a condition."""
        sql = f"{self.since}\nSELECT {select}\nFROM events\nWHERE {condition}\n{after}"
        return NamedQuery(name, question, sql, note)

    def listed(self, name: str, question: str, condition: str, note: str = "") -> NamedQuery:
        """A query that shows each of these events, the newest first."""
        return self.query(name, question, _EVENT, condition, "ORDER BY time DESC", note)


def _sign_ins(events: _Events) -> tuple[NamedQuery, ...]:
    return (
        events.listed(
            "sign-in-without-mfa",
            "Who signed in to the console as a user or as root without a second factor?",
            "detail.eventname = 'ConsoleLogin'\n"
            "  AND detail.useridentity.type IN ('IAMUser', 'Root')\n"
            f"  AND {_says('responseelements', 'ConsoleLogin', 'Success')}\n"
            f"  AND {_says('additionaleventdata', 'MFAUsed', 'No')}",
            "Role sessions and federated users are left out: their identity provider or Identity Center asks for the "
            "second factor, and AWS writes MFAUsed = No for them either way.",
        ),
        events.query(
            "failed-sign-ins",
            "From which addresses did sign-ins fail, how often, and at how many accounts?",
            "detail.sourceipaddress AS source_ip, count(*) AS failures, count(DISTINCT account) AS accounts, "
            f"count(DISTINCT {WHO}) AS users, min(time) AS first_time, max(time) AS last_time",
            _FAILED_SIGN_IN,
            "GROUP BY detail.sourceipaddress\nORDER BY failures DESC",
            "Console sign-ins, and the credential checks of Identity Center. AWS hides the name of a user that doesn't "
            "exist, so all of those count as one.",
        ),
    )


def _callers(events: _Events) -> tuple[NamedQuery, ...]:
    return (
        events.listed(
            "root-use",
            "What did the root user do?",
            "detail.useridentity.type = 'Root' AND detail.useridentity.invokedby IS NULL",
        ),
        events.listed("refused", "Which calls were refused, and whose?", "detail.errorcode LIKE '%Denied%'"),
        events.listed(
            "everything-by",
            "What did this principal, access key or address do?",
            f"? IN ({', '.join(_CALLER_FIELDS)})",
            "Asks for one value when it is run, in single quotes: an ARN, the name of a user or role, a principal id, "
            "an access key id, an Identity Center user id or credential id, or an address.",
        ),
    )


def _by_day_and_account(events: _Events) -> NamedQuery:
    return events.query(
        "by-day-and-account",
        "How many events did each account have on each day?",
        "day, account, region, count(*) AS events, count(backfilled) AS backfilled",
        READABLE,
        "GROUP BY day, account, region\nORDER BY day DESC, account, region",
        "An account without any is missing. Backfilled: so many of them were not delivered.",
    )


def _arrivals_by_hour(tables: Sequence[EventsTable], database: str) -> NamedQuery:
    """Each hour beside the same hour of the same day of the week, in the weeks before.

    An hour counts for itself, and as one of the weeks before for each of the hours that come so many weeks later. So an
    hour in which nothing happened is there, if something usually does.
    """
    later = ", ".join(str(7 * week) for week in range(_WEEKS + 1))
    sql = f"""{_last_days(tables, database, DAYS + 7 * _WEEKS)},
hours AS (
  SELECT account, region, date_trunc('hour', {timestamp_sql("time")}) AS started, count(*) AS arrived
  FROM events
  WHERE {READABLE} AND backfilled IS NULL
  GROUP BY account, region, date_trunc('hour', {timestamp_sql("time")})
),
compared AS (
  SELECT date_add('day', later, started) AS hour, account, region,
    sum(CASE WHEN later = 0 THEN arrived ELSE 0 END) AS events,
    round(sum(CASE WHEN later > 0 THEN arrived ELSE 0 END) / {_WEEKS}.0, 1) AS usually
  FROM hours CROSS JOIN UNNEST(ARRAY[{later}]) AS weeks (later)
  GROUP BY date_add('day', later, started), account, region
)
SELECT hour, account, region, events, usually,
  usually >= {_MANY} AND events * {_FAR} < usually AND hour <= date_add('hour', -2, {_NOW}) AS far_below
FROM compared
WHERE hour BETWEEN date_add('day', -{DAYS}, {_NOW}) AND {_NOW}
ORDER BY far_below DESC, hour DESC, account, region"""
    return NamedQuery(
        "arrivals-by-hour",
        "How many events did each account have in each hour, how many does it usually have then, and where is that far "
        "below?",
        sql,
        f"Usually: the average of that hour of that day of the week, in UTC, in the {_WEEKS} weeks before, in which a "
        "younger pipeline has had less. Far below: less than a quarter of "
        f"it, where {_MANY} or more are usual, in an hour that ended an hour ago. An hour without any is there if some "
        "are usual. What was backfilled has not arrived, and doesn't count. Reads five weeks.",
    )


def _faults(events: _Events) -> tuple[NamedQuery, ...]:
    return (
        events.query(
            "duplicates",
            "Which events are there more than once, and in which objects?",
            "detail.eventid AS event_id, account, region, count(*) AS times, count(backfilled) AS backfilled, "
            "min(object) AS first_object, max(object) AS last_object",
            "detail.eventid IS NOT NULL",
            "GROUP BY detail.eventid, account, region\nHAVING count(*) > 1\nORDER BY times DESC, event_id",
            "CloudTrail's id of the event counts: EventBridge and Firehose may deliver twice. Backfilled: so many of "
            "the times are copies by `orgtrail backfill`, of an event that was delivered later. No row: none is.",
        ),
        events.query(
            "unreadable-lines",
            "How many lines aren't JSON, so that all other queries skip them, and in which objects are they?",
            "day, account, region, object, count(*) AS lines",
            f"NOT ({READABLE})",
            "GROUP BY day, account, region, object\nORDER BY day DESC, lines DESC",
            "No row: nothing was skipped.",
        ),
    )


def _last_days(tables: Sequence[EventsTable], database: str, days: int = DAYS) -> str:
    """The events of the last days, from all tables: the condition on each table's `day` is what keeps a query cheap."""
    layout = tables[0].layout

    def select(table: EventsTable) -> str:
        day_format = percent_format(table.layout.day_format)
        return (
            f'  SELECT id, time, account, region, {day_sql(table, layout)} AS day, detail, "$path" AS object, '
            f"{backfilled_sql(table)} AS backfilled\n"
            f'  FROM "{database}"."{table.name}"\n'
            f"  WHERE day >= date_format(current_date - INTERVAL '{days}' DAY, '{day_format}')"
        )

    return "WITH events AS (\n" + "\n  UNION ALL\n".join(select(table) for table in tables) + "\n)"


def _any_of(calls: Iterable[Calls]) -> str:
    return "\n  OR ".join(call.condition for call in calls)


def _says(field: str, key: str, value: str) -> str:
    """A condition on a value in a field of JSON text.

    In lower case on both sides: the OpenX SerDe can make the keys in such text lower case, as that of Hive does
    (https://github.com/rcongiu/Hive-JSON-Serde), and AWS doesn't say whether Athena's does.
    """
    return f"json_extract_scalar(lower(detail.{field}), '$.{key.lower()}') = '{value.lower()}'"


_EVENT = (
    f"time, account, region, detail.eventname AS call, {WHO} AS who, detail.sourceipaddress AS source_ip, "
    "detail.errorcode AS error, detail.requestparameters AS parameters, backfilled"
)
_CALLER_FIELDS = (
    "detail.useridentity.arn",
    "detail.useridentity.principalid",
    "detail.useridentity.username",
    "detail.useridentity.accesskeyid",
    "detail.useridentity.onbehalfof.userid",
    "detail.useridentity.credentialid",
    "detail.useridentity.sessioncontext.sessionissuer.arn",
    "detail.useridentity.sessioncontext.sessionissuer.username",
    "detail.useridentity.sessioncontext.sourceidentity",
    "detail.sourceipaddress",
)
# Shapes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
# and https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
_FAILED_SIGN_IN = (
    f"(detail.eventname = 'ConsoleLogin' AND {_says('responseelements', 'ConsoleLogin', 'Failure')})\n"
    "  OR (detail.eventname = 'CredentialVerification' AND "
    f"{_says('serviceeventdetails', 'CredentialVerification', 'Failure')})"
)
