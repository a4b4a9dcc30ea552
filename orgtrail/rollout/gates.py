"""What `--fail-on` looks for: what is destroyed, and what makes evidence weaker."""

from collections.abc import Callable, Collection, Iterator, Sequence
from enum import StrEnum

from rich.console import Console

from orgtrail.affected import settings_at
from orgtrail.affected.git import RevisionError
from orgtrail.rollout.results import Result
from orgtrail.selectors import parse
from orgtrail.settings import InvalidSettings, Settings
from orgtrail.weaker import Weakening, alike, merged
from orgtrail.weaker.settings import weaker_settings
from orgtrail.words import counted, some

_LISTED = 20
_NAMES = 3


class FailOn(StrEnum):
    """What `--fail-on` can treat as an error."""

    DESTROY = "destroy"
    WEAKER = "weaker"


def weaker_evidence(
    settings: Settings, selectors: Sequence[str], results: Sequence[Result], say: Callable[[str], None]
) -> tuple[Weakening, ...]:
    """What gets weaker: by the plans, and, with `affected:REVISION`, by the settings.

    `say` prints it if the settings of a revision can't be compared.
    """
    planned = {result.stack for result in results}
    # Ignore accounts outside this run, but not accounts that no longer have a stack.
    others = {account.name for account in settings.active} - planned
    found: list[Weakening] = []
    for revision in dict.fromkeys(one.value for one in map(parse, selectors) if one.kind == "affected"):
        try:
            before = settings_at(settings.path, revision)
        except (RevisionError, InvalidSettings) as error:
            say(f"Whether the settings are weaker than those of {revision} isn't known: {error}")
            continue
        found += [one for one in weaker_settings(before, settings) if one.stack not in others]
    return merged([*found, *(one for result in results for one in result.weaker)])


def failures(results: Sequence[Result], weaker: Sequence[Weakening], fail_on: Collection[FailOn]) -> list[str]:
    """Why `--fail-on` makes a command fail, each cause with what it found."""
    destroyed = [(result.stack, change) for result in results for change in result.destroys]
    causes = {
        FailOn.DESTROY: (
            f"{counted(len(destroyed), 'resource')} destroyed or replaced",
            [f"{stack}: {change.action} {change.address}" for stack, change in destroyed],
        ),
        FailOn.WEAKER: ("evidence gets weaker", list(weaker_lines(weaker))),
    }
    return [
        "\n".join([f"--fail-on {cause.value}: {what}", *_first(lines)])
        for cause, (what, lines) in causes.items()
        if cause in fail_on and lines
    ]


def weaker_lines(weaker: Sequence[Weakening]) -> Iterator[str]:
    """A line for each way of getting weaker, with the stacks that have it in common."""
    for one, stacks in alike(weaker).items():
        yield f"{some(stacks, _NAMES)}: {one.words} ({' and '.join(one.known_from)})"


def _first(lines: list[str]) -> list[str]:
    more = [f"  … and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return [f"  {line}" for line in lines[:_LISTED]] + more


def show_weaker(console: Console, weaker: Sequence[Weakening]) -> None:
    """Print what gets weaker, if anything does."""
    if lines := list(weaker_lines(weaker)):
        console.print("Evidence gets weaker:", *(f"  {line}" for line in lines), sep="\n", soft_wrap=True)
