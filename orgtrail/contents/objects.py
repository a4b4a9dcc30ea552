"""The JSON values of objects in S3, in bounded memory, compressed or not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from orgtrail.aws import AWS_ERRORS
from orgtrail.bucket import Bucket, owned
from orgtrail.trace import Record, Unreadable, plain, records

T = TypeVar("T")

_ATTEMPTS = 3


class NotKnown(Exception):
    """Something couldn't be read, so what is asked can't be told; the text is the reason."""


class Objects:
    """The objects of a bucket, read with an S3 client, and counted. Threads may share it."""

    def __init__(self, s3: Any, bucket: Bucket) -> None:
        self._s3 = s3
        self._name = bucket.bucket
        self._bucket = owned(bucket)
        self._lock = threading.Lock()
        self.calls = 0

    def read(self, key: str, take: Callable[[Iterator[Record | Unreadable]], T]) -> T:
        """What `take` makes of the values of an object; read again from its start if the connection breaks.

        Raises NotKnown where it can't be read to its end.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return take(self.values(key))
            except AWS_ERRORS as error:
                if attempt == _ATTEMPTS or isinstance(error, ClientError):
                    raise NotKnown(f"{self.name(key)} can't be read: {error}") from error
        raise AssertionError("the last attempt returns or raises")

    def values(self, key: str) -> Iterator[Record | Unreadable]:
        """The values of an object, and what is none; read once.

        Raises botocore's errors where S3 refuses or the connection breaks, NotKnown where the object itself is cut.
        """
        with closing(self._get(Key=key)) as body:
            for value in records(plain(_Stream(body))):
                if isinstance(value, Unreadable) and value.is_rest:
                    raise NotKnown(f"{self.name(key)} {value.problem}")
                yield value

    def try_to_read(self, key: str) -> None:
        """Read an object's first byte. Raises botocore's errors."""
        self._get(Key=key, Range="bytes=0-0").close()

    def name(self, key: str) -> str:
        """An object, to be told of."""
        return f"s3://{self._name}/{key}"

    def _get(self, **arguments: str) -> Any:
        with self._lock:
            self.calls += 1
        return self._s3.get_object(**self._bucket, **arguments)["Body"]


class _Stream:
    """The body of an answer of S3, as a stream."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read1(self, size: int, /) -> bytes:
        data: bytes = self._body.read(size)
        return data

    read = read1
