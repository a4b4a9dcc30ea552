"""How fast `orgtrail trace` is: 10,000 mixed events, beside plain json.loads of the same lines; and broken lines."""

import contextlib
import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import REPOSITORY, Row
from orgtrail.commands.trace import trace

EVENTS = 10_000
_SAMPLES = REPOSITORY / "tests" / "events" / "one-of-each.jsonl"


def events(count: int) -> list[str]:
    """Lines of events: every verdict there is, and no two of the same id or second."""
    samples = [json.loads(line) for line in _SAMPLES.read_text(encoding="utf-8").splitlines()]
    whole = json.loads((_SAMPLES.parent / "create-access-key.json").read_text(encoding="utf-8"))["detail"]
    return [_line(samples[number % len(samples)], whole, number) for number in range(count)]


def _line(sample: dict[str, Any], whole: dict[str, Any], number: int) -> str:
    at = f"2026-11-{number // 3600 % 28 + 1:02}T{number // 60 % 24:02}:{number // 24 % 60:02}:{number % 60:02}Z"
    detail = {**whole, **sample["detail"], "eventTime": at}
    return json.dumps({**sample, "id": f"00000000-0000-4000-8000-{number:012}", "time": at, "detail": detail})


def silently(work: Callable[[], object]) -> None:
    """Do the work, whatever it prints and however it exits."""
    streams = (contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()))
    with streams[0], streams[1], contextlib.suppress(SystemExit):
        work()


def best(runs: int, work: Callable[[], object]) -> float:
    """The shortest of so many runs, in seconds."""
    return min(_seconds(work) for _round in range(runs))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rows(runs: int) -> list[Row]:
    """Seconds of each kind of output, beside plain parsing; and of broken lines."""
    lines = events(EVENTS)
    accounts = REPOSITORY / "accounts.yaml"
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.jsonl")
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        plain = best(runs, lambda: [json.loads(line) for line in lines])
        for name, as_json in (("--json", True), ("as a table", False)):
            taken = best(runs, lambda as_json=as_json: silently(lambda: trace([str(path)], accounts, as_json)))  # type: ignore[misc]
            found.append(Row(f"trace of {EVENTS:,} events, {name}", taken, "s", plain, "json.loads"))
        path.write_text('{"a": }\n' * EVENTS, encoding="utf-8")
        taken = best(runs, lambda: silently(lambda: trace([str(path)], accounts)))
        found.append(Row(f"trace of {EVENTS:,} broken lines", taken, "s"))
    return found
