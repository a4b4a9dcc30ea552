"""What Firehose would do with records: moto joins them without delimiter, prefix expressions or compression."""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from orgtrail import firehose_prefix
from orgtrail.aws import AccountSession
from orgtrail.rehearsal.emulation.deployed_role import DeployedRole, NotAssumable

_MIB = 2**20


@dataclass(frozen=True)
class Delivered:
    """An object that records became."""

    bucket: str
    key: str
    body: bytes

    @property
    def text(self) -> str:
        """What a reader of the object gets, decompressed."""
        return (gzip.decompress(self.body) if self.key.endswith(".gz") else self.body).decode()


@dataclass(frozen=True)
class DeliveryFailure:
    """What Firehose writes to its delivery log when it can't deliver; it tries for 24 hours, then data is lost.

    https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
    """

    code: str
    message: str


class DeliveryStream:
    """A deployed delivery stream with its buffer."""

    def __init__(self, session: AccountSession, account_id: str, region: str, name: str) -> None:
        self._session = session
        self._account_id = account_id
        self._region = region
        firehose = session.client("firehose", region)
        self._stream: dict[str, Any] = firehose.describe_delivery_stream(DeliveryStreamName=name)[
            "DeliveryStreamDescription"
        ]
        self._destination: dict[str, Any] = self._stream["Destinations"][0]["ExtendedS3DestinationDescription"]
        self._buffer: list[bytes] = []
        self._oldest = datetime.now(UTC)

    def put(self, record: bytes) -> list[Delivered | DeliveryFailure]:
        """Add a record to the buffer; when that fills it, it becomes an object."""
        if not self._buffer:
            self._oldest = datetime.now(UTC)
        self._buffer.append(record + self._delimiter)
        limit = self._destination["BufferingHints"]["SizeInMBs"] * _MIB
        return self.flush() if sum(map(len, self._buffer)) >= limit else []

    def flush(self) -> list[Delivered | DeliveryFailure]:
        """Write the buffer as one object, as Firehose does after the buffering interval; nothing if it is empty."""
        if not self._buffer:
            return []
        body, self._buffer = b"".join(self._buffer), []
        try:
            return [self._write(body)]
        except NotAssumable as error:
            return [self._fail("S3.AccessDenied", str(error))]
        except ClientError as error:
            return [self._fail(f"S3.{error.response['Error']['Code']}", str(error))]

    def _write(self, body: bytes) -> Delivered:
        bucket, key = self._destination["BucketARN"].rpartition(":")[2], self._key()
        role = self._destination["RoleARN"]
        deployed = DeployedRole(self._session.client("iam"), role, "firehose.amazonaws.com")
        if not deployed.may("s3:PutObject", f"{self._destination['BucketARN']}/{key}"):
            raise NotAssumable(f"{role} may not write {key}")
        body = gzip.compress(body) if self._compressed else body
        # The guard of the role's trust policy: the account that Firehose works for.
        s3 = self._session.client_as(role, self._account_id, "s3")
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        return Delivered(bucket, key, body)

    def _key(self) -> str:
        """https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html"""
        stream, prefix = self._stream, self._destination["Prefix"]
        name = f"{stream['DeliveryStreamName']}-{stream['VersionId']}-{self._oldest:%Y-%m-%d-%H-%M-%S}-{uuid4()}"
        return firehose_prefix.evaluate(prefix, self._oldest) + name + (".gz" if self._compressed else "")

    def _fail(self, code: str, message: str) -> DeliveryFailure:
        log = self._destination.get("CloudWatchLoggingOptions", {})
        if log.get("Enabled"):
            entry = {"deliveryStreamARN": self._stream["DeliveryStreamARN"], "errorCode": code, "message": message}
            now = int(datetime.now(UTC).timestamp() * 1000)
            self._session.client("logs", self._region).put_log_events(
                logGroupName=log["LogGroupName"],
                logStreamName=log["LogStreamName"],
                logEvents=[{"timestamp": now, "message": json.dumps(entry)}],
            )
        return DeliveryFailure(code, message)

    @property
    def _compressed(self) -> bool:
        return bool(self._destination.get("CompressionFormat") == "GZIP")

    @property
    def _delimiter(self) -> bytes:
        processing = self._destination.get("ProcessingConfiguration", {})
        processors = processing.get("Processors", []) if processing.get("Enabled") else []
        return b"\n" if any(processor["Type"] == "AppendDelimiterToRecord" for processor in processors) else b""
