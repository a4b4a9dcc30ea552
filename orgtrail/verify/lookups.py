"""CloudTrail's own history of an account, a region and a day, as LookupEvents tells it.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from orgtrail.aws import AWS_ERRORS
from orgtrail.concurrency.limiter import Limiter
from orgtrail.contents.objects import NotKnown
from orgtrail.selection.pipelines import Pipeline
from orgtrail.verify.archived import DAY, midnight
from orgtrail.verify.rule import Rule, Taken, Unclear

PER_SECOND = 2.0  # of an account in a region
KEPT = timedelta(days=90)
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
LATE = timedelta(minutes=15)
_PAGE = 50

ClientOf = Callable[[Pipeline, Callable[[], None]], Any]
"""A client of CloudTrail in an account and a region; what it calls before it repeats a call by itself."""


class _Page(NamedTuple):
    events: list[Any]
    is_last: bool


class Lookups:
    """Looks histories up, each account and region at the rate that CloudTrail allows, and counts the calls.

    Threads may share it. `limiter` makes the one of an account and a region.
    """

    described = "LookupEvents"
    keeps = KEPT
    late = LATE

    def __init__(self, client_of: ClientOf, limiter: Callable[[], Limiter] = lambda: Limiter(PER_SECOND)) -> None:
        self._client_of = client_of
        self._limiters: defaultdict[tuple[str, str], Limiter] = defaultdict(limiter)
        self._lock = threading.Lock()
        self.calls = 0

    def judged(self, rule: Rule) -> Iterator[Taken | Unclear]:
        """What a rule takes of its day. Raises NotKnown."""
        try:
            with self._lock:
                limiter = self._limiters[rule.pipeline.place]
            client = self._client_of(rule.pipeline, limiter.wait)
            for page in self._pages(client, limiter, rule.sources, rule.day):
                yield from filter(None, (rule.judged(_record(event)) for event in page))
        except AWS_ERRORS as error:
            raise NotKnown(f"CloudTrail's history can't be looked up: {error}") from error

    def _pages(self, client: Any, limiter: Limiter, sources: Sequence[str], day: date) -> Iterator[list[Any]]:
        """The pages of all sources together, or of each by itself: whichever takes fewer calls, as far as can be told.

        A call takes one attribute, so it asks for one source or for all that ever happened. Quiet regions tell all in
        a page or two; of busy ones the first page shows that it would take many.
        """
        if len(sources) > 1:
            together = []
            for page in self._asked(client, limiter, day):
                together.append(page.events)
                if page.is_last:
                    yield from together
                    return
                if len(together) >= len(sources) or _pages_in_all(together, day) > len(sources):
                    break
        for source in sources:
            yield from (page.events for page in self._asked(client, limiter, day, source))

    def _asked(self, client: Any, limiter: Limiter, day: date, source: str | None = None) -> "Iterator[_Page]":
        attributes = [{"AttributeKey": "EventSource", "AttributeValue": source}] if source else []
        asked: dict[str, Any] = {
            "StartTime": midnight(day),
            "EndTime": midnight(day + DAY) - timedelta(seconds=1),
            "MaxResults": _PAGE,
            **({"LookupAttributes": attributes} if attributes else {}),
        }
        while True:
            limiter.wait()
            with self._lock:
                self.calls += 1
            answer = client.lookup_events(**asked)
            token = answer.get("NextToken")
            yield _Page(answer["Events"], not token)
            if not token:
                return
            asked["NextToken"] = token


def _pages_in_all(pages: Sequence[Sequence[Any]], day: date) -> float:
    """How many pages the day will have, if it goes on as it does; the newest events come first."""
    times = [event["EventTime"] for page in pages for event in page if isinstance(event.get("EventTime"), datetime)]
    told = max(times, default=midnight(day)) - min(times, default=midnight(day))
    rest = min(times, default=midnight(day)) - midnight(day)
    return len(pages) * (1 + rest / told) if told else float("inf")


def _record(event: Any) -> Any:
    """CloudTrail's record of an event; where it isn't JSON, what the answer itself tells of it."""
    try:
        record = json.loads(event["CloudTrailEvent"])
    except (LookupError, TypeError, ValueError):
        record = {"eventSource": event.get("EventSource")}
    if isinstance(record, dict) and "eventID" not in record and event.get("EventId"):
        record["eventID"] = event["EventId"]
    return record
