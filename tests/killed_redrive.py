"""`orgtrail redrive` in a process that a signal ends at a chosen instant.

usage: python -m tests.killed_redrive SIGNAL INSTANT NUMBER ARGUMENT…, for the signal before or after the n-th call of
the instant, such as `9 "before PutRecordBatch" 2`.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from botocore.client import BaseClient

from orgtrail.__main__ import main
from orgtrail.redrive import queue
from orgtrail.redrive.journal import Journal
from orgtrail.redrive.send import HIDDEN_SECONDS

_SIGNAL, _INSTANT, _NUMBER = signal.Signals(int(sys.argv[1])), sys.argv[2], int(sys.argv[3])
_counts: dict[str, int] = {}


def _at(instant: str) -> None:
    _counts[instant] = _counts.get(instant, 0) + 1
    if (instant, _counts[instant]) == (_INSTANT, _NUMBER):
        os.kill(os.getpid(), _SIGNAL)


def _around(call: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
    def called(*arguments: Any) -> Any:
        _at(f"before {name(*arguments)}")
        answer = call(*arguments)
        _at(f"after {name(*arguments)}")
        return answer

    return called


def _of_call(_client: Any, operation: str, parameters: dict[str, Any]) -> str:
    if operation == "ReceiveMessage":
        return "receiving" if parameters["VisibilityTimeout"] == HIDDEN_SECONDS else "looking"
    return operation


def _half_a_line(descriptor: Any) -> None:
    """In place of `fsync`: of what is noted of a put, only half has reached the disk when the process ends."""
    if _INSTANT.startswith("half") and _counts.get("before noting put") == _NUMBER:
        os.ftruncate(descriptor, os.fstat(descriptor).st_size - 20)
        os.kill(os.getpid(), _SIGNAL)
    _fsync(descriptor)


_fsync = os.fsync
BaseClient._make_api_call = _around(BaseClient._make_api_call, _of_call)  # type: ignore[attr-defined]
Journal._write = _around(Journal._write, lambda _journal, event, _ids: f"noting {event}")  # type: ignore[method-assign]
os.fsync = _half_a_line  # type: ignore[assignment]
queue.WAIT_SECONDS = 0
sys.argv[1:] = ["redrive", *sys.argv[4:]]
main()
