"""Record what the present version of an account's stack makes, after STACK_VERSION was raised.

usage: python -m scripts.stack_version [--new-setting]

With --new-setting: without another version, what only a setting makes that nobody could have yet.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from orgtrail.events import Events
from orgtrail.names import STACK_VERSION, STACK_VERSION_TAG
from orgtrail.paths import REPOSITORY
from orgtrail.settings import Account, Buffering
from tests.builders import a_trail, account_stack, an_account, an_archive, settings

Stack = Mapping[str, Any]
Digests = Mapping[str, Mapping[str, str]]

RECORD = REPOSITORY / "tests" / "synthesis" / "stack-version.json"
_NEW_SETTING = (
    "If a new setting makes them, which is off unless it is written, no account has them yet. Then keep the version:",
    "  python -m scripts.stack_version --new-setting",
)


def reference_accounts() -> dict[str, Account]:
    """An account with the defaults, and one with everything but alarms, which status compares."""
    plain = an_account(regions=("us-east-1", "ap-northeast-1"))
    full = an_account(
        events=Events(include_read_only=True),
        compression="GZIP",
        buffering=Buffering(size_mib=64, interval_seconds=900),
        log_retention_days=400,
        permissions_boundary="arn:aws:iam::333333333333:policy/limits",
    )
    return {"plain": plain, "full": full}


def reference_stacks() -> dict[str, Stack]:
    """The stacks of these accounts."""
    accounts = reference_accounts()
    full = accounts["full"]
    of_everything = settings(full, archive=an_archive(kms_key="managed"), trail=a_trail(management=None))
    return {"plain": account_stack(accounts["plain"]), "full": account_stack(full, of_everything)}


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


def only_more_of_the_full(now: Digests) -> bool:
    """Whether all that was recorded is as before, and only the full account's stack has more."""
    _version, before = recorded()
    return now["plain"] == before["plain"] and now["full"].items() >= before["full"].items()


def complaint(now: Digests) -> str | None:
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
                *(_NEW_SETTING if only_more_of_the_full(now) else ()),
            ]
        )
    if version != STACK_VERSION:
        return f"Version {STACK_VERSION} isn't recorded yet. Run\n  python -m scripts.stack_version"
    return None


def main() -> int:
    """Write the record; a change without another version is refused, but for that of a new setting."""
    now = {name: digests(stack) for name, stack in reference_stacks().items()}
    told = complaint(now)
    of_a_new_setting = sys.argv[1:] == ["--new-setting"] and only_more_of_the_full(now)
    if told and recorded()[0] == STACK_VERSION and not of_a_new_setting:
        print(told, file=sys.stderr)
        return 1
    RECORD.write_text(json.dumps({"version": STACK_VERSION, "stacks": now}, indent=2, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
