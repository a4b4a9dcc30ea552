"""Which pipeline would take an event, or why none would, and where in the archive it would land."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from orgtrail import firehose_prefix
from orgtrail.events import admits, event_pattern, home_region, matches, rule_state
from orgtrail.regions import partition_of
from orgtrail.settings import Account, Settings
from orgtrail.trace.event import Event
from orgtrail.words import shown

Code = Literal[
    "taken",
    "region-unknown",
    "account-unknown",
    "account-not-active",
    "account-disabled",
    "source-not-selected",
    "source-not-in-region",
    "no-pipeline-in-region",
    "detail-type-not-selected",
    "read-only",
]

_REMEMBERED = 1 << 16
_PLAIN = re.compile(r"[\w.:/ -]{1,60}", re.ASCII)


class Verdict(NamedTuple):
    """What becomes of an event; `account` is its name, None where the accounts file has no such account."""

    code: Code
    explanation: str
    account: str | None

    @property
    def taken(self) -> bool:
        """Whether a pipeline takes the event."""
        return self.code == "taken"


class Destination(NamedTuple):
    """Where an event is: the prefix of its object's key, and the partition in which a query finds it."""

    bucket: str
    prefix: str
    partition: Mapping[str, str]


class Tracer:
    """What the pipelines of an accounts file do with events."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._accounts = {account.account_id: account for account in settings.accounts}
        # Of many events few differ in what decides; of many instants few differ in what a prefix can hold.
        self._cached_verdict: Callable[..., Verdict] = lru_cache(_REMEMBERED)(self._verdict)
        self._cached_destination: Callable[..., Destination] = lru_cache(_REMEMBERED)(self._destination)

    def verdict(self, event: Event) -> Verdict:
        """What the deployed rules would do with an event."""
        return self._cached_verdict(event.account_id, event.region, event.source, event.detail_type, event.read_only)

    def destination(self, event: Event, arrived: datetime) -> Destination:
        """Where an event that was taken is. Firehose uses the time at which an event arrives, in UTC.

        https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
        """
        hour = arrived.replace(minute=0, second=0, microsecond=0)
        return self._cached_destination(event.account_id, event.region, hour)

    def _destination(self, account_id: str, region: str, hour: datetime) -> Destination:
        archive = self._settings.archive
        layout = archive.layout
        times = {"day": layout.day_format, "hour": "HH"}
        values = {"account": account_id, "region": region}
        for name in layout.partitions:
            if name in times:
                values[name] = firehose_prefix.evaluate(f"!{{timestamp:{times[name]}}}", hour)
        prefix = firehose_prefix.evaluate(layout.prefix(account_id, region), hour)
        return Destination(archive.bucket, prefix, values)

    def _verdict(self, account_id: str, region: str, source: str, detail_type: str, read_only: bool) -> Verdict:
        account = self._accounts.get(account_id)
        if account is None or account.status != "active" or not account.enabled:
            return self._without_pipelines(account, account_id, region)
        envelope = {"source": source, "detail-type": detail_type}
        if (
            region in account.regions
            and admits(rule_state(account.events), read_only=read_only)
            and matches(event_pattern(account.events, region), envelope)
        ):
            return Verdict("taken", f"taken by {account.name} in {region}", account.name)
        return self._refused(account, region, source, detail_type)

    def _without_pipelines(self, account: Account | None, account_id: str, region: str) -> Verdict:
        name = account.name if account else None
        if unknown := self._unknown_region(region, name):
            return unknown
        if account is None:
            return Verdict("account-unknown", f"{self._settings.path} has no account {_plain(account_id)}", None)
        if account.status != "active":
            return Verdict("account-not-active", f"{name} is {account.status}", name)
        return Verdict("account-disabled", f"{name} isn't enabled", name)

    def _refused(self, account: Account, region: str, source: str, detail_type: str) -> Verdict:
        """The first of the reasons why the account's rules don't take an event."""
        name, events = account.name, account.events
        if unknown := self._unknown_region(region, name):
            return unknown
        home = home_region(source, self._settings.partition)
        if source not in events.sources:
            return Verdict("source-not-selected", f"{name} doesn't select the source {_plain(source)}", name)
        if home not in (None, region):
            return Verdict("source-not-in-region", f"{source} never occurs in {region}, only in {home}", name)
        if region not in account.regions:
            regions = ", ".join(account.regions)
            return Verdict("no-pipeline-in-region", f"{name} has no pipeline in {region}, only in {regions}", name)
        if detail_type not in events.detail_types:
            told = f"{name} doesn't select the detail type {_plain(detail_type)}"
            return Verdict("detail-type-not-selected", told, name)
        return Verdict("read-only", f"{name} takes no read-only calls (events.include_read_only)", name)

    def _unknown_region(self, region: str, account: str | None) -> Verdict | None:
        ours, found = self._settings.partition, partition_of(region)
        if found == ours:
            return None
        told = f"is of the partition {found}, not of {ours}" if found else "is no region of AWS"
        return Verdict("region-unknown", f"{_plain(region)} {told}", account)


def _plain(text: str) -> str:
    """Text from an event, fit to be printed on a terminal."""
    return text if _PLAIN.fullmatch(text) else shown(text)
