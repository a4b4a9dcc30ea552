"""Taking resources into a state that doesn't know them: those that a killed Terraform has made, or of a lost state."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orgtrail.aws import AWS_ERRORS, AccountSession
from orgtrail.console.command_line import command_line
from orgtrail.names import MANAGED_BY, MANAGED_BY_US
from orgtrail.regions import iam_region
from orgtrail.rollout.existing import can_be_looked_up, existing
from orgtrail.rollout.existing_trail import TRAIL
from orgtrail.rollout.lookup import Existing, Undecided
from orgtrail.selection.stack import Owner, Stack
from orgtrail.settings import Trail

_FILE = "import.tf.json"  # beside the synthesized stack


class CannotAdopt(Exception):
    """Something that exists isn't Orgtrail's, or whether it exists isn't known; the text names it."""


def explained(text: str, stack: Stack, accounts: Path) -> str:
    """Terraform's message that a name is taken, with the command that takes in the resource of that name."""
    command = command_line("deploy", stack.name, "--adopt", "--accounts", str(accounts))
    return (
        "something of this stack exists, and its state doesn't know it, as after a killed Terraform; to see what "
        f"exists, and to take in what is Orgtrail's: {command}\n{text}"
    )


def add_imports(partition: str, owner: Owner, plan: Mapping[str, Any], folder: Path) -> bool:
    """Add import blocks for what a plan would create and what exists as Orgtrail's; False where there is nothing.

    `plan` is the saved plan as JSON, `folder` that of the synthesized stack. A plan that is made with them knows more,
    such as the id of a bucket, by which what is set on it is found. Raises CannotAdopt, with nothing written.
    """
    home = iam_region(partition)
    of_stack = AccountSession(owner, home)
    of_trail = AccountSession(owner.management, home) if isinstance(owner, Trail) and owner.management else of_stack
    imports, foreign, unknown = [], [], []
    for resource in _created(plan):
        address, planned = resource["address"], resource["change"]["after"]
        region = _region(resource, plan) or home
        session = of_trail if resource["type"] == TRAIL else of_stack
        try:
            found = existing(resource["type"], planned, session, region)
        except (*AWS_ERRORS, Undecided) as error:
            unknown.append(f"{address}: {error}")
            continue
        if found and not found.is_ours:
            foreign.append(f"{address}: {found.import_id}")
        elif found:
            imports.append({"to": address, "id": _import_id(found, planned)})
    if foreign or unknown:
        raise CannotAdopt("\n".join(_objections(foreign, unknown)))
    if imports:
        file = folder / _FILE
        earlier = json.loads(file.read_text(encoding="utf-8"))["import"] if file.exists() else []
        file.write_text(json.dumps({"import": [*earlier, *imports]}, indent=2), encoding="utf-8")
    return bool(imports)


def _objections(foreign: list[str], unknown: list[str]) -> Iterator[str]:
    if foreign:
        yield f"These exist and aren't Orgtrail's (no tag {MANAGED_BY}={MANAGED_BY_US}), so they are left alone:"
        yield from (f"  {line}" for line in foreign)
        yield "Remove or rename what isn't needed. What is Orgtrail's after all gets that tag, then run this again."
    if unknown:
        yield "Whether these exist, or which one it is, isn't known:"
        yield from (f"  {line}" for line in unknown)


def _created(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource in plan.get("resource_changes", []):
        if resource["change"]["actions"] == ["create"] and can_be_looked_up(resource["type"]):
            yield resource


def _region(resource: Mapping[str, Any], plan: Mapping[str, Any]) -> str | None:
    """Where a resource is: by its argument with provider 6, by its provider's configuration with 5.x."""
    if region := resource["change"]["after"].get("region"):
        return str(region)
    configuration = plan["configuration"]
    configured = {one["address"]: one for one in configuration["root_module"]["resources"]}
    key = configured[resource["address"]]["provider_config_key"]
    region = configuration["provider_config"][key]["expressions"].get("region", {}).get("constant_value")
    return str(region) if region else None


def _import_id(found: Existing, planned: Mapping[str, Any]) -> str:
    """The id with the region where the resource takes one as an argument, as constructs/provider_regions.py has it."""
    region = planned.get("region")
    return f"{found.import_id}@{region}" if region else found.import_id
