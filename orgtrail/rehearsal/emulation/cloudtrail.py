"""CloudTrail's event history, which moto lacks: calls that clients make become records, which LookupEvents finds.

What it doesn't prove: AWS's own records differ in fields that nothing here needs, come after minutes and not at once,
and not in order; calls that the emulator refuses for want of a permission make none; nothing is delivered to a trail's
bucket; who is a member of an organization isn't looked at. Reads, sign-ins and sources that moto lacks make no records:
`CloudTrail.add` puts them there.
"""

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.responses import BaseResponse

from orgtrail.aws import AccountSession
from orgtrail.rehearsal.emulation.cloudtrail_lookup import LookupRefused, lookup
from orgtrail.rehearsal.emulation.cloudtrail_records import event_of, is_recorded
from orgtrail.rehearsal.emulation.cloudtrail_trails import logs
from orgtrail.rehearsal.emulation.delivery import Outcome, deliver
from orgtrail.rehearsal.emulation.event_bus import Event

_LOOKUPS_A_SECOND = 2  # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html

Record = dict[str, Any]


class _Identity(NamedTuple):
    """Credentials in an account of the emulator, which makes them for any role."""

    account_id: str
    roles: tuple[str, ...]
    external_id: str | None = None
    session_name: str = "emulated-cloudtrail"
    profile: str | None = None


class CloudTrail:
    """The event histories of all accounts and regions of the emulator; made by `emulated_cloudtrail`.

    What a test may switch on, at any time: `throttles`: more than two lookups a second of an account and region are
    refused; `delivers`: each event is put on its account's event bus, and what the deployed pipeline makes of it is
    added to `outcomes`; `needs_trail`: but only where a deployed trail logs it. `on_event` is told each event before
    the caller has its answer.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.throttles = False
        self.delivers = False
        self.needs_trail = False
        self.outcomes: list[Outcome] = []
        self.on_event: Callable[[Event], None] = lambda _event: None
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[tuple[str, str], list[Record]] = defaultdict(list)
        self._lookups: dict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=_LOOKUPS_A_SECOND))

    def history(self, account_id: str, region: str) -> list[Record]:
        """The records of an account in a region, in the order in which they came."""
        with self._lock:
            return list(self._records[account_id, region])

    def add(self, record: Record) -> None:
        """Put a record into the history of its `recipientAccountId` and `awsRegion`, and nowhere else."""
        with self._lock:
            self._records[record["recipientAccountId"], record["awsRegion"]].append(record)

    def happened(self, event: Event) -> None:
        """Put an event's record into the history, and the event on the bus if that is switched on."""
        self.add(event["detail"])
        if self.delivers and (not self.needs_trail or logs(event)):
            self.outcomes.append(self.hand_over(event))
        self.on_event(event)

    def hand_over(self, *events: Event) -> Outcome:
        """Put events on their account's event bus, whether that is switched on or not."""
        account_id, region = events[0]["account"], events[0]["region"]
        identity = _Identity(account_id, (f"arn:aws:iam::{account_id}:role/emulated-cloudtrail",))
        return deliver(AccountSession(identity, region), account_id, region, events)

    def answer(self, account_id: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        """What LookupEvents answers. Raises LookupRefused."""
        if self.throttles and self._is_throttled(account_id, region):
            raise LookupRefused("ThrottlingException", "Rate exceeded")
        return lookup(self.history(account_id, region), request)

    def _is_throttled(self, account_id: str, region: str) -> bool:
        now = self._clock()
        with self._lock:
            last = self._lookups[account_id, region]
            if len(last) == _LOOKUPS_A_SECOND and now - last[0] < 1:
                return True
            last.append(now)
            return False


@contextmanager
def emulated_cloudtrail(clock: Callable[[], float] = time.monotonic) -> Iterator[CloudTrail]:
    """While the block runs, write calls of the identity family, and of Orgtrail's own pipelines, are recorded.

    For an emulator that runs in this process: inside `emulated_aws`, or moto's `mock_aws`.
    """
    cloudtrail = CloudTrail(clock)
    original = BaseResponse.call_action

    def call_action(self: BaseResponse) -> Any:
        if isinstance(self, CloudTrailResponse) and self._get_action() == "LookupEvents":
            return _answer(cloudtrail, self)
        answer = original(self)
        if is_recorded(self):
            cloudtrail.happened(event_of(self, answer))
        return answer

    BaseResponse.call_action = call_action  # type: ignore[method-assign]
    try:
        yield cloudtrail
    finally:
        BaseResponse.call_action = original  # type: ignore[method-assign]


def _answer(cloudtrail: CloudTrail, request: CloudTrailResponse) -> Any:
    headers = {**request.response_headers, "content-type": "application/x-amz-json-1.1"}
    try:
        answer = cloudtrail.answer(request.current_account, request.region, json.loads(request.body or "{}"))
    except LookupRefused as error:
        return 400, headers, json.dumps({"__type": error.code, "message": str(error)})
    return 200, headers, json.dumps(answer)
