"""A rehearsal that is kept plays CloudTrail, so that what comes after a deploy can be tried out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from uuid import uuid4

from orgtrail.aws import AWS_ERRORS
from orgtrail.rehearsal.emulation.cloudtrail import CloudTrail, emulated_cloudtrail
from orgtrail.rehearsal.emulation.event_bus import Event


@contextmanager
def played_cloudtrail(arrived: Iterable[list[Event]]) -> Iterator[CloudTrail]:
    """While the block runs, each write call becomes an event, which goes the way of what is deployed.

    The events that have arrived, a list for each pipeline, are in the histories. So are such events of the day before,
    and of those, the archive lacks the last one of each pipeline.
    """
    with emulated_cloudtrail() as cloudtrail:
        for events in arrived:
            *delivered, lost = [_a_day_before(event) for event in events]
            for event in (*events, *delivered, lost):
                cloudtrail.add(event["detail"])
            if delivered:
                cloudtrail.hand_over(*delivered)
        cloudtrail.on_event = lambda event: _hand_over(cloudtrail, event)
        yield cloudtrail


def _a_day_before(event: Event) -> Event:
    time = f"{datetime.fromisoformat(event['time']) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    detail = {**event["detail"], "eventTime": time, "eventID": str(uuid4())}
    return {**event, "id": str(uuid4()), "time": time, "detail": detail}


def _hand_over(cloudtrail: CloudTrail, event: Event) -> None:
    # Another terminal may be taking the pipeline down; its call mustn't fail for that.
    with suppress(*AWS_ERRORS):
        cloudtrail.hand_over(event)
