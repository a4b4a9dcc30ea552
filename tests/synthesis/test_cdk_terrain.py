"""CDK Terrain in the place of CDK for Terraform: the same stacks, but for what is listed here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import REPOSITORY

pytestmark = [pytest.mark.xdist_group("synthesis"), pytest.mark.timeout(600)]

EVERYTHING = """
organization: {id: o-a1b2c3d4e5}
archive:
  account_id: "222222222222"
  region: eu-west-1
  bucket: acme-iam-events
  role: ArchiveAdmin
  tags: {data: audit}
  expire_days: 3650
  kms_key: managed
  object_lock: {mode: compliance, days: 400}
  break_glass_role: "arn:aws:iam::{account_id}:role/BreakGlass"
  transitions: [{days: 90, storage_class: GLACIER_IR}]
  access_logs: {bucket: acme-access-logs}
state: {backend: s3, bucket: acme-state, region: eu-west-1}
defaults: {regions: [us-east-1, eu-west-1], role: Deploy, external_id: secret, compression: GZIP}
accounts:
  - {account_id: "333333333333", name: payments, tags: {env: prod}}
  - {account_id: "444444444444", name: sandbox, regions: [us-east-1]}
  - {account_id: "555555555555", name: former, enabled: false}
"""


@pytest.fixture(scope="module")
def cdk_terrain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages in which CDK Terrain stands before what is installed."""
    folder = tmp_path_factory.mktemp("cdk-terrain")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", str(folder)]
    subprocess.run([*pip, "-r", str(REPOSITORY / "requirements-cdktn.txt")], check=True, timeout=500)
    return folder


def stacks(folder: Path, accounts: Path, **environment: str) -> dict[str, str]:
    """The text of each stack that main.py makes."""
    subprocess.run(
        [sys.executable, "-O", str(REPOSITORY / "main.py")],
        cwd=accounts.parent,
        env={**os.environ, "ORGTRAIL_ACCOUNTS": str(accounts), "CDKTF_OUTDIR": str(folder), **environment},
        check=True,
        capture_output=True,
    )
    return {path.parent.name: path.read_text(encoding="utf-8") for path in folder.glob("stacks/*/cdk.tf.json")}


def but_for_the_engine(text: str) -> str:
    """A stack without what may differ; the order of everything else counts."""
    stack = json.loads(text)
    del stack["//"]["metadata"]["version"], stack["terraform"]["required_providers"]["aws"]["source"]
    return json.dumps(stack)


@pytest.mark.parametrize("provider", [{}, {"ORGTRAIL_PROVIDER_MIRROR": "none"}], ids=["as found", "downloaded"])
def test_every_stack_is_the_same_but_for_the_engines_version_and_how_the_provider_is_named(
    cdk_terrain, tmp_path, provider
):
    accounts = tmp_path / "accounts.yaml"
    accounts.write_text(EVERYTHING, encoding="utf-8")
    of_cdktf = stacks(tmp_path / "cdktf", accounts, **provider)
    of_cdktn = stacks(tmp_path / "cdktn", accounts, PYTHONPATH=str(cdk_terrain), **provider)

    assert [json.loads(text)["//"]["metadata"]["version"] for text in of_cdktn.values()] == ["0.24.0"] * 4
    assert {name: but_for_the_engine(text) for name, text in of_cdktn.items()} == {
        name: but_for_the_engine(text) for name, text in of_cdktf.items()
    }


def test_both_load_the_same_classes():
    of_cdktf, of_cdktn = (
        (REPOSITORY / "constructs" / f"{engine}_bindings.py").read_text(encoding="utf-8").partition("# ruff: noqa")[2]
        for engine in ("cdktf", "cdktn")
    )

    assert of_cdktn == of_cdktf.replace("cdktf_cdktf_provider_aws", "cdktn_provider_aws").replace("cdktf", "cdktn")


def test_half_of_it_is_told_with_both_ways_on(cdk_terrain, tmp_path):
    (tmp_path / "cdktn").symlink_to(cdk_terrain / "cdktn")
    (tmp_path / "constructs").symlink_to(cdk_terrain / "constructs")
    done = subprocess.run(
        [sys.executable, "-c", "import constructs.bindings"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: cdktn_provider_aws is missing: pip install -r requirements-cdktn.txt for CDK Terrain, "
        "or pip uninstall cdktn cdktn-provider-aws for CDK for Terraform"
    )
