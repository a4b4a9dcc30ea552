#!/usr/bin/env python3
"""Print the accounts file with one role in place of all others: plans that can't change anything.

usage: read_only_accounts.py ROLE [FILE]

Everything else stays as it is, so `diff` shows what it shows with the real roles: a role is how an account is
entered, and isn't part of what is made there.
"""

import re
import sys
from pathlib import Path
from typing import Any

import yaml

_ROLE_KEYS = ("role", "external_id", "profile")


def with_one_role(document: dict[str, Any], role: str) -> dict[str, Any]:
    """The document, entered by `role` everywhere; the states too, where they are entered by a role at all."""
    entries = [document["archive"], *document["accounts"], document.setdefault("defaults", {})]
    for entry in entries:
        for key in _ROLE_KEYS:
            entry.pop(key, None)
    document["defaults"]["role"] = role
    state = document["state"]
    if old := state.get("role"):
        # The account of the states is that of the role, unless it is written; the new one may be a mere name.
        account = re.search(r":(\d{12}):", old)
        if account and "account_id" not in state:
            state["account_id"] = account[1]
        state["role"] = role
        state.pop("external_id", None)
    return document


def main() -> int:
    """Print the changed file; 1 where the arguments are wrong."""
    if len(sys.argv) not in (2, 3):
        print((__doc__ or "").split("\n\n")[1], file=sys.stderr)
        return 1
    file = Path(sys.argv[2] if len(sys.argv) == 3 else "accounts.yaml")
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    print(yaml.safe_dump(with_one_role(document, sys.argv[1]), sort_keys=False), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
