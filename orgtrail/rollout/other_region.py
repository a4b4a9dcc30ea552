"""A plan that replaces a pipeline because of its region. No change of accounts.yaml leads to one."""

from collections.abc import Mapping
from typing import Any

from orgtrail.terraform.failure import Cause, TerraformFailed
from orgtrail.words import counted


def refuse(plan: Mapping[str, Any]) -> None:
    """Raise TerraformFailed if a saved plan of an account's stack puts anything into another region.

    AWS provider 6 looks for what 5.x made in the provider's own region: docs/provider-6.md.
    """
    moved = [
        change["address"]
        for change in plan.get("resource_changes", [])
        if ["region"] in change["change"].get("replace_paths", [])
    ]
    if moved:
        text = (
            f"Terraform took {counted(len(moved), 'resource')} for the one of the same name in another region, and "
            f"would destroy that: {', '.join(moved)}. The state was written by AWS provider 5.x, and doesn't know its "
            'regions yet. docs/provider-6.md, "Moving a state from 5.x to 6", says how it learns them.'
        )
        raise TerraformFailed("plan", text, Cause.OTHER)
