"""The change of one account, as a pull request sees it: `orgtrail diff affected:HEAD`, in 5,000 accounts and in 10.

One command finds what is affected, synthesizes it and plans it, with the real Terraform on an emulated AWS.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import organizations
from benchmarks.measure import REPOSITORY, Row, cost, environment
from orgtrail.rehearsal.emulation.emulator import emulated_aws

_SIZES = (10, 5_000)


def rows(runs: int) -> list[Row]:
    """Processor seconds of the command in the large organization, beside the small one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repositories = [_repository(folder / str(size), size) for size in _SIZES]
        costs: list[list[float]] = [[] for _size in _SIZES]
        with emulated_aws("222222222222", "us-east-1", [], folder):
            for _run in range(runs):
                for taken, repository in zip(costs, repositories, strict=True):
                    taken.append(_diff(repository))
    small, large = (min(taken) for taken in costs)
    return [Row("change of 1 account in 5,000 x 4: affected, synthesis, diff", large, "s", small, "in 10 x 4", 1.2)]


def _diff(repository: Path) -> float:
    command = [sys.executable, "-m", "orgtrail", "diff", "affected:HEAD", "--no-lock"]
    # 2 is "changes": the account is as new to the emulator.
    wrapped = ["bash", "-c", '"$@"; test $? = 2', "-", *command]
    return cost(wrapped, cwd=repository, env={"ORGTRAIL_PROVIDER_MIRROR": ""}).processor


def _repository(folder: Path, accounts: int) -> Path:
    """A clone of the app's repository with so many accounts, one of which was changed since."""
    folder.mkdir()
    files = ("main.py", "cdktf.json", "requirements.txt", "constructs", "orgtrail")
    subprocess.run(["cp", "-r", *files, str(folder)], cwd=REPOSITORY, check=True)
    file = organizations.write(folder / "accounts.yaml", accounts, 4)
    text = file.read_text()
    file.write_text(text.replace("backend: s3, bucket: acme-terraform-state, region: us-east-1", "backend: local"))
    (folder / ".gitignore").write_text("__pycache__/\n.orgtrail/\n")
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=b", "-c", "user.email=b@b", "commit", "-qm", "-"]):
        subprocess.run(["git", *command], cwd=folder, check=True, env=environment())
    file.write_text(file.read_text().replace('"env": "prod"', '"env": "test"', 1))
    return folder
