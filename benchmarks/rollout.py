"""A deploy and a diff of many accounts, on an emulated AWS: beside bare Terraform and the cdktf CLI."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.measure import Row, cost
from orgtrail.paths import REPOSITORY
from orgtrail.rehearsal.rollout import rehearsal
from orgtrail.settings import load
from orgtrail.terraform.environment import terraform_environment
from orgtrail.terraform.provider import provider_in_use
from tests.rehearsal.organization import make_archive

ARCHIVE_ACCOUNT = "999999999999"


def organization(count: int, state_prefix: str) -> dict[str, Any]:
    """An accounts file of so many accounts of one region, with an archive that is there already."""
    return {
        "organization": {"id": "o-a1b2c3d4e5"},
        "archive": {"account_id": ARCHIVE_ACCOUNT, "region": "us-east-1", "bucket": "the-archive", "existing": True},
        "state": {
            "backend": "s3",
            "bucket": "the-states",
            "region": "us-east-1",
            "account_id": ARCHIVE_ACCOUNT,
            "key": state_prefix + "/{account_id}/terraform.tfstate",
        },
        "defaults": {"role": "deployer", "regions": ["us-east-1"]},
        "accounts": [{"account_id": f"{number:012}", "name": f"account-{number}"} for number in range(1, count + 1)],
    }


def write_accounts(path: Path, count: int, state_prefix: str) -> Path:
    YAML().dump(organization(count, state_prefix), path)
    return path


def seconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def orgtrail(folder: Path, accounts: Path, *arguments: str, quiet: bool = True) -> None:
    output = subprocess.DEVNULL if quiet else None
    subprocess.run(
        [sys.executable, "-m", "orgtrail", *arguments, "-f", str(accounts)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=output,
        stderr=output,
        check=False,
    )


def bare_plans(folder: Path) -> list[str]:
    """A command that runs nothing but `terraform plan`, two at once, on the stacks of the last run: they are ready."""
    runs = sorted((folder / ".orgtrail" / "runs").iterdir())[-1] / "stacks"
    plan = "cd {} && terraform plan -input=false -out=bare.tfplan"
    return [
        "sh",
        "-c",
        f"cd {shlex.quote(str(runs))} && ls -d account-* | xargs -P {os.cpu_count()} -I {{}} sh -c '{plan}'",
    ]


def rows(runs: int, count: int = 30) -> list[Row]:
    """Processor seconds of a diff of what is deployed, beside bare plans; wall seconds beside cdktf."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = (write_accounts(folder / f"{who}.yaml", count, who) for who in ("ours", "theirs"))
        with rehearsal(load(ours), folder / "emulated") as run:
            run.make_state_bucket()
            make_archive(run.settings)
            deployed = seconds(lambda: orgtrail(folder, ours, "deploy", "--yes"))
            diff = [sys.executable, "-m", "orgtrail", "diff", "--exclude", "archive", "-f", str(ours)]
            diffs, bare = [], []
            for _run in range(runs):
                variables = {"PYTHONPATH": str(REPOSITORY), "ORGTRAIL_PROVIDER_MIRROR": ""}
                diffs.append(cost(diff, cwd=folder, env=variables).processor)
                bare.append(cost(bare_plans(folder), env=terraform_environment(provider_in_use())).processor)
            diffed = seconds(lambda: orgtrail(folder, ours, "diff"))
            shutil.rmtree(folder / ".orgtrail" / "initialized")
            anew = seconds(lambda: orgtrail(folder, ours, "diff"))
            looped = seconds(lambda: [run.cdktf.diff(f"account-{number}") for number in (1, 2, 3)]) / 3 * count
        with rehearsal(load(theirs), folder / "emulated-for-cdktf") as run:
            run.make_state_bucket()
            make_archive(run.settings)
            deployed_by_cdktf = seconds(lambda: run.cdktf.deploy_all(2, lambda line: None))
    return [
        Row(f"diff of {count} accounts", min(diffs), "s", min(bare), "bare terraform plans", 1.1),
        Row(f"diff of {count} accounts, wall", diffed, "s", looped, "cdktf diff, one by one"),
        Row(f"diff of {count} accounts on a new machine, wall", anew, "s", diffed, "initialized"),
        Row(f"deploy of {count} accounts, wall", deployed, "s", deployed_by_cdktf, "cdktf deploy '*'"),
    ]
