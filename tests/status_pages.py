"""Statuses of any size to make pages of, with something of every verdict."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Account
from orgtrail.status.arrivals import Arrivals, Newest
from orgtrail.status.finding import WORDS, Finding, Verdict, Word
from orgtrail.status.found import Found, Status, order
from tests.builders import an_account

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
REGIONS = ("us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1")
DENIED = "An error occurred (AccessDenied) when calling the AssumeRole operation: not authorized"
WHY: dict[Word, str] = {
    "failing": "the rule is disabled; 12 dead letters in orgtrail-iam-events-dlq: redrive shows why",
    "never": "nothing was delivered since 2026-10-01",
    "silent": "nothing for 6 days; of its usual days it has missed 3.5, and 1.0 are allowed",
    "outdated": "the delivery stream's prefix is 'old/', not '333333333333/us-east-1/'",
    "not known": f"not known, because {DENIED}",
    "quiet": "nothing for 26 hours; of its usual days it has missed 0.1, and 1.0 are allowed",
    "arriving": "the newest is 12 minutes old",
    "skipped": "the account is suspended",
}

_FINE: tuple[Word, ...] = ("arriving", "arriving", "quiet")
MOSTLY: tuple[Word, ...] = (*_FINE * 18, *WORDS)
"""Mostly fine: each other verdict once in 62 pipelines."""


def a_found(account: Account, region: str, word: Word, seed: int = 0, why: str | None = None) -> Found:
    """A pipeline with a verdict; its days follow from `seed`."""
    age = {"silent": 6, "quiet": 1}.get(word, 0)
    every = 1 + seed % 4
    days = frozenset((NOW - timedelta(days=age + every * number)).date() for number in range(40 // every))
    newest = Newest("key", NOW - timedelta(days=age, minutes=seed % 1000))
    arrived = Arrivals() if word in ("never", "skipped") else Arrivals(newest, days)
    findings = (Finding("failing", "the rule is disabled"),) if word == "failing" else ()
    return Found(Pipeline(account, region), Verdict.of(word, why or WHY[word]), arrived, findings)


def a_status(accounts: int, words: Sequence[Word], regions: Sequence[str] = REGIONS) -> Status:
    """A status of so many accounts, whose pipelines get these verdicts in turn."""
    made = [
        an_account(f"{number:012}", name=f"team-{number:04}-prod", regions=tuple(regions)) for number in range(accounts)
    ]
    found = [
        a_found(account, region, words[(number * len(regions) + place) % len(words)], number + place)
        for number, account in enumerate(made)
        for place, region in enumerate(regions)
    ]
    return Status(NOW, tuple(sorted(found, key=order)), 60_001)
