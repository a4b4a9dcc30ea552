"""Which of CloudTrail's records the rule of a pipeline takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from orgtrail.events import sources_in
from orgtrail.selection.pipelines import Pipeline
from orgtrail.trace import Event, NotAnEvent, Tracer, event_of, instant


class Taken(NamedTuple):
    """A record that the rule takes, so that it must be in the archive. `source` as in EventBridge's envelope."""

    id: str
    time: datetime
    name: str
    source: str
    detail_type: str
    record: Mapping[str, Any]


class Unclear(NamedTuple):
    """A record of which can't be told whether the rule takes it, and why; `id` None: it has none."""

    id: str | None
    problem: str


@dataclass(frozen=True)
class Rule:
    """The rule of a pipeline, and the day, in UTC, of which records count."""

    tracer: Tracer
    pipeline: Pipeline
    day: date

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """What CloudTrail calls the sources that the rule takes: `iam.amazonaws.com` for `aws.iam`."""
        sources = sources_in(self.pipeline.account.events, self.pipeline.region)
        return tuple(f"{source.removeprefix('aws.')}.amazonaws.com" for source in sources)

    def judged(self, record: Any) -> Taken | Unclear | None:
        """A record of CloudTrail's; None: the rule doesn't take it, or it is of another day."""
        try:
            event = event_of(record)
        except NotAnEvent as error:
            return self._unclear(record, str(error))
        if event.time is None or event.time.date() != self.day or not self._is_taken(event):
            return None
        if event.id is None:
            return Unclear(None, "it has no eventID")
        return Taken(event.id, event.time, event.name or "", event.source, event.detail_type, record)

    def _is_taken(self, event: Event) -> bool:
        return (event.account_id, event.region) == self.pipeline.place and self.tracer.verdict(event).taken

    def _unclear(self, record: Any, problem: str) -> Unclear | None:
        if not isinstance(record, dict):
            return Unclear(None, problem)
        source, time, identity = (record.get(key) for key in ("eventSource", "eventTime", "eventID"))
        if isinstance(source, str) and source not in self.sources:
            return None
        try:
            if isinstance(time, str) and instant(time).date() != self.day:
                return None
        except ValueError:
            pass
        return Unclear(identity if isinstance(identity, str) else None, problem)
