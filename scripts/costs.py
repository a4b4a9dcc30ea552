"""What Orgtrail costs in AWS: the arithmetic behind docs/costs.md."""

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from orgtrail.alarms import Alarms, alarms_of

KB_PER_GB = 1024 * 1024
SECONDS_PER_MONTH = 30 * 24 * 3600


class Price(NamedTuple):
    """US dollars, for one of `unit`, in us-east-1; `source` says where it was read."""

    what: str
    dollars: float
    unit: str
    source: str


FIREHOSE = Price(
    "Firehose, Direct PUT, the first 500 TB",
    0.029,
    "GB, each event rounded up to 5 KB",
    "the rounding: [AWS](https://aws.amazon.com/firehose/pricing/); the price: **not confirmed**",
)
PUT = Price(
    "S3 PUT and LIST",
    0.005,
    "1,000 requests",
    "[others](https://cloudoptimo.com/blog/a-look-into-aws-s3-pricing-models), not [AWS](https://aws.amazon.com/s3/pricing/)",
)
GET = Price("S3 GET", 0.0004, "1,000 requests", "as S3 PUT")
STORAGE = Price("S3 Standard", 0.023, "GB and month", "**not confirmed**; [AWS](https://aws.amazon.com/s3/pricing/)")
KEY = Price("KMS key", 1.0, "key and month, more once it has rotated", "[AWS](https://aws.amazon.com/kms/pricing/)")
KEY_REQUEST = Price(
    "KMS request",
    0.03,
    "10,000 requests",
    "[others](https://cloudburn.io/blog/aws-kms-pricing), not [AWS](https://aws.amazon.com/kms/pricing/)",
)
ATHENA = Price(
    "Athena",
    5.0,
    "TB read, 10 MB a query at least",
    "[others](https://athena.guide/articles/athena-basics-pricing-model), "
    "not [AWS](https://aws.amazon.com/athena/pricing/)",
)
ALARM = Price(
    "CloudWatch alarm",
    0.10,
    "metric that an alarm watches, and month",
    "[others](https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm), "
    "not [AWS](https://aws.amazon.com/cloudwatch/pricing/); that an expression counts as all of its metrics: "
    "**not confirmed**",
)
PRICES = (FIREHOSE, PUT, GET, STORAGE, KEY, KEY_REQUEST, ATHENA, ALARM)


@dataclass(frozen=True)
class Account:
    """An account's events in a month: how many, of how many KB, over how many pipelines, in how many months kept."""

    events: int
    event_kb: float = 2
    pipelines: int = 1
    interval_seconds: int = 300
    months_kept: int = 12

    @property
    def firehose(self) -> float:
        """What Firehose takes for the events, each rounded up to 5 KB."""
        return self.events * ceil(self.event_kb / 5) * 5 / KB_PER_GB * FIREHOSE.dollars

    @property
    def most_objects(self) -> int:
        """The most objects there can be: one an interval and pipeline, and never more than events."""
        return min(self.events, self.pipelines * SECONDS_PER_MONTH // self.interval_seconds)

    @property
    def puts(self) -> float:
        """What S3 takes for writing the most objects there can be."""
        return self.most_objects / 1000 * PUT.dollars

    @property
    def storage(self) -> float:
        """What S3 takes in a month, once as many months are kept as ever will be."""
        return self.events * self.event_kb / KB_PER_GB * self.months_kept * STORAGE.dollars

    @property
    def total(self) -> float:
        """All of it, in a month."""
        return self.firehose + self.puts + self.storage


@dataclass(frozen=True)
class Question:
    """A query over some days of accounts that are alike."""

    account: Account
    accounts: int
    days: int

    @property
    def reading(self) -> float:
        """What Athena takes for what it reads: 10 MB at least."""
        kb = self.accounts * self.account.events / 30 * self.days * self.account.event_kb
        return max(kb, 10 * 1024) / KB_PER_GB / 1024 * ATHENA.dollars

    @property
    def requests(self) -> float:
        """What S3 takes: each partition is listed once at least, and each object fetched once at least."""
        lists = self.accounts * self.account.pipelines * self.days
        gets = self.accounts * self.account.most_objects / 30 * self.days
        return lists / 1000 * PUT.dollars + gets / 1000 * GET.dollars


def questions_markdown() -> str:
    """What queries cost with 10,000 events for each account, as a Markdown table."""
    asked = [(1, 1), (1, 7), (50, 7), (1_000, 1), (1_000, 7), (5_000, 7)]
    rows = [
        f"| {accounts:,} | {days} | {_money(one.reading)} | {_money(one.requests)} |"
        for accounts, days in asked
        for one in [Question(Account(10_000), accounts, days)]
    ]
    return "\n".join(["| accounts | days | Athena | S3 requests |", "| --- | --- | --- | --- |", *rows])


def prices_markdown() -> str:
    """The prices, as a Markdown table."""
    rows = [f"| {price.what} | ${price.dollars:g} | {price.unit} | {price.source} |" for price in PRICES]
    return "\n".join(["| what | price | for each | read where |", "| --- | --- | --- | --- |", *rows])


def by_events_markdown() -> str:
    """An account's cost by number of events, as a Markdown table."""
    head = "| events a month | Firehose | S3 PUT | storage, 12 months kept | in all |"
    rows = [
        f"| {events:,} | {_money(one.firehose)} | {_money(one.puts)} | {_money(one.storage)} | {_money(one.total)} |"
        for events in (1_000, 10_000, 100_000, 1_000_000)
        for one in [Account(events)]
    ]
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *rows])


def alarms_markdown() -> str:
    """What alarms cost by number of pipelines, as a Markdown table."""
    choices = (Alarms("", without=("near-limits", "throttling")), Alarms(""), Alarms("", silent_hours=24))
    rows = [
        f"| {pipelines:,} | " + " | ".join(_money(pipelines * _watched(one) * ALARM.dollars) for one in choices) + " |"
        for pipelines in (1, 50, 1_000, 5_000, 20_000)
    ]
    head = "| pipelines | without `near-limits` and `throttling` | all but `silence` | all |"
    return "\n".join([head, "| --- | --- | --- | --- |", *rows])


def _watched(alarms: Alarms) -> int:
    """How many metrics the alarms of a pipeline watch."""
    return sum(len(alarm.metrics) for alarm in alarms_of(alarms, "us-east-1", 300))


def by_accounts_markdown() -> str:
    """An organization's cost by number of accounts, with 10,000 events each, as a Markdown table."""
    head = "| accounts | one region, every 300 s | one region, every 900 s | four regions, every 300 s |"
    each = (Account(10_000), Account(10_000, interval_seconds=900), Account(10_000, pipelines=4))
    rows = [
        f"| {count:,} | " + " | ".join(_money(count * one.total) for one in each) + " |"
        for count in (1, 50, 1_000, 5_000)
    ]
    return "\n".join([head, "| --- | --- | --- | --- |", *rows])


def _money(dollars: float) -> str:
    return f"${dollars:,.0f}" if dollars >= 10 else f"${dollars:.2f}" if dollars >= 0.01 else "under $0.01"
