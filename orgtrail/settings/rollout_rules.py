"""Rules for the waves of a rollout."""

from collections.abc import Iterator

from orgtrail import selectors
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


def selectors_are_sound(rollout: Part[rollout_model.Rollout]) -> Iterator[Finding]:
    """Each selector of each wave can be read, whether it matches anything or not."""
    if "waves" in rollout.broken:
        return
    for index, wave in enumerate(rollout.entry.waves or ()):
        for place, selector in enumerate(wave.accounts):
            for problem in selectors.problems(selector):
                # They begin with the selector, which the report shows anyway.
                text = problem.removeprefix(repr(selector)).lstrip(": ")
                yield Finding((*rollout.key, "waves", index, "accounts", place), Problem(text))
