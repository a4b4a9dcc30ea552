"""Child processes that never outlive the work they were started for."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil

_SECONDS_TO_STOP = 10
# Terraform finishes running calls and writes its state before it exits.
_SECONDS_TO_FINISH = 60

OnLine = Callable[[str], None]


class TimeLimitExceeded(Exception):
    """A command took longer than it may, and was ended; `status` is its exit status, negative if it was killed."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Processes:
    """Commands that are run, possibly by several threads, and can all be stopped."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: OnLine = lambda line: None,
        output: IO[str] | None = None,
        time_limit: float | None = None,
    ) -> int:
        """Run a command, hand each line it prints (both streams) to `on_line`, and return its exit status.

        With `output`, a file, it prints there instead, whether this process lives on or not. However this ends, the
        command has ended too; if it is cut short, so have those that it started. `time_limit` is in seconds; then it
        is interrupted, and TimeLimitExceeded raised. Raises FileNotFoundError for a command that isn't there.
        """
        with subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # In its own process group: only we get Ctrl-C, and decide how the command ends.
            start_new_session=True,
        ) as process:
            with self._registered(process), _Alarm(process, time_limit) as alarm:
                try:
                    for line in process.stdout or ():
                        on_line(line.rstrip())
                    status = process.wait()
                finally:
                    if process.poll() is None:
                        end(process)
            if alarm.rang:
                text = f"{Path(command[0]).name} took longer than {time_limit:.0f} seconds"
                raise TimeLimitExceeded(text, status)
            return status

    def stop(self) -> None:
        """Interrupt everything that is running, as Ctrl-C would."""
        with self._lock:
            running = list(self._running)
        for process in running:
            threading.Thread(target=interrupt, args=(process,), daemon=True).start()

    @contextmanager
    def _registered(self, process: subprocess.Popen[str]) -> Iterator[None]:
        with self._lock:
            self._running.add(process)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(process)


class _Alarm:
    """Interrupts a process when its time is up."""

    def __init__(self, process: subprocess.Popen[str], seconds: float | None) -> None:
        self.rang = False
        self._process = process
        self._timer = threading.Timer(seconds, self._ring) if seconds is not None else None

    def _ring(self) -> None:
        self.rang = True
        interrupt(self._process)

    def __enter__(self) -> "_Alarm":
        if self._timer:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], on_line: OnLine = lambda line: None) -> int:
    """Run a single command; see `Processes.run`."""
    return Processes().run(command, cwd=cwd, env=env, on_line=on_line)


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ask a process to finish, as Ctrl-C does, and end it with its descendants if it takes too long.

    Only the process itself is asked: a Terraform whose providers were gone could not finish what it has begun.
    """
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_SECONDS_TO_FINISH)
    except subprocess.TimeoutExpired:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    """End a process and its descendants, wherever they put themselves; politely first, then by force.

    psutil must never wait for the process itself: the first to wait gets the exit status, the other gets 0.
    """
    try:
        descendants = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        descendants = []
    for descendant in descendants:
        with suppress(psutil.NoSuchProcess):
            descendant.terminate()
    process.terminate()
    _gone, alive = psutil.wait_procs(descendants, timeout=_SECONDS_TO_STOP)
    for descendant in alive:
        with suppress(psutil.NoSuchProcess):
            descendant.kill()
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
