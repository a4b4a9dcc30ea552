"""Record what the present version of an account's stack makes, after STACK_VERSION was raised.

usage: python -m scripts.stack_version
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from orgtrail.events import Events
from orgtrail.names import STACK_VERSION, STACK_VERSION_TAG
from orgtrail.paths import REPOSITORY
from orgtrail.settings import Buffering
from tests.builders import a_trail, account_stack, an_account, an_archive, settings

Stack = Mapping[str, Any]

RECORD = REPOSITORY / "tests" / "synthesis" / "stack-version.json"


def reference_stacks() -> dict[str, Stack]:
    """The stack of an account with the defaults, and of one with everything but alarms, which status compares."""
    plain = an_account(regions=("us-east-1", "ap-northeast-1"))
    full = an_account(
        events=Events(include_read_only=True),
        compression="GZIP",
        buffering=Buffering(size_mib=64, interval_seconds=900),
        log_retention_days=400,
        permissions_boundary="arn:aws:iam::333333333333:policy/limits",
    )
    of_everything = settings(full, archive=an_archive(kms_key="managed"), trail=a_trail(management=None))
    return {"plain": account_stack(plain), "full": account_stack(full, of_everything)}


def digests(stack: Stack) -> dict[str, str]:
    """A digest of each resource of a stack by its address, without the tag that has the version."""
    return {
        f"{kind}.{name}": hashlib.sha256(json.dumps(_plain(resource), sort_keys=True).encode()).hexdigest()[:16]
        for kind, named in stack["resource"].items()
        for name, resource in named.items()
    }


def _plain(resource: Mapping[str, Any]) -> dict[str, Any]:
    values = {key: value for key, value in resource.items() if key not in ("//", "tags")}
    tags = {key: value for key, value in resource.get("tags", {}).items() if key != STACK_VERSION_TAG}
    return values | ({"tags": tags} if tags else {})


def recorded() -> tuple[int, dict[str, dict[str, str]]]:
    """The version, and for it the digests of each stack."""
    written = json.loads(RECORD.read_text(encoding="utf-8"))
    return written["version"], written["stacks"]


def complaint(now: Mapping[str, Mapping[str, str]]) -> str | None:
    """What is left to do, where the stacks aren't those that were recorded; None: nothing."""
    version, before = recorded()
    changed = [
        f"  {stack}: {address}"
        for stack in sorted(now.keys() | before.keys())
        for address in sorted(now.get(stack, {}).keys() | before.get(stack, {}).keys())
        if now.get(stack, {}).get(address) != before.get(stack, {}).get(address)
    ]
    if version == STACK_VERSION and changed:
        return "\n".join(
            [
                "What an account's stack makes has changed:",
                *changed,
                f"So all accounts are to be deployed again. Raise STACK_VERSION in orgtrail/names.py to {version + 1}:",
                "`status --deep` then tells which of them are older. Say in CHANGELOG.md what changes, and run",
                "  python -m scripts.stack_version",
            ]
        )
    if version != STACK_VERSION:
        return f"Version {STACK_VERSION} isn't recorded yet. Run\n  python -m scripts.stack_version"
    return None


def main() -> int:
    """Write the record; a change without another version is refused."""
    now = {name: digests(stack) for name, stack in reference_stacks().items()}
    told = complaint(now)
    if told and recorded()[0] == STACK_VERSION:
        print(told, file=sys.stderr)
        return 1
    RECORD.write_text(json.dumps({"version": STACK_VERSION, "stacks": now}, indent=2, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
