"""The JSON values of objects in S3, in bounded memory, compressed or not."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from orgtrail.aws import AWS_ERRORS
from orgtrail.trace import Record, Unreadable, plain, records

T = TypeVar("T")

_ATTEMPTS = 3


class NotKnown(Exception):
    """Something couldn't be read, so how complete a pipeline is can't be told; the text is the reason."""


class Objects:
    """The objects of a bucket; `owner` is the account that must own it, None: any. Threads may share it."""

    def __init__(self, s3: Any, bucket: str, owner: str | None) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._arguments = {"Bucket": bucket, **({"ExpectedBucketOwner": owner} if owner else {})}

    def read(self, key: str, take: Callable[[Iterator[Record | Unreadable]], T]) -> T:
        """What `take` makes of the values of an object; read again from its start if the connection breaks.

        Raises NotKnown where it can't be read to its end.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return take(self._values(key))
            except AWS_ERRORS as error:
                if attempt == _ATTEMPTS or isinstance(error, ClientError):
                    raise NotKnown(f"{self.name(key)} can't be read: {error}") from error
        raise AssertionError("the last attempt returns or raises")

    def name(self, key: str) -> str:
        """An object, to be told of."""
        return f"s3://{self._bucket}/{key}"

    def _values(self, key: str) -> Iterator[Record | Unreadable]:
        body = self._s3.get_object(Key=key, **self._arguments)["Body"]
        try:
            for value in records(plain(_Stream(body))):
                if isinstance(value, Unreadable) and value.is_rest:
                    raise NotKnown(f"{self.name(key)} {value.problem}")
                yield value
        finally:
            body.close()


class _Stream:
    """The body of an answer of S3, as a stream."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read1(self, size: int, /) -> bytes:
        data: bytes = self._body.read(size)
        return data

    read = read1
