"""A rollout of many accounts in three waves, two of which fail on purpose, with the real Terraform on an emulated AWS.

    python -m benchmarks.waves --accounts 200 --report waves.md

One account has a profile that isn't there and can't be planned; another has a role of ours already, of which its state
knows nothing, and fails in mid-apply. Then both are mended, and the rollout is resumed. Some twenty minutes for 200
accounts; `--report` gets the report of the first rollout.
"""

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.rollout import organization, orgtrail, seconds
from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.rehearsal.rollout import rehearsal
from orgtrail.settings import load

WAVES = ("canary", "early", "everyone")


def document(count: int) -> dict[str, Any]:
    """So many accounts: a twentieth in the first wave, a quarter in the second, the others in the third."""
    accounts = organization(count, "states")
    for number, account in enumerate(accounts["accounts"]):
        wave = 0 if number < count // 20 else 1 if number < count // 4 else 2
        account["tags"] = {"wave": WAVES[wave]}
    accounts["rollout"] = {
        "max_failures": 2,
        "waves": [{"name": wave, "accounts": [f"tag:wave={wave}"], "max_failures": 2} for wave in WAVES],
    }
    return accounts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=200, help="how many accounts, 20 at least (default 200)")
    parser.add_argument("--report", type=Path, help="where the report of the rollout goes, as Markdown")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "accounts.yaml"
        sound = document(options.accounts)
        YAML().dump(sound, file)
        in_the_way, unplanned = load(file).accounts[1], sound["accounts"][-1]
        with rehearsal(load(file), folder / "emulated") as run:
            run.make_state_bucket()
            iam = AccountSession(in_the_way, "us-east-1").client("iam")
            iam.create_role(RoleName=names.FIREHOSE_ROLE, AssumeRolePolicyDocument="{}")
            unplanned["profile"] = "nowhere"
            YAML().dump(sound, file)
            taken = seconds(lambda: orgtrail(folder, file, "deploy", "--yes", quiet=False))
            print(f"\nrollout: {taken:.0f} s\n", flush=True)
            if options.report:
                shutil.copy(max(folder.glob(".orgtrail/runs/*/report.md")), options.report)
            iam.delete_role(RoleName=names.FIREHOSE_ROLE)
            del unplanned["profile"]
            YAML().dump(sound, file)
            orgtrail(folder, file, "deploy", "--resume", "--yes", quiet=False)


if __name__ == "__main__":
    main()
