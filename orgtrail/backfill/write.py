"""Writes objects where there are none, whole or not at all.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from botocore.exceptions import ClientError

from orgtrail.aws import AWS_ERRORS
from orgtrail.bucket import owned
from orgtrail.settings import Archive

Outcome: TypeAlias = Literal["written", "there", "failed"]

# The type is that of Firehose's objects. A bucket with Object Lock takes nothing without a checksum:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-put-object
_NEW = {"IfNoneMatch": "*", "ContentType": "application/octet-stream", "ChecksumAlgorithm": "SHA256"}
_ATTEMPTS = 3


class Written(NamedTuple):
    """What came of an object: `there` means that it was written meanwhile, with the same events."""

    outcome: Outcome
    why: str = ""


@dataclass(frozen=True)
class Writer:
    """Writes into the archive with an S3 client. Threads may share it."""

    s3: Any
    archive: Archive

    def write(self, key: str, body: bytes) -> Written:
        """Write an object, if there is none of this name."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self.s3.put_object(Key=key, Body=body, **_NEW, **owned(self.archive))
            except AWS_ERRORS as error:
                # Another is writing it at this moment: S3 wants to be asked again.
                if _code(error) == "ConditionalRequestConflict" and attempt < _ATTEMPTS:
                    continue
                if _code(error) == "PreconditionFailed":
                    return self._there(key, body)
                return Written("failed", str(error))
            break
        return Written("written")

    def _there(self, key: str, body: bytes) -> Written:
        """What an object of this name is, that is there already."""
        name = f"s3://{self.archive.bucket}/{key}"
        try:
            found: bytes = self.s3.get_object(Key=key, **owned(self.archive))["Body"].read()
        except AWS_ERRORS as error:
            return Written("failed", f"{name} is there already, and can't be read: {error}")
        # Where S3's answer was lost, it is ours.
        if found == body:
            return Written("written")
        if set(_ids(body)) <= set(_ids(found)):
            return Written("there")
        return Written("failed", f"{name} is there already and holds something else: it was left as it is")


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""


def _ids(data: bytes) -> Iterator[str]:
    """The ids of the events in an object; of what isn't one of ours, none."""
    try:
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        for line in text.splitlines():
            yield json.loads(line)["detail"]["eventID"]
    except (OSError, EOFError, ValueError, LookupError, TypeError):
        return
