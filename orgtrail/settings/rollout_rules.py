"""Rules for the waves of a rollout."""

from collections.abc import Callable, Iterator

from orgtrail.settings import rollout_model
from orgtrail.settings.draft import Part
from orgtrail.settings.faults import Problem
from orgtrail.settings.findings import Finding


def waves_are_unique(rollout: Part[rollout_model.Rollout]) -> Iterator[Finding]:
    """No two waves have one name."""
    if "waves" in rollout.broken:
        return
    first: dict[str, int] = {}
    for index, wave in enumerate(rollout.entry.waves or ()):
        if wave.name in first:
            problem = Problem(f"is the name of waves[{first[wave.name]}] too")
            yield Finding((*rollout.key, "waves", index, "name"), problem)
        first.setdefault(wave.name, index)


def selectors_are_sound(
    rollout: Part[rollout_model.Rollout], problems: Callable[[str], list[str]]
) -> Iterator[Finding]:
    """Each selector of each wave can be read; `problems` knows the grammar and returns sentences."""
    if "waves" in rollout.broken:
        return
    for index, wave in enumerate(rollout.entry.waves or ()):
        for place, selector in enumerate(wave.accounts):
            key = (*rollout.key, "waves", index, "accounts", place)
            yield from (Finding(key, Problem(f"can't be a selector: {one}")) for one in problems(selector))
