"""What lies in the archive: an object's events, read with the archive's own credentials."""

import io
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from botocore.exceptions import ResponseStreamingError

from orgtrail.settings import Archive
from orgtrail.trace import Record, plain, records


class Archived:
    """The archive's objects, read with an S3 client, and counted. Threads may share it.

    Its methods raise botocore's errors where S3 refuses.
    """

    def __init__(self, s3: Any, archive: Archive) -> None:
        self._s3 = s3
        self._bucket = {"Bucket": archive.bucket, "ExpectedBucketOwner": archive.account_id}
        self._lock = threading.Lock()
        self.calls = 0

    def values(self, key: str) -> Iterator[Any]:
        """The JSON values of an object, compressed or not; broken lines are passed over.

        Raises ResponseStreamingError where it can't be read to its end.
        """
        with closing(self._get(Key=key)) as body:
            for one in records(plain(io.BufferedReader(body))):
                if isinstance(one, Record):
                    yield one.value
                elif one.is_rest:
                    raise ResponseStreamingError(error=f"{key} {one.problem}")

    def try_to_read(self, key: str) -> None:
        """Read an object's first byte."""
        self._get(Key=key, Range="bytes=0-0").close()

    def _get(self, **arguments: str) -> Any:
        with self._lock:
            self.calls += 1
        return self._s3.get_object(**self._bucket, **arguments)["Body"]
