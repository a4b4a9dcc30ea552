"""`rollout`: how many accounts at once, in which order, when to stop; and the rollout that it stands for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from orgtrail import selectors
from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.section import Part, StrictModel, as_written
from orgtrail.settings.values import SomeOf, Text, WaveName, checked, matches, text_schema, written_as

_SHARE = r"^(100|[0-9]{1,2})%$"


def _check_count(value: int) -> list[Diagnostic]:
    return [] if value >= 0 else [Diagnostic("is out of range", "0 or more")]


def _check_share(value: str) -> list[Diagnostic]:
    return matches(value, _SHARE, "a whole number, or 0% to 100%", "is neither a number nor a share")


_Count = Annotated[int, checked(_check_count), WithJsonSchema({"type": "integer", "minimum": 0})]
_Share = Annotated[str, checked(_check_share), text_schema(pattern=_SHARE)]
_MaxFailures = Annotated[
    Annotated[_Count, Tag("<number>")] | Annotated[_Share, Tag("<text>")],
    Discriminator(written_as),
]


class WaveEntry(StrictModel):
    """Accounts that are rolled out together."""

    model_config = ConfigDict(title="Wave")

    name: WaveName = Field(description="Name of the wave")
    accounts: SomeOf[Text] = Field(description="Which accounts: selectors, as on the command line")
    max_failures: _MaxFailures | None = Field(
        default=None,
        description="Accounts of this wave that may fail before the rollout stops, as in `rollout.max_failures`, which "
        "holds too; not written: 0 for the first wave, for the others no limit of their own",
    )


class RolloutSection(StrictModel):
    """How the accounts are rolled out."""

    model_config = ConfigDict(title="Rollout")

    parallelism: int | None = Field(
        default=None, ge=1, description="Accounts at once; not written: as many as the machine carries"
    )
    max_failures: _MaxFailures = Field(
        default=0,
        description="Accounts that may fail before the rollout stops: how many, or a share of them such as `5%`",
    )
    time_limit_minutes: int = Field(
        default=30, ge=1, description="Minutes that each Terraform command of an account may take"
    )
    bake_minutes: int = Field(default=0, ge=0, description="Minutes to wait after each wave but the last")
    check: Text | None = Field(
        default=None, description="Command that must succeed after each wave but the last, when it has baked"
    )
    waves: SomeOf[WaveEntry] | None = Field(
        default=None, description="The waves, in their order; not written: one of all accounts"
    )


@dataclass(frozen=True)
class MaxFailures:
    """How many accounts may fail: a number, or a share in percent; one of the two is None."""

    count: int | None = 0
    percent: int | None = None

    def allowed(self, total: int) -> int:
        """The number of accounts that may fail out of so many; a share is rounded down."""
        if self.percent is not None:
            return total * self.percent // 100
        return self.count or 0


@dataclass(frozen=True)
class Wave:
    """Accounts that are rolled out together; without `selectors`: all accounts.

    `max_failures` is of these accounts; None: only what holds for the whole rollout counts.
    """

    name: str
    selectors: tuple[str, ...] = ()
    max_failures: MaxFailures | None = None


@dataclass(frozen=True)
class Rollout:
    """What holds for every rollout.

    `parallelism` None: as many accounts at once as the machine carries. `bake_minutes` and `check` come between two
    waves; there is always at least one wave.
    """

    parallelism: int | None
    max_failures: MaxFailures
    time_limit_minutes: int
    bake_minutes: int
    check: str | None
    waves: tuple[Wave, ...]


def resolve_rollout(written: RolloutSection) -> Rollout:
    """The rollout that a sound section stands for."""
    waves = [Wave(one.name, one.accounts, _max_failures(one.max_failures)) for one in written.waves or ()]
    if waves and waves[0].max_failures is None:
        # The canary exists to stop what comes after it.
        waves[0] = Wave(waves[0].name, waves[0].selectors, MaxFailures(0))
    return Rollout(
        **as_written(written, Rollout)
        | {"max_failures": _max_failures(written.max_failures), "waves": tuple(waves) or (Wave("all"),)}
    )


def _max_failures(written: int | str | None) -> MaxFailures | None:
    if isinstance(written, str):
        return MaxFailures(None, int(written.removesuffix("%")))
    return None if written is None else MaxFailures(written)


def waves_are_unique(rollout: Part[RolloutSection]) -> Iterator[Diagnostic]:
    """No two waves have one name."""
    if "waves" in rollout.broken:
        return
    first: dict[str, int] = {}
    for index, wave in enumerate(rollout.entry.waves or ()):
        if wave.name in first:
            key = (*rollout.key, "waves", index, "name")
            yield Diagnostic(f"is the name of waves[{first[wave.name]}] too", key=key)
        first.setdefault(wave.name, index)


def selectors_are_sound(rollout: Part[RolloutSection]) -> Iterator[Diagnostic]:
    """Each selector of each wave can be read, whether it matches anything or not."""
    if "waves" in rollout.broken:
        return
    for index, wave in enumerate(rollout.entry.waves or ()):
        for place, selector in enumerate(wave.accounts):
            for problem in selectors.problems(selector):
                # They begin with the selector, which the report shows anyway.
                text = problem.removeprefix(repr(selector)).lstrip(": ")
                yield Diagnostic(text, key=(*rollout.key, "waves", index, "accounts", place))
