"""What a plan would do to events in the archive that Terraform doesn't see as a loss."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orgtrail.catalog import layout_of
from orgtrail.names import ARCHIVE_STACK
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.results import Result
from orgtrail.settings import Former, Settings
from orgtrail.terraform import TerraformFailed

_TABLE = "aws_glue_catalog_table"

Plan = Mapping[str, Any]
"""A saved plan as `terraform show -json` prints it."""


def objections(engine: Engine, settings: Settings, planned: Sequence[Result]) -> list[str]:
    """Why these plans shouldn't be applied, each with what to write into the accounts file instead."""
    archive = next((result for result in planned if result.stack == ARCHIVE_STACK), None)
    if archive is None or not any(change.address.startswith(_TABLE) for change in archive.changes):
        return []
    try:
        plan = engine.show(ARCHIVE_STACK)
    except TerraformFailed as error:
        return [f"Whether events would be hidden from the tables isn't known: {error}"]
    return list(hidden_events(plan, settings))


@dataclass(frozen=True)
class _Shown:
    """What tables show: the regions and accounts they list, and the layouts they read."""

    regions: frozenset[str]
    accounts: frozenset[str]
    layouts: frozenset[str]

    def __sub__(self, other: "_Shown") -> "_Shown":
        return _Shown(self.regions - other.regions, self.accounts - other.accounts, self.layouts - other.layouts)


def hidden_events(plan: Plan, settings: Settings) -> Iterator[str]:
    """What the archive's tables show before a plan of its stack and not after; nothing where all tables go."""
    changes = [one["change"] for one in plan.get("resource_changes", []) if one["type"] == _TABLE]
    before, after = ([change[when] for change in changes if change[when]] for when in ("before", "after"))
    if not before or not after:
        return
    hidden = _shown(before) - _shown(after)
    parts = [
        f"{what} {', '.join(sorted(values))}"
        for what, values in (
            ("region", hidden.regions),
            ("account", hidden.accounts),
            ("layout", hidden.layouts),
        )
        if values
    ]
    if parts:
        yield (
            f"The archive's tables would no longer show {'; '.join(parts)}. What was written there stays in the "
            f"bucket, and no query would find it. Write into {settings.path}:\n{_with(settings.archive.former, hidden)}"
        )


def _shown(tables: Sequence[Mapping[str, Any]]) -> _Shown:
    parameters = [table["parameters"] for table in tables]

    def listed(column: str) -> frozenset[str]:
        values = [one.get(f"projection.{column}.values", "") for one in parameters]
        return frozenset(value for text in values for value in text.split(",") if value)

    return _Shown(listed("region"), listed("account"), frozenset(map(layout_of, parameters)))


def _with(former: Former, hidden: _Shown) -> str:
    """`archive.former` as it would have to be written."""
    lists = {
        "accounts": (former.accounts, hidden.accounts),
        "regions": (former.regions, hidden.regions),
        "layouts": ([layout.template for layout in former.layouts], hidden.layouts),
    }
    written = {key: [*there, *sorted(more)] for key, (there, more) in lists.items()}
    lines = [f"    {key}: {json.dumps(values)}" for key, values in written.items() if values]
    kept = [f"    kms_key: {former.kms_key}"] if former.kms_key else []
    return "\n".join(["archive:", "  former:", *lines, *kept])
