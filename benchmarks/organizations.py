"""Accounts files of any size."""

import json
from pathlib import Path
from typing import Literal

# The 17 regions that are enabled by default.
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"),
    *("ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2"),
)

_HEAD = """\
organization: {{id: o-a1b2c3d4e5}}
archive: {{account_id: "222222222222", region: us-east-1, bucket: acme-iam-events, existing: true}}
state: {{backend: s3, bucket: acme-terraform-state, region: us-east-1}}
defaults: {{regions: [{regions}], role: OrganizationAccountAccessRole}}
accounts:
"""


Differ = Literal["in nothing", "in values of tags", "in keys of tags"]
"""In what accounts differ, besides their ids and names. Each key of a tag of its own makes a shape of its own."""


def accounts_of(count: int, differ: Differ = "in nothing") -> list[dict[str, object]]:
    """So many accounts."""
    return [
        {"account_id": f"{300_000_000_000 + number}", "name": f"account-{number:04}", "tags": _tags(number, differ)}
        for number in range(count)
    ]


def _tags(number: int, differ: Differ) -> dict[str, str]:
    match differ:
        case "in nothing":
            return {"env": "prod"}
        case "in values of tags":
            return {"cost-center": f"cc-{number}", "owner": f"team-{number}"}
        case "in keys of tags":
            return {f"cost-center-{number}": "security", "owner": f"team-{number}"}


def write(path: Path, count: int, regions: int, differ: Differ = "in nothing") -> Path:
    """Write the accounts file of an organization of so many accounts in so many regions each; returns its path."""
    lines = [f"  - {json.dumps(account)}\n" for account in accounts_of(count, differ)]
    path.write_text(_HEAD.format(regions=", ".join(REGIONS[:regions])) + "".join(lines), encoding="utf-8")
    return path


def write_for_peer(path: Path, count: int, regions: int, differ: Differ = "in nothing") -> Path:
    """The same organization, as peer/app.py reads it; returns its path."""
    accounts = [{**account, "regions": REGIONS[:regions]} for account in accounts_of(count, differ)]
    path.write_text(json.dumps(accounts), encoding="utf-8")
    return path
