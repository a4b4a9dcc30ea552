"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable
from typing import TypeVar

import psutil

T = TypeVar("T")

LONG = 240.0
"""Seconds after which what a test waits for will not come: a busy machine takes a minute for what is done at once."""


def until(look: Callable[[], T], seconds: float = LONG) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def has_ended(process: psutil.Process) -> bool:
    """Whether a process is gone, or only waits to be asked how it ended; a killed one takes a moment."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def command_of(process: psutil.Process) -> str:
    """Its command line; empty for one that is gone: most end by themselves, at any moment."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
