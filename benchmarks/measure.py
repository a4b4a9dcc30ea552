"""What a command costs: processor time and memory of all its processes."""

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parents[1]

_SECONDS_BETWEEN_SAMPLES = 0.1


class MeasuredFailed(Exception):
    """What was to be measured failed; the text holds the end of what it said."""


@dataclass(frozen=True)
class Cost:
    """`processor`: seconds, user and system; `memory`: the most bytes that the processes held at once, together."""

    processor: float
    memory: int


@dataclass(frozen=True)
class Row:
    """A line of the table. `ours` and `other` are in `unit`; `goal` is the highest ratio that is good, if there is one.

    Without `other` the goal is for `ours` itself.
    """

    what: str
    ours: float
    unit: str
    other: float | None = None
    than: str = ""
    goal: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the other's cost ours is."""
        return None if self.other is None else self.ours / self.other

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        return (self.ours if self.ratio is None else self.ratio) <= self.goal


def cost(command: Sequence[str], *, cwd: Path = REPOSITORY, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command and measure it with all that it starts. Raises MeasuredFailed."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=cwd, env=environment(env), stdout=said, stderr=subprocess.STDOUT)
        ended = threading.Event()
        held: list[int] = [0]
        sampler = threading.Thread(target=_sample, args=(process.pid, ended, held))
        sampler.start()
        _pid, status, used = os.wait4(process.pid, 0)
        ended.set()
        sampler.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise MeasuredFailed(f"{shlex.join(command)} ended with status {process.returncode}:\n{_end(said.read())}")
    return Cost(used.ru_utime + used.ru_stime, held[0])


def medians(runs: int, *commands: Sequence[str]) -> list[Cost]:
    """The median cost of each command; they take turns, so that what else the machine does hits all of them alike."""
    costs = [[cost(command) for command in commands] for _run in range(runs)]
    return [
        Cost(statistics.median(one.processor for one in column), max(one.memory for one in column))
        for column in zip(*costs, strict=True)
    ]


def make_environment(folder: Path, requirements: Path) -> None:
    """Make a virtual environment for what is measured beside ours, unless that was done before."""
    prepare = REPOSITORY / "scripts" / "prepare.py"
    options = ("--environment", str(folder), "--requirements", str(requirements))
    subprocess.run([sys.executable, str(prepare), *options], check=True)


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a command is measured in: Python may keep its bytecode, and the provider is the one of the bindings."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PYTHONPYCACHEPREFIX": str(REPOSITORY / ".orgtrail" / "benchmarks" / "bytecode"),
        "ORGTRAIL_PROVIDER_MIRROR": "none",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        **(changes or {}),
    }


def _end(said: bytes) -> str:
    return "\n".join(said.decode(errors="replace").splitlines()[-20:])


def _sample(pid: int, ended: threading.Event, held: list[int]) -> None:
    while not ended.wait(_SECONDS_BETWEEN_SAMPLES):
        held[0] = max(held[0], sum(_resident(process) for process in _tree(pid)))


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
