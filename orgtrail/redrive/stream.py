"""Putting letters onto a delivery stream: what Firehose has taken, what it hasn't, and what isn't known.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)
from botocore.parsers import ResponseParserError

from orgtrail import names
from orgtrail.redrive.letter import Letter

# Of the 4 MiB of a request, in which each record is in base64.
BATCH_BYTES = 3_000_000
_PAUSES = (1, 2, 4, 8)  # seconds between tries
_THROTTLED = frozenset({"ServiceUnavailableException", "ThrottlingException"})
_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError)


@dataclass(frozen=True)
class Put:
    """What came of a put, by letters' ids. `refused` and `unknown` say why, the first in Firehose's words."""

    taken: frozenset[str]
    refused: Mapping[str, str]
    unknown: Mapping[str, str]

    @property
    def why(self) -> str | None:
        """One reason why not all were taken."""
        return next(iter([*self.refused.values(), *self.unknown.values()]), None)


def batches(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Letters in portions that one request may have."""
    batch: list[Letter] = []
    for letter in letters:
        if batch and sum(len(one.body) for one in batch) + len(letter.body) > BATCH_BYTES:
            yield batch
            batch = []
        batch.append(letter)
    if batch:
        yield batch


def put(firehose: Any, letters: Sequence[Letter], pause: Callable[[float], object]) -> Put:
    """Put a batch, again as long as Firehose says that it is busy; `pause` waits for some seconds.

    What may have been taken isn't put again. The client must not do so either.
    """
    taken: set[str] = set()
    unknown: dict[str, str] = {}
    waiting, refused = list(letters), dict[str, str]()
    for seconds in (*_PAUSES, None):
        once = _put_once(firehose, waiting)
        taken |= once.taken
        unknown |= once.unknown
        refused = dict(once.refused)
        waiting = [one for one in waiting if one.id in refused]
        if not waiting or seconds is None or any(why.partition(":")[0] not in _THROTTLED for why in refused.values()):
            break
        pause(seconds)
    return Put(frozenset(taken), refused, unknown)


def _put_once(firehose: Any, letters: Sequence[Letter]) -> Put:
    ids = [one.id for one in letters]
    try:
        answer = firehose.put_record_batch(
            DeliveryStreamName=names.DELIVERY_STREAM, Records=[{"Data": one.body} for one in letters]
        )
    except ClientError as error:
        return _none_taken(ids, error)
    except _NEVER_SENT as error:
        return Put(frozenset(), dict.fromkeys(ids, str(error)), {})
    except (BotoCoreError, ResponseParserError) as error:
        return Put(frozenset(), {}, dict.fromkeys(ids, f"Firehose's answer isn't known: {error}"))
    responses = answer.get("RequestResponses", [])
    if len(responses) != len(ids):
        return Put(frozenset(), {}, dict.fromkeys(ids, "Firehose's answer can't be understood"))
    return _sorted(dict(zip(ids, responses, strict=True)))


def _none_taken(ids: Sequence[str], error: ClientError) -> Put:
    told = error.response.get("Error", {})
    code = told.get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code in _THROTTLED or status < 500:
        return Put(frozenset(), dict.fromkeys(ids, f"{code}: {told.get('Message', '')}"), {})
    return Put(frozenset(), {}, dict.fromkeys(ids, f"Firehose's answer isn't known: {error}"))


def _sorted(responses: Mapping[str, Mapping[str, Any]]) -> Put:
    """The records of a request that got through. An internal failure may come after a record was taken."""
    failed = {
        letter_id: f"{one['ErrorCode']}: {one.get('ErrorMessage', '')}"
        for letter_id, one in responses.items()
        if one.get("ErrorCode")
    }
    unknown = {letter_id: why for letter_id, why in failed.items() if why.startswith("InternalFailure")}
    refused = {letter_id: why for letter_id, why in failed.items() if letter_id not in unknown}
    return Put(frozenset(responses.keys() - failed.keys()), refused, unknown)
