"""What the workspaces of HCP Terraform lack, and which tags they can have."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from orgtrail.selection.stack import stacks_of
from orgtrail.settings import CloudState, Settings
from orgtrail.state.bootstrap import Step
from orgtrail.state.hcp_terraform.api import HcpTerraform, OnPage, RemoteWorkspace

_OWN_TAG = "orgtrail"

# https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces#add-update-tag-bindings-on-a-workspace
# The lengths are those of AWS's tags, which the accounts file keeps to.
_TAG_TEXT = re.compile(r"[A-Za-z0-9_.=+@:-]*")
_RESERVED = ("hc:", "hcp:")
_MOST_TAGS = 10


@dataclass(frozen=True)
class Plan:
    """What is to do, in this order, and what somebody should know of what is left as it is."""

    steps: list[Step]
    notices: list[str]
    workspaces: int


def plan(
    settings: Settings, state: CloudState, hcp: HcpTerraform, on_page: OnPage = lambda listed, total: None
) -> Plan:
    """What HCP Terraform lacks of the project and of the accounts' workspaces. Raises HcpTerraformError."""
    wanted = _wanted(settings)
    project = hcp.project_id(state.project) if state.project else None
    # Names are unique in an organization: a workspace of this name in another project is the one Terraform takes.
    listed = hcp.workspaces(state.workspace.partition("{")[0], tags=True, on_page=on_page)
    existing = {workspace.name: workspace for workspace in listed if workspace.name in wanted}
    made = project

    def create_project(name: str) -> None:
        nonlocal made
        made = hcp.create_project(name)

    def creation(name: str, tags: Mapping[str, str]) -> Step:
        # The id of a project that is created first isn't known before.
        title = f"create the workspace {name} ({_shown(tags)})"
        return Step(title, lambda: hcp.create_workspace(name, tags, made))

    steps = []
    if state.project and not project:
        steps.append(Step(f"create the project {state.project}", partial(create_project, state.project)))
    for name, tags in wanted.items():
        if name not in existing:
            steps.append(creation(name, tags))
        elif missing := _missing(tags, hcp.tags_of(existing[name])):
            steps.append(_tagging(hcp, existing[name], missing))
    return Plan(steps, _refused(settings) + _left(existing.values(), state.project, project), len(wanted))


def _tagging(hcp: HcpTerraform, workspace: RemoteWorkspace, tags: Mapping[str, str]) -> Step:
    return Step(f"tag the workspace {workspace.name} ({_shown(tags)})", lambda: hcp.set_tags(workspace.id, tags))


def _shown(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in tags.items())


def _missing(wanted: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if there.get(key) != value}


def _tags(settings: Settings) -> dict[str, dict[str, str]]:
    """The tags of each stack by its workspace's name, its own tag first."""
    return {
        stack.state_key: {_OWN_TAG: stack.name} | {**stack.owner.tags, _OWN_TAG: stack.name}
        for stack in stacks_of(settings)
    }


def _wanted(settings: Settings) -> dict[str, dict[str, str]]:
    """The workspaces by name, each with the tags that it can have."""
    return {
        workspace: dict([(key, value) for key, value in tags.items() if _fits(key, value)][:_MOST_TAGS])
        for workspace, tags in _tags(settings).items()
    }


def _fits(key: str, value: str) -> bool:
    return bool(_TAG_TEXT.fullmatch(key + value)) and not key.startswith(_RESERVED)


def _refused(settings: Settings) -> list[str]:
    """A sentence for each tag that a workspace can't have, not for each workspace: many come from `defaults`."""
    told = []
    tags = Counter(tag for tags in _tags(settings).values() for tag in tags.items() if not _fits(*tag))
    for (key, value), number in tags.items():
        reason = "begins with hc: or hcp:" if key.startswith(_RESERVED) else "has more than A-Z a-z 0-9 _ . = + - @ :"
        told.append(f"The tag {key}={value} {reason}, which HCP Terraform refuses: left out (workspaces: {number})")
    fitting = [[key for key, value in tags.items() if _fits(key, value)] for tags in _tags(settings).values()]
    for keys, number in Counter(", ".join(keys[_MOST_TAGS:]) for keys in fitting if len(keys) > _MOST_TAGS).items():
        told.append(f"A workspace has no more than {_MOST_TAGS} tags: left out: {keys} (workspaces: {number})")
    return told


def _left(existing: Iterable[RemoteWorkspace], project: str | None, project_id: str | None) -> list[str]:
    """What is somebody's decision, and isn't changed."""
    existing = list(existing)
    told = []
    if remote := [workspace.name for workspace in existing if workspace.execution_mode != "local"]:
        page = "docs/hcp-terraform.md"
        told.append(f"Not in execution mode local, which diff and deploy are made for (see {page}): {_few(remote)}")
    astray = [workspace.name for workspace in existing if workspace.project_id not in (None, project_id)]
    if project and astray:
        told.append(f"In another project than {project}, where they stay: {_few(astray)}")
    return told


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
