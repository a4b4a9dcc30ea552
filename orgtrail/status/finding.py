"""One thing that was found in an account."""

from typing import Literal, NamedTuple

Kind = Literal["failing", "outdated", "not known"]


class Finding(NamedTuple):
    """What is wrong with a pipeline, or couldn't be read, in words; `absent` names a part that isn't there."""

    kind: Kind
    text: str
    absent: str | None = None
