"""How long a diff and a deploy of many accounts take: orgtrail beside the cdktf CLI, on one emulated AWS.

    python benchmarks/rollout.py --accounts 30

Prints wall times and ratios of the same run on the same machine; takes some twenty minutes for 30 accounts.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from orgtrail.paths import REPOSITORY
from orgtrail.rehearsal.rollout import rehearsal
from orgtrail.settings import load
from orgtrail.terraform.cdktf_cli import CdktfCli
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


def bare_plans(folder: Path, stacks: list[str], at_once: int) -> float:
    """The time of nothing but `terraform plan`, so many at once, on stacks that are synthesized and initialized."""
    runs = sorted((folder / ".orgtrail" / "runs").iterdir())[-1]
    environment = {**os.environ, **terraform_environment(provider_in_use())}
    command = ["terraform", "plan", "-input=false", "-out=bare.tfplan"]

    def plan(stack: str) -> None:
        subprocess.run(command, cwd=runs / "stacks" / stack, env=environment, stdout=subprocess.DEVNULL, check=True)

    with ThreadPoolExecutor(at_once) as pool:
        return seconds(lambda: list(pool.map(plan, stacks)))


def report(what: str, ours: float, theirs: float, than: str) -> None:
    print(f"{what:<28} orgtrail {ours:7.1f} s   {than} {theirs:7.1f} s   {theirs / ours:.1f} times as fast", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=30, help="how many accounts (default 30)")
    count = parser.parse_args().accounts
    stacks = [f"account-{number}" for number in range(1, count + 1)]
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        # The same accounts, deployed twice: once by each, each with states of its own.
        ours = write_accounts(folder / "ours.yaml", count, "ours")
        run = stack.enter_context(rehearsal(load(ours), folder / "emulated"))
        run.make_state_bucket()
        make_archive(run.settings)
        deployed = seconds(lambda: orgtrail(folder, ours, "deploy", "--yes"))
        print(f"orgtrail deploy: {deployed:.1f} s", flush=True)
        diffed = seconds(lambda: orgtrail(folder, ours, "diff"))
        print(f"orgtrail diff: {diffed:.1f} s", flush=True)
        shutil.rmtree(folder / ".orgtrail" / "initialized")
        anew = seconds(lambda: orgtrail(folder, ours, "diff"))
        print(f"orgtrail diff, as on a new machine: {anew:.1f} s", flush=True)
        cores = os.cpu_count() or 1
        one_by_one, at_once = bare_plans(folder, stacks, 1), bare_plans(folder, stacks, cores)
        print(f"bare plans, one after the other: {one_by_one:.1f} s; {cores} at once: {at_once:.1f} s")
        print(f"diff: {diffed / one_by_one * cores:.2f} times the first / {cores}, {diffed / at_once:.2f} the second")
        cdktf = CdktfCli(run.workdir, ours)
        looped = seconds(lambda: [cdktf.diff(one) for one in stacks])
        report("diff of what is deployed", diffed, looped, "cdktf diff, looped")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs = write_accounts(folder / "theirs.yaml", count, "theirs")
        with rehearsal(load(theirs), folder / "emulated") as run:
            run.make_state_bucket()
            make_archive(run.settings)
            cdktf_deployed = seconds(lambda: run.cdktf.deploy_all(2, lambda line: None))
        report("deploy", deployed, cdktf_deployed, "cdktf deploy '*' --parallelism 2")


if __name__ == "__main__":
    main()
