"""From an event on the bus to an object in the archive, by the configuration that is deployed and nothing else.

Neither EventBridge's call of Firehose nor Firehose's delivery is in the emulator; both are played here. What AWS
puts below an error prefix are records that a transformation refused: this product has none, so nothing lands there.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from orgtrail.aws import AccountSession
from orgtrail.rehearsal.emulation.delivery_stream import Delivered, DeliveryFailure, DeliveryStream
from orgtrail.rehearsal.emulation.event_bus import Event, EventBus, Undeliverable


@dataclass(frozen=True)
class DeadLetter:
    """An event that EventBridge could not hand over; `queue` None: it had nowhere to put it."""

    event: Event
    code: str
    queue: str | None


@dataclass
class Outcome:
    """What became of the events that were put on a bus."""

    not_taken: list[Event] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    objects: list[Delivered] = field(default_factory=list)
    failures: list[DeliveryFailure] = field(default_factory=list)

    def add(self, results: Iterable[Delivered | DeliveryFailure]) -> None:
        """Sort what a delivery stream did."""
        for result in results:
            if isinstance(result, Delivered):
                self.objects.append(result)
            else:
                self.failures.append(result)


def deliver(session: AccountSession, account_id: str, region: str, events: Iterable[Event]) -> Outcome:
    """Put events on the default bus of an account in a region, and wait until every buffer is written."""
    bus = EventBus(session, region)
    streams: dict[str, DeliveryStream] = {}
    outcome = Outcome()
    for event in events:
        targets = bus.targets_of(event)
        if not targets:
            outcome.not_taken.append(event)
        for rule, target in targets:
            try:
                name = bus.stream_for(target, event)
            except Undeliverable as reason:
                outcome.dead_letters.append(
                    DeadLetter(event, reason.code, bus.send_to_dlq(rule, target, event, reason))
                )
                continue
            if name not in streams:
                streams[name] = DeliveryStream(session, account_id, region, name)
            outcome.add(streams[name].put(json.dumps(event, separators=(",", ":")).encode()))
    for stream in streams.values():
        outcome.add(stream.flush())
    return outcome
