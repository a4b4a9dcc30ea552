"""A way in which a stack succeeds and nothing arrives, and what catches it."""

from enum import StrEnum
from typing import NamedTuple


class On(StrEnum):
    """What a test breaks: the file alone, the emulator, what AWS is made to answer, or what Terraform does."""

    FILE = "the file alone"
    EMULATOR = "emulator"
    ANSWER = "stubbed answer"
    TERRAFORM = "scripted Terraform"


class Caught(NamedTuple):
    """The command that catches it, with the options that it takes, and a part of what it says.

    `says` is what the test sees, with `…` for what differs from run to run: the fixture `caught` asserts it.
    """

    by: str
    says: str
    on: On = On.EMULATOR


PROBE = Caught("status --probe", "nothing came within … no trail logs it, or the rule, a role or the stream lost it")
"""A probe sees that nothing comes, whatever the cause."""


class Way(NamedTuple):
    """A row of docs/silence.md. `id` stays: tests and links name it. `uncaught` says why nothing catches it."""

    id: str
    cause: str
    symptom: str
    caught: tuple[Caught, ...] = ()
    uncaught: str = ""


class Section(NamedTuple):
    """Rows that belong together, below a heading."""

    heading: str
    ways: tuple[Way, ...]
