"""Why a Terraform command failed, from its exit status and what it said."""

import re
import signal
from enum import Enum
from typing import Final

from orgtrail.errors import UserError
from orgtrail.terraform.messages import ENDED_AT_ONCE
from orgtrail.terraform.processes import TimeLimitExceeded

# Transient errors of AWS: throttling, outages, and IAM's eventual consistency
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
_TRANSIENT = re.compile(
    r"Throttl|Rate exceeded|RequestLimitExceeded|TooManyRequests|SlowDown|ServiceUnavailable|InternalFailure|"
    r"InternalError|StatusCode: (?:5\d\d|429)|connection reset|connection refused|i/o timeout|TLS handshake timeout|"
    r"unable to assume role|security token included in the request is invalid\. Ensure|ConcurrentModification|"
    # Answers that stop half-way, as Go's net/http puts it.
    r"(?:: |unexpected )EOF\b|connection closed|use of closed network connection|server closed idle connection|"
    r"broken pipe|GOAWAY|client connection (?:lost|force closed)|stream error: stream ID|"
    r"OperationAborted",
    re.IGNORECASE,
)
_END = 250_000  # characters
# Somebody holds the lock if `ID:` follows, or one of these where Terraform didn't write that lock. Otherwise the lock
# couldn't be written.
_LOCKED = re.compile(
    r"Error acquiring the state lock.*(^\s*ID:|PreconditionFailed|into LockInfo struct)", re.DOTALL | re.MULTILINE
)
_LOCK_KEPT = "Error releasing the state lock"
_STALE = "Saved plan is stale"
# https://developer.hashicorp.com/terraform/cli/state/recover
ERRORED_STATE: Final = "errored.tfstate"
_UNSAVED = re.compile(rf"{re.escape(ERRORED_STATE)}|Failed to (save|persist) state")
_UNINITIALIZED = re.compile(r"(?:terraform|tofu) init\b")
# The error codes of IAM, CloudWatch Logs, Firehose, SQS, S3, Glue, KMS and Athena.
_EXISTS = re.compile(
    r"Already ?Exists|\balready exists|AlreadyOwnedByYou|QueueNameExists|is already created", re.IGNORECASE
)


class Cause(Enum):
    """Why Terraform failed, as far as it matters for what to do next."""

    LOCKED = "locked"
    STALE = "stale plan"
    UNSAVED = "unsaved state"
    UNINITIALIZED = "not initialized"
    TIME_LIMIT = "time limit"
    EXISTS = "exists already"
    TRANSIENT = "transient"
    OTHER = "other"


class TerraformFailed(UserError):
    """A terraform command failed; `str()` is what it said, without frames and colours.

    `lock_kept`: it probably ended without releasing its lock on the state.
    """

    def __init__(self, command: str, text: str, cause: Cause, *, lock_kept: bool = False) -> None:
        super().__init__(text)
        self.command = command
        self.cause = cause
        self.lock_kept = lock_kept


def failure(command: str, status: int, said: str, late: TimeLimitExceeded | None) -> TerraformFailed:
    """The error of a command that failed; `late`: it was ended at its time limit."""
    killed = status < 0 or ENDED_AT_ONCE in said
    lock_kept = killed or _LOCK_KEPT in said
    if late:
        return TerraformFailed(command, str(late), Cause.TIME_LIMIT, lock_kept=lock_kept)
    if status < 0:
        said = f"terraform {command} was ended by {signal.Signals(-status).name}\n{said}".strip()
    cause = _cause(_ends(said))
    if cause is Cause.TRANSIENT and lock_kept:
        # A retry would only wait for the lock that this try left.
        cause = Cause.OTHER
    return TerraformFailed(command, said or f"{command} ended with status {status}", cause, lock_kept=lock_kept)


def _ends(text: str) -> str:
    """What a text begins and ends with: patterns take 20 seconds for 50 MB, and the reason isn't in the midst of it."""
    return text if len(text) <= 2 * _END else f"{text[:_END]}\n{text[-_END:]}"


def _cause(text: str) -> Cause:
    # Checked first: its cause looks transient, but a retry would create everything twice.
    if _UNSAVED.search(text):
        return Cause.UNSAVED
    if _LOCKED.search(text):
        return Cause.LOCKED
    if _STALE in text:
        return Cause.STALE
    if _UNINITIALIZED.search(text):
        return Cause.UNINITIALIZED
    # Even beside a transient error: a retry doesn't get past this one.
    if _EXISTS.search(text):
        return Cause.EXISTS
    return Cause.TRANSIENT if _TRANSIENT.search(text) else Cause.OTHER
